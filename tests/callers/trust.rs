//! What the trust policy of a role says of a service account, statement by statement.

use iamrbac::access::trust::{Trust, Way, lets_in};
use serde_json::{Value, json};

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A";

/// The account `dev-1/app` with its token.
const fn token(issuer: Option<&'static str>, account: Option<&'static str>) -> Way<'static> {
    Way::WebIdentity {
        provider: issuer,
        account,
        subject: "system:serviceaccount:dev-1:app",
        audience: "sts.amazonaws.com",
    }
}

/// The account `dev-1/app` through Pod Identity.
const fn pod(cluster: Option<&'static str>, arn: Option<&'static str>, tags_disabled: bool) -> Way<'static> {
    Way::PodIdentity { namespace: "dev-1", name: "app", cluster, cluster_arn: arn, tags_disabled }
}

/// The answer, and what is said with it.
fn says(way: &Way<'_>, statements: &[Value]) -> String {
    let (answer, remarks) = match lets_in(&json!({"Statement": statements}), way) {
        Trust::Yes(remarks) => ("yes", remarks),
        Trust::No(reasons) => ("no", reasons),
        Trust::Depends(on) => ("depends", on),
    };
    std::iter::once(answer.to_owned()).chain(remarks).collect::<Vec<_>>().join("; ")
}

fn statement(principal: &Value, action: &Value, effect: &str, condition: &Value) -> Value {
    let mut statement = json!({"Effect": effect, "Principal": principal, "Condition": condition});
    for (key, value) in action.as_object().unwrap() {
        statement[key] = value.clone();
    }
    statement
}

/// A statement about tokens of the issuer.
fn of_token(effect: &str, condition: &Value) -> Value {
    let issuer = json!({"Federated": format!("arn:aws:iam::1:oidc-provider/{ISSUER}")});
    statement(&issuer, &json!({"Action": "sts:AssumeRoleWithWebIdentity"}), effect, condition)
}

/// A statement about Pod Identity.
fn of_pod(effect: &str, condition: &Value) -> Value {
    let service = json!({"Service": "pods.eks.amazonaws.com"});
    statement(&service, &json!({"Action": ["sts:AssumeRole", "sts:TagSession"]}), effect, condition)
}

/// A condition on a claim of the issuer's tokens.
fn on(operator: &str, claim: &str, wanted: &Value) -> Value {
    json!({operator: {format!("{ISSUER}:{claim}"): wanted}})
}

const APP: &str = "system:serviceaccount:dev-1:app";

#[test]
fn conditions_on_a_token() {
    let is = |value: &str, must: &str| format!("no; `{ISSUER}:sub` must {must}, and is `{value}`");
    let anyone = "it names no `sub`: every service account of the cluster may assume it";
    for (condition, expected) in [
        (on("StringEquals", "sub", &json!(APP)), "yes".to_owned()),
        (on("StringEquals", "sub", &json!(["x", APP])), "yes".to_owned()),
        (on("stringequals", "SUB", &json!(APP)), "yes".to_owned()),
        (on("StringEquals", "sub", &json!("x")), is(APP, "be `x`")),
        (on("StringEquals", "sub", &json!(["x", "y"])), is(APP, "be `x` or `y`")),
        (
            on("StringEquals", "sub", &json!("*:app")),
            is(APP, "be `*:app`") + "; a wildcard under StringEquals is a plain character: write StringLike",
        ),
        (on("StringEqualsIgnoreCase", "sub", &json!(APP.to_uppercase())), "yes".to_owned()),
        (on("StringEqualsIgnoreCase", "sub", &json!("*:app")), is(APP, "be `*:app`")),
        (on("StringLike", "sub", &json!("*:dev-?:*")), "yes".to_owned()),
        (on("StringLike", "sub", &json!("*:dev-??:*")), is(APP, "be `*:dev-??:*`")),
        (on("StringNotEquals", "sub", &json!("x")), "yes".to_owned()),
        (on("StringNotEquals", "sub", &json!("*:app")), "yes".to_owned()),
        (on("StringNotEquals", "sub", &json!(APP)), is(APP, &format!("not be `{APP}`"))),
        (on("StringNotLike", "sub", &json!("*:other")), "yes".to_owned()),
        (on("StringNotLike", "sub", &json!("*:app")), is(APP, "not be `*:app`")),
        (on("ForAnyValue:StringLike", "sub", &json!("*:app")), "yes".to_owned()),
        (on("StringNotEqualsIgnoreCase", "sub", &json!("x")), "yes".to_owned()),
        (
            on("StringNotEqualsIgnoreCase", "sub", &json!(APP.to_uppercase())),
            is(APP, &format!("not be `{}`", APP.to_uppercase())),
        ),
        (on("ArnLike", "sub", &json!(APP)), format!("depends; its condition ArnLike on `{ISSUER}:sub`")),
        (
            on("StringLike", "sub", &json!("${aws:x}")),
            format!("depends; its condition StringLike on `{ISSUER}:sub`"),
        ),
        (on("StringEquals", "aud", &json!("sts.amazonaws.com")), format!("yes; {anyone}")),
        (json!({}), format!("yes; {anyone}")),
        (
            on("StringEquals", "amr", &json!("x")),
            format!("depends; its condition StringEquals on `{ISSUER}:amr`"),
        ),
        // the claim of another issuer is not in the token
        (
            json!({"StringEquals": {"other:sub": APP}}),
            "depends; its condition StringEquals on `other:sub`".to_owned(),
        ),
    ] {
        let told = says(&token(Some(ISSUER), Some("1")), &[of_token("Allow", &condition)]);
        assert_eq!(told, expected, "{condition}");
    }
}

