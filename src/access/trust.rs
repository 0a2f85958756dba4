//! Whether the trust policy of a role lets a service account in: by the token that the API server signs (IRSA), or through
//! EKS Pod Identity. Conditions on anything else than the token and the tags are named, and leave it open.
//!
//! Upstream: IAM User Guide, "IAM JSON policy elements" (Principal, Action, Condition and its operators); EKS User Guide,
//! "IAM roles for service accounts" and "Learn how EKS Pod Identity works".

use serde_json::Value;

/// A way from a service account to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way<'a> {
    /// `sts:AssumeRoleWithWebIdentity` with a token of the API server.
    WebIdentity {
        /// The issuer of the cluster without `https://`, where it is known.
        provider: Option<&'a str>,
        /// The account of the role, where it is known.
        account: Option<&'a str>,
        /// `system:serviceaccount:NAMESPACE:NAME`
        subject: &'a str,
        /// The audience of the token.
        audience: &'a str,
    },
    /// `sts:AssumeRole` and `sts:TagSession` by the service of Pod Identity.
    PodIdentity {
        /// The namespace of the account.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
        /// The name of the cluster, where it is known.
        cluster: Option<&'a str>,
        /// Its ARN, where it is known.
        cluster_arn: Option<&'a str>,
        /// Whether EKS leaves out the session tags.
        tags_disabled: bool,
    },
}

/// Whether it is let in, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It is; what else is worth saying.
    Yes(Vec<String>),
    /// It is not, for these reasons.
    No(Vec<String>),
    /// It turns on these circumstances.
    Depends(Vec<String>),
}

/// Judges a policy. Statements that AWS would refuse count as absent.
pub fn lets_in(policy: &Value, way: &Way<'_>) -> Trust {
    let statements = one_or_more(policy.get("Statement"));
    if statements.is_empty() {
        return Trust::No(vec!["it has no statement".to_owned()]);
    }
    match way {
        Way::WebIdentity { .. } => action(&statements, way, "sts:AssumeRoleWithWebIdentity"),
        Way::PodIdentity { tags_disabled, .. } => {
            let assume = action(&statements, way, "sts:AssumeRole");
            let tag = match action(&statements, way, "sts:TagSession") {
                Trust::No(reasons) if *tags_disabled => Trust::Depends(reasons),
                trust => trust,
            };
            both(assume, tag)
        }
    }
}

fn both(first: Trust, second: Trust) -> Trust {
    match (first, second) {
        (Trust::No(reasons), Trust::No(more)) => Trust::No(with_new(reasons, more)),
        (Trust::No(reasons), _) | (_, Trust::No(reasons)) => Trust::No(reasons),
        (Trust::Depends(on), Trust::Depends(more)) => Trust::Depends(with_new(on, more)),
        (Trust::Depends(reasons), _) | (_, Trust::Depends(reasons)) => Trust::Depends(reasons),
        (Trust::Yes(remarks), Trust::Yes(_)) => Trust::Yes(remarks),
    }
}

