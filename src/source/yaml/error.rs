//! What can go wrong while reading a text, and the limits that keep hostile input cheap.
//! Must not know how any of it is detected.

use std::fmt;

/// The class of an [`Error`]; a caller chooses hint and severity by it, never by the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The document does not parse and holds `{{` or `{%`: it is a template, not yet a manifest.
    Template,
    /// Not YAML, or not JSON where only JSON is read.
    Syntax,
    /// A line starts with `---` and goes on with text: kubectl stops the file there.
    Separator,
    /// The bytes are no text: not UTF-8, half a UTF-16 unit, or a NUL byte.
    Encoding,
    /// One of [`Limits`] is exceeded, or aliases are expanded more often than upstream allows.
    Limit,
    /// Fine YAML that has no JSON form: a null or collection as key, an infinite number, a failing tag.
    NotJson,
}

impl ErrorKind {
    /// The remedy, where there is one, as a sentence part in lower case without full stop.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::Template => Some("render the chart or template first, then read its output"),
            Self::Separator => Some("put the text after `---` on a line of its own"),
            Self::Encoding => Some("save the file as UTF-8"),
            Self::Limit => Some("split the file or document into smaller ones"),
            Self::Syntax | Self::NotJson => None,
        }
    }
}

/// Why a text, or one document of it, could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The class of the problem.
    pub kind: ErrorKind,
    /// Byte offset of the problem in the whole text that was given (for [`super::decode`]: in the bytes).
    pub offset: usize,
    /// What is wrong, in lower case, without full stop; input stands in backticks.
    pub message: String,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, offset: usize, message: impl Into<String>) -> Self {
        Self { kind, offset, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// Bounds on what one text may cost. Exceeding one is an [`ErrorKind::Limit`] for that document.
///
/// The aliasing rule of go-yaml v2 (`decode.go`, `allowedAliasRatio`) always applies; [`Limits::aliases`] can only be
/// stricter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open collections inside each other, as written. Block and flow collections are counted apart.
    pub depth: usize,
    /// Nodes in one document, aliases counted as one node each.
    pub nodes: usize,
    /// Documents in one text; the first one beyond is an error and ends the reading.
    pub documents: usize,
    /// Nodes that aliases add to one document, each counted as often as it is repeated.
    pub aliases: usize,
}

impl Limits {
    /// Bounds within which everything lies that any other bounds let through: for reading again what was read.
    pub const WIDEST: Self =
        Self { depth: 1000, nodes: u32::MAX as usize, documents: usize::MAX, aliases: usize::MAX };
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 255, nodes: 20_000_000, documents: 10_000_000, aliases: usize::MAX }
    }
}