#[test]
fn whose_token() {
    let allow = of_token("Allow", &on("StringEquals", "sub", &json!(APP)));
    let unknown = format!(
        "depends; whether `{ISSUER}` is the issuer of this cluster is not in the input: bring `aws eks describe-cluster`"
    );
    let other = format!("no; it trusts the provider `{ISSUER}`, and that of the cluster is `other`");
    for (way, expected) in [
        (token(Some(ISSUER), None), "yes"),
        (token(Some(ISSUER), Some("2")), "no; it trusts the provider of account 1, which is not the role's"),
        (token(Some("other"), Some("1")), &other),
        (token(None, Some("1")), &unknown),
        (pod(None, None, false), "no; it does not allow sts:AssumeRole; it does not allow sts:TagSession"),
    ] {
        assert_eq!(says(&way, std::slice::from_ref(&allow)), expected, "{way:?}");
    }
    // the second of the providers that a statement trusts
    let mut two = allow.clone();
    two["Principal"]["Federated"] =
        json!(["cognito-identity.amazonaws.com", allow["Principal"]["Federated"]]);
    assert_eq!(says(&token(Some(ISSUER), Some("1")), &[two.clone()]), "yes");
    two["Principal"]["Federated"] = json!("cognito-identity.amazonaws.com");
    assert_eq!(
        says(&token(Some(ISSUER), Some("1")), &[two.clone()]),
        "no; it trusts `cognito-identity.amazonaws.com`, which is no OIDC provider of an account"
    );
    two["Principal"] = json!("*");
    assert_eq!(says(&token(Some(ISSUER), Some("1")), &[two]), "depends; its principal is anyone");
}

/// Over all statements: what is denied is denied, else one that allows is enough.
#[test]
fn several_statements() {
    let sub = |effect: &str, name: &str| of_token(effect, &on("StringEquals", "sub", &json!(name)));
    let open = |effect: &str| of_token(effect, &json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}));
    let on_address = "its condition IpAddress on `aws:SourceIp`";
    let anyone = "yes; it names no `sub`: every service account of the cluster may assume it";
    let mine = "no; a statement denies sts:AssumeRoleWithWebIdentity";
    let perhaps = format!("depends; a statement may deny sts:AssumeRoleWithWebIdentity: {on_address}");
    let both =
        format!("depends; {on_address}; a statement may deny sts:AssumeRoleWithWebIdentity: {on_address}");
    let not = |name: &str| format!("`{ISSUER}:sub` must be `{name}`, and is `{APP}`");
    for (statements, expected) in [
        (vec![sub("Allow", APP), sub("Deny", APP)], mine.to_owned()),
        (vec![sub("Deny", APP), sub("Allow", APP)], mine.to_owned()),
        (vec![sub("Allow", APP), sub("Deny", "x")], "yes".to_owned()),
        (vec![sub("Deny", "x")], "no; it does not allow sts:AssumeRoleWithWebIdentity".to_owned()),
        (vec![sub("Allow", "x"), sub("Allow", APP)], "yes".to_owned()),
        (vec![sub("Allow", "x"), sub("Allow", "y")], format!("no; {}; {}", not("x"), not("y"))),
        (vec![open("Allow"), sub("Allow", APP)], "yes".to_owned()),
        (vec![sub("Allow", APP), open("Allow")], "yes".to_owned()),
        (vec![open("Allow"), sub("Allow", "x")], format!("depends; {on_address}")),
        (vec![sub("Allow", APP), open("Deny")], perhaps),
        (vec![open("Allow"), open("Deny")], both),
        (vec![sub("Allow", "x"), open("Deny")], format!("no; {}", not("x"))),
        // what is open to all is told, wherever it stands
        (vec![of_token("Allow", &json!({})), sub("Allow", APP)], anyone.to_owned()),
        (vec![sub("Allow", APP), of_token("Allow", &json!({}))], anyone.to_owned()),
        (vec![sub("Allowed", APP)], "no; it does not allow sts:AssumeRoleWithWebIdentity".to_owned()),
    ] {
        assert_eq!(says(&token(Some(ISSUER), Some("1")), &statements), expected, "{statements:#?}");
    }
}