/// What is told, and then what else is told that is not the same.
fn with_new(mut told: Vec<String>, more: Vec<String>) -> Vec<String> {
    for one in more {
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told
}

/// One action, over all statements: what is denied is denied, else one that allows is enough.
fn action(statements: &[&Value], way: &Way<'_>, name: &str) -> Trust {
    let mut denied_perhaps = Vec::new();
    let mut best: Option<Trust> = None;
    let mut nearest: Vec<String> = Vec::new();
    for statement in statements {
        if !names_action(statement, name) {
            continue;
        }
        let applies = applies(statement, way);
        match (statement.get("Effect").and_then(Value::as_str), applies) {
            (Some("Deny"), Trust::Yes(_)) => return Trust::No(vec![format!("a statement denies {name}")]),
            (Some("Deny"), Trust::Depends(on)) => {
                denied_perhaps.extend(on.into_iter().map(|on| format!("a statement may deny {name}: {on}")));
            }
            (Some("Allow"), Trust::No(reasons)) => nearest.extend(reasons),
            (Some("Allow"), trust @ Trust::Depends(_)) => {
                best = best.or(Some(trust));
            }
            // what is said of one statement that lets in is true beside another
            (Some("Allow"), Trust::Yes(remarks)) => {
                best = Some(match best {
                    Some(Trust::Yes(earlier)) => Trust::Yes(with_new(earlier, remarks)),
                    _ => Trust::Yes(remarks),
                });
            }
            _ => {}
        }
    }
    match best {
        None if nearest.is_empty() => Trust::No(vec![format!("it does not allow {name}")]),
        None => Trust::No(nearest),
        Some(Trust::Depends(mut on)) => {
            on.extend(denied_perhaps);
            Trust::Depends(on)
        }
        Some(_) if !denied_perhaps.is_empty() => Trust::Depends(denied_perhaps),
        Some(trust) => trust,
    }
}

/// A list, or the one thing that stands where a list could.
fn one_or_more(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// The texts of a list or of one thing; booleans and numbers are compared as text.
fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    one_or_more(value).into_iter().map(text).collect()
}

fn names_action(statement: &Value, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let any = |patterns: &[String]| patterns.iter().any(|pattern| glob(&pattern.to_ascii_lowercase(), &name));
    let excluded = texts(statement.get("NotAction"));
    any(&texts(statement.get("Action"))) || (!excluded.is_empty() && !any(&excluded))
}

/// Whether principal and conditions of a statement are met.
fn applies(statement: &Value, way: &Way<'_>) -> Trust {
    let principal = statement.get("Principal");
    if principal.and_then(Value::as_str) == Some("*") {
        return Trust::Depends(vec!["its principal is anyone".to_owned()]);
    }
    match way {
        Way::PodIdentity { .. } => {
            let services = texts(principal.and_then(|principal| principal.get("Service")));
            if !services.iter().any(|service| service == "pods.eks.amazonaws.com") {
                return Trust::No(vec!["it does not trust the service pods.eks.amazonaws.com".to_owned()]);
            }
            conditions(statement, |key| tag(way, key))
        }
        Way::WebIdentity { .. } => {
            let federated = texts(principal.and_then(|principal| principal.get("Federated")));
            let mut result = Trust::No(vec!["it trusts no provider of tokens".to_owned()]);
            for arn in &federated {
                let trust = of_provider(statement, way, arn);
                if !matches!(trust, Trust::No(_)) {
                    return trust;
                }
                result = trust;
            }
            result
        }
    }
}

fn of_provider(statement: &Value, way: &Way<'_>, arn: &str) -> Trust {
    let Way::WebIdentity { provider, account, .. } = way else { return Trust::No(Vec::new()) };
    let Some((head, trusted)) = arn.split_once(":oidc-provider/") else {
        return Trust::No(vec![format!("it trusts `{arn}`, which is no OIDC provider of an account")]);
    };
    let of_account = head.rsplit(':').next();
    if account.is_some() && of_account != *account {
        let reason = format!(
            "it trusts the provider of account {}, which is not the role's",
            of_account.unwrap_or_default()
        );
        return Trust::No(vec![reason]);
    }
    match provider {
        Some(own) if *own != trusted => {
            Trust::No(vec![format!("it trusts the provider `{trusted}`, and that of the cluster is `{own}`")])
        }
        Some(_) => conditions(statement, |key| claim(way, trusted, key)),
        None => {
            let on = format!(
                "whether `{trusted}` is the issuer of this cluster is not in the input: bring `aws eks describe-cluster`"
            );
            both(conditions(statement, |key| claim(way, trusted, key)), Trust::Depends(vec![on]))
        }
    }
}

/// The value of a condition key.
enum Context<'a> {
    Value(&'a str),
    Missing,
    Unknown,
}

fn claim<'a>(way: &Way<'a>, provider: &str, key: &str) -> Context<'a> {
    let Way::WebIdentity { subject, audience, .. } = way else { return Context::Unknown };
    let (of, claim) = key.rsplit_once(':').unwrap_or_default();
    match claim.to_ascii_lowercase().as_str() {
        _ if !of.eq_ignore_ascii_case(provider) => Context::Unknown,
        "sub" => Context::Value(subject),
        "aud" => Context::Value(audience),
        _ => Context::Unknown,
    }
}

