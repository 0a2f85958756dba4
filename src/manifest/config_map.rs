//! ConfigMaps: aws-auth, and what looks as if it should be.

use std::sync::Arc;

use super::aws_auth;
use super::loader::Loader;
use super::metadata;
use super::object::{At, duplicate};
use super::reader::{Reader, misread_field, text_in};
use crate::finding::{Code, Finding, Severity};
use crate::model::placeholder::has_placeholder;
use crate::model::{
    AwsAuth, DamageKind, MapKey, MappedPrincipal, Mapping, Meant, Named, NearAwsAuth, NearReason, Placeholder,
};
use crate::source::yaml::{NodeId, Tree};
use crate::source::{Origin, Step};

impl Loader {
    pub(super) fn config_map(
        &mut self,
        tree: &Tree<'_>,
        node: NodeId,
        at: &At<'_>,
        kind: &str,
        version: &str,
    ) {
        let metadata = tree.get(node, "metadata");
        let meta = |field: &str| text_in(tree, metadata?, field).filter(|text| !text.is_empty());
        let name = meta("name").unwrap_or_default();
        let default = self.options.default_namespace.as_str();
        let namespace = meta("namespace").unwrap_or(default.into()).into_owned();
        let maps = |key: &str| tree.get(node, "data").is_some_and(|data| tree.get(data, key).is_some());
        let has_mappings = ["mapRoles", "mapUsers", "mapAccounts"].into_iter().any(maps);
        if name != "aws-auth" && !(has_mappings && (namespace == "kube-system" || name.contains("auth"))) {
            self.counts.passed_over(kind);
            return;
        }
        self.counts.read(kind);
        let origin = self.register(at);
        let mut reader = Reader::new(tree, &mut self.texts, at, origin);
        let [_, _, metadata_node, data, binary, immutable] =
            reader.object(Some(node), ["apiVersion", "kind", "metadata", "data", "binaryData", "immutable"]);
        if kind != "ConfigMap" || version != "v1" {
            reader.problem("`kind: ConfigMap` needs exactly these letters and `apiVersion: v1`");
        }
        if let Some((field, why)) = misread_field(tree, node) {
            reader.within(Step::Field(field), |reader| reader.problem(why));
        }
        metadata::read(&mut reader, metadata_node);
        let data = aws_auth::read_config_map(&mut reader, binary, data, immutable);
        let problems = std::mem::take(&mut reader.problems);
        let unknown = std::mem::take(&mut reader.unknown);
        self.fields(tree, at, unknown);
        let aws_auth = aws_auth::read_data(origin, &data, &mut self.texts);
        let shown = format!("{namespace}/{name}");
        if !problems.is_empty() {
            self.refuse(origin, "ConfigMap", shown, problems, Meant::AwsAuth(aws_auth));
            return;
        }
        if name != "aws-auth" || namespace != "kube-system" {
            let why = if name == "aws-auth" { NearReason::WrongNamespace } else { NearReason::WrongName };
            let message =
                format!("the authenticator reads only the ConfigMap `kube-system/aws-auth`, not `{shown}`");
            let spot = origin.at([Step::Field("metadata")]);
            self.findings.push(Finding::new(
                Code::AwsAuthWrongNamespace,
                Severity::Warning,
                spot.into(),
                message,
            ));
            self.cluster.near_aws_auth.push(NearAwsAuth {
                why,
                aws_auth,
                namespace,
                name: name.into_owned(),
            });
            return;
        }
        if let Some(before) = &self.cluster.aws_auth {
            self.findings.push(duplicate("ConfigMap", &shown, before.origin, origin, ""));
        }
        self.damage(&aws_auth);
        self.placeholders_in(&aws_auth);
        self.cluster.aws_auth = Some(aws_auth);
    }

    pub(super) fn damage(&mut self, aws_auth: &AwsAuth) {
        for damage in &aws_auth.damage {
            let (code, severity) = damage_code(damage.kind);
            self.findings.push(Finding::new(
                code,
                severity,
                damage.address(aws_auth.origin).into(),
                damage.message.clone(),
            ));
        }
    }

    pub(super) fn placeholders_in(&mut self, aws_auth: &AwsAuth) {
        let mappings = aws_auth.roles.iter().chain(&aws_auth.users);
        for mapping in mappings {
            if let MappedPrincipal::Arn(arn) = &mapping.principal {
                self.mapping_placeholder(aws_auth.origin, mapping, arn, Named::Mapping);
            }
            for name in std::iter::once(&mapping.username).chain(&mapping.groups) {
                self.mapping_placeholder(aws_auth.origin, mapping, name, Named::MappedName);
            }
        }
        for account in &aws_auth.accounts {
            if has_placeholder(&account.id) {
                let address = account.address(aws_auth.origin);
                self.placeholders.push(Placeholder {
                    text: account.id.to_string(),
                    what: Named::Mapping,
                    address,
                });
            }
        }
    }

    pub(super) fn mapping_placeholder(
        &mut self,
        origin: Origin,
        mapping: &Mapping,
        text: &Arc<str>,
        what: Named,
    ) {
        if has_placeholder(text) {
            self.placeholders.push(Placeholder {
                text: text.to_string(),
                what,
                address: mapping.address(origin),
            });
        }
    }

    /// An object without kind: perhaps a body for `kubectl patch`.
    pub(super) fn kindless(&mut self, tree: &Tree<'_>, node: NodeId, at: &At<'_>) {
        let Some(data) = tree.get(node, "data") else {
            self.counts.passed_over("");
            return;
        };
        let text_of = |key: &str| tree.scalar(tree.get(data, key)?).map(|scalar| scalar.text.to_owned());
        let maps = [MapKey::Roles, MapKey::Users].map(|key| (key, text_of(key.as_str())));
        if maps.iter().all(|(_, text)| text.is_none()) && text_of("mapAccounts").is_none() {
            self.counts.passed_over("");
            return;
        }
        self.counts.read("");
        let origin = self.register(at);
        let texts =
            maps.iter().filter_map(|(key, text)| Some((key.as_str().into(), text.as_deref()?.into())));
        let data: Vec<(Arc<str>, Arc<str>)> = texts.collect();
        let aws_auth = aws_auth::read_data(origin, &data, &mut self.texts);
        let finding = Finding::new(
            Code::AwsAuthWrongNamespace,
            Severity::Warning,
            origin.at([]).into(),
            "this has mappings but no kind and name: a body for `kubectl patch`, which is no object of its own",
        )
        .with_help("capture what is in force: `kubectl get configmap aws-auth -n kube-system -o yaml`");
        self.findings.push(finding);
        let (name, namespace) = (String::new(), String::new());
        self.cluster.near_aws_auth.push(NearAwsAuth {
            why: NearReason::PatchBody,
            aws_auth,
            namespace,
            name,
        });
    }
}

/// The code and the weight of damage to aws-auth.
fn damage_code(kind: DamageKind) -> (Code, Severity) {
    match kind {
        DamageKind::UnknownKey => (Code::AwsAuthUnknownKey, Severity::Error),
        DamageKind::Unreadable => (Code::AwsAuthUnreadable, Severity::Error),
        DamageKind::EntryDropped | DamageKind::FieldLost => (Code::MappingInvalid, Severity::Error),
        DamageKind::UnknownField => (Code::MappingInvalid, Severity::Warning),
    }
}
