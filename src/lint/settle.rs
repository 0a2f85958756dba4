//! From findings to what is told: places instead of addresses, each finding once, in order.

use std::collections::BTreeMap;
use std::fmt::Write as _;

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
pub fn settle(sources: &Sources, findings: &[Finding]) -> Vec<Told> {
    let addresses = findings.iter().flat_map(spots).filter_map(address_of).cloned();
    let by_address = sources.places(addresses);
    let place_of = |spot: &Spot| match address_of(spot) {
        Some(address) => by_address.get(address).cloned(),
        None => spot.place(sources),
    };
    let told = findings.iter().map(|finding| {
        let places = |spots: &[(Spot, String)]| spots.iter().map(|(spot, _)| place_of(spot)).collect();
        let mut told = Told {
            place: place_of(&finding.spot),
            related: places(&finding.related),
            flow: places(&finding.flow),
            finding: finding.clone(),
            fingerprint: String::new(),
        };
        let Finding { spot, related, flow, .. } = &mut told.finding;
        let further = related.iter_mut().chain(flow).map(|(spot, _)| spot);
        for spot in std::iter::once(spot).chain(further) {
            let stretch = address_of(spot).and_then(|address| {
                let (place, file) = (by_address.get(address)?, sources.file_of(address.origin)?);
                Some(Stretch { file, range: place.bytes.clone(), document: place.document })
            });
            if let Some(stretch) = stretch {
                *spot = stretch.into();
            }
        }
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
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for one in &mut told {
        let text = format!("{}\n{}\n{}", one.finding.code, one.file(), one.finding.message);
        let count = seen.entry(text.clone()).or_default();
        *count += 1;
        one.fingerprint = fingerprint(&format!("{text}\n{count}"));
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
