//! Roles of AWS, as far as their trust policies go.
//!
//! Upstream: IAM API, `GetRole`, `ListRoles`, `GetAccountAuthorizationDetails` (policies are URL-encoded there, and plain in
//! what the AWS CLI prints).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Gathering, text};
use crate::manifest::doors::part::Part;
use crate::model::service_account::TrustPolicy;

impl Gathering<'_> {
    /// `get-role`, `list-roles` and `get-account-authorization-details`.
    pub(super) fn role_replies(&mut self, root: &Part<'_>) {
        let lists = ["Roles", "RoleDetailList"].into_iter().filter_map(|name| root.get(name));
        let roles = lists.flat_map(|list| list.items()).chain(root.get("Role"));
        for role in roles {
            let policy = role.get("AssumeRolePolicyDocument");
            self.trust(policy, text(&role, "Arn"), text(&role, "RoleName"), None);
        }
    }

    /// ACK's and Crossplane's `Role`.
    pub(super) fn role_object(&mut self, root: &Part<'_>) {
        let Some(spec) = root.get("spec") else { return };
        if let Some(spec) = spec.get("forProvider") {
            let name = root.at(&["metadata", "annotations", "crossplane.io/external-name"]);
            let name = name.or_else(|| root.at(&["metadata", "name"]));
            let name = name.and_then(|name| name.text()).map(Into::into);
            self.trust(spec.get("assumeRolePolicy"), None, name, None);
        } else {
            self.trust(spec.get("assumeRolePolicyDocument"), None, text(&spec, "name"), None);
        }
    }

    pub(super) fn trust(
        &mut self,
        policy: Option<Part<'_>>,
        arn: Option<Arc<str>>,
        name: Option<Arc<str>>,
        logical: Option<Arc<str>>,
    ) {
        let Some(part) = policy else { return };
        let address = part.address();
        let policy = match part.text() {
            Some(written) => of_text(written),
            None => Ok(of_part(&part)),
        };
        self.facts.trusts.push(TrustPolicy { arn, name, logical, policy, address });
    }
}

/// A policy in a text, which may be URL-encoded.
pub(super) fn of_text(written: &str) -> Result<Value, String> {
    let bare = written.trim_start();
    let decoded = if bare.starts_with('%') { percent_decoded(bare) } else { bare.to_owned() };
    serde_json::from_str(&decoded).map_err(|error| format!("it is no JSON: {error}"))
}

/// The text without `%XX`; what is no such escape stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |place: usize| after.get(place).and_then(|byte| char::from(*byte).to_digit(16));
        let escaped = (first == b'%').then(|| digit(0).zip(digit(1))).flatten();
        let byte = escaped.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A policy that is written out as part of a document. Numbers and booleans are as good as their text there.
fn of_part(part: &Part<'_>) -> Value {
    if part.is_list() {
        Value::Array(part.items().iter().map(of_part).collect())
    } else if part.is_mapping() {
        let fields = part.fields().into_iter().map(|(name, value)| (name.to_owned(), of_part(&value)));
        Value::Object(fields.collect::<Map<String, Value>>())
    } else {
        Value::String(part.written().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_in_texts() {
        let plain = of_text("{\"Version\": \"2012-10-17\"}").unwrap();
        assert_eq!(of_text("%7B%22Version%22%3A%20%222012-10-17%22%7D").unwrap(), plain);
        assert!(of_text("hello").is_err() && of_text("%7").is_err());
    }
}
