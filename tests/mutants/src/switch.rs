//! Rewrites sources so that each mutant is there beside the original, behind its number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::{Mutant, Position};

/// What the sources ask, at the end of the library's root.
pub const SWITCH: &str = r#"
/// Whether this mutant is on.
#[doc(hidden)]
pub fn mutant(number: usize) -> bool {
    static ON: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var("MUTANT").ok()?.parse().ok()) == Some(number)
}
"#;

/// The source with its mutants; those that could be written are added to `written`. Functions are no longer constant, but
/// for those that are named.
pub fn file<'m>(
    source: &str,
    mutants: impl Iterator<Item = (usize, &'m Mutant)>,
    constant: &BTreeSet<String>,
    written: &mut BTreeSet<usize>,
) -> String {
    let starts: Vec<usize> =
        std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let offset = |position: Position| {
        let start = starts[position.line - 1];
        let line = &source[start..];
        start + line.char_indices().nth(position.column - 1).map_or(line.len(), |(at, _)| at)
    };
    let mut by_place: BTreeMap<(usize, usize), Vec<(usize, &Mutant)>> = BTreeMap::new();
    for (number, mutant) in mutants {
        let place = (offset(mutant.span.start), offset(mutant.span.end));
        by_place.entry(place).or_default().push((number, mutant));
    }
    let mut rewriting = Rewriting { source, by_place, insertions: Vec::new(), constant, written };
    rewriting.visit_file(&syn::parse_file(source).unwrap());
    rewriting.text()
}

/// The mutant whose text has the span of a message of the compiler.
pub fn mutant_at(copy: &Path, span: &Value) -> Option<usize> {
    let source = std::fs::read_to_string(copy.join(span["file_name"].as_str()?)).ok()?;
    let start = usize::try_from(span["byte_start"].as_u64()?).ok()?;
    let open: Vec<&str> = source[..start].match_indices("/*<").map(|(at, _)| &source[at + 3..]).collect();
    let closed = source[..start].matches(">*/").count();
    // mutants hold no mutants, so that at most one is open
    (open.len() > closed).then(|| open.last()?.split("*/").next()?.parse().ok()).flatten()
}

/// A text to put somewhere. Of those at one place, what closes comes first, and what opens a wider range before others.
struct Insertion {
    at: usize,
    opens: bool,
    width: usize,
    text: String,
}

struct Rewriting<'s, 'm, 'w> {
    source: &'s str,
    by_place: BTreeMap<(usize, usize), Vec<(usize, &'m Mutant)>>,
    insertions: Vec<Insertion>,
    /// Functions that stay constant.
    constant: &'w BTreeSet<String>,
    written: &'w mut BTreeSet<usize>,
}

impl<'m> Rewriting<'_, 'm, '_> {
    fn text(mut self) -> String {
        self.insertions.sort_by_key(|insertion| {
            let width = if insertion.opens { usize::MAX - insertion.width } else { insertion.width };
            (insertion.at, insertion.opens, width)
        });
        let (mut text, mut done) = (String::new(), 0);
        for insertion in self.insertions {
            text += &self.source[done..insertion.at];
            text += &insertion.text;
            done = insertion.at;
        }
        text + &self.source[done..]
    }

    fn insert(&mut self, at: usize, opens: bool, width: usize, text: String) {
        self.insertions.push(Insertion { at, opens, width, text });
    }

    /// The mutants of a genre at a place, which are now written.
    fn take(&mut self, place: Range<usize>, genre: &str) -> Vec<(usize, &'m Mutant)> {
        let at_place = self.by_place.get(&(place.start, place.end)).into_iter().flatten();
        let found: Vec<_> = at_place.filter(|(_, mutant)| mutant.genre == genre).copied().collect();
        self.written.extend(found.iter().map(|(number, _)| number));
        found
    }

    /// `whole` becomes a choice between the mutants and itself.
    fn choose(&mut self, whole: Range<usize>, alternatives: &[(usize, String)]) {
        if alternatives.is_empty() {
            return;
        }
        let mut before = "(".to_owned();
        for (number, text) in alternatives {
            write!(before, "if crate::mutant({number}) {{ /*<{number}*/ {text} /*>*/ }} else ").unwrap();
        }
        self.insert(whole.start, true, whole.len(), before + "{ ");
        self.insert(whole.end, false, whole.len(), " })".to_owned());
    }

