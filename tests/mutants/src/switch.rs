//! Rewrites sources so that each mutant is there beside the original, behind its number.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::{Mutant, Position};

/// What the sources ask, at the end of the library's root. With `MUTANTS_REACHED` the numbers that were asked for go to a
/// file: a test that never asks for a mutant cannot catch it.
pub const SWITCH: &str = r#"
/// Whether this mutant is on.
#[doc(hidden)]
pub fn mutant(number: usize) -> bool {
    use std::io::Write as _;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};
    static ON: OnceLock<Option<usize>> = OnceLock::new();
    static LOG: OnceLock<Option<std::fs::File>> = OnceLock::new();
    static ASKED: [AtomicBool; 8192] = [const { AtomicBool::new(false) }; 8192];
    let log = LOG.get_or_init(|| {
        std::fs::File::options().append(true).create(true).open(std::env::var_os("MUTANTS_REACHED")?).ok()
    });
    if let Some(mut log) = log.as_ref()
        && !ASKED[number].swap(true, Ordering::Relaxed)
    {
        let _ = log.write_all(format!("{number}\n").as_bytes());
    }
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

/// The mutants whose text lies within the span of a message of the compiler.
pub fn mutants_within(copy: &Path, span: &Value) -> Vec<usize> {
    let offset = |end: &str| usize::try_from(span[end].as_u64()?).ok();
    let text = || {
        let source = std::fs::read_to_string(copy.join(span["file_name"].as_str()?)).ok()?;
        source.get(offset("byte_start")?..offset("byte_end")?).map(str::to_owned)
    };
    let text = text().unwrap_or_default();
    text.match_indices("/*<").filter_map(|(at, _)| text[at + 3..].split("*/").next()?.parse().ok()).collect()
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

    fn body(&mut self, block: &syn::Block, returned: &syn::ReturnType) {
        let returned = match returned {
            syn::ReturnType::Default => "",
            syn::ReturnType::Type(_, returned) => &self.source[returned.span().byte_range()],
        };
        let whole = block.span().byte_range();
        let Some(start) = block.stmts.first().map(|first| first.span().byte_range().start) else { return };
        let is_body = |(place, of_place): (&(usize, usize), &Vec<(usize, &Mutant)>)| {
            let is_value = of_place.iter().any(|(_, one)| one.genre == "FnValue");
            (place.0 == start && place.1 <= whole.end && is_value).then_some(*place)
        };
        // the body of this function, not of one within it
        let Some(place) = self.by_place.iter().find_map(is_body) else { return };
        let mutants = self.take(place.0..place.1, "FnValue");
        if returned.contains("impl ") {
            self.iterator(whole, &mutants, returned);
            return;
        }
        for (number, mutant) in mutants {
            let text = format!(
                " if crate::mutant({number}) {{ /*<{number}*/ return {}; /*>*/ }}",
                mutant.replacement
            );
            self.insert(whole.start + 1, true, usize::MAX / 2, text);
        }
    }

    /// A function that names no type returns one type only: its iterator lets nothing through where a mutant is on, and
    /// goes on with what the mutant has; of an option only the mutant that is none can be had.
    fn iterator(&mut self, whole: Range<usize>, mutants: &[(usize, &'m Mutant)], returned: &str) {
        let is_option = returned.starts_with("Option<");
        let mut after = " }; original".to_owned();
        for (number, mutant) in mutants {
            let once =
                mutant.replacement.strip_prefix("::std::iter::once(").and_then(|one| one.strip_suffix(')'));
            match once {
                _ if is_option && mutant.replacement == "None" => {}
                Some(one) if !is_option => {
                    let on = format!("crate::mutant({number})");
                    let one = one.replace("Box::leak(", "&*Box::leak(");
                    write!(after, ".chain(/*<{number}*/ {on}.then(|| {one}) /*>*/)").unwrap();
                }
                None if !is_option => {}
                _ => {
                    self.written.remove(number);
                    continue;
                }
            }
            after =
                after.replacen(" original", &format!(" original.filter(|_| !crate::mutant({number}))"), 1);
        }
        self.insert(whole.start + 1, true, usize::MAX / 2, " let original = {".to_owned());
        self.insert(whole.end - 1, false, usize::MAX / 2, after);
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
        self.body(&item.block, &item.sig.output);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.not_constant(&item.sig);
        self.body(&item.block, &item.sig.output);
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

    fn visit_expr_struct(&mut self, whole: &'ast syn::ExprStruct) {
        for field in &whole.fields {
            let (Some(base), syn::Member::Named(name)) = (&whole.rest, &field.member) else { continue };
            let place = field.span().byte_range();
            let base = match &self.source[base.span().byte_range()] {
                "Default::default()" => {
                    format!("{}::default()", &self.source[whole.path.span().byte_range()])
                }
                base => format!("({base})"),
            };
            // the comma after it is deleted, too
            let starts = |(start, end): &&(usize, usize)| *start == place.start && *end >= place.end;
            let Some(deleted) = self.by_place.keys().find(starts).copied() else { continue };
            let found = self.take(deleted.0..deleted.1, "StructField");
            if field.colon_token.is_none() && !found.is_empty() {
                self.insert(place.start, true, place.len() + 1, format!("{name}: "));
            }
            let alternatives: Vec<_> =
                found.iter().map(|(number, _)| (*number, format!("{base}.{name}"))).collect();
            self.choose(field.expr.span().byte_range(), &alternatives);
        }
        visit::visit_expr_struct(self, whole);
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
