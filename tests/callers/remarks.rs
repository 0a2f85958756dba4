//! What is said of a caller beside the name: the line of a token, what a certificate is for, why a group is there.
//! The certificates are of a key that nobody has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::harness::Directory;

/// For servers only.
const SERVER: &str = "-----BEGIN CERTIFICATE-----\n\
MIHhMIGUoAMCAQICAQEwBQYDK2VwMA4xDDAKBgNVBAMMA2FuYTAeFw0yNjAxMDEw\n\
MDAwMDBaFw0zNjAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2FuYTAqMAUGAytlcAMh\n\
AHmaN0B+72bds2/EGbCH+6K4d/nK+BbY4Ob/TjcMW8NpoxcwFTATBgNVHSUEDDAK\n\
BggrBgEFBQcDATAFBgMrZXADQQAiTd/3+m48X5UMRIV12q2fqCgkZK7cXxhx7/2+\n\
n6xVW+l8zpRP/wxc/JzS8vtmtPzHaeI49zfOh+H53is49E0I\n\
-----END CERTIFICATE-----\n";

/// For servers and clients.
const CLIENT: &str = "-----BEGIN CERTIFICATE-----\n\
MIHrMIGeoAMCAQICAQEwBQYDK2VwMA4xDDAKBgNVBAMMA2FuYTAeFw0yNjAxMDEw\n\
MDAwMDBaFw0zNjAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2FuYTAqMAUGAytlcAMh\n\
AHmaN0B+72bds2/EGbCH+6K4d/nK+BbY4Ob/TjcMW8NpoyEwHzAdBgNVHSUEFjAU\n\
BggrBgEFBQcDAQYIKwYBBQUHAwIwBQYDK2VwA0EA2giMFUcZdJ6Yyz7s6ePaMWdh\n\
tEMeUQ982DPYoiXZssghGbHgqLx4cv5f3lCohDdbuVJ5mwdTzcKRO7X/i8hhCQ==\n\
-----END CERTIFICATE-----\n";

/// For any use.
const ANY: &str = "-----BEGIN CERTIFICATE-----\n\
MIHdMIGQoAMCAQICAQEwBQYDK2VwMA4xDDAKBgNVBAMMA2FuYTAeFw0yNjAxMDEw\n\
MDAwMDBaFw0zNjAxMDEwMDAwMDBaMA4xDDAKBgNVBAMMA2FuYTAqMAUGAytlcAMh\n\
AHmaN0B+72bds2/EGbCH+6K4d/nK+BbY4Ob/TjcMW8NpoxMwETAPBgNVHSUECDAG\n\
BgRVHSUAMAUGAytlcANBAIfa2RwoTmLb994JrnbWSRV/+P36eV7+Ijd7d8xc/SrQ\n\
aGR9gS9j+sFvhL55zeF22Rs378ZXQN12ru5nBGFAtg8=\n\
-----END CERTIFICATE-----\n";

/// With a uid.
const UID: &str = "-----BEGIN CERTIFICATE-----\n\
MIHwMIGjoAMCAQICAQEwBQYDK2VwMCIxDDAKBgNVBAMMA2FuYTESMBAGCSsGAQQB\n\
g8JTAgwDdS0xMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowIjEMMAoG\n\
A1UEAwwDYW5hMRIwEAYJKwYBBAGDwlMCDAN1LTEwKjAFBgMrZXADIQB5mjdAfu9m\n\
3bNvxBmwh/uiuHf5yvgW2ODm/043DFvDaTAFBgMrZXADQQBtD2pq3+8vtM0ONrOc\n\
yUyxdapmltsLWpIo3DhCCyTQ7xSJ1gvftu5P4ZxBn02V3Eh3p7gEoG3UnvDpqJAx\n\
kHcJ\n\
-----END CERTIFICATE-----\n";

/// With an empty uid.
const NO_UID: &str = "-----BEGIN CERTIFICATE-----\n\
MIHqMIGdoAMCAQICAQEwBQYDK2VwMB8xDDAKBgNVBAMMA2FuYTEPMA0GCSsGAQQB\n\
g8JTAgwAMB4XDTI2MDEwMTAwMDAwMFoXDTM2MDEwMTAwMDAwMFowHzEMMAoGA1UE\n\
AwwDYW5hMQ8wDQYJKwYBBAGDwlMCDAAwKjAFBgMrZXADIQB5mjdAfu9m3bNvxBmw\n\
h/uiuHf5yvgW2ODm/043DFvDaTAFBgMrZXADQQAZMYWQ/8EZN0xahDVRLdiGjw1U\n\
ngB5r8V8WAJDFBioFk3JxqT6nW9QaDQeJiAb5jvFDgxipTxw4pKC+MXzN9UP\n\
-----END CERTIFICATE-----\n";

/// A request for `system:masters`.
const MASTER: &str = "-----BEGIN CERTIFICATE REQUEST-----\n\
MIGmMFoCAQAwJzEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxDDAKBgNVBAMMA2Fu\n\
YTAqMAUGAytlcAMhAHmaN0B+72bds2/EGbCH+6K4d/nK+BbY4Ob/TjcMW8NpoAAw\n\
BQYDK2VwA0EAqZOAy2lix5Ugh+rutuNuBKfRwrafpmiVs7d4Tzk30ZOwmY262CNU\n\
jR66kpuugnpzvBWH2WfYKZkUOROhg35MAQ==\n\
-----END CERTIFICATE REQUEST-----\n";

