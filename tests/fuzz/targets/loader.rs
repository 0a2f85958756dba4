//! Any bytes as files: they load, are linted and summed up.
#![no_main]

use iamrbac::access::Policy;
use iamrbac::query::summary::summarize;
use iamrbac_fuzz::{load, parts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let loaded = load(parts(data), false);
    let policy = Policy::new(&loaded.cluster);
    drop(summarize(&loaded, &policy));
    for gap in &loaded.gaps {
        assert!(!gap.finding.message.is_empty());
    }
    for finding in &loaded.findings {
        let places = iamrbac::report::snippet::finding(
            &loaded.sources,
            finding,
            iamrbac::report::text::Style { color: false, width: 80, ascii: false, references: false },
        );
        assert!(!places.contains(iamrbac::report::text::is_hidden), "{places:?}");
    }
});
