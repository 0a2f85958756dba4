//! What a real request needs beside the answer, from some version of Kubernetes on.

use super::{note, push_new};
use crate::access::{Policy, decide};
use crate::finding::{Code, Finding, Spot};
use crate::manifest::Loaded;
use crate::model::builtin::Version;
use crate::model::{Request, Target};
use crate::query::can_i::{Answer, CaseAnswer};

/// Subresources of pods that clients open by a GET over a WebSocket.
const OPENED: [&str; 3] = ["exec", "attach", "portforward"];

/// A yes to `get` on what a WebSocket opens: from 1.35 on `create` is asked for too (feature gate
/// `AuthorizePodWebsocketUpgradeCreatePermission`, on by default).
///
/// Upstream: Kubernetes 1.35, `pkg/registry/core/pod/rest/subresources.go`.
pub(super) fn of_websocket(
    loaded: &Loaded,
    policy: &Policy<'_>,
    answer: &Answer<'_>,
    request: &Request,
    notes: &mut Vec<Finding>,
) {
    let Target::Resource(target) = &request.target else { return };
    let opened = target.api_group.as_str().is_empty()
        && target.resource.as_str() == "pods"
        && OPENED.contains(&target.subresource.as_str());
    if request.verb.as_str() != "get" || !opened {
        return;
    }
    let create = Request { verb: "create".into(), target: request.target.clone() };
    for identity in answer.cases.iter().filter(|case| case.is_allowed()).filter_map(CaseAnswer::identity) {
        let has = if decide(policy, identity, &create).is_allowed() {
            "the caller may do too"
        } else {
            "the caller may not do"
        };
        let message = if loaded.options.builtin.is_some_and(|version| version < Version::V1_35) {
            format!(
                "over a WebSocket this is enough; from Kubernetes 1.35 on `create` is needed as well, which {has}"
            )
        } else {
            format!(
                "from Kubernetes 1.35 on a WebSocket needs `create` as well, which {has}; before, this was enough"
            )
        };
        push_new(notes, note(Code::WebsocketNeedsCreate, Spot::Nowhere, message));
    }
}
