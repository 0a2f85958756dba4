//! Every text that was read, and where in it things stand.
//!
//! The model holds no positions. A loaded object keeps an [`Origin`], a small id of the text it was read from;
//! evidence names a part of it by an [`Address`] (`rules[0].verbs[1]` of that object); and only what is printed
//! is turned into a [`Place`], by [`Sources::place`], which reads that one object's text again.
//! So a million rules cost no position at all, and model types compare without an "except where it stands".

pub mod ahead;
pub mod bytes;
pub mod discover;
mod locate;
mod places;
pub mod revision;
pub mod yaml;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

/// A text that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The value of a field whose name somebody chose.
    Key(Arc<str>),
    /// An element of a list, from 0.
    Item(usize),
    /// From a text to the YAML document that it contains (`data.mapRoles`).
    Inside,
    /// From a text to one of its bytes.
    Byte(usize),
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
    #[cfg(test)]
    pub(crate) const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The address of a part of this object.
    pub fn at(self, route: impl Into<Vec<Step>>) -> Address {
        Address { origin: self, route: route.into() }
    }
}

impl Address {
    /// `rules[0].verbs[1]`, as a person would say it.
    pub fn path(&self) -> String {
        let mut path = String::with_capacity(32);
        for (position, step) in self.route.iter().enumerate() {
            let name: &str = match step {
                Step::Field(name) => name,
                Step::Key(name) => name,
                Step::Item(index) => {
                    path.push('[');
                    push_number(&mut path, *index);
                    path.push(']');
                    continue;
                }
                Step::Inside | Step::Byte(_) => continue,
            };
            if position > 0 {
                path.push('.');
            }
            path.push_str(name);
        }
        path
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Adds a number; most are small.
fn push_number(text: &mut String, number: usize) {
    match u8::try_from(number) {
        Ok(digit @ 0..=9) => text.push(char::from(b'0' + digit)),
        _ => text.push_str(&number.to_string()),
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

impl Place {
    /// The beginning of a file whose path is still to be told.
    pub fn whole_file() -> Self {
        Self {
            file: String::new(),
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            document: 0,
            path: String::new(),
            bytes: 0..0,
        }
    }
}

/// Where an object was read.
#[derive(Debug)]
struct ObjectText {
    file: FileId,
    /// Which document of the file, from 0.
    document: u32,
    /// The bytes of that document; of a virtual text its number among the documents.
    bytes: Range<u32>,
    /// The way from the document's root to the object, through the items of lists.
    items: Box<[u32]>,
    /// Its own bytes, where it is an item of a list: reading them alone is enough to find its parts.
    own: Range<u32>,
}

/// A text that is only written when something of it is to be shown.
#[derive(Debug)]
pub struct VirtualText {
    /// The whole text.
    pub text: String,
    /// The bytes of each of its documents.
    pub documents: Vec<Range<usize>>,
}

struct File {
    path: String,
    text: Text,
}

enum Text {
    /// Nothing of it is ever shown.
    NotKept,
    Kept(String),
    Virtual {
        make: Arc<dyn Fn() -> VirtualText + Send + Sync>,
        made: OnceLock<VirtualText>,
    },
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "File({:?})", self.path)
    }
}

/// All texts of a run. A text is kept only if something in it may have to be shown.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<File>,
    objects: Vec<ObjectText>,
}

impl Sources {
    /// Adds a text by its path, without the text itself.
    pub fn add(&mut self, path: impl Into<String>) -> FileId {
        self.files.push(File { path: path.into(), text: Text::NotKept });
        FileId(counted(self.files.len() - 1))
    }

    /// Keeps the text of a file for showing parts of it.
    pub fn keep(&mut self, file: FileId, text: String) {
        if let Some(file) = self.files.get_mut(file.0 as usize) {
            file.text = Text::Kept(text);
        }
    }

    /// Adds a text that is made when something of it is to be shown, with one object a document.
    pub fn add_virtual(
        &mut self,
        path: impl Into<String>,
        make: impl Fn() -> VirtualText + Send + Sync + 'static,
    ) -> FileId {
        let text = Text::Virtual { make: Arc::new(make), made: OnceLock::new() };
        self.files.push(File { path: path.into(), text });
        FileId(counted(self.files.len() - 1))
    }

    /// Registers an object of a text: the number and the bytes of its document, its way through the items of lists, and
    /// its own bytes.
    pub fn register(
        &mut self,
        file: FileId,
        document: usize,
        bytes: &Range<usize>,
        items: &[usize],
        own: &Range<usize>,
    ) -> Origin {
        self.objects.push(ObjectText {
            file,
            document: counted(document),
            bytes: counted(bytes.start)..counted(bytes.end),
            items: items.iter().map(|&item| counted(item)).collect(),
            own: counted(own.start)..counted(own.end),
        });
        Origin(counted(self.objects.len() - 1))
    }

    /// How many objects are registered.
    pub(crate) fn objects(&self) -> usize {
        self.objects.len()
    }

    /// Takes all objects back but the first so many. Nobody may hold an origin of the others.
    pub(crate) fn forget_objects(&mut self, but: usize) {
        self.objects.truncate(but);
    }

    /// Registers an object of a virtual text by the number of its document.
    pub fn register_virtual(&mut self, file: FileId, document: usize) -> Origin {
        self.register(file, document, &(0..0), &[], &(0..0))
    }

    /// The path of a text as reached from the argument.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| &file.path)
    }

    /// The text of a file; empty if it was not kept.
    pub fn text(&self, file: FileId) -> &str {
        match self.files.get(file.0 as usize).map(|file| &file.text) {
            Some(Text::Kept(text)) => text,
            Some(Text::Virtual { make, made }) => &made.get_or_init(|| make()).text,
            Some(Text::NotKept) | None => "",
        }
    }

    /// All texts, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        (0..self.files.len()).map(|position| FileId(counted(position)))
    }

    /// Whether a text comes with the tool rather than from the input.
    pub fn is_virtual_file(&self, file: FileId) -> bool {
        self.files.get(file.0 as usize).is_some_and(|file| matches!(file.text, Text::Virtual { .. }))
    }

    /// The file of an object.
    pub fn file_of(&self, origin: Origin) -> Option<FileId> {
        self.objects.get(origin.0 as usize).map(|object| object.file)
    }

    /// Whether an object comes with the tool rather than from the input.
    pub fn is_virtual(&self, origin: Origin) -> bool {
        self.file_of(origin).is_some_and(|file| self.is_virtual_file(file))
    }

    /// The bytes of an object's document.
    fn document_of(&self, object: &ObjectText) -> Range<usize> {
        match self.files.get(object.file.0 as usize).map(|file| &file.text) {
            Some(Text::Virtual { make, made }) => {
                let documents = &made.get_or_init(|| make()).documents;
                documents.get(object.document as usize).cloned().unwrap_or_default()
            }
            _ => object.bytes.start as usize..object.bytes.end as usize,
        }
    }

    /// The place of a part of an object. Where the part does not exist, the place of the nearest thing that holds it.
    pub fn place(&self, address: &Address) -> Option<Place> {
        let stretch = self.locate(address)?;
        Some(self.place_of(&stretch, address.path()))
    }

    /// The text at a place, for excerpts.
    pub fn excerpt(&self, stretch: &Stretch) -> Cow<'_, str> {
        self.text(stretch.file).get(stretch.range.clone()).unwrap_or_default().into()
    }
}

/// Positions are counted in 32 bits: no text is longer than 4 GiB, nor has more objects.
fn counted(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
