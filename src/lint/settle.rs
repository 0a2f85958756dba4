//! From findings to what is told: places instead of addresses, each finding once, in order.

use std::collections::HashMap;
use std::fmt::Write as _;

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

/// Places findings, reading every document once, and puts them in order of files and places.
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
    in_order(told.collect())
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

/// Sorts, drops what is told twice, and gives the fingerprints.
pub(super) fn in_order(mut told: Vec<Told>) -> Vec<Told> {
    fn key(told: &Told) -> (&str, usize, usize, Code, &str) {
        let place = told.place.as_ref();
        let (line, column) = place.map_or((0, 0), |place| (place.line, place.column));
        (told.file(), line, column, told.finding.code, &told.finding.message)
    }
    told.sort_by(|a, b| key(a).cmp(&key(b)));
    told.dedup_by(|a, b| key(a) == key(b));
    let mut seen: HashMap<(Code, &str, &str), usize, RandomState> = HashMap::default();
    let fingerprints: Vec<String> = told
        .iter()
        .map(|one| {
            let (code, file, message) = (one.finding.code, one.file(), one.finding.message.as_str());
            let count = seen.entry((code, file, message)).or_default();
            *count += 1;
            fingerprint(&format!("{code}\n{file}\n{message}\n{count}"))
        })
        .collect();
    for (one, fingerprint) in told.iter_mut().zip(fingerprints) {
        one.fingerprint = fingerprint;
    }
    told
}

/// 64 bits of FNV-1a: short, and the same on every machine and in every version.
pub fn fingerprint(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut out = String::new();
    let _ = write!(out, "{hash:016x}");
    out
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
