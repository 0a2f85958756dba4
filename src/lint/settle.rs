//! From findings to what is told: places instead of addresses, each finding once, in order.

use std::collections::HashMap;
use std::fmt;

use foldhash::fast::RandomState;

use crate::finding::{Code, Finding, Spot};
use crate::source::ahead::in_pieces;
use crate::source::{Address, Place, Sources, Stretch};

/// A finding with its place.
#[derive(Clone, Debug)]
pub struct Told {
    /// The finding; its spots are stretches of text wherever there is a text.
    pub finding: Finding,
    /// Where it is; none where something is absent.
    pub place: Option<Place>,
    /// Where the related things are, in their order.
    pub related: Vec<Option<Place>>,
    /// Where the links of the chain are, in their order.
    pub flow: Vec<Option<Place>>,
    /// The same for the same mistake, wherever in its file it moves.
    pub fingerprint: Fingerprint,
}

/// What a finding is known by: short, and the same on every machine and in every version. Shown in 16 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Told {
    /// A finding whose spots are no addresses.
    pub(super) fn new(sources: &Sources, finding: Finding) -> Self {
        let place = finding.spot.place(sources);
        let places = |spots: &[(Spot, String)]| spots.iter().map(|(spot, _)| spot.place(sources)).collect();
        let (related, flow) = (places(&finding.related), places(&finding.flow));
        Self { finding, place, related, flow, fingerprint: Fingerprint::default() }
    }

    /// The file that it is in; empty where it is in none.
    pub fn file(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.file)
    }
}

/// Places findings, reading every object once, puts them in order of files and places, and gives the fingerprints.
pub fn settle(sources: &Sources, findings: Vec<Finding>) -> Vec<Told> {
    let spots: Vec<&Spot> = findings.iter().flat_map(spots).collect();
    let mut places = places(sources, &spots).into_iter();
    // gives the place, and puts it where the address was; asked in the order of the spots
    let mut place = |spot: &mut Spot| {
        let place = places.next().flatten()?;
        if let Some(file) = address_of(spot).and_then(|address| sources.file_of(address.origin)) {
            *spot = Stretch { file, range: place.bytes.clone(), document: place.document }.into();
        }
        Some(place)
    };
    let told = findings.into_iter().map(|mut finding| {
        let at = place(&mut finding.spot);
        let mut places =
            |spots: &mut [(Spot, String)]| spots.iter_mut().map(|(spot, _)| place(spot)).collect();
        let (related, flow) = (places(&mut finding.related), places(&mut finding.flow));
        let mut told = Told { finding, place: at, related, flow, fingerprint: Fingerprint::default() };
        narrow(sources, &mut told);
        told
    });
    let mut told = in_order(told.collect());
    give_fingerprints(&mut told);
    told
}

/// The places of many spots, in their order.
fn places(sources: &Sources, spots: &[&Spot]) -> Vec<Option<Place>> {
    let addresses: Vec<&Address> = spots.iter().filter_map(|spot| address_of(spot)).collect();
    let stretches: Vec<&Stretch> = spots.iter().filter_map(|spot| stretch_of(spot)).collect();
    let mut of_addresses = sources.places_of(&addresses).into_iter();
    let mut of_stretches = sources.places_of_stretches(&stretches).into_iter();
    let place = |spot: &&Spot| match spot {
        Spot::Address(_) => of_addresses.next().flatten(),
        Spot::Stretch(_) => of_stretches.next(),
        Spot::File(_) | Spot::Path(_) | Spot::Nowhere => spot.place(sources),
    };
    spots.iter().map(place).collect()
}

/// Facts that loading knows only by the entry or the object that they are in.
const COARSE: [Code; 3] = [Code::AwsAuthUnknownKey, Code::MappingInvalid, Code::PlaceholderUnfilled];

/// Confines the place of such a fact to the name that its message begins with.
fn narrow(sources: &Sources, told: &mut Told) {
    let finding = &mut told.finding;
    let Spot::Stretch(stretch) = &mut finding.spot else { return };
    let Some(name) = finding.message.split('`').nth(1).filter(|name| !name.is_empty()) else { return };
    if COARSE.contains(&finding.code)
        && let Some(at) = sources.excerpt(stretch).find(name)
    {
        stretch.range.start += at;
        stretch.range.end = stretch.range.start + name.len();
        let part = told.place.take().map_or(String::new(), |place| place.path);
        told.place = Some(sources.place_of(stretch, part));
    }
}

fn spots(finding: &Finding) -> impl Iterator<Item = &Spot> {
    let further = finding.related.iter().chain(&finding.flow).map(|(spot, _)| spot);
    std::iter::once(&finding.spot).chain(further)
}

fn address_of(spot: &Spot) -> Option<&Address> {
    match spot {
        Spot::Address(address) => Some(address),
        _ => None,
    }
}

fn stretch_of(spot: &Spot) -> Option<&Stretch> {
    match spot {
        Spot::Stretch(stretch) => Some(stretch),
        _ => None,
    }
}

