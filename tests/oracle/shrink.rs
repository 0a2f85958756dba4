//! Makes a world small that still shows what it shows: files, documents, lines and characters are left out as long as
//! it does.

use crate::world::Files;

/// How many tries one world is worth.
const TRIES: usize = 3000;

/// The smallest files found for which `shows` still holds.
pub fn files(start: &Files, mut shows: impl FnMut(&Files) -> bool) -> Files {
    let mut files = start.clone();
    let mut tries = TRIES;
    let mut attempt = |candidate: &Files| {
        tries = tries.saturating_sub(1);
        tries > 0 && shows(candidate)
    };
    for path in start.keys() {
        let mut without = files.clone();
        without.remove(path);
        if attempt(&without) {
            files = without;
        }
    }
    let paths: Vec<String> = files.keys().cloned().collect();
    for cut in [split_documents, split_lines, split_lines, split_words, split_words] {
        for path in &paths {
            let smaller = pieces(cut(&files[path]), |text| {
                let mut candidate = files.clone();
                candidate.insert(path.clone(), text);
                attempt(&candidate)
            });
            files.insert(path.clone(), smaller);
        }
    }
    files
}

/// The smallest text found for which `shows` still holds.
pub fn text(start: &str, mut shows: impl FnMut(&str) -> bool) -> String {
    let mut files = Files::new();
    files.insert(String::new(), start.to_owned());
    let characters = |text: &str| text.chars().map(String::from).collect();
    let smaller = self::files(&files, |files| files.get("").is_some_and(|text| shows(text)));
    let smaller = smaller.get("").cloned().unwrap_or_default();
    if smaller.len() > 400 { smaller } else { pieces(characters(&smaller), |text| shows(&text)) }
}

/// Leaves out stretches of pieces, long ones first.
fn pieces(mut pieces: Vec<String>, mut shows: impl FnMut(String) -> bool) -> String {
    let mut length = pieces.len().div_ceil(2).max(1);
    loop {
        let mut start = 0;
        while start < pieces.len() {
            let end = (start + length).min(pieces.len());
            let without: Vec<String> = [&pieces[..start], &pieces[end..]].concat();
            if shows(without.concat()) {
                pieces = without;
            } else {
                start = end;
            }
        }
        if length == 1 {
            return pieces.concat();
        }
        length = length.div_ceil(2);
    }
}

fn split_documents(text: &str) -> Vec<String> {
    let mut documents = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") {
            documents.push(String::new());
        }
        documents.last_mut().unwrap().push_str(line);
    }
    documents
}

fn split_lines(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

/// Words with the marks around them apart, so that an element of a list can go.
fn split_words(text: &str) -> Vec<String> {
    let is_word = |letter: char| letter.is_alphanumeric() || "-_./:".contains(letter);
    let mut words: Vec<String> = Vec::new();
    let mut in_word = false;
    for letter in text.chars() {
        if in_word && is_word(letter) {
            words.last_mut().unwrap().push(letter);
        } else {
            words.push(letter.to_string());
        }
        in_word = is_word(letter);
    }
    words
}
