//! Callers by a client certificate: the certificate itself, a request for one, or the object that carries such a request.
//! Verifies nothing, and needs no key.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/authentication/request/x509/x509.go` (`CommonNameUserConversion`,
//! `parseUIDFromCert`), `api/certificates/v1/types.go`, `plugin/pkg/admission/certificates/subjectrestriction`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use x509_parser::asn1_rs::{FromDer, oid};
use x509_parser::certificate::X509Certificate;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::pem::Pem;
use x509_parser::x509::X509Name;

use super::{Credential, CredentialKind};
use crate::source::yaml::{Limits, NodeId, Tree, parse_first};

/// The signers whose certificates API servers take for those of clients.
const CLIENT_SIGNERS: [&str; 2] =
    ["kubernetes.io/kube-apiserver-client", "kubernetes.io/kube-apiserver-client-kubelet"];

impl Credential {
    /// The subject of the first certificate or request of a PEM text, or of a `CertificateSigningRequest`: the common
    /// name is the user, each organization a group. Of an object that was signed it is that of the certificate.
    pub fn from_certificate(bytes: &[u8]) -> Result<Self, String> {
        if memchr::memmem::find(bytes, b"-----BEGIN").is_some() {
            return from_pem(bytes);
        }
        let none = || "there is no certificate in it".to_owned();
        let text = std::str::from_utf8(bytes).map_err(|_| none())?;
        let tree = parse_first(text, &Limits::default()).map_err(|_| none())?.ok_or_else(none)?;
        let root = tree.root();
        match tree.get(root, "items").and_then(|items| tree.sequence(items)) {
            None => from_object(&tree, root),
            Some([one]) => from_object(&tree, *one),
            Some(several) => Err(format!("it is a list of {} objects: give one of them", several.len())),
        }
    }
}

fn from_pem(bytes: &[u8]) -> Result<Credential, String> {
    for block in Pem::iter_from_buffer(bytes) {
        let block = block.map_err(|_| "the PEM text is damaged".to_owned())?;
        match block.label.as_str() {
            "CERTIFICATE" => {
                let (_, certificate) = x509_parser::parse_x509_certificate(&block.contents)
                    .map_err(|_| "the certificate cannot be read".to_owned())?;
                return of_certificate(&certificate);
            }
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => {
                let (_, request) = X509CertificationRequest::from_der(&block.contents)
                    .map_err(|_| "the certificate request cannot be read".to_owned())?;
                let mut credential = of_subject(&request.certification_request_info.subject)?;
                credential.remarks.push("this is a request: the signer decides what it signs".to_owned());
                return Ok(credential);
            }
            _ => {}
        }
    }
    Err("there is no certificate in it".to_owned())
}

fn of_certificate(certificate: &X509Certificate<'_>) -> Result<Credential, String> {
    let mut credential = of_subject(certificate.subject())?;
    let validity = certificate.validity();
    credential.remarks.push(format!(
        "the certificate is valid from {} to {}; neither that nor its signature was verified",
        validity.not_before, validity.not_after
    ));
    let usage = certificate.extended_key_usage().ok().flatten();
    if usage.is_some_and(|usage| !usage.value.client_auth && !usage.value.any) {
        let remark = "the certificate is not for client authentication: the API server refuses it";
        credential.remarks.push(remark.to_owned());
    }
    Ok(credential)
}

fn of_subject(subject: &X509Name<'_>) -> Result<Credential, String> {
    // the last common name counts, as Go reads names
    let name = subject.iter_common_name().last().and_then(|name| name.as_str().ok()).unwrap_or_default();
    if name.is_empty() {
        return Err("its subject has no common name, and the API server takes it for nobody".to_owned());
    }
    let groups = subject.iter_organization().filter_map(|group| group.as_str().ok()).map(str::to_owned);
    let uids = subject.iter_by_oid(&oid!(1.3.6.1.4.1.57683.2)).map(|uid| uid.as_str().unwrap_or_default());
    let (uid, remarks) = match uids.collect::<Vec<_>>()[..] {
        [] => (None, Vec::new()),
        [""] => return Err("its subject has an empty uid, and the API server refuses it".to_owned()),
        [uid] => {
            let remark =
                "the uid in its subject counts since Kubernetes 1.33 (gate AllowParsingUserUIDFromCertAuth)";
            (Some(uid.to_owned()), vec![remark.to_owned()])
        }
        _ => return Err("its subject has several uids, and the API server refuses it".to_owned()),
    };
    Ok(Credential {
        kind: CredentialKind::Certificate,
        username: name.to_owned(),
        groups: groups.collect(),
        uid,
        remarks,
        open: Vec::new(),
    })
}

