//! Any bytes as a line of `can-i --batch`: the answer is one line of JSON.
#![no_main]

use std::cell::OnceCell;

use iamrbac::access::Policy;
use iamrbac::cli::answer_line;
use iamrbac::manifest::Loaded;
use iamrbac_fuzz::load;
use libfuzzer_sys::fuzz_target;

const CLUSTER: &[u8] = include_bytes!("../cluster.yaml");

thread_local! {
    static LOADED: OnceCell<(&'static Loaded, Policy<'static>)> = const { OnceCell::new() };
}

fuzz_target!(|line: &[u8]| {
    LOADED.with(|cell| {
        let (loaded, policy) = cell.get_or_init(|| {
            let loaded: &'static Loaded = Box::leak(Box::new(load(std::iter::once(CLUSTER), true)));
            (loaded, Policy::new(&loaded.cluster))
        });
        let (document, _) = answer_line(line, loaded, policy);
        assert!(!document.contains('\n'), "{document}");
        let read: serde_json::Value = serde_json::from_str(&document).expect("the answer is JSON");
        assert!(read["decision"].is_string() || read["error"].is_string(), "{document}");
    });
});
