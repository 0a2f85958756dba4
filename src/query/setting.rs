//! What an answer takes the cluster for, where neither the question nor the input says it.

use crate::model::{AuthenticationMode, Cluster, ModeFrom, Platform, PlatformFrom, PlatformKnown};

/// The platform and the mode under which an answer holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// Who runs the control plane.
    pub platform: PlatformKnown,
    /// The authentication mode of EKS; none where nothing speaks of EKS.
    pub mode: Option<AuthenticationMode>,
    /// How the mode is known.
    pub mode_from: ModeFrom,
}

impl Setting {
    /// The setting of a cluster.
    pub fn of(cluster: &Cluster) -> Self {
        let doors = &cluster.doors;
        Self { platform: cluster.platform, mode: doors.mode, mode_from: doors.mode_from }
    }

    /// What of it nobody said, in a line, with the arguments that say it; none where nothing was assumed. The mode is
    /// no matter to callers who come through no door.
    pub fn assumed(&self, through_a_door: bool) -> Option<String> {
        let told = !matches!(self.platform.from, PlatformFrom::AwsAuth | PlatformFrom::Authenticator);
        let platform = match self.platform.platform {
            Platform::Eks if !told && self.platform.has_objects => Some("EKS"),
            Platform::Vanilla if !told => Some("not EKS"),
            _ => None,
        };
        let mode = self.mode.filter(|_| through_a_door && self.mode_from == ModeFrom::Inferred);
        let mode = mode.map(|mode| format!("mode {mode}"));
        let flags = [platform.map(|_| "--platform"), mode.as_ref().map(|_| "--authentication-mode")];
        let flags: Vec<&str> = flags.into_iter().flatten().collect();
        let what: Vec<String> = platform.map(str::to_owned).into_iter().chain(mode).collect();
        (!what.is_empty()).then(|| format!("assumed: {} ({})", what.join(", "), flags.join(", ")))
    }
}

impl ModeFrom {
    /// The name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Given => "given",
            Self::Read => "input",
            Self::Inferred => "inferred",
        }
    }

    /// In words: what tells the mode.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Given => "as given",
            Self::Read => "as the input says",
            Self::Inferred => "by the doors that are in the input",
        }
    }
}