/// A `CertificateSigningRequest`.
fn from_object(tree: &Tree<'_>, object: NodeId) -> Result<Credential, String> {
    let text = |node: NodeId, name: &str| {
        let value = tree.get(node, name).and_then(|value| tree.scalar(value));
        value.and_then(|scalar| scalar.as_str()).filter(|text| !text.is_empty())
    };
    let version = text(object, "apiVersion").unwrap_or_default();
    match text(object, "kind") {
        Some("CertificateSigningRequest") if version.starts_with("certificates.k8s.io/") => {}
        Some(kind) => return Err(format!("it is a `{kind}`, and no request for a certificate")),
        None => return Err("there is no certificate in it".to_owned()),
    }
    let spec = tree.get(object, "spec").ok_or_else(|| "it has no `spec`".to_owned())?;
    let pem = |node: NodeId, name: &str| -> Result<Option<Vec<u8>>, String> {
        let Some(data) = text(node, name) else { return Ok(None) };
        let bare: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        STANDARD.decode(bare).map(Some).map_err(|_| format!("its `{name}` is no base64"))
    };
    let status = tree.get(object, "status");
    let issued = status.map(|status| pem(status, "certificate")).transpose()?.flatten();
    let mut credential = match issued {
        Some(certificate) => from_pem(&certificate)?,
        None => from_pem(&pem(spec, "request")?.ok_or_else(|| "it has no `spec.request`".to_owned())?)?,
    };
    if let Some(requester) = text(spec, "username") {
        let remark = format!("`{requester}` asked for it, who need not be its subject");
        credential.remarks.push(remark);
    }
    let conditions = status.and_then(|status| tree.get(status, "conditions"));
    let conditions = conditions.and_then(|list| tree.sequence(list)).unwrap_or_default();
    let is = |kind: &str| conditions.iter().any(|&condition| text(condition, "type") == Some(kind));
    let state = match () {
        () if is("Denied") => "it was denied: there is no such certificate",
        () if is("Failed") => "signing it failed: there is no such certificate",
        () if is("Approved") => "it was approved",
        () => "it was not approved yet",
    };
    credential.remarks.push(state.to_owned());
    credential.remarks.extend(of_signer(tree, spec, text(spec, "signerName"), &credential.groups));
    Ok(credential)
}

/// What the signer makes of the request.
fn of_signer(tree: &Tree<'_>, spec: NodeId, signer: Option<&str>, groups: &[String]) -> Vec<String> {
    let signer = signer.unwrap_or_default();
    let mut remarks = Vec::new();
    if !CLIENT_SIGNERS.contains(&signer) {
        remarks.push(format!(
            "its signer is `{signer}`: API servers need not take its certificates for those of clients"
        ));
    }
    if signer == "kubernetes.io/kube-apiserver-client" && groups.iter().any(|group| group == "system:masters")
    {
        let remark = "the admission plugin CertificateSubjectRestriction, on by default, refuses requests for `system:masters`";
        remarks.push(remark.to_owned());
    }
    let usages = tree.get(spec, "usages").and_then(|usages| tree.sequence(usages)).unwrap_or_default();
    let client =
        usages.iter().filter_map(|&usage| tree.scalar(usage)).any(|usage| usage.text == "client auth");
    if !client {
        remarks.push("it does not ask for client authentication (`usages`)".to_owned());
    }
    if let Some(seconds) = tree.get(spec, "expirationSeconds").and_then(|seconds| tree.scalar(seconds)) {
        remarks.push(format!("it asks for {} seconds of validity", seconds.text));
    }
    remarks
}
