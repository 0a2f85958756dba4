//! Callers by a signed token: a service account, or whoever the claims of an ID token name. Decodes; verifies nothing,
//! and keeps no token.
//!
//! Upstream: Kubernetes 1.34, `apiserver/plugin/pkg/authenticator/token/oidc/oidc.go`,
//! `pkg/kubeapiserver/options/authentication.go` (the flags), `pkg/serviceaccount/claims.go` and `legacy.go`.

pub mod configuration;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::credential::{Credential, CredentialKind, OpenPart, service_account_groups};
use super::impersonation::service_account;
use crate::model::date::rfc3339;
use configuration::{AuthenticationConfiguration, Issuer, Source};

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

/// How the API server makes a user of an ID token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenRules {
    /// By its flags.
    Flags(ClaimNames),
    /// By its authentication configuration.
    Configuration(AuthenticationConfiguration),
}

impl ClaimNames {
    /// What the flags mean for a token of an issuer.
    fn of_issuer(&self, issuer: &str) -> Issuer {
        let claim = self.username.clone().unwrap_or_else(|| "sub".to_owned());
        // the empty prefix is none that was given
        let prefix = match self.username_prefix.as_deref() {
            Some("-") => String::new(),
            Some(prefix) if !prefix.is_empty() => prefix.to_owned(),
            _ if claim == "email" => String::new(),
            _ => format!("{issuer}#"),
        };
        let groups = self.groups.clone();
        Issuer {
            username: Source::Claim { claim, prefix },
            groups: groups.map(|claim| Source::Claim { claim, prefix: self.groups_prefix.clone() }),
            ..Issuer::of(issuer)
        }
    }
}

impl Credential {
    /// Whom a signed token is for: a service account, or by its claims.
    pub fn from_token(token: &str, rules: &TokenRules) -> Result<Self, String> {
        let claims = Claims::decode(token.trim())
            .ok_or_else(|| "it is no signed token: three parts with dots".to_owned())?;
        let issuer = claims.text("iss").unwrap_or_default();
        match rules {
            TokenRules::Flags(names) if names.username.is_none() => match claims.of_service_account() {
                Some(credential) => Ok(credential),
                None => claims.by_issuer(&names.of_issuer(issuer)),
            },
            TokenRules::Flags(names) => claims.by_issuer(&names.of_issuer(issuer)),
            TokenRules::Configuration(configuration) => {
                if let Some(known) = configuration.issuers.iter().find(|known| known.url == issuer) {
                    return claims.by_issuer(known);
                }
                claims.of_service_account().ok_or_else(|| {
                    let known: Vec<String> =
                        configuration.issuers.iter().map(|known| format!("`{}`", known.url)).collect();
                    format!(
                        "its issuer is `{issuer}`, and the configuration takes tokens of {}: the API server refuses it",
                        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
                    )
                })
            }
        }
    }
}

/// The claims of a token.
struct Claims(Value);

impl Claims {
    fn decode(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = URL_SAFE_NO_PAD.decode(payload).or_else(|_| URL_SAFE.decode(payload)).ok()?;
        let claims: Value = serde_json::from_slice(&bytes).ok()?;
        (parts.next().is_none() && claims.is_object()).then_some(Self(claims))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn audiences(&self) -> Vec<String> {
        self.0.get("aud").and_then(texts).unwrap_or_default()
    }

    /// What every reader of a token must know: nothing was verified, for whom it is, and until when.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = vec!["the token was decoded, not verified".to_owned()];
        let audiences = self.audiences();
        if !audiences.is_empty() {
            remarks.push(format!(
                "its audience is {}: the API server refuses it where that is not its own",
                audiences.join(", ")
            ));
        }
        if let Some(moment) = self.0.get("exp").and_then(seconds) {
            remarks.push(format!("it expires at {}", rfc3339(moment)));
        }
        remarks
    }

