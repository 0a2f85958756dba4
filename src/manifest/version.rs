//! Which version of Kubernetes the input says the cluster runs.

use super::loader::Loader;
use crate::finding::{Code, Finding, Severity};
use crate::model::builtin::Version;

impl Loader {
    /// Takes the version that the input names of the cluster asked about, if it may count. Of one that is not known the
    /// nearest is taken, and told.
    pub(super) fn take_described_version(&mut self) {
        if !self.options.builtin_as_described || self.options.builtin.is_none() {
            return;
        }
        let Some((text, address)) = self.gathered.described_version(self.options.doors.cluster.as_deref())
        else {
            return;
        };
        let Some((nearest, is_known)) = Version::nearest(text) else { return };
        if !is_known {
            let message = format!(
                "the cluster runs Kubernetes `{text}`, whose default policy is not known; that of {nearest} is taken"
            );
            let help = "give another with `--builtin VERSION`, or what the cluster has with `--builtin none`";
            let finding =
                Finding::new(Code::VersionUnknown, Severity::Warning, address.clone().into(), message);
            self.findings.push(finding.with_help(help));
        }
        self.options.builtin = Some(nearest);
    }
}