fn tag<'a>(way: &Way<'a>, key: &str) -> Context<'a> {
    let Way::PodIdentity { namespace, name, cluster, cluster_arn, tags_disabled } = way else {
        return Context::Unknown;
    };
    let (family, tag) = key.split_once('/').unwrap_or_default();
    if !family.eq_ignore_ascii_case("aws:RequestTag") {
        return Context::Unknown;
    }
    if *tags_disabled {
        return Context::Missing;
    }
    let known = |value: Option<&'a str>| value.map_or(Context::Unknown, Context::Value);
    match tag {
        "kubernetes-namespace" => Context::Value(namespace),
        "kubernetes-service-account" => Context::Value(name),
        "eks-cluster-name" => known(*cluster),
        "eks-cluster-arn" => known(*cluster_arn),
        _ => Context::Unknown,
    }
}

fn conditions<'a>(statement: &Value, context: impl Fn(&str) -> Context<'a>) -> Trust {
    let mut result = Trust::Yes(Vec::new());
    let mut has_subject = false;
    let operators = statement.get("Condition").and_then(Value::as_object);
    for (operator, keys) in operators.into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            has_subject |= key.to_ascii_lowercase().ends_with(":sub");
            result = both(result, condition(operator, key, &texts(Some(wanted)), &context(key)));
        }
    }
    if let (Trust::Yes(remarks), false, true) = (&mut result, has_subject, is_web_identity(statement)) {
        remarks.push("it names no `sub`: every service account of the cluster may assume it".to_owned());
    }
    result
}

fn is_web_identity(statement: &Value) -> bool {
    statement.pointer("/Principal/Federated").is_some()
}

/// One condition. Operators and keys that are not known here leave it open.
fn condition(operator: &str, key: &str, wanted: &[String], context: &Context<'_>) -> Trust {
    let open = || Trust::Depends(vec![format!("its condition {operator} on `{key}`")]);
    let folded = operator.to_ascii_lowercase();
    let bare = folded.rsplit(':').next().unwrap_or_default();
    let (bare, if_exists) = bare.strip_suffix("ifexists").map_or((bare, false), |bare| (bare, true));
    let (positive, matches): (bool, fn(&str, &str) -> bool) = match bare {
        "stringequals" => (true, |pattern, text| pattern == text),
        "stringequalsignorecase" => (true, str::eq_ignore_ascii_case),
        "stringlike" => (true, glob),
        "stringnotequals" => (false, |pattern, text| pattern == text),
        "stringnotequalsignorecase" => (false, str::eq_ignore_ascii_case),
        "stringnotlike" => (false, glob),
        _ => return open(),
    };
    let value = match context {
        Context::Unknown => return open(),
        Context::Missing if if_exists || !positive => return Trust::Yes(Vec::new()),
        Context::Missing => return Trust::No(vec![format!("it asks for `{key}`, which is not sent")]),
        Context::Value(value) => *value,
    };
    if wanted.iter().any(|pattern| pattern.contains("${")) {
        return open();
    }
    let found = wanted.iter().any(|pattern| matches(pattern, value));
    if found == positive {
        return Trust::Yes(Vec::new());
    }
    let shown = wanted.iter().map(|pattern| format!("`{pattern}`")).collect::<Vec<_>>().join(" or ");
    let not = if positive { "" } else { "not " };
    let mut reason = format!("`{key}` must {not}be {shown}, and is `{value}`");
    if bare == "stringequals" && wanted.iter().any(|pattern| glob(pattern, value)) {
        reason.push_str("; a wildcard under StringEquals is a plain character: write StringLike");
    }
    Trust::No(vec![reason])
}