    /// The service account of a token that kube-apiserver made, bound or of a Secret; none for other tokens.
    fn of_service_account(&self) -> Option<Credential> {
        let legacy = self.text("iss") == Some("kubernetes/serviceaccount");
        let bound = self.0.get("kubernetes.io");
        let subject = self.text("sub").filter(|_| legacy || bound.is_some())?;
        let (namespace, _) = service_account(subject)?;
        let of_claim = |path: &str| self.0.pointer(path).and_then(Value::as_str).map(str::to_owned);
        let uid = of_claim("/kubernetes.io/serviceaccount/uid");
        let uid =
            uid.or_else(|| self.text("kubernetes.io/serviceaccount/service-account.uid").map(str::to_owned));
        let mut remarks = self.remarks();
        for (kind, path) in [
            ("pod", "/kubernetes.io/pod/name"),
            ("Secret", "/kubernetes.io/secret/name"),
            ("node", "/kubernetes.io/node/name"),
        ] {
            if let Some(name) = of_claim(path) {
                remarks.push(format!("it is bound to the {kind} `{name}`"));
            }
        }
        if legacy {
            let secret = self.text("kubernetes.io/serviceaccount/secret.name").unwrap_or_default();
            remarks.push(format!("it is the token of the Secret `{secret}`, and ends with it only"));
        }
        Some(Credential {
            kind: CredentialKind::ServiceAccount,
            username: subject.to_owned(),
            groups: service_account_groups(namespace),
            uid,
            remarks,
            open: Vec::new(),
        })
    }

    /// The user whom the claims name by the rules for the token's issuer.
    fn by_issuer(&self, issuer: &Issuer) -> Result<Credential, String> {
        let audiences = self.audiences();
        if !issuer.audiences.is_empty() && !audiences.iter().any(|known| issuer.audiences.contains(known)) {
            return Err(format!(
                "its audience is `{}`, and that of the configuration is `{}`: the API server refuses it",
                audiences.join("`, `"),
                issuer.audiences.join("`, `")
            ));
        }
        for (claim, value) in &issuer.required {
            if self.text(claim) != Some(value) {
                return Err(format!("its claim `{claim}` must be `{value}`: the API server refuses it"));
            }
        }
        let mut credential = Credential {
            kind: CredentialKind::Token,
            username: self.username(issuer)?,
            groups: Vec::new(),
            uid: None,
            remarks: self.remarks(),
            open: Vec::new(),
        };
        self.add_groups(issuer, &mut credential)?;
        match &issuer.uid {
            Some(Source::Claim { claim, .. }) => {
                let uid = self.text(claim).ok_or_else(|| no_text(claim))?;
                credential.uid = Some(uid.to_owned());
            }
            Some(Source::Expression(_)) => {
                credential.remarks.push("its uid is made by a CEL expression, and is not told".to_owned());
            }
            None => {}
        }
        let rules = issuer.expressions.iter().map(|rule| OpenPart {
            what: format!(
                "whether the API server takes the token turns on the CEL expression `{rule}`, which is not evaluated here"
            ),
            only_adds: false,
        });
        credential.open.extend(rules);
        Ok(credential)
    }

    fn username(&self, issuer: &Issuer) -> Result<String, String> {
        let (claim, prefix) = match &issuer.username {
            Source::Claim { claim, prefix } => (claim, prefix),
            Source::Expression(expression) => {
                return Err(format!(
                    "its username is made by the CEL expression `{expression}`, which is not evaluated here"
                ));
            }
        };
        let name = self.text(claim).ok_or_else(|| no_text(claim))?;
        let verified = self.0.get("email_verified");
        if claim == "email" && verified.is_some_and(|verified| *verified != Value::Bool(true)) {
            return Err("its email is not verified, and the API server refuses it".to_owned());
        }
        Ok(format!("{prefix}{name}"))
    }

    fn add_groups(&self, issuer: &Issuer, credential: &mut Credential) -> Result<(), String> {
        let elsewhere = |what: String| OpenPart { what, only_adds: true };
        match &issuer.groups {
            Some(Source::Claim { claim, prefix }) => match self.0.get(claim) {
                Some(value) => {
                    let groups = texts(value).ok_or_else(|| {
                        format!("its claim `{claim}` is neither a text nor a list of texts: the API server refuses it")
                    })?;
                    credential.groups = groups.iter().map(|group| format!("{prefix}{group}")).collect();
                }
                None if self.0.get("_claim_names").is_some_and(|names| names.get(claim).is_some()) => {
                    let what = "its groups are not in the token: the API server fetches them from the issuer";
                    credential.open.push(elsewhere(what.to_owned()));
                }
                None => {}
            },
            Some(Source::Expression(expression)) => {
                let what = format!(
                    "its groups are made by the CEL expression `{expression}`, which is not evaluated here"
                );
                credential.open.push(elsewhere(what));
            }
            None => {}
        }
        Ok(())
    }
}

fn no_text(claim: &str) -> String {
    format!("it has no claim `{claim}` that is a text")
}

/// A text, or the texts of a list; none for anything else. Null is no text.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    }
}

/// A moment as tokens hold it: seconds, perhaps with a fraction.
fn seconds(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| format!("{:.0}", value.as_f64()?).parse().ok())
}
