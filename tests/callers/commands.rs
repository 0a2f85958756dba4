//! Whom the command of a kubeconfig's user stands for, with the profiles of the AWS CLI beside it.

use super::*;

const R: &str = "arn:aws:iam::111122223333:role/R";

const PROFILES: &str = "\
[default]
aws_access_key_id = A
[profile named]
role_arn = arn:aws:iam::111122223333:role/N
source_profile = keys
role_session_name = ana
[profile unnamed]
role_arn = arn:aws:iam::111122223333:role/U
source_profile = keys
[profile keys]
aws_access_key_id = A
[profile own]
role_arn = arn:aws:iam::111122223333:role/O
source_profile = own
aws_access_key_id = A
[profile circle]
role_arn = arn:aws:iam::111122223333:role/C
source_profile = round
[profile round]
role_arn = arn:aws:iam::111122223333:role/D
source_profile = circle
[profile keys-round]
role_arn = arn:aws:iam::111122223333:role/E
source_profile = keys-back
aws_access_key_id = A
[profile keys-back]
role_arn = arn:aws:iam::111122223333:role/F
source_profile = keys-round
aws_access_key_id = A
[profile web]
role_arn = arn:aws:iam::111122223333:role/W
web_identity_token_file = /var/run/token
[profile alone]
role_arn = arn:aws:iam::111122223333:role/A
";

/// The role and the session name with what is said of them, or what is told instead.
fn told(command: &str, arguments: &[&str], environment: &[(&str, &str)], profile: &[&str]) -> String {
    let variables: Vec<serde_json::Value> =
        environment.iter().map(|(name, value)| serde_json::json!({"name": name, "value": value})).collect();
    let user = serde_json::json!({"exec": {"command": command, "args": arguments, "env": variables}});
    let all = ["whoami", "-f", "m", "-o", "json", "--kubeconfig", "kubeconfig", "--aws-config", "aws-config"];
    let run = with_user(&user.to_string()).with("aws-config", PROFILES).run(&[&all[..], profile].concat());
    if run.stdout.is_empty() {
        return run.stderr;
    }
    let document = run.json();
    let (arn, session) = (&document["caller"]["canonicalArn"], &document["caller"]["sessionName"]);
    let notes = document["notes"].as_array().unwrap().iter();
    let said: Vec<&str> = notes
        .filter(|note| note["code"] == "credential")
        .map(|note| note["message"].as_str().unwrap())
        .collect();
    format!("{} {}: {}", arn.as_str().unwrap(), session.as_str().unwrap_or("?"), said.join("; "))
}

#[test]
fn roles_profiles_and_environments() {
    let aws = ["eks", "get-token", "--cluster-name", "c"];
    let own = ["token", "-i", "c"];
    let assuming = ["token", "-i", "c", "-r", R];
    let forwarding = ["token", "-i", "c", "-r", R, "--forward-session-name"];
    let by_profile = ["eks", "get-token", "--cluster-name", "c", "--profile", "named"];
    let keys = [("AWS_ACCESS_KEY_ID", "A")];
    let web = [("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/V"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "t")];
    let (cli, authenticator) = ("aws", "aws-iam-authenticator");
    for (command, arguments, environment, profile, parts) in [
        (
            cli,
            &[&aws[..], &["--role-arn", R]].concat()[..],
            &[][..],
            &[][..],
            [
                &format!("{R} EKSGetTokenAuth: "),
                "`aws eks get-token` assumes",
                "under the session name `EKSGetTokenAuth`",
            ],
        ),
        (
            authenticator,
            &assuming,
            &[],
            &[],
            [&format!("{R} ?: "), "`aws-iam-authenticator token` assumes", "that it makes up at each call"],
        ),
        (
            authenticator,
            &forwarding,
            &[("AWS_PROFILE", "named")],
            &[],
            [&format!("{R} ana: "), "under the session name `ana`", "which it forwards"],
        ),
        (
            authenticator,
            &forwarding,
            &[("AWS_PROFILE", "unnamed")],
            &[],
            [&format!("{R} ?: "), "under the session name of the credentials", "that it starts with"],
        ),
        (
            authenticator,
            &forwarding,
            &[("AWS_PROFILE", "keys")],
            &[],
            [&format!("{R} ?: "), "under the session name of the credentials", "that it starts with"],
        ),
        (
            cli,
            &by_profile,
            &[],
            &[],
            [
                "role/N ana: ",
                "the profile `named` assumes",
                "with the profile `keys`; its session name is `ana`",
            ],
        ),
        (
            cli,
            &aws,
            &[],
            &["--aws-profile", "unnamed"],
            ["role/U ?: ", "the profile `unnamed` assumes", "its session name is one made up at each call"],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "own")],
            &[],
            ["role/O ?: ", "the profile `own` assumes", "with the profile `own`"],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "web")],
            &[],
            ["role/W ?: ", "the profile `web` assumes", "with a web identity token"],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "circle")],
            &[],
            ["profiles go in a circle", "circle → round", "round → circle"],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "keys-round")],
            &[],
            ["profiles go in a circle", "keys-round → keys-back", "keys-back → keys-round"],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "alone")],
            &[],
            ["the profile `alone`", "does not say whose credentials", ""],
        ),
        (
            cli,
            &aws,
            &[("AWS_PROFILE", "absent")],
            &[],
            [
                "there is no profile `absent`",
                "the profiles are `alone`, `circle`, `default`",
                "--aws-profile",
            ],
        ),
        (cli, &aws, &[], &[], ["the profile `default`", "access keys", "get-caller-identity"]),
        // a profile that is an argument wins over the environment, one of the environment does not
        (cli, &by_profile, &keys, &[], ["role/N ana: ", "", ""]),
        (cli, &aws, &[keys[0], ("AWS_PROFILE", "named")], &[], ["environment brings access keys", "", ""]),
        (cli, &by_profile, &web, &[], ["role/N ana: ", "", ""]),
        (
            cli,
            &aws,
            &web,
            &[],
            ["role/V ?: ", "the environment of `aws eks get-token`", "brings a web identity"],
        ),
        (
            authenticator,
            &own,
            &web,
            &[],
            ["role/V ?: ", "the environment of `aws-iam-authenticator token`", "brings a web identity"],
        ),
        (
            cli,
            &aws,
            &[web[0], web[1], ("AWS_PROFILE", "named")],
            &[],
            ["role/V ?: ", "brings a web identity", ""],
        ),
    ] {
        let text = told(command, arguments, environment, profile);
        for part in parts {
            assert!(text.contains(part), "{command} {arguments:?} {environment:?}: {part:?} in {text}");
        }
    }
}