/// Whether the text is what the pattern says: `*` is any text, `?` any character.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // the last star, and where the text after it was tried
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                // it takes one character more
                (p, t) = (at, taken + 1);
            }
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PROVIDER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A";

    fn irsa(provider: Option<&str>, effect: &str, condition: &Value) -> Trust {
        let statement = json!({"Effect": effect, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition,
            "Principal": {"Federated": format!("arn:aws:iam::1:oidc-provider/{PROVIDER}")}});
        let way = Way::WebIdentity {
            provider,
            account: Some("1"),
            subject: "system:serviceaccount:dev-1:app",
            audience: "sts.amazonaws.com",
        };
        lets_in(&json!({"Statement": statement}), &way)
    }

    fn sub(operator: &str, value: &str) -> Value {
        json!({operator: {format!("{PROVIDER}:sub"): value}})
    }

    #[test]
    fn web_identities() {
        let known = Some(PROVIDER);
        let yes = Trust::Yes(Vec::new());
        assert_eq!(irsa(known, "Allow", &sub("StringEquals", "system:serviceaccount:dev-1:app")), yes);
        assert_eq!(irsa(known, "Allow", &sub("StringLike", "system:serviceaccount:dev-*:app")), yes);
        assert_eq!(irsa(known, "Allow", &sub("StringLike", "*app")), yes);
        // golden vector 26: without `sub`, every account
        assert!(matches!(irsa(known, "Allow", &json!({})), Trust::Yes(remarks) if remarks.len() == 1));
        // golden vector 27: a wildcard under StringEquals
        let literal = irsa(known, "Allow", &sub("StringEquals", "system:serviceaccount:dev-*:app"));
        assert!(matches!(literal, Trust::No(reasons) if reasons[0].contains("write StringLike")));
        assert!(matches!(irsa(Some("other"), "Allow", &json!({})), Trust::No(_)));
        assert!(matches!(irsa(None, "Allow", &sub("StringLike", "*")), Trust::Depends(_)));
        assert!(matches!(irsa(None, "Allow", &sub("StringLike", "x")), Trust::No(_)));
        assert!(matches!(irsa(known, "Deny", &json!({})), Trust::No(_)));
        assert!(matches!(
            irsa(known, "Allow", &json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})),
            Trust::Depends(_)
        ));
        assert!(matches!(
            irsa(known, "Allow", &json!({"StringEquals": {"aws:PrincipalOrgID": "o"}})),
            Trust::Depends(_)
        ));
        assert!(matches!(
            irsa(known, "Allow", &json!({"StringEquals": {format!("{PROVIDER}:aud"): "other"}})),
            Trust::No(_)
        ));
        assert!(matches!(irsa(known, "Allow", &sub("StringNotLike", "*:app")), Trust::No(_)));
    }

    #[test]
    fn pod_identities() {
        let way = |tags_disabled| Way::PodIdentity {
            namespace: "n",
            name: "a",
            cluster: Some("c"),
            cluster_arn: None,
            tags_disabled,
        };
        let policy = |actions: &Value, condition: &Value| json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": ["pods.eks.amazonaws.com"]}, "Action": actions, "Condition": condition}]});
        let all = json!(["sts:AssumeRole", "sts:TagSession"]);
        let tag =
            |name: &str, value: &str| json!({"StringEquals": {format!("aws:RequestTag/{name}"): value}});
        assert_eq!(lets_in(&policy(&all, &json!({})), &way(false)), Trust::Yes(Vec::new()));
        assert!(matches!(lets_in(&policy(&json!("sts:AssumeRole"), &json!({})), &way(false)), Trust::No(_)));
        assert!(matches!(
            lets_in(&policy(&json!("sts:AssumeRole"), &json!({})), &way(true)),
            Trust::Depends(_)
        ));
        assert_eq!(
            lets_in(&policy(&all, &tag("kubernetes-namespace", "n")), &way(false)),
            Trust::Yes(Vec::new())
        );
        assert!(matches!(
            lets_in(&policy(&all, &tag("kubernetes-namespace", "m")), &way(false)),
            Trust::No(_)
        ));
        assert!(matches!(
            lets_in(&policy(&all, &tag("kubernetes-namespace", "n")), &way(true)),
            Trust::No(_)
        ));
        assert!(matches!(
            lets_in(&policy(&all, &tag("eks-cluster-arn", "x")), &way(false)),
            Trust::Depends(_)
        ));
        let other = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:*"}]});
        assert!(matches!(lets_in(&other, &way(false)), Trust::No(_)));
        assert!(matches!(lets_in(&json!({}), &way(false)), Trust::No(_)));
    }

    #[test]
    fn globs() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("?", "", false),
            ("*a*b", "xayab", true),
            ("", "", true),
        ] {
            assert_eq!(glob(pattern, text), is, "{pattern} {text}");
        }
    }
}
