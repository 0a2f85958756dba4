//! Any text as a value of aws-auth: it is read, alone or in the middle of another reading, and callers are looked up.
#![no_main]

use iamrbac::identity::{Principal, authenticate};
use iamrbac_fuzz::{aws_auth, load};
use libfuzzer_sys::fuzz_target;

const CALLERS: [&str; 4] = [
    "arn:aws:iam::111122223333:role/admin",
    "arn:aws:sts::111122223333:assumed-role/dev/i-0123456789abcdef0",
    "arn:aws:iam::111122223333:user/path/ana",
    "arn:aws-cn:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef",
];

fuzz_target!(|text: &str| {
    let map = aws_auth([("mapRoles", text), ("mapUsers", text), ("mapAccounts", text)]);
    let loaded = load(std::iter::once(&map[..]), false);
    for arn in CALLERS {
        let principal = Principal::from_arn(arn, None).expect("a good ARN");
        let cases = authenticate(&loaded.cluster, &principal);
        assert!(!cases.is_empty());
    }
});
