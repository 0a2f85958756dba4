//! ARNs as aws-iam-authenticator reads them, and the form under which it looks callers up.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/arn/arn.go`.

use std::fmt;

/// The partitions that the authenticator knows.
pub const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// An ARN of a principal, taken apart. Nothing is trimmed, and region and account are not validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` …; always one of [`PARTITIONS`].
    pub partition: &'a str,
    /// The account, whatever it looks like.
    pub account: &'a str,
    /// What it names.
    pub principal: ArnPrincipal<'a>,
}

/// What a principal's ARN names. Texts may be empty: the authenticator does not check that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArnPrincipal<'a> {
    /// `iam … role/PATH/NAME`
    Role {
        /// Everything between `role/` and the name, with its final slash; mostly empty.
        path: &'a str,
        /// The last segment.
        name: &'a str,
    },
    /// `sts … assumed-role/ROLE/SESSION`
    AssumedRole {
        /// All but the first and the last segment; STS never puts a path here.
        role: &'a str,
        /// The last segment.
        session: &'a str,
    },
    /// `iam … user/PATH/NAME`
    User,
    /// `iam … root`
    Root,
    /// `sts … federated-user/NAME`
    FederatedUser,
}

/// Why a text is not the ARN of a principal, in upstream's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArnError(String);

impl fmt::Display for ArnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArnError {}

impl<'a> Arn<'a> {
    /// Reads the ARN of a principal; letter case matters everywhere, as upstream.
    pub fn parse(text: &'a str) -> Result<Self, ArnError> {
        let invalid = |why: &str| Err(ArnError(format!("arn '{text}' is invalid: 'arn: {why}'")));
        if !text.starts_with("arn:") {
            return invalid("invalid prefix");
        }
        let sections: Vec<&str> = text.splitn(6, ':').collect();
        let [_, partition, service, _, account, resource] = sections[..] else {
            return invalid("not enough sections");
        };
        if !PARTITIONS.contains(&partition) {
            return Err(ArnError(format!("arn '{text}' does not have a recognized partition")));
        }
        let principal = match service {
            "sts" => sts_principal(text, resource)?,
            "iam" => iam_principal(resource)?,
            _ => {
                return Err(ArnError(format!(
                    "service {service} in arn {text} is not a valid service for identities"
                )));
            }
        };
        Ok(Self { partition, account, principal })
    }
}

fn sts_principal<'a>(text: &str, resource: &'a str) -> Result<ArnPrincipal<'a>, ArnError> {
    match resource.split('/').next() {
        Some("federated-user") => Ok(ArnPrincipal::FederatedUser),
        Some("assumed-role") => {
            let rest = resource.strip_prefix("assumed-role/").and_then(|rest| rest.rsplit_once('/'));
            rest.map(|(role, session)| ArnPrincipal::AssumedRole { role, session })
                .ok_or_else(|| ArnError(format!("assumed-role arn '{text}' does not have a role")))
        }
        _ => Err(ArnError(format!("unrecognized resource {resource} for service sts"))),
    }
}

fn iam_principal(resource: &str) -> Result<ArnPrincipal<'_>, ArnError> {
    match resource.split('/').next() {
        Some("role") => {
            let rest = resource.strip_prefix("role/").unwrap_or_default();
            let (path, name) = rest.split_at(rest.rfind('/').map_or(0, |slash| slash + 1));
            Ok(ArnPrincipal::Role { path, name })
        }
        Some("user") => Ok(ArnPrincipal::User),
        Some("root") => Ok(ArnPrincipal::Root),
        _ => Err(ArnError(format!("unrecognized resource {resource} for service iam"))),
    }
}

/// The ARN under which the authenticator looks a caller up: an assumed role becomes its role, everything else stays.
pub fn canonical(text: &str) -> Result<String, ArnError> {
    let arn = Arn::parse(text)?;
    Ok(match arn.principal {
        ArnPrincipal::AssumedRole { role, .. } => {
            format!("arn:{}:iam::{}:role/{role}", arn.partition, arn.account)
        }
        _ => text.to_owned(),
    })
}

/// Lower case as Go's `strings.ToLower` makes it: character by character, never growing.
pub fn lower(text: &str) -> String {
    text.chars().map(lower_char).collect()
}