    /// The switch is not constant, and so is nothing that asks it.
    fn not_constant(&mut self, signature: &syn::Signature) {
        if let Some(word) = &signature.constness
            && !self.constant.contains(&signature.ident.to_string())
        {
            let word = word.span().byte_range();
            self.insert(word.start, true, word.len(), "/*".to_owned());
            self.insert(word.end, false, word.len(), "*/".to_owned());
        }
    }

    fn body(&mut self, block: &syn::Block) {
        let whole = block.span().byte_range();
        let inside: Vec<(usize, usize)> = self
            .by_place
            .iter()
            .filter(|((start, end), of_place)| {
                whole.start <= *start
                    && *end <= whole.end
                    && of_place.iter().any(|(_, one)| one.genre == "FnValue")
            })
            .map(|(place, _)| *place)
            .collect();
        // the body of this function, not of one within it
        let Some(place) = inside
            .into_iter()
            .find(|(start, _)| self.source[whole.start + 1..(*start).max(whole.start + 1)].trim().is_empty())
        else {
            return;
        };
        for (number, mutant) in self.take(place.0..place.1, "FnValue") {
            let text = format!(
                " if crate::mutant({number}) {{ /*<{number}*/ return {}; /*>*/ }}",
                mutant.replacement
            );
            self.insert(whole.start + 1, true, usize::MAX / 2, text);
        }
    }
}

/// Whether a chain of `&&` has a `let`, so that nothing else can stand for it.
fn has_let(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
            has_let(&binary.left) || has_let(&binary.right)
        }
        _ => false,
    }
}

impl<'ast> Visit<'ast> for Rewriting<'_, '_, '_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.not_constant(&item.sig);
        self.body(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.not_constant(&item.sig);
        self.body(&item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, binary: &'ast syn::ExprBinary) {
        let whole = binary.span().byte_range();
        if !has_let(&binary.left) && !has_let(&binary.right) {
            let operator = binary.op.span().byte_range();
            let found = self.take(operator.clone(), "BinaryOperator");
            let (left, right) =
                (&self.source[whole.start..operator.start], &self.source[operator.end..whole.end]);
            let alternatives: Vec<_> = found
                .iter()
                .map(|(number, mutant)| (*number, format!("{left}{}{right}", mutant.replacement)))
                .collect();
            self.choose(whole, &alternatives);
        }
        visit::visit_expr_binary(self, binary);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let whole = unary.span().byte_range();
        let operator = unary.op.span().byte_range();
        let found = self.take(operator.clone(), "UnaryOperator");
        let alternatives: Vec<_> = found
            .iter()
            .map(|(number, mutant)| {
                (*number, format!("{}{}", mutant.replacement, &self.source[operator.end..whole.end]))
            })
            .collect();
        self.choose(whole, &alternatives);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let whole = arm.span().byte_range();
        let deleted = [whole.clone(), whole.start..whole.end.saturating_sub(1)]
            .into_iter()
            .flat_map(|place| self.take(place, "MatchArm"))
            .next();
        let pattern = arm.pat.span().byte_range();
        match (&arm.guard, deleted) {
            (Some((_, guard)), deleted) => {
                let guard = guard.span().byte_range();
                if let Some((number, _)) = deleted {
                    self.insert(guard.start, true, guard.len() + 1, format!("!crate::mutant({number}) && ("));
                    self.insert(guard.end, false, guard.len() + 1, ")".to_owned());
                }
                let found = self.take(guard.clone(), "MatchArmGuard");
                let alternatives: Vec<_> =
                    found.iter().map(|(number, mutant)| (*number, mutant.replacement.clone())).collect();
                self.choose(guard, &alternatives);
            }
            (None, Some((number, _))) => {
                self.insert(pattern.end, false, usize::MAX, format!(" if !crate::mutant({number}) "));
            }
            (None, None) => {}
        }
        visit::visit_arm(self, arm);
    }
}
