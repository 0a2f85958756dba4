//! From findings to what is told: places instead of addresses, each finding once, in order.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::finding::{Code, Finding, Spot};
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
    pub fingerprint: String,
}

impl Told {
    /// A finding whose spots are no addresses.
    pub(super) fn new(sources: &Sources, finding: Finding) -> Self {
        let place = finding.spot.place(sources);
        let places = |spots: &[(Spot, String)]| spots.iter().map(|(spot, _)| spot.place(sources)).collect();
        let (related, flow) = (places(&finding.related), places(&finding.flow));
        Self { finding, place, related, flow, fingerprint: String::new() }
    }

    /// The file that it is in; empty where it is in none.
    pub fn file(&self) -> &str {
        self.place.as_ref().map_or("", |place| &place.file)
    }
}

/// Places findings, reading every document once, puts them in order of files and places, and gives the fingerprints.
pub fn settle(sources: &Sources, findings: Vec<Finding>) -> Vec<Told> {
    let addresses = findings.iter().flat_map(spots).filter_map(address_of).cloned();
    let by_address: HashMap<Address, Place, RandomState> = sources.places(addresses).into_iter().collect();
    // gives the place, and puts it where the address was
    let place = |spot: &mut Spot| {
        let Some(address) = address_of(spot) else { return spot.place(sources) };
        let place = by_address.get(address)?;
        if let Some(file) = sources.file_of(address.origin) {
            *spot = Stretch { file, range: place.bytes.clone(), document: place.document }.into();
        }
        Some(place.clone())
    };
    let told = findings.into_iter().map(|mut finding| {
        let places = |spots: &mut [(Spot, String)]| spots.iter_mut().map(|(spot, _)| place(spot)).collect();
        let mut told = Told {
            place: place(&mut finding.spot),
            related: places(&mut finding.related),
            flow: places(&mut finding.flow),
            finding,
            fingerprint: String::new(),
        };
        narrow(sources, &mut told);
        told
    });
    let mut told = in_order(told.collect());
    give_fingerprints(&mut told);
    told
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

/// Sorts, and drops what is told twice.
pub(super) fn in_order(mut told: Vec<Told>) -> Vec<Told> {
    fn key(told: &Told) -> (&str, usize, usize, Code, &str) {
        let place = told.place.as_ref();
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        (told.file(), line, column, told.finding.code, &told.finding.message)
    }
    told.sort_by(|a, b| key(a).cmp(&key(b)));
    told.dedup_by(|a, b| key(a) == key(b));
    told
}

/// Numbers the findings that read the same in one file, for their fingerprints. Before anything is silenced, so that
/// silencing one of them does not make the next look like another.
pub(super) fn give_fingerprints(told: &mut [Told]) {
    // by the hash so far: texts that shared it would share the fingerprint as well
    let mut seen: HashMap<u64, usize> = HashMap::with_capacity(told.len());
    for one in told {
        let parts = [one.finding.code.as_str(), "\n", one.file(), "\n", &one.finding.message, "\n"];
        let hash = parts.into_iter().fold(FNV_BASIS, hashed);
        let count = seen.entry(hash).or_default();
        *count += 1;
        one.fingerprint = format!("{:016x}", hashed(hash, &count.to_string()));
    }
}

/// The fingerprint of a text: short, and the same on every machine and in every version.
pub fn fingerprint(text: &str) -> String {
    format!("{:016x}", hashed(FNV_BASIS, text))
}

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// 64 bits of FNV-1a, continued over a text.
fn hashed(hash: u64, text: &str) -> u64 {
    text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_never_change() {
        assert_eq!(fingerprint(""), "cbf29ce484222325");
        assert_eq!(fingerprint("foobar"), "85944171f73967e8");
    }
}
