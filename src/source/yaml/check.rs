//! go-yaml's rule against alias bombs. Must not know how a tree was read.

use super::error::{Error, ErrorKind};
use super::resolve::ScalarRef;
use super::tree::{NodeId, Shape, Tree};

/// The message of the rule.
pub(super) const EXCESSIVE_ALIASING: &str = "aliases are expanded more often than Kubernetes allows";

/// How deep aliases may nest a document; upstream's JSON decoder gives up there.
const DEPTH: usize = 10_000;

/// Refuses a tree that go-yaml v2.4.2 (`decode.go`, `unmarshal` and `allowedAliasRatio`) would refuse for aliasing.
///
/// Decodes the tree as upstream would, counting instead of building. The rule itself bounds the walk: what aliases add
/// is never more than 400,000 steps or a ninth of the nodes.
pub(super) fn aliasing(tree: &Tree<'_>, most: usize) -> Result<(), Error> {
    let mut walk = Walk { tree, stack: Vec::new(), alias_depth: 0, decoded: 1, aliased: 0, most };
    walk.enter(tree.root, true)?;
    while let Some(step) = walk.stack.last_mut() {
        match step.next {
            0 if step.alias => {
                walk.alias_depth -= 1;
                walk.stack.pop();
            }
            0 => {
                walk.stack.pop();
            }
            left => {
                step.next = left - 1;
                if let Some((child, counted)) = step.child(tree, left) {
                    walk.enter(child, counted)?;
                }
            }
        }
    }
    Ok(())
}

struct Walk<'a> {
    tree: &'a Tree<'a>,
    stack: Vec<Step>,
    alias_depth: usize,
    decoded: usize,
    aliased: usize,
    /// How many repeated nodes are allowed, whatever their share.
    most: usize,
}

/// A collection being decoded, and how many of its children are still to come.
struct Step {
    node: NodeId,
    next: usize,
    /// Leaving this collection leaves an alias too.
    alias: bool,
}

impl Step {
    /// The child that is `left` places from the end and whether it counts as decoded: a merge key is not decoded at
    /// all, and of a list to merge only the elements are.
    fn child(&self, tree: &Tree<'_>, left: usize) -> Option<(NodeId, bool)> {
        let node = tree.node(self.node)?;
        let children = tree.children_of(node);
        let place = children.len().checked_sub(left)?;
        let id = children.get(place).copied()?;
        if node.shape != Shape::Mapping {
            return Some((id, true));
        }
        let key = children.get(place - place % 2).copied()?;
        match (is_merge(tree, key), place % 2) {
            (true, 0) => None,
            (true, _) => Some((id, tree.node(id).is_none_or(|node| node.shape != Shape::Sequence))),
            (false, _) => Some((id, true)),
        }
    }
}

impl Walk<'_> {
    fn enter(&mut self, id: NodeId, counted: bool) -> Result<(), Error> {
        if counted {
            self.count(id)?;
        }
        let target = self.tree.definition(id);
        let alias = target != id;
        if alias {
            self.alias_depth += 1;
            self.count(id)?;
        }
        let children = match self.tree.node(target) {
            Some(node) if !matches!(node.shape, Shape::Scalar(_)) => node.second as usize,
            _ => 0,
        };
        if children == 0 {
            self.alias_depth -= usize::from(alias);
            return Ok(());
        }
        if self.stack.len() >= DEPTH {
            let message = format!("aliases nest the document more than {DEPTH} levels deep");
            return Err(Error::new(ErrorKind::Limit, self.tree.span(id).start, message));
        }
        self.stack.push(Step { node: target, next: children, alias });
        Ok(())
    }

    fn count(&mut self, id: NodeId) -> Result<(), Error> {
        self.decoded += 1;
        self.aliased += usize::from(self.alias_depth > 0);
        if self.aliased > self.most {
            let message = format!("aliases repeat more than {} values", self.most);
            return Err(Error::new(ErrorKind::Limit, self.tree.span(id).start, message));
        }
        if self.aliased > 100 && self.decoded > 1000 && exceeds(self.aliased, self.decoded) {
            return Err(Error::new(ErrorKind::Limit, self.tree.span(id).start, EXCESSIVE_ALIASING));
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "upstream computes the ratio in floats")]
fn exceeds(aliased: usize, decoded: usize) -> bool {
    const LOW: f64 = 400_000.0;
    const HIGH: f64 = 4_000_000.0;
    let total = decoded as f64;
    let share = ((total - LOW) / (HIGH - LOW)).clamp(0.0, 1.0);
    aliased as f64 / total > 0.99 - 0.89 * share
}

fn is_merge(tree: &Tree<'_>, id: NodeId) -> bool {
    tree.definition(id) == id && tree.scalar(id).as_ref().is_some_and(ScalarRef::is_merge)
}
