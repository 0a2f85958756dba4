//! The bytes of files and of standard input, never more than allowed: the only reader of files.

use std::cell::Cell;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

/// A file larger than this is not read where nothing else is said.
pub const LARGEST_FILE: u64 = 1 << 30;

/// Why a text was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It cannot be read, for this reason.
    Failed(String),
    /// It has more bytes than were allowed.
    TooLong,
}

/// The bytes of a file of at most [`LARGEST_FILE`] bytes, or why they cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>, String> {
    open(path).and_then(|file| read_bounded(&file, size(&file), LARGEST_FILE)).map_err(in_words)
}

/// The bytes of standard input, at most [`LARGEST_FILE`], or why they cannot be read.
pub fn read_standard_input() -> Result<Vec<u8>, String> {
    read_standard_input_up_to(LARGEST_FILE).map_err(in_words)
}

fn in_words(why: Unread) -> String {
    match why {
        Unread::Failed(why) => why,
        Unread::TooLong => format!("it is larger than {} MiB", LARGEST_FILE >> 20),
    }
}

fn open(path: &Path) -> Result<fs::File, Unread> {
    fs::File::open(path).map_err(|error| Unread::Failed(plain(&error)))
}

fn size(file: &fs::File) -> u64 {
    file.metadata().map_or(0, |metadata| metadata.len())
}

/// What was made of the bytes of a file.
#[derive(Debug)]
pub enum Looked<T> {
    /// What a look at them gave.
    At(T),
    /// All of them, since the look gave nothing.
    Bytes(Vec<u8>),
}

/// The room for a file that is only looked at has so many bytes at first, which is enough for nearly all manifests,
const ROOM: usize = 1 << 14;
/// and so many at most.
const MOST_ROOM: u64 = 4 << 20;

thread_local! {
    /// Memory for one file after the other: most are done with as soon as they were looked at.
    static FILE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Looks at the bytes of a file, if there are not more than so many, and gives them where that gives nothing. A large
/// file is not looked at.
pub fn look<T>(path: &Path, most: u64, look: impl FnOnce(&[u8]) -> Option<T>) -> Result<Looked<T>, Unread> {
    let mut file = open(path)?;
    let mut room = FILE.take();
    let mut length = read_into(&mut file, &mut room, 0, ROOM)?;
    let mut has_ended = length < ROOM;
    let mut expected = 0;
    if !has_ended {
        expected = size(&file);
        if expected <= most && expected < MOST_ROOM {
            let room_for = usize::try_from(expected).unwrap_or_default().max(length);
            // one byte more, so that the end is found
            length = read_into(&mut file, &mut room, length, room_for + 1)?;
            has_ended = length <= room_for;
        }
    }
    let bytes = room.get(..length).unwrap_or_default();
    if !has_ended {
        return read_bounded(bytes.chain(file), expected, most).map(Looked::Bytes);
    }
    if bytes.len() as u64 > most {
        return Err(Unread::TooLong);
    }
    let looked = look(bytes).map_or_else(|| Looked::Bytes(bytes.to_vec()), Looked::At);
    FILE.set(room);
    Ok(looked)
}

/// Reads on behind so many bytes, until there are so many in all or the file ends, and says how many there are.
fn read_into(file: &mut fs::File, room: &mut Vec<u8>, have: usize, most: usize) -> Result<usize, Unread> {
    if room.len() < most {
        // fresh memory is zero, and takes nothing until it is written to
        let mut larger = vec![0; most.next_power_of_two()];
        if let Some((to, from)) = larger.get_mut(..have).zip(room.get(..have)) {
            to.copy_from_slice(from);
        }
        *room = larger;
    }
    let mut length = have;
    while let Some(rest) = room.get_mut(length..most).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Unread::Failed(plain(&error))),
        }
    }
    Ok(length)
}

/// The bytes of standard input, if there are not more than so many.
pub fn read_standard_input_up_to(most: u64) -> Result<Vec<u8>, Unread> {
    read_bounded(io::stdin().lock(), 0, most)
}

fn read_bounded(from: impl Read, expected: u64, most: u64) -> Result<Vec<u8>, Unread> {
    if expected > most {
        return Err(Unread::TooLong);
    }
    let mut bytes = Vec::new();
    // one byte more, so that the end is found without growing
    let room = usize::try_from(expected + 1).unwrap_or_default();
    bytes.try_reserve_exact(room).map_err(|_| Unread::Failed("there is not enough memory".into()))?;
    // a file may grow while it is read
    let read = from.take(most.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Unread::Failed(plain(&error)))?;
    if bytes.len() as u64 > most { Err(Unread::TooLong) } else { Ok(bytes) }
}

/// An error of the operating system without its number.
pub fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_at_is_the_whole_file_of_any_size() {
        let directory = std::env::temp_dir().join(format!("iamrbac-look-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("file");
        let large = usize::try_from(MOST_ROOM).unwrap();
        for size in [0, 1, ROOM - 1, ROOM, ROOM + 1, 3 * ROOM, 2 * ROOM, large - 1, large, large + 1] {
            let bytes: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            fs::write(&path, &bytes).unwrap();
            let size = size as u64;
            for most in [size, size + 1, LARGEST_FILE] {
                let same = look(&path, most, |seen| (seen == bytes).then_some(()));
                assert!(matches!(same, Ok(Looked::At(()))) || size >= MOST_ROOM, "{size} of {most}");
                let refused = look(&path, most, |_| None::<()>);
                assert!(matches!(refused, Ok(Looked::Bytes(all)) if all == bytes), "{size} of {most}");
            }
            if let Some(less) = size.checked_sub(1) {
                let seen = look(&path, less, |_| Some(()));
                assert!(matches!(seen, Err(Unread::TooLong)), "{size} of {less}");
            }
        }
        assert!(matches!(look(&directory.join("none"), 1, |_| Some(())), Err(Unread::Failed(_))));
        fs::remove_dir_all(&directory).unwrap();
    }
}