fn world() -> Directory {
    Directory::new().with("m/empty.yaml", "kind: List\napiVersion: v1\nitems: []\n")
}

fn whoami(world: &Directory, arguments: &[&str]) -> Value {
    let run = world.run(&[&["whoami", "-f", "m", "-o", "json", "--builtin", "1.34"][..], arguments].concat());
    assert_eq!(run.status, 0, "{run:?}");
    run.json()
}

/// Groups with the reason for each.
fn groups(answer: &Value) -> Vec<(&str, &str)> {
    let groups = answer["identity"]["groups"].as_array().unwrap();
    groups.iter().map(|group| (group["name"].as_str().unwrap(), group["because"].as_str().unwrap())).collect()
}

#[test]
fn what_a_certificate_is_for() {
    let remark = "not for client authentication";
    for (pem, is_refused) in [(SERVER, true), (CLIENT, false), (ANY, false), (UID, false)] {
        let answer = whoami(&world().with("c.pem", pem), &["--client-certificate", "c.pem"]);
        assert_eq!(answer["identity"]["username"], "ana");
        assert_eq!(answer.to_string().contains(remark), is_refused, "{answer:#}");
        assert_eq!(answer.to_string().contains("the uid in its subject"), pem == UID, "{answer:#}");
    }
    let run = world().with("c.pem", NO_UID).run(&["whoami", "-f", "m", "--client-certificate", "c.pem"]);
    assert!(run.status == 2 && run.stderr.contains("an empty uid"), "{run:?}");
}

#[test]
fn what_becomes_of_a_request() {
    let master = STANDARD.encode(MASTER);
    let object = |spec: &str, status: &str| {
        format!(
            "apiVersion: certificates.k8s.io/v1\nkind: CertificateSigningRequest\nmetadata: {{name: x}}\n\
             spec: {{request: {master}, usages: [client auth], {spec}}}\nstatus: {{conditions: [{status}]}}\n"
        )
    };
    let kubelets = "signerName: kubernetes.io/kube-apiserver-client-kubelet";
    let clients = "signerName: kubernetes.io/kube-apiserver-client";
    for (spec, status, said) in [
        (clients, "{type: Failed}", ["signing it failed", "CertificateSubjectRestriction"]),
        (clients, "{type: Approved}, {type: Denied}", ["it was denied", "CertificateSubjectRestriction"]),
        (kubelets, "{type: Approved}", ["it was approved", ""]),
        (kubelets, "", ["not approved yet", ""]),
    ] {
        let world = world().with("r.yaml", object(spec, status));
        let answer = whoami(&world, &["--client-certificate", "r.yaml"]).to_string();
        assert!(said.iter().all(|said| answer.contains(said)), "{said:?} in {answer}");
        assert_eq!(answer.contains("CertificateSubjectRestriction"), spec == clients, "{answer}");
        assert!(!answer.contains("does not ask for client"), "{answer}");
    }
    // a kind of that name in another group is no request
    let other = object(clients, "").replace("certificates.k8s.io/v1", "example.com/v1");
    let run = world().with("r.yaml", other).run(&["whoami", "-f", "m", "--client-certificate", "r.yaml"]);
    assert!(run.status == 2 && run.stderr.contains("no request for a certificate"), "{run:?}");
}

#[test]
fn the_line_of_a_token() {
    let tokens = "t1,ana,1,\"a,b\"\nt2,ben,2\nt3,ana,3\n";
    let world = world().with("tokens.csv", tokens);
    let ana = whoami(&world, &["--token-auth-file", "tokens.csv", "--user", "ana"]).to_string();
    assert!(ana.contains("line 1 of the token file") && ana.contains("further tokens"), "{ana}");
    let ben = whoami(&world, &["--token-auth-file", "tokens.csv", "--user", "ben"]).to_string();
    assert!(ben.contains("line 2 of the token file") && !ben.contains("further tokens"), "{ben}");
}

#[test]
fn why_a_group_is_there() {
    let account = whoami(&world(), &["--serviceaccount", "a:b"]);
    let own =
        [("system:serviceaccounts", "service-account"), ("system:serviceaccounts:a", "service-account")];
    assert_eq!(groups(&account), [&own[..], &[("system:authenticated", "authenticated")]].concat());
    let world = world();
    let as_whom = |arguments: &[&str]| {
        whoami(&world, &[&["--user", "root", "--group", "system:masters"][..], arguments].concat())
    };
    let nobody = [("system:unauthenticated", "unauthenticated")];
    assert_eq!(groups(&as_whom(&["--as", "system:anonymous"])), nobody);
    let named = as_whom(&["--as", "system:anonymous", "--as-group", "system:unauthenticated"]);
    assert_eq!(groups(&named), [("system:unauthenticated", "given")]);
    assert_eq!(groups(&as_whom(&["--as", "system:serviceaccount:a:b"]))[..2], own);
    // no name of a service account: one half of it is none
    for user in ["system:serviceaccount:A:b", "system:serviceaccount:a:B"] {
        let plain = as_whom(&["--as", user]);
        assert_eq!(groups(&plain), [("system:authenticated", "authenticated")], "{user}");
        assert_eq!(plain["identity"]["impersonation"]["checks"][0]["request"]["resource"], json!("users"));
    }
}
