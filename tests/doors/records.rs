//! What the authenticator keeps of the texts of aws-auth: rows that were executed against its own libraries.

use iamrbac::manifest::{Loaded, Loader, Options};
use iamrbac::model::{DamageKind, MapKey};
use serde_json::json;

use super::aws_auth;

const A: &str = "arn:aws:iam::111122223333:role/R";

fn loaded(text: &str) -> Loaded {
    let mut loader = Loader::new(Options::default());
    loader.add("a.json", text.as_bytes().to_vec());
    loader.finish()
}

/// The usernames and groups that are kept, and whether upstream tells of an error.
fn kept(loaded: &Loaded) -> (Vec<(String, Vec<String>)>, bool) {
    let Some(aws_auth) = &loaded.cluster.aws_auth else { panic!("no aws-auth") };
    let entries = aws_auth.roles.iter().map(|mapping| {
        (mapping.username.to_string(), mapping.groups.iter().map(ToString::to_string).collect())
    });
    let error = aws_auth.damage.iter().any(|damage| {
        matches!(damage.kind, DamageKind::Unreadable | DamageKind::EntryDropped | DamageKind::FieldLost)
    });
    (entries.collect(), error)
}

/// One entry of the ARN with these lines behind it.
fn one(lines: &str) -> String {
    format!("- rolearn: {A}\n{lines}")
}

#[test]
fn usernames() {
    for (value, username, error) in [
        ("123", Some(""), true),
        ("yes", Some(""), true),
        ("1.50", Some(""), true),
        ("0123", Some(""), true),
        ("0x1F", Some(""), true),
        ("1_000", Some(""), true),
        ("", Some(""), false),
        ("~", Some(""), false),
        ("NULL", Some(""), false),
        ("nUll", Some("nUll"), false),
        ("yEs", Some("yEs"), false),
        ("oN", Some("oN"), false),
        ("tRue", Some("tRue"), false),
        ("2020-01-02", Some("2020-01-02"), false),
        ("1:30", Some("1:30"), false),
        ("1e400", Some("1e400"), false),
        ("{{SessionName}}", None, true),
        ("{{SessionName}}:x", None, true),
        ("admin:{{SessionName}}", Some("admin:{{SessionName}}"), false),
        ("@foo", None, true),
        ("`foo`", None, true),
        ("%foo", None, true),
        ("*foo", None, true),
        ("foo: bar", None, true),
        (">\n    hello\n    world", Some("hello world\n"), false),
    ] {
        let text = one(&format!("  groups: [g]\n  username: {value}\n"));
        let expected = username.map(|username| (username.to_owned(), vec!["g".to_owned()]));
        let loaded = loaded(&aws_auth(&text, ""));
        assert_eq!(kept(&loaded), (expected.into_iter().collect(), error), "{value}");
    }
}

#[test]
fn groups() {
    for (value, groups, error) in [
        (" system:masters", Some(vec![]), true),
        (" [g1, 5, g2]", Some(vec!["g1", "", "g2"]), true),
        (" [g1, null, g2]", Some(vec!["g1", "", "g2"]), false),
        (" [on, off, y, n, yes, no, 'true']", Some(vec!["", "", "", "", "", "", "true"]), true),
        ("\n  - system: masters", Some(vec![""]), true),
        ("\n  - {{SessionName}}", None, true),
        ("\n  - dev-{{SessionName}}", Some(vec!["dev-{{SessionName}}"]), false),
        ("\n  - dev-\"{{SessionName}}\"", Some(vec!["dev-\"{{SessionName}}\""]), false),
    ] {
        let text = one(&format!("  username: u\n  groups:{value}\n"));
        let expected = groups.map(|groups| ("u".to_owned(), groups.into_iter().map(str::to_owned).collect()));
        let loaded = loaded(&aws_auth(&text, ""));
        assert_eq!(kept(&loaded), (expected.into_iter().collect(), error), "{value}");
    }
}

#[test]
fn texts_of_map_roles() {
    let good = format!("- rolearn: {A}\n  username: good\n");
    let two = |first: &str| format!("{first}{good}");
    let json = json!([{"rolearn": A, "username": "good"}]).to_string();
    let b = "arn:aws:iam::111122223333:role/B";
    for (name, text, usernames, error) in [
        ("an unknown key, then a good entry", two(&format!("- rolarn: {A}\n")), &["good"][..], true),
        ("a user's key", format!("- userarn: {A}\n"), &[], true),
        ("a bare text", two(&format!("- {A}\n")), &["good"], true),
        ("null", two("-\n"), &["good"], true),
        ("a number", two("- 5\n"), &["good"], true),
        ("a nested list", two(&format!("- - rolearn: {A}\n")), &["good"], true),
        ("a mapping at the top", format!("rolearn: {A}\nusername: u\n"), &[], true),
        ("JSON", json.clone(), &["good"], false),
        (
            "JSON with a trailing comma",
            format!("[{{\"rolearn\":\"{A}\",\"username\":\"good\",}}]"),
            &["good"],
            false,
        ),
        (
            "JSON with tabs",
            format!("[\t{{\"rolearn\":\t\"{A}\", \"username\": \"good\"}}]"),
            &["good"],
            false,
        ),
        ("a flow mapping", format!("{{rolearn: {A}}}"), &[], true),
        ("encoded twice", serde_json::to_string(&json).unwrap(), &[], true),
        ("two documents", format!("{good}---\n{good}"), &["good"], false),
        ("an empty document first", format!("---\n---\n{good}"), &[], false),
        ("a key one blank off", format!("- rolearn: {A}\n   username: u\n"), &[], true),
        ("a tab", format!("- rolearn: {A}\n\tusername: u\n"), &[], true),
        ("no blank after the dash", format!("-rolearn: {A}\n"), &[], true),
        ("no blank after the colon", format!("- rolearn:{A}\n"), &[], true),
        (
            "blank lines and quoted keys",
            format!("\n- \"rolearn\": {A}\n\n  'username': good\n\n"),
            &["good"],
            false,
        ),
        (
            "anchors and merges",
            format!("- &a\n  rolearn: {A}\n  username: good\n- <<: *a\n  rolearn: {b}\n"),
            &["good", "good"],
            false,
        ),
        ("another key's name in singular", one("  username: u\n  group: [g]\n"), &["u"], false),
        (
            "sso beside rolearn",
            one("  username: u\n  sso: {permissionSetName: x, accountID: \"111122223333\"}\n"),
            &[],
            true,
        ),
        ("sso that is null", one("  username: u\n  sso: null\n"), &["u"], false),
        (
            "an account without quotes",
            "- sso: {permissionSetName: x, accountID: 111122223333}\n  username: u\n".to_owned(),
            &[],
            true,
        ),
        (
            "sso in other letters",
            "- SSO: {permissionsetname: x, accountid: \"111122223333\"}\n  username: u\n".to_owned(),
            &["u"],
            false,
        ),
        ("nothing", String::new(), &[], false),
        ("two quotes", "\"\"".to_owned(), &[], false),
        ("a quoted blank", "\" \"".to_owned(), &[], true),
    ] {
        let loaded = loaded(&aws_auth(&text, ""));
        let (entries, told) = kept(&loaded);
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((&names[..], told), (usernames, error), "{name}: {:?}", loaded.findings);
    }
}

