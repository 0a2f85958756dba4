//! What an answer takes the cluster for: a line for people, and a part of JSON documents.

use serde::Serialize;

use super::text::Page;
use crate::query::setting::Setting;

/// The platform, and the authentication mode of EKS where something speaks of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettingDocument {
    platform: PlatformDocument,
    authentication_mode: Option<ModeDocument>,
}

#[derive(Debug, Serialize)]
struct PlatformDocument {
    name: &'static str,
    from: &'static str,
    /// Whether the objects count that the platform adds to Kubernetes' own.
    objects: bool,
}

#[derive(Debug, Serialize)]
struct ModeDocument {
    name: &'static str,
    from: &'static str,
}

impl From<Setting> for SettingDocument {
    fn from(setting: Setting) -> Self {
        let known = setting.platform;
        let from = setting.mode_from.as_str();
        Self {
            platform: PlatformDocument {
                name: known.platform.as_str(),
                from: known.from.as_str(),
                objects: known.has_objects,
            },
            authentication_mode: setting.mode.map(|mode| ModeDocument { name: mode.as_str(), from }),
        }
    }
}

impl Page<'_> {
    /// What nobody said of the cluster, and how to say it.
    pub(super) fn assumed(&mut self, setting: Setting, through_a_door: bool) {
        if let Some(assumed) = setting.assumed(through_a_door) {
            self.line("");
            self.block(0, &assumed);
        }
    }
}
