//! Callers by what they show to the API server instead of an IAM identity: static and signed tokens, service accounts.
//! Reads texts; verifies nothing, keeps no key and no token.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/authentication/token/tokenfile/tokenfile.go`, `apiserver/pkg/authentication/serviceaccount/util.go`,
//! `apiserver/plugin/pkg/authenticator/token/oidc/oidc.go`.

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::impersonation::service_account;
use crate::model::dns::{is_dns_label, is_dns_subdomain};

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A client certificate, or a request for one.
    Certificate,
    /// A line of a token file, or an ID token.
    Token,
    /// A service account, by its name or by a token of it.
    ServiceAccount,
}

impl CredentialKind {
    /// The name in JSON, as what the caller was mapped by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Token => "token",
            Self::ServiceAccount => "serviceAccount",
        }
    }
}

/// Whom a credential is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// What it is.
    pub kind: CredentialKind,
    /// The username.
    pub username: String,
    /// The groups, without the implied one.
    pub groups: Vec<String>,
    /// The uid, where it has one.
    pub uid: Option<String>,
    /// What else a reader must know: expiry, audience, that nothing was verified.
    pub remarks: Vec<String>,
}

/// Which claims of an ID token name the user, as `kube-apiserver` is told by its flags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClaimNames {
    /// `--oidc-username-claim`; `sub` where none is given.
    pub username: Option<String>,
    /// `--oidc-username-prefix`; `-` for none. Where none is given it is the issuer and `#`, but for `email`.
    pub username_prefix: Option<String>,
    /// `--oidc-groups-claim`; no groups where none is given.
    pub groups: Option<String>,
    /// `--oidc-groups-prefix`
    pub groups_prefix: String,
}

/// The groups of every service account of a namespace.
fn service_account_groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}

impl Credential {
    /// The service account `NAMESPACE:NAME`.
    pub fn of_service_account(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once(':')
            .filter(|(namespace, name)| is_dns_label(namespace) && is_dns_subdomain(name));
        let (namespace, name) = parts.ok_or_else(|| format!("`{text}` is no service account"))?;
        Ok(Self {
            kind: CredentialKind::ServiceAccount,
            username: format!("system:serviceaccount:{namespace}:{name}"),
            groups: service_account_groups(namespace),
            uid: None,
            remarks: Vec::new(),
        })
    }

    /// The line of a static token file that is in force for a user: `token,user,uid,"group1,group2"`. Later lines of the
    /// same token replace earlier ones; tokens themselves are not kept.
    pub fn from_token_file(bytes: &[u8], user: &str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut by_token = std::collections::BTreeMap::new();
        for (position, record) in reader.records().enumerate() {
            let record = record.map_err(|_| format!("line {} is not CSV", position + 1))?;
            if record.len() < 3 {
                return Err(format!(
                    "line {} has {} columns and needs at least 3: the API server does not start with it",
                    position + 1,
                    record.len()
                ));
            }
            let field = |place: usize| record.get(place).unwrap_or_default().to_owned();
            if !field(0).is_empty() {
                let groups = field(3);
                let groups = if groups.is_empty() {
                    Vec::new()
                } else {
                    groups.split(',').map(str::to_owned).collect()
                };
                by_token.insert(field(0), (position + 1, field(1), field(2), groups));
            }
        }
        let mut own: Vec<_> = by_token.into_values().filter(|(_, name, _, _)| name == user).collect();
        own.sort_by_key(|(line, ..)| *line);
        let several = own.len() > 1;
        let (line, username, uid, groups) =
            own.into_iter().next().ok_or_else(|| format!("no line of it is for the user `{user}`"))?;
        let mut remarks = vec![format!("line {line} of the token file is for this user")];
        if several {
            remarks.push("further tokens are for the same user, perhaps with other groups".to_owned());
        }
        Ok(Self { kind: CredentialKind::Token, username, groups, uid: Some(uid), remarks })
    }

    /// Whom a signed token is for: a service account, or by its claims.
    pub fn from_token(token: &str, names: &ClaimNames) -> Result<Self, String> {
        let claims =
            claims(token.trim()).ok_or_else(|| "it is no signed token: three parts with dots".to_owned())?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut remarks = vec!["the token was decoded, not verified".to_owned()];
        let audiences = claims.get("aud").map(texts).unwrap_or_default();
        if !audiences.is_empty() {
            remarks.push(format!(
                "its audience is {}: the API server refuses it where that is not its own",
                audiences.join(", ")
            ));
        }
        if let Some(expiry) = claims.get("exp").and_then(Value::as_i64) {
            remarks.push(format!("it expires at {expiry} seconds after 1970"));
        }
        let subject = text("sub").unwrap_or_default();
        let bound = claims.get("kubernetes.io").is_some()
            || text("iss").as_deref() == Some("kubernetes/serviceaccount");
        if let (true, Some((namespace, _))) = (bound && names.username.is_none(), service_account(&subject)) {
            let uid = claims.pointer("/kubernetes.io/serviceaccount/uid").and_then(Value::as_str);
            let uid =
                uid.map(str::to_owned).or_else(|| text("kubernetes.io/serviceaccount/service-account.uid"));
            let groups = service_account_groups(namespace);
            return Ok(Self {
                kind: CredentialKind::ServiceAccount,
                username: subject,
                groups,
                uid,
                remarks,
            });
        }
        let claim = names.username.as_deref().unwrap_or("sub");
        let name = text(claim).ok_or_else(|| format!("it has no claim `{claim}` that is a text"))?;
        if claim == "email"
            && claims.get("email_verified").is_some_and(|verified| *verified != Value::Bool(true))
        {
            return Err("its email is not verified, and the API server refuses it".to_owned());
        }
        let prefix = match names.username_prefix.as_deref() {
            Some("-") => String::new(),
            Some(prefix) => prefix.to_owned(),
            None if claim == "email" => String::new(),
            None => format!("{}#", text("iss").unwrap_or_default()),
        };
        let groups =
            names.groups.as_deref().and_then(|claim| claims.get(claim)).map(texts).unwrap_or_default();
        let groups = groups.into_iter().map(|group| format!("{}{group}", names.groups_prefix)).collect();
        Ok(Self {
            kind: CredentialKind::Token,
            username: format!("{prefix}{name}"),
            groups,
            uid: None,
            remarks,
        })
    }
}

/// A text, or the texts of a list.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = URL_SAFE_NO_PAD.decode(payload).or_else(|_| URL_SAFE.decode(payload)).ok()?;
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    (parts.next().is_none() && claims.is_object()).then_some(claims)
}