#[test]
fn actions() {
    for (action, is) in [
        (json!({"Action": "sts:AssumeRoleWithWebIdentity"}), true),
        (json!({"Action": "STS:assumerolewith*"}), true),
        (json!({"Action": ["s3:*", "*"]}), true),
        (json!({"Action": "sts:AssumeRole"}), false),
        (json!({"NotAction": "s3:*"}), true),
        (json!({"NotAction": ["s3:*", "sts:*"]}), false),
        (json!({}), false),
    ] {
        let mut allow = of_token("Allow", &on("StringEquals", "sub", &json!(APP)));
        allow.as_object_mut().unwrap().remove("Action");
        for (key, value) in action.as_object().unwrap() {
            allow[key] = value.clone();
        }
        let told = says(&token(Some(ISSUER), Some("1")), &[allow]);
        let expected = if is { "yes" } else { "no; it does not allow sts:AssumeRoleWithWebIdentity" };
        assert_eq!(told, expected, "{action}");
    }
}

#[test]
fn tags_of_pod_identity() {
    let arn = "arn:aws:eks:eu-west-1:1:cluster/c";
    let known = pod(Some("c"), Some(arn), false);
    let disabled = pod(Some("c"), Some(arn), true);
    let equals = |tag: &str, value: &str| json!({"StringEquals": {format!("aws:RequestTag/{tag}"): value}});
    let missing = "no; it asks for `aws:RequestTag/eks-cluster-name`, which is not sent";
    for (way, condition, expected) in [
        (&known, json!({}), "yes".to_owned()),
        (&known, equals("kubernetes-namespace", "dev-1"), "yes".to_owned()),
        (&known, equals("kubernetes-service-account", "app"), "yes".to_owned()),
        (&known, equals("eks-cluster-name", "c"), "yes".to_owned()),
        (&known, equals("eks-cluster-arn", arn), "yes".to_owned()),
        (
            &known,
            equals("eks-cluster-name", "d"),
            "no; `aws:RequestTag/eks-cluster-name` must be `d`, and is `c`".to_owned(),
        ),
        (
            &known,
            equals("kubernetes-pod-name", "p"),
            "depends; its condition StringEquals on `aws:RequestTag/kubernetes-pod-name`".to_owned(),
        ),
        (
            &pod(None, None, false),
            equals("eks-cluster-name", "c"),
            "depends; its condition StringEquals on `aws:RequestTag/eks-cluster-name`".to_owned(),
        ),
        (&disabled, equals("eks-cluster-name", "c"), missing.to_owned()),
        (
            &disabled,
            json!({"StringEqualsIfExists": {"aws:RequestTag/eks-cluster-name": "d"}}),
            "yes".to_owned(),
        ),
        (&disabled, json!({"StringNotEquals": {"aws:RequestTag/eks-cluster-name": "c"}}), "yes".to_owned()),
        (
            &known,
            json!({"StringEqualsIfExists": {"aws:RequestTag/eks-cluster-name": "d"}}),
            "no; `aws:RequestTag/eks-cluster-name` must be `d`, and is `c`".to_owned(),
        ),
        // conditions that are open for two reasons, each told once
        (
            &known,
            json!({"Bool": {"aws:SecureTransport": true}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
            "depends; its condition Bool on `aws:SecureTransport`; its condition IpAddress on `aws:SourceIp`"
                .to_owned(),
        ),
        (
            &known,
            json!({"StringEquals": {"aws:RequestTag/eks-cluster-name": "d", "aws:RequestTag/kubernetes-namespace": "e"}}),
            "no; `aws:RequestTag/eks-cluster-name` must be `d`, and is `c`; `aws:RequestTag/kubernetes-namespace` must be `e`, and is `dev-1`"
                .to_owned(),
        ),
    ] {
        assert_eq!(says(way, &[of_pod("Allow", &condition)]), expected, "{way:?} {condition}");
    }
    let mut ec2 = of_pod("Allow", &json!({}));
    ec2["Principal"]["Service"] = json!("ec2.amazonaws.com");
    assert_eq!(says(&known, &[ec2]), "no; it does not trust the service pods.eks.amazonaws.com");
    let mut without_tags = of_pod("Allow", &json!({}));
    without_tags["Action"] = json!("sts:AssumeRole");
    assert_eq!(says(&known, &[without_tags.clone()]), "no; it does not allow sts:TagSession");
    assert_eq!(says(&disabled, &[without_tags]), "depends; it does not allow sts:TagSession");
}
