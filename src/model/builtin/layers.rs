//! Paragraphs, and texts that tell the difference from another. Does not know what a line of a paragraph means.

use memchr::memmem;

/// What names a built-in object. Ordered by kind, namespace and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Header {
    /// The object's kind.
    pub kind: Kind,
    /// Its namespace; none for a cluster-scoped kind.
    pub namespace: Option<&'static str>,
    /// Its name.
    pub name: &'static str,
}

/// The kind of a built-in object, in the order of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `ClusterRole`
    ClusterRole,
    /// `ClusterRoleBinding`
    ClusterRoleBinding,
    /// `Role`
    Role,
    /// `RoleBinding`
    RoleBinding,
}

impl Kind {
    /// The kind as manifests write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ClusterRole => "ClusterRole",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
            Self::Role => "Role",
            Self::RoleBinding => "RoleBinding",
        }
    }
}

impl Header {
    fn read(line: &'static str) -> Option<Self> {
        let (kind, name) = line.split_once(' ')?;
        let (kind, namespaced) = match kind {
            "ClusterRole" => (Kind::ClusterRole, false),
            "ClusterRoleBinding" => (Kind::ClusterRoleBinding, false),
            "Role" => (Kind::Role, true),
            "RoleBinding" => (Kind::RoleBinding, true),
            _ => return None,
        };
        // no name of either part can contain a slash: upstream refuses it in the names of these four kinds
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, name),
        };
        let complete = namespaced == namespace.is_some() && !name.is_empty() && !name.contains(['/', ' ']);
        complete.then_some(Self { kind, namespace, name })
    }
}

/// An object's header and the lines that describe it.
pub(super) struct Paragraph {
    pub(super) header: Header,
    pub(super) lines: Lines,
}

/// Lines, without comments. They are told apart when they are asked for: most are of roles that nobody asks about.
#[derive(Clone)]
pub(super) enum Lines {
    /// As a text has them.
    Written(&'static str),
    /// As the texts after it changed them.
    Changed(Vec<&'static str>),
}

impl Lines {
    /// The lines in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &'static str> {
        let (text, changed) = match self {
            Self::Written(text) => (*text, &[][..]),
            Self::Changed(lines) => ("", lines.as_slice()),
        };
        text.lines().filter(|line| !line.starts_with('#')).chain(changed.iter().copied())
    }

    fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

/// What the texts say once all differences are applied.
pub(super) struct Layers {
    /// The lines of `every object`.
    pub(super) every: Lines,
    /// The objects in order of their headers.
    pub(super) paragraphs: Vec<Paragraph>,
    /// The lines that were not understood or could not be applied; they are left out. A test proves that there is
    /// none in any of our texts.
    pub(super) faults: Vec<&'static str>,
}

impl Layers {
    /// Applies the texts one after another, starting with nothing.
    pub(super) fn read(texts: &[&'static str]) -> Self {
        let mut layers = Self { every: Lines::Written(""), paragraphs: Vec::new(), faults: Vec::new() };
        for text in texts {
            let mut start = 0;
            let ends = memmem::find_iter(text.as_bytes(), b"\n\n").chain([text.len()]);
            for end in ends {
                let mut rest = text.get(start..end).unwrap_or_default();
                start = end;
                while let Some((first, lines)) = split_line(rest) {
                    rest = lines;
                    if !first.is_empty() && !first.starts_with('#') {
                        layers.apply(first, Lines::Written(lines));
                        break;
                    }
                }
            }
        }
        layers
    }

    fn apply(&mut self, first: &'static str, lines: Lines) {
        if first == "every object" {
            self.every = lines;
        } else if let Some(header) = first.strip_prefix("~ ") {
            match self.existing(header).map(|paragraph| paragraph.change(&lines)) {
                Some(faults) => self.faults.extend(faults),
                None => self.faults.push(first),
            }
        } else if let Some(header) = first.strip_prefix("- ") {
            let place = Header::read(header).and_then(|header| self.place(&header).ok());
            match place {
                Some(index) if lines.is_empty() => drop(self.paragraphs.remove(index)),
                _ => self.faults.push(first),
            }
        } else {
            let header = Header::read(first);
            match header.and_then(|header| Some((header, self.place(&header).err()?))) {
                Some((header, index)) => self.paragraphs.insert(index, Paragraph { header, lines }),
                None => self.faults.push(first),
            }
        }
    }

    /// The index of the object, or the one at which it belongs.
    fn place(&self, header: &Header) -> Result<usize, usize> {
        match self.paragraphs.last() {
            // our texts are sorted, so this is nearly always the case
            Some(last) if last.header < *header => Err(self.paragraphs.len()),
            _ => self.paragraphs.binary_search_by(|paragraph| paragraph.header.cmp(header)),
        }
    }

    fn existing(&mut self, header: &'static str) -> Option<&mut Paragraph> {
        let index = self.place(&Header::read(header)?).ok()?;
        self.paragraphs.get_mut(index)
    }
}

impl Paragraph {
    /// Applies the lines of a difference and returns those that found nothing to be applied to.
    fn change(&mut self, edits: &Lines) -> Vec<&'static str> {
        let mut lines: Vec<&str> = self.lines.iter().collect();
        let mut cursor = 0;
        let mut faults = Vec::new();
        for edit in edits.iter() {
            if let Some(line) = edit.strip_prefix("+ ") {
                lines.insert(cursor, line);
                cursor += 1;
                continue;
            }
            let removed = edit.strip_prefix("- ");
            let wanted = removed.unwrap_or(edit);
            let Some(distance) = lines.iter().skip(cursor).position(|line| *line == wanted) else {
                faults.push(edit);
                continue;
            };
            cursor += distance;
            if removed.is_some() {
                lines.remove(cursor);
            } else {
                cursor += 1;
            }
        }
        self.lines = Lines::Changed(lines);
        faults
    }
}

/// The first line of a text, and what follows it; none at its end.
fn split_line(text: &'static str) -> Option<(&'static str, &'static str)> {
    (!text.is_empty()).then(|| text.split_once('\n').unwrap_or((text, "")))
}