/// Sorts, and drops what is told twice.
pub(super) fn in_order(mut told: Vec<Told>) -> Vec<Told> {
    let mut keys = keys(&told);
    let is_same = |one: &Key<'_>, other: &Key<'_>| (one.at, one.what) == (other.at, other.what);
    if keys.is_sorted_by(|one, next| one < next && !is_same(one, next)) {
        return told;
    }
    keys.sort_unstable();
    let mut order: Vec<usize> = keys.iter().map(|key| key.position).collect();
    let is_again = keys.windows(2).map(|pair| matches!(pair, [one, next] if is_same(one, next)));
    let mut is_again: Vec<bool> = std::iter::once(false).chain(is_again).collect();
    // in place, for there may be many: whoever is to come here was moved before, to where the order says
    for place in 0..told.len() {
        let mut from = order.get(place).copied().unwrap_or(place);
        while from < place {
            from = order.get(from).copied().unwrap_or(place);
        }
        if let Some(slot) = order.get_mut(place) {
            *slot = from;
        }
        told.swap(place, from);
    }
    if is_again.contains(&true) {
        let mut again = is_again.drain(..);
        told.retain(|_| !again.next().unwrap_or_default());
    }
    told
}

fn keys(told: &[Told]) -> Vec<Key<'_>> {
    // most are in one file: their names are compared once
    let mut files: Vec<&str> = told.iter().map(Told::file).collect();
    files.dedup();
    files.sort_unstable();
    files.dedup();
    let mut last = ("", files.binary_search(&""));
    let mut keys = Vec::with_capacity(told.len());
    for (position, one) in told.iter().enumerate() {
        if last.0 != one.file() {
            last = (one.file(), files.binary_search(&one.file()));
        }
        let place = one.place.as_ref();
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        let what = (one.finding.code, &*one.finding.message);
        keys.push(Key { at: (last.1.unwrap_or_default(), line, column), what, position });
    }
    keys
}

/// What findings are ordered by. Of two that are told the same the first stays.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'t> {
    /// The place of the file's name among the names, line and column.
    at: (usize, usize, usize),
    what: (Code, &'t str),
    position: usize,
}

/// Numbers the findings that read the same in one file, for their fingerprints. Before anything is silenced, so that
/// silencing one of them does not make the next look like another.
pub(super) fn give_fingerprints(told: &mut [Told]) {
    let hashes = in_pieces(told, |piece| piece.iter().map(hash_of).collect::<Vec<u64>>());
    // by the hash so far: texts that shared it would share the fingerprint as well
    let mut seen: HashMap<u64, usize, RandomState> =
        HashMap::with_capacity_and_hasher(told.len(), RandomState::default());
    for (one, hash) in told.iter_mut().zip(hashes.into_iter().flatten()) {
        let count = seen.entry(hash).or_default();
        *count += 1;
        one.fingerprint = Fingerprint(hashed(hash, &count.to_string()));
    }
}

fn hash_of(told: &Told) -> u64 {
    let finding = &told.finding;
    let parts = [finding.code.as_str(), "\n", told.file(), "\n", &finding.message, "\n"];
    parts.into_iter().fold(FNV_BASIS, hashed)
}

/// The fingerprint of a text.
pub fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint(hashed(FNV_BASIS, text))
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// 64 bits of FNV-1a, continued over a text.
fn hashed(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::finding::Severity;

    type Shown = (String, usize, usize, Code, String);

    #[test]
    fn findings_come_in_order_of_places_and_once() {
        let one = |number: usize| {
            // each of 700 is told up to three times, the later ones with a help of their own
            let (which, time) = (number * 577 % 700, number / 700);
            let message = format!("m{}", which / 7 % 2);
            let finding = Finding::new(Code::ALL[which % 3], Severity::Note, Spot::Nowhere, message);
            let file = ["b", "", "a"][which / 100 % 3].to_owned();
            let place = Place { file, line: which / 10, column: which % 5, ..Place::whole_file() };
            let place = Some(place).filter(|place| !place.file.is_empty());
            let finding = finding.with_help(time.to_string());
            Told { finding, place, related: vec![], flow: vec![], fingerprint: Fingerprint::default() }
        };
        let key = |told: &Told| -> Shown {
            let (line, column) = told.place.as_ref().map_or((0, 0), |place| (place.line, place.column));
            (told.file().to_owned(), line, column, told.finding.code, told.finding.message.clone())
        };
        for count in [0, 1, 2, 700, 2000] {
            let all: Vec<Told> = (0..count).map(one).collect();
            let mut first: BTreeMap<Shown, Option<String>> = BTreeMap::new();
            for told in &all {
                first.entry(key(told)).or_insert_with(|| told.finding.help.clone());
            }
            let ordered = in_order(all);
            let shown: Vec<_> = ordered.iter().map(|told| (key(told), told.finding.help.clone())).collect();
            assert_eq!(shown, first.into_iter().collect::<Vec<_>>());
            let again: Vec<_> = in_order(ordered).iter().map(key).collect();
            assert!(again.iter().eq(shown.iter().map(|(key, _)| key)));
        }
    }

    #[test]
    fn fingerprints_never_change() {
        assert_eq!(fingerprint("").to_string(), "cbf29ce484222325");
        assert_eq!(fingerprint("foobar").to_string(), "85944171f73967e8");
        assert_eq!(Fingerprint::default().to_string(), "0000000000000000");
    }
}