fn lower_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    c.to_lowercase().next().unwrap_or(c)
}

/// Equality as Go's `strings.EqualFold` has it: simple Unicode folding, so that `ſ` equals `s` and `K` equals `k`.
pub fn equal_fold(a: &str, b: &str) -> bool {
    // among ASCII texts only letter case folds, and most that are compared are such
    if a.is_ascii() && b.is_ascii() {
        return a.eq_ignore_ascii_case(b);
    }
    a.chars().map(fold_char).eq(b.chars().map(fold_char))
}

/// The form that texts share which are equal by [`equal_fold`].
pub fn folded(text: &str) -> String {
    text.chars().map(fold_char).collect()
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => lower_char(single),
        _ => lower_char(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_form() {
        for (text, expected) in [
            ("arn:aws:iam::1:role/R", Ok("arn:aws:iam::1:role/R")),
            ("arn:aws:iam::1:role/p/q/R", Ok("arn:aws:iam::1:role/p/q/R")),
            ("arn:aws:iam::1:role", Ok("arn:aws:iam::1:role")),
            ("arn:aws:iam::1:user/p/U", Ok("arn:aws:iam::1:user/p/U")),
            ("arn:aws:iam::1:root/x", Ok("arn:aws:iam::1:root/x")),
            ("arn:aws:sts::1:assumed-role/R/S", Ok("arn:aws:iam::1:role/R")),
            ("arn:aws:sts::1:assumed-role/a/b/R/S", Ok("arn:aws:iam::1:role/a/b/R")),
            ("arn:aws-cn:sts:cn-north-1:1:assumed-role/R/S", Ok("arn:aws-cn:iam::1:role/R")),
            ("arn:aws:sts::1:assumed-role//S", Ok("arn:aws:iam::1:role/")),
            ("arn:aws:sts::1:assumed-role/R/", Ok("arn:aws:iam::1:role/R")),
            ("arn:aws:sts::1:assumed-role/aws:ec2-instance/i-0", Ok("arn:aws:iam::1:role/aws:ec2-instance")),
            ("arn:aws:sts::1:federated-user/Bob", Ok("arn:aws:sts::1:federated-user/Bob")),
            (
                "arn:aws:sts::1:assumed-role/R",
                Err("assumed-role arn 'arn:aws:sts::1:assumed-role/R' does not have a role"),
            ),
            (
                "arn:aws:sts::1:assumed-role",
                Err("assumed-role arn 'arn:aws:sts::1:assumed-role' does not have a role"),
            ),
            ("arn:aws:iam::1:group/g", Err("unrecognized resource group/g for service iam")),
            ("arn:aws:sts::1:role/R", Err("unrecognized resource role/R for service sts")),
            (
                "arn:aws:eks::1:role/R",
                Err("service eks in arn arn:aws:eks::1:role/R is not a valid service for identities"),
            ),
            ("ARN:aws:iam::1:role/R", Err("arn 'ARN:aws:iam::1:role/R' is invalid: 'arn: invalid prefix'")),
            (
                "arn:aws:iam:1:role/R",
                Err("arn 'arn:aws:iam:1:role/R' is invalid: 'arn: not enough sections'"),
            ),
            (
                "arn:AWS:iam::1:role/R",
                Err("arn 'arn:AWS:iam::1:role/R' does not have a recognized partition"),
            ),
            ("arn:aws:iam::1:ROLE/R", Err("unrecognized resource ROLE/R for service iam")),
        ] {
            let got = canonical(text);
            assert_eq!(
                got.as_deref().map_err(ToString::to_string),
                expected.map_err(str::to_owned),
                "{text}"
            );
        }
    }

    #[test]
    fn folding_is_simple_and_unicode() {
        assert!(equal_fold("roleſ", "ROLES"));
        assert!(equal_fold("\u{212a}ey", "key"));
        assert!(!equal_fold("ß", "s"));
        for (a, b) in [("ARN:Aws", "arn:aWS"), ("", ""), ("a", "ab"), ("@", "`"), ("[", "{")] {
            let slowly = a.chars().map(fold_char).eq(b.chars().map(fold_char));
            assert_eq!(equal_fold(a, b), slowly, "{a} {b}");
        }
        assert_eq!(lower("\u{130}"), "i");
    }
}
