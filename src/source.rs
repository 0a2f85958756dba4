//! Every text that was read, and where in it things stand.
//!
//! The model holds no positions. A loaded object keeps an [`Origin`], a small id of the text it was read from;
//! evidence names a part of it by an [`Address`] (`rules[0].verbs[1]` of that object); and only what is printed
//! is turned into a [`Place`], by [`Sources::place`], which reads that one object's text again.
//! So a million rules cost no position at all, and model types compare without an "except where it stands".

use std::fmt;
use std::ops::Range;

/// A text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// An object that was read. Ids grow in the order of loading: files in bytewise order of their paths,
/// documents and list items in order, so that of two objects with one name the greater id is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(u32);

/// One step from an object to a part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The value of a field.
    Field(&'static str),
    /// An element of a list, from 0.
    Item(usize),
    /// From a text to the YAML document that it contains (`data.mapRoles`).
    Inside,
}

/// A part of a loaded object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The object.
    pub origin: Origin,
    /// The way from the object's root to the part; empty for the object itself.
    pub route: Vec<Step>,
}

impl Origin {
    /// The address of a part of this object.
    pub fn at(self, route: impl Into<Vec<Step>>) -> Address {
        Address { origin: self, route: route.into() }
    }
}

/// `rules[0].verbs[1]`, as a person would say it.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for step in &self.route {
            match step {
                Step::Field(name) if first => write!(f, "{name}")?,
                Step::Field(name) => write!(f, ".{name}")?,
                Step::Item(index) => write!(f, "[{index}]")?,
                Step::Inside => {}
            }
            first = false;
        }
        Ok(())
    }
}

/// A stretch of a text, in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stretch {
    /// The text.
    pub file: FileId,
    /// Bytes from its start.
    pub range: Range<usize>,
    /// Which document of the text, from 0.
    pub document: usize,
}

/// Where something stands, as people and editors count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The path as reached from the argument, with `/`.
    pub file: String,
    /// Line of the first character, from 1.
    pub line: usize,
    /// Column of the first character, in characters, from 1.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column just behind the last character.
    pub end_column: usize,
    /// Which document of the file, from 0.
    pub document: usize,
    /// The part of the object: `rules[0]`; empty for the object itself.
    pub path: String,
    /// The same stretch in bytes of the text.
    pub bytes: Range<usize>,
}
