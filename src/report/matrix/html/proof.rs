//! The parts of chains, each once, under the names by which cells lead to them: `h` how a caller comes to be bound, `r`
//! the role and its rule, `s` several scopes with what binds there.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use super::{Reach, escaped};
use crate::access::Admission;
use crate::query::ask::{Evidence, Piece};
use crate::query::chain::{Link, LinkKind};
use crate::source::{Address, Origin, Place, Sources};

/// The number of a first part.
pub(super) type HeadId = usize;
/// The number of a second part.
pub(super) type TailId = usize;

/// What tells the first parts of one caller apart: the evidence but for the rule, the access policy, and which of the
/// callers.
type HeadKey = (Evidence, Option<Origin>, String);

/// What tells second parts apart: the role that is bound, the one that writes the rule, and the rule's place there.
type TailKey = (Origin, Origin, usize);

/// All parts.
#[derive(Default)]
pub(super) struct Proofs {
    /// With those of the caller's sessions that are meant, where it is not all of them.
    heads: Vec<(String, Vec<Link>)>,
    tails: Vec<Vec<Link>>,
    reaches: Vec<Vec<Reach>>,
    known_heads: HashMap<HeadKey, HeadId>,
    known_tails: HashMap<TailKey, TailId>,
    known_reaches: BTreeMap<Vec<Reach>, usize>,
}

impl Proofs {
    /// Forgets the caller before: the next parts are those of another one. What is told of rules stays.
    pub(super) fn begin(&mut self) {
        self.known_heads.clear();
        self.known_reaches.clear();
    }

    /// How many first parts and sets of scopes there are by now.
    pub(super) fn counts(&self) -> (HeadId, usize) {
        (self.heads.len(), self.reaches.len())
    }

    /// The two parts of the chain of a yes; there is no second one where no rule was asked.
    pub(super) fn of(
        &mut self,
        piece: &Piece<'_>,
        admission: &Admission<'_>,
        callers: String,
    ) -> (HeadId, Option<TailId>) {
        let evidence = Evidence::of(admission);
        let (policy, tail) = match admission {
            Admission::PrivilegedGroup { .. } => (None, None),
            Admission::Rule(grant) => {
                let rule = &grant.rule;
                (None, Some((rule.role.origin, rule.written_in().origin, rule.rule.position)))
            }
            Admission::AccessPolicy(grant) => {
                let policy = grant.policy.origin;
                (Some(policy), Some((policy, policy, grant.rule.position)))
            }
        };
        let head = (Evidence { rule: None, ..evidence }, policy, callers);
        let known_head = self.known_heads.get(&head).copied();
        let known_tail = tail.map(|tail| self.known_tails.get(&tail).copied());
        if let (Some(head), Some(Some(_)) | None) = (known_head, known_tail) {
            return (head, known_tail.flatten());
        }
        let mut links = piece.chain();
        let is_second = |link: &Link| matches!(link.kind, LinkKind::Role | LinkKind::AccessPolicy);
        let second = links.split_off(links.iter().position(is_second).unwrap_or(links.len()));
        let head = known_head.unwrap_or_else(|| {
            self.heads.push((head.2.clone(), links));
            self.known_heads.insert(head, self.heads.len() - 1);
            self.heads.len() - 1
        });
        let tail = tail.map(|key| {
            *self.known_tails.entry(key).or_insert_with(|| {
                self.tails.push(second);
                self.tails.len() - 1
            })
        });
        (head, tail)
    }

    /// The beginning of a line: its scopes, and the way to what binds there.
    pub(super) fn link(&mut self, reaches: Vec<Reach>) -> String {
        let Some((scope, head)) = reaches.first() else { return String::new() };
        let shown = escaped(scope);
        if reaches.len() == 1 {
            return match head {
                Some(head) => format!("<a href=#h{head}>{shown}</a>"),
                None => format!("<b>{shown}</b>"),
            };
        }
        let mut scopes: Vec<&str> = reaches.iter().map(|(scope, _)| scope.as_str()).collect();
        scopes.dedup();
        let shown = if scopes.len() > 1 { format!("{shown} +{}", scopes.len() - 1) } else { shown };
        let place = *self.known_reaches.entry(reaches).or_insert_with_key(|reaches| {
            self.reaches.push(reaches.clone());
            self.reaches.len() - 1
        });
        format!("<a href=#s{place}>{shown}</a>")
    }

    /// The places of all links, looked up at once.
    pub(super) fn places(&self, sources: &Sources) -> BTreeMap<Address, Place> {
        let links = self.heads.iter().map(|(_, links)| links).chain(&self.tails).flatten();
        sources.places(links.filter_map(|link| link.address.clone()))
    }

    /// Writes first parts.
    pub(super) fn write_heads(
        &self,
        out: &mut impl Write,
        places: &BTreeMap<Address, Place>,
        range: Range<HeadId>,
    ) -> io::Result<()> {
        let first = range.start;
        for (place, (callers, links)) in self.heads.get(range).unwrap_or_default().iter().enumerate() {
            let mut attributes = format!("h{}", first + place);
            if !callers.is_empty() {
                let _ = write!(attributes, " data-for=\"{}\"", escaped(callers));
            }
            write_links(out, &attributes, links, places)?;
        }
        Ok(())
    }

    /// Writes sets of scopes.
    pub(super) fn write_reaches(&self, out: &mut impl Write, range: Range<usize>) -> io::Result<()> {
        let first = range.start;
        for (place, reaches) in self.reaches.get(range).unwrap_or_default().iter().enumerate() {
            writeln!(out, "<ul class=reach id=s{}>", first + place)?;
            for (scope, head) in reaches {
                let scope = escaped(scope);
                match head {
                    Some(head) => writeln!(out, "<li><a href=#h{head}>{scope}</a></li>")?,
                    None => writeln!(out, "<li>{scope}</li>")?,
                }
            }
            writeln!(out, "</ul>")?;
        }
        Ok(())
    }

    /// Writes all second parts.
    pub(super) fn write_tails(
        &self,
        out: &mut impl Write,
        places: &BTreeMap<Address, Place>,
    ) -> io::Result<()> {
        for (place, links) in self.tails.iter().enumerate() {
            writeln!(out, "<article>")?;
            write_links(out, &format!("r{place}"), links, places)?;
            writeln!(out, "</article>")?;
        }
        Ok(())
    }
}

fn write_links(
    out: &mut impl Write,
    attributes: &str,
    links: &[Link],
    places: &BTreeMap<Address, Place>,
) -> io::Result<()> {
    writeln!(out, "<ol id={attributes}>")?;
    for link in links {
        write!(out, "<li><b>{}</b> {}", link.kind.as_str(), escaped(&link.fact))?;
        if let Some(place) = link.address.as_ref().and_then(|address| places.get(address)) {
            write!(out, " <code>{}:{}</code>", escaped(&place.file), place.line)?;
        }
        writeln!(out, "</li>")?;
    }
    writeln!(out, "</ol>")
}
