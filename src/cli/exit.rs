//! How a run ends.

use std::io;

use super::output;

/// How a run ended, as the shell sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: yes, or all was answered, or nothing was found.
    Yes,
    /// 1: no, or something was found.
    No,
    /// 2: a mistake in usage, or something unread that could turn the answer.
    Unanswered,
    /// 3: it depends.
    Depends,
}

impl Exit {
    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Unanswered => 2,
            Self::Depends => 3,
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// What was asked cannot be answered as it is.
    Usage { message: String, help: Option<String> },
    /// Writing failed.
    Output(io::Error),
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        let help = help.into();
        Self::Usage { message: message.into(), help: (!help.is_empty()).then_some(help) }
    }

    /// Tells the person, and says how the run ended. A reader who has gone away (`| head`) is told nothing.
    pub(super) fn tell(self) -> Exit {
        match self {
            Self::Usage { message, help } => {
                output::complain(&message, help.as_deref());
                Exit::Unanswered
            }
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Yes,
            Self::Output(error) => {
                output::complain(&format!("the answer could not be written: {error}"), None);
                Exit::Unanswered
            }
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
