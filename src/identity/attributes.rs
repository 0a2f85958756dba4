//! What the authenticator tells of a caller beside username and groups: the uid and the extra attributes of its `TokenReview`.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/server/server.go`, `authenticateEndpoint`, and `pkg/token/token.go`.

use super::{Identity, Principal, PrincipalKind, Session, SessionPattern, Source};

/// The uid and the extra attributes, as far as they can be told without asking AWS. What is not known is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `aws-iam-authenticator:ACCOUNT:USERID`; the user id of roles and IAM users is known to AWS only.
    pub uid: Option<String>,
    /// Keys and values in order of the keys; each value is a list of one in the `TokenReview`.
    pub extra: Vec<(&'static str, String)>,
}

impl Attributes {
    /// Those of an identity that came through a mapping, and the uid of a credential; none for other identities.
    pub fn of(identity: &Identity<'_>) -> Self {
        if let Source::Credential(credential) = identity.source {
            return Self { uid: credential.uid.clone(), extra: Vec::new() };
        }
        // of an account as a whole there is nothing to tell
        let one = identity.principal.filter(|principal| principal.kind != PrincipalKind::Account);
        let Some(principal) = one else { return Self::default() };
        let session = session_name(identity, principal);
        let user_id = user_id(principal);
        let mut extra = Vec::new();
        let mut told = |key, value: Option<String>| extra.extend(value.map(|value| (key, value)));
        told("accessKeyId", principal.access_key.clone());
        told("arn", raw_arn(principal, session.as_deref()));
        told("canonicalArn", Some(principal.canonical.clone()));
        told("principalId", user_id.clone());
        told("sessionName", session);
        told("sigs.k8s.io/aws-iam-authenticator/principalId", user_id.clone());
        let uid = user_id.map(|id| format!("aws-iam-authenticator:{}:{id}", principal.account));
        Self { uid, extra }
    }
}

/// The session name as it was chosen; empty for principals that have none.
fn session_name(identity: &Identity<'_>, principal: &Principal) -> Option<String> {
    match &principal.session {
        Session::None => Some(String::new()),
        Session::Known(name) => Some(name.to_string()),
        Session::Open(_) => {
            let within = identity.when.sessions.as_ref()?.within();
            within.and_then(SessionPattern::single).map(|name| name.to_string())
        }
    }
}

/// The ARN as STS reports it.
fn raw_arn(principal: &Principal, session: Option<&str>) -> Option<String> {
    if principal.kind != PrincipalKind::Role {
        return Some(principal.given.clone());
    }
    let (_, name) = principal.canonical.split_once(":role/")?;
    Some(format!("arn:{}:sts::{}:assumed-role/{name}/{}", principal.partition, principal.account, session?))
}

/// The id that STS reports. AWS makes up those of roles and IAM users; the others follow from the ARN.
fn user_id(principal: &Principal) -> Option<String> {
    match principal.kind {
        PrincipalKind::Role | PrincipalKind::User | PrincipalKind::Account => None,
        PrincipalKind::Root => Some(principal.account.clone()),
        PrincipalKind::FederatedUser => {
            let (_, name) = principal.canonical.split_once(":federated-user/")?;
            Some(format!("{}:{name}", principal.account))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Rendered, Source, When};

    fn of(arn: &str, session: Option<&str>) -> Attributes {
        let principal = Principal::from_arn(arn, session).unwrap();
        Attributes::of(&Identity {
            when: When::anything(&principal),
            principal: Some(&principal),
            source: Source::Given,
            username: Rendered::text("u"),
            groups: Vec::new(),
        })
    }

    fn value(attributes: &Attributes, key: &str) -> Option<String> {
        attributes.extra.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
    }

    #[test]
    fn a_role_is_told_as_sts_reports_it() {
        let role = of("arn:aws:iam::1:role/team/R", Some("ann@x"));
        assert_eq!(value(&role, "arn").unwrap(), "arn:aws:sts::1:assumed-role/R/ann@x");
        assert_eq!(value(&role, "canonicalArn").unwrap(), "arn:aws:iam::1:role/R");
        assert_eq!(value(&role, "sessionName").unwrap(), "ann@x", "the at sign stays");
        assert_eq!((role.uid.clone(), value(&role, "principalId")), (None, None), "only AWS knows it");
        let open = of("arn:aws:iam::1:role/R", None);
        assert_eq!((value(&open, "arn"), value(&open, "sessionName")), (None, None));
        assert_eq!(value(&open, "canonicalArn").unwrap(), "arn:aws:iam::1:role/R");
    }

    #[test]
    fn ids_that_follow_from_the_arn() {
        let federated = of("arn:aws:sts::111122223333:federated-user/Bob", None);
        assert_eq!(federated.uid.as_deref(), Some("aws-iam-authenticator:111122223333:111122223333:Bob"));
        let root = of("arn:aws:iam::1:root", None);
        assert_eq!(root.uid.as_deref(), Some("aws-iam-authenticator:1:1"));
        assert_eq!(value(&root, "sessionName").as_deref(), Some(""));
        assert_eq!(of("arn:aws:iam::1:user/U", None).uid, None);
    }
}
