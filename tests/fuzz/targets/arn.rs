//! Any text as ARN, as session name and as username and group templates of an entry that matches it.
#![no_main]

use iamrbac::identity::{Principal, authenticate};
use iamrbac::model::arn::{canonical, equal_fold, folded};
use iamrbac_fuzz::{aws_auth, load, parts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut texts = parts(data).map(|part| std::str::from_utf8(part).unwrap_or_default());
    let (arn, session) = (texts.next().unwrap_or_default(), texts.next().filter(|text| !text.is_empty()));
    let (username, group) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
    assert!(equal_fold(arn, &folded(arn)), "{arn:?}");
    if let Ok(once) = canonical(arn) {
        // what is canonical stays as it is; a name with a slash is cut once more, as upstream does
        let _ = canonical(&once);
    }
    drop(Principal::of_account(arn));
    let Ok(principal) = Principal::from_arn(arn, session) else { return };
    let entry = |arn: &str| {
        serde_json::json!([{"rolearn": arn, "userarn": arn, "username": username, "groups": [group, "a"]}])
    };
    let text = entry(&principal.canonical).to_string();
    let map = aws_auth([("mapRoles", &text[..]), ("mapUsers", &text[..])]);
    let loaded = load(std::iter::once(&map[..]), false);
    for case in authenticate(&loaded.cluster, &principal) {
        let Ok(identity) = case.outcome.as_ref() else { continue };
        let _ = (identity.username.to_string(), identity.username.known(), identity.username.starts_with("a"));
        for solution in identity.username.solve("system:node:ip-10-0-0-1.ec2.internal") {
            drop(format!("{solution:?}"));
        }
        for part in case.clone().split(["ana", username], ["a", group]) {
            drop(format!("{part:?}"));
        }
    }
});