#[test]
fn spellings_of_keys() {
    let b = "arn:aws:iam::111122223333:role/B";
    for text in [
        format!("- rolearn: {A}\n  roleARN: {b}\n"),
        format!("- roleARN: {b}\n  rolearn: {A}\n"),
        format!("- rolearn: {b}\n  rolearn: {A}\n"),
    ] {
        let loaded = loaded(&aws_auth(&text, ""));
        let role = &loaded.cluster.aws_auth.as_ref().unwrap().roles[0];
        assert_eq!(role.principal, iamrbac::model::MappedPrincipal::Arn(A.into()), "{text}");
    }
    let text = one("  Groups: [a, b]\n  groups: [c]\n");
    assert_eq!(kept(&loaded(&aws_auth(&text, ""))).0[0].1, ["c"]);
}

#[test]
fn accounts() {
    for (text, accounts, error) in [
        ("- 012345678901\n- 001234567012\n", &["012345678901", "001234567012"][..], false),
        ("[\"111122223333\", 444455556666]", &["111122223333", "444455556666"], false),
        ("111122223333", &[], true),
        ("1,2", &[], true),
        ("- a: b\n- \"1\"\n", &["1"], true),
        ("- ~\n- \"1\"\n", &["", "1"], false),
        ("{}", &[], true),
        ("- \"1\"\n---\n- \"2\"\n", &["1"], false),
    ] {
        let config_map = json!({"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapAccounts": text}});
        let loaded = loaded(&config_map.to_string());
        let aws_auth = loaded.cluster.aws_auth.as_ref().unwrap();
        let ids: Vec<&str> = aws_auth.accounts.iter().map(|account| &*account.id).collect();
        let told = aws_auth.damage.iter().any(|damage| &*damage.key == MapKey::Accounts.as_str());
        assert_eq!((&ids[..], told), (accounts, error), "{text}");
    }
}

#[test]
fn variants_of_the_config_map() {
    let role = "arn:aws:iam::555555555555:role/devel-worker-nodes-NodeInstanceRole-74RF4UBDUKL6";
    let text = |arn: &str, of: &str| format!("- {arn}: {of}\n  username: u\n  groups: [g]\n");
    let map = |keys: [&str; 3], spelling: [&str; 2]| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {
            keys[0]: text(spelling[0], role), keys[1]: text(spelling[1], "arn:aws:iam::555555555555:user/admin"),
            keys[2]: "- 555555555555\n"}})
        .to_string()
    };
    let keys = ["mapRoles", "mapUsers", "mapAccounts"];
    for (name, config_map, counts) in [
        ("plain", map(keys, ["rolearn", "userarn"]), [1, 1, 1]),
        ("mixed", map(keys, ["rOlEaRn", "uSeRaRn"]), [1, 1, 1]),
        ("capitals", map(keys, ["roleARN", "userARN"]), [1, 1, 1]),
        ("small keys", map(["maproles", "mapusers", "mapaccounts"], ["rolearn", "userarn"]), [0, 0, 0]),
        ("odd keys", map(["MaPrOlEs", "mApUsErS", "MaPrCcOuNtS"], ["rolearn", "userarn"]), [0, 0, 0]),
    ] {
        let loaded = loaded(&config_map);
        let aws_auth = loaded.cluster.aws_auth.as_ref().unwrap();
        assert_eq!([aws_auth.roles.len(), aws_auth.users.len(), aws_auth.accounts.len()], counts, "{name}");
    }
    let folded = one("  username: u\n  groups:\n  - system:bootstrappers\n   - system:nodes\n");
    assert_eq!(kept(&loaded(&aws_auth(&folded, ""))).0[0].1, ["system:bootstrappers - system:nodes"]);
    let list = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: aws-auth, namespace: kube-system}\ndata:\n  mapRoles:\n  - rolearn: x\n";
    assert!(loaded(list).cluster.aws_auth.is_none(), "the API server refuses the object");
}
