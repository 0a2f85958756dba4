//! How many bytes the input may have: of a file, and in all.

use super::args::Limits;
use crate::manifest::Loader;
use crate::source::bytes::Unread;

/// How many bytes may still be read.
pub(super) struct Allowance<'a> {
    limits: &'a Limits,
    left: u64,
}

impl<'a> Allowance<'a> {
    pub(super) const fn new(limits: &'a Limits) -> Self {
        Self { limits, left: limits.limit_total_size }
    }

    /// How many bytes a file may have.
    pub(super) const fn of_file(&self) -> u64 {
        self.limits.limit_file_size
    }

    /// Takes what was read of a path, with its size, if it is still allowed; tells what is not.
    pub(super) fn take<T>(
        &mut self,
        loader: &mut Loader,
        shown: &str,
        read: Result<(u64, T), Unread>,
        add: impl FnOnce(&mut Loader, T),
    ) {
        match read {
            Ok((size, content)) if size <= self.left => {
                self.left -= size;
                add(loader, content);
            }
            Ok(_) => {
                let why = format!("with it more than {} would be read", bytes(self.limits.limit_total_size));
                let help =
                    "raise the limit with `--limit-total-size`, or leave the file out with `--exclude`";
                loader.beyond_limit(shown, &why, help);
            }
            Err(Unread::TooLong) => {
                let why = format!("it is larger than {}", bytes(self.of_file()));
                let help = "raise the limit with `--limit-file-size`, or leave the file out with `--exclude`";
                loader.beyond_limit(shown, &why, help);
            }
            Err(Unread::Failed(why)) => loader.unreadable(shown, &why),
        }
    }
}

/// A number of bytes as it is given to a limit.
fn bytes(number: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let whole = units.into_iter().find(|(shift, _)| number > 0 && number.trailing_zeros() >= *shift);
    whole.map_or_else(|| format!("{number} bytes"), |(shift, unit)| format!("{} {unit}", number >> shift))
}
