//! Callers by what they show to the API server instead of an IAM identity: a line of its token file, a service account.
//! Reads texts; verifies nothing, keeps no key and no token.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/authentication/token/tokenfile/tokenfile.go`,
//! `apiserver/pkg/authentication/serviceaccount/util.go`.

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
    /// What of it only the API server works out.
    pub open: Vec<OpenPart>,
}

/// A part of a credential that is not known here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenPart {
    /// What is not known, in words.
    pub what: String,
    /// Whether it can only add to what the caller may do, so that a yes stays one.
    pub only_adds: bool,
}

/// The groups of every service account of a namespace.
pub(super) fn service_account_groups(namespace: &str) -> Vec<String> {
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
            open: Vec::new(),
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
        Ok(Self { kind: CredentialKind::Token, username, groups, uid: Some(uid), remarks, open: Vec::new() })
    }
}
