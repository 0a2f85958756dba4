//! What the lines of a paragraph mean. All texts stay borrowed: this is the common ground of the model's objects
//! and of the manifest.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::RoleKind;
use super::layers::{Header, Kind, Layers, Lines, Paragraph};

/// `key=value`
pub(super) type Pair = (&'static str, &'static str);

/// A list with commas; `""` stands for the empty text.
#[derive(Clone, Copy)]
pub(super) struct List(&'static str);

impl List {
    /// The text of the list; equal texts are equal lists.
    pub(super) const fn as_str(self) -> &'static str {
        self.0
    }

    /// How many elements there are.
    pub(super) fn len(self) -> usize {
        1 + self.0.bytes().filter(|byte| *byte == b',').count()
    }

    /// The elements in order.
    pub(super) fn items(self) -> impl Iterator<Item = &'static str> {
        self.0.split(',').map(|item| if item == "\"\"" { "" } else { item })
    }
}

/// The lines of a role, of which the rules are yet to be read.
pub(super) struct RuleLines(Lines);

/// A rule, of one of the two families.
pub(super) enum RuleLine {
    Resources { verbs: List, resources: List, groups: List, names: Option<List> },
    Urls { verbs: List, urls: List },
}

/// A subject.
pub(super) enum SubjectLine {
    User(&'static str),
    Group(&'static str),
    ServiceAccount { namespace: &'static str, name: &'static str },
}

/// One object.
pub(super) struct Entry {
    pub(super) header: Header,
    /// With those of `every object`, in order of the keys; shared by all that have no others.
    pub(super) labels: Rc<[Pair]>,
    /// Likewise.
    pub(super) annotations: Rc<[Pair]>,
    pub(super) body: Body,
}

/// What an object is about.
pub(super) enum Body {
    Role { collects: Vec<Pair>, rules: RuleLines },
    Binding { kind: RoleKind, role: &'static str, subjects: Vec<SubjectLine> },
}

/// All objects of an edition.
pub(super) struct Entries {
    /// In order of their headers.
    pub(super) entries: Vec<Entry>,
    /// The lines that were not understood, or not applied, but for rules: see [`Layers::faults`].
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test of our own texts can act on them"))]
    faults: Vec<&'static str>,
}

/// What a line says.
enum Line {
    Label(Pair),
    Annotation(Pair),
    Collects(Pair),
    Gives(RoleKind, &'static str),
    To(SubjectLine),
}

impl Entries {
    /// Reads the texts, each but the first a difference from the ones before.
    pub(super) fn read(texts: &[&'static str]) -> Self {
        let Layers { every, paragraphs, mut faults } = Layers::read(texts);
        let mut common = Draft::default();
        for line in every.iter() {
            match Line::read(line) {
                Some(line @ (Line::Label(_) | Line::Annotation(_))) => common.take(line),
                _ => faults.push(line),
            }
        }
        let labels = together(&[].into(), common.labels, &mut faults);
        let annotations = together(&[].into(), common.annotations, &mut faults);
        let mut entries = Vec::with_capacity(paragraphs.len());
        for Paragraph { header, lines } in paragraphs {
            let draft = Draft::read(header.kind, &lines, &mut faults);
            let entry = Entry {
                header,
                labels: together(&labels, draft.labels, &mut faults),
                annotations: together(&annotations, draft.annotations, &mut faults),
                body: match (header.kind, draft.gives) {
                    (Kind::ClusterRole | Kind::Role, _) => {
                        Body::Role { collects: draft.collects, rules: RuleLines(lines) }
                    }
                    (_, Some((kind, role))) => Body::Binding { kind, role, subjects: draft.subjects },
                    (_, None) => {
                        faults.push(header.name);
                        continue;
                    }
                },
            };
            entries.push(entry);
        }
        Self { entries, faults }
    }

    /// All lines that were not understood, or not applied.
    #[cfg(test)]
    pub(super) fn faults(&self) -> Vec<&'static str> {
        let bodies = self.entries.iter().map(|entry| &entry.body);
        let roles =
            bodies.filter_map(|body| if let Body::Role { rules, .. } = body { Some(rules) } else { None });
        let unread = roles.flat_map(|RuleLines(lines)| {
            let lines = lines.iter().skip_while(|line| !line.starts_with(RULE));
            lines.filter(|line| RuleLine::of_line(line).is_none())
        });
        self.faults.iter().copied().chain(unread).collect()
    }
}

/// Those that every object has and the object's own, in order of the keys; a key that is there twice is a fault.
fn together(every: &Rc<[Pair]>, own: Vec<Pair>, faults: &mut Vec<&'static str>) -> Rc<[Pair]> {
    if own.is_empty() {
        return every.clone();
    }
    let mut all = BTreeMap::new();
    for (key, value) in every.iter().copied().chain(own) {
        if all.insert(key, value).is_some() {
            faults.push(key);
        }
    }
    all.into_iter().collect()
}

/// An object of which some lines are read.
#[derive(Default)]
struct Draft {
    labels: Vec<Pair>,
    annotations: Vec<Pair>,
    collects: Vec<Pair>,
    gives: Option<(RoleKind, &'static str)>,
    subjects: Vec<SubjectLine>,
}

impl Draft {
    /// Reads up to the rules, which are the last in an object that has them.
    fn read(kind: Kind, lines: &Lines, faults: &mut Vec<&'static str>) -> Self {
        let mut draft = Self::default();
        let has_rules = matches!(kind, Kind::ClusterRole | Kind::Role);
        for text in lines.iter().take_while(|line| !(has_rules && line.starts_with(RULE))) {
            match Line::read(text) {
                Some(line) if line.fits(kind) && !(draft.gives.is_some() && line.is_gives()) => {
                    draft.take(line);
                }
                _ => faults.push(text),
            }
        }
        draft
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Label(pair) => self.labels.push(pair),
            Line::Annotation(pair) => self.annotations.push(pair),
            Line::Collects(pair) => self.collects.push(pair),
            Line::Gives(kind, role) => self.gives = Some((kind, role)),
            Line::To(subject) => self.subjects.push(subject),
        }
    }
}

impl Line {
    fn read(line: &'static str) -> Option<Self> {
        let (word, rest) = line.split_once(' ')?;
        Some(match word {
            "label" => Self::Label(pair(rest)?),
            "annotation" => Self::Annotation(pair(rest)?),
            "collects" => Self::Collects(pair(rest)?),
            "gives" => match rest.split_once(' ')? {
                ("ClusterRole", name) => Self::Gives(RoleKind::ClusterRole, single(name)?),
                ("Role", name) => Self::Gives(RoleKind::Role, single(name)?),
                _ => return None,
            },
            "to" => Self::To(match rest.split_once(' ')? {
                ("User", name) => SubjectLine::User(single(name)?),
                ("Group", name) => SubjectLine::Group(single(name)?),
                ("ServiceAccount", account) => {
                    let (namespace, name) = account.split_once('/')?;
                    SubjectLine::ServiceAccount { namespace: single(namespace)?, name: single(name)? }
                }
                _ => return None,
            }),
            _ => return None,
        })
    }

    /// Whether a line of this sort can stand in an object of the kind.
    const fn fits(&self, kind: Kind) -> bool {
        match self {
            Self::Label(_) | Self::Annotation(_) => true,
            Self::Collects(_) => matches!(kind, Kind::ClusterRole),
            Self::Gives(RoleKind::Role, _) => matches!(kind, Kind::RoleBinding),
            Self::Gives(RoleKind::ClusterRole, _) | Self::To(_) => {
                matches!(kind, Kind::ClusterRoleBinding | Kind::RoleBinding)
            }
        }
    }

    const fn is_gives(&self) -> bool {
        matches!(self, Self::Gives(..))
    }
}

/// How a line starts that is a rule.
const RULE: &str = "rule ";

impl RuleLines {
    /// The rules in order. A test proves that all of ours are understood.
    pub(super) fn iter(&self) -> impl Iterator<Item = RuleLine> {
        self.0.iter().filter_map(RuleLine::of_line)
    }
}

impl RuleLine {
    /// The rule in a line; none in a line that is another or is not understood.
    fn of_line(line: &'static str) -> Option<Self> {
        let mut words = line.strip_prefix(RULE)?.split(' ');
        let verbs = list(words.next()?)?;
        let rule = match words.next()? {
            "at" => Self::Urls { verbs, urls: list(words.next()?)? },
            "on" => {
                let resources = list(words.next()?)?;
                let groups = (words.next()? == "in").then(|| words.next())??;
                let names = match words.next() {
                    None => None,
                    Some("named") => Some(list(words.next()?)?),
                    Some(_) => return None,
                };
                Self::Resources { verbs, resources, groups: list(groups)?, names }
            }
            _ => return None,
        };
        words.next().is_none().then_some(rule)
    }
}

/// A list of which no element is missing.
fn list(text: &'static str) -> Option<List> {
    let missing = text.is_empty() || text.starts_with(',') || text.ends_with(',') || text.contains(",,");
    (!missing).then_some(List(text))
}

/// A name, which neither is empty nor has blanks.
fn single(text: &'static str) -> Option<&'static str> {
    (!text.is_empty() && !text.contains(' ')).then_some(text)
}

fn pair(text: &'static str) -> Option<Pair> {
    text.split_once('=').filter(|(key, _)| !key.is_empty() && !text.contains(' '))
}
