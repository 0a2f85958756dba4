//! Callers by a kubeconfig: what it names is read, nothing of it is run, and what it keeps secret is not printed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::args::Who;
use super::credential::token_rules;
use super::exit::Failure;
use crate::identity::impersonation::Impersonation;
use crate::identity::kubeconfig::exec::Exec;
use crate::identity::kubeconfig::principal::{Known, of, roles_of_permission_set};
use crate::identity::kubeconfig::profile::Profiles;
use crate::identity::kubeconfig::{self, Context, Flaw, Material, Shown};
use crate::identity::{ANONYMOUS, Credential, Principal, UNAUTHENTICATED};
use crate::model::Cluster;
use crate::query::can_i::Caller;
use crate::source::bytes::read;

/// Who asks by a kubeconfig, as far as it can be told without the manifests.
#[derive(Debug)]
pub(super) struct Asker {
    /// Who it is.
    pub(super) who: Asking,
    /// Whom the kubeconfig's user always acts as.
    pub(super) acts_as: Option<Impersonation>,
    /// The cluster that its tokens are for.
    pub(super) cluster: Option<String>,
}

/// A caller, or what becomes one with the manifests.
#[derive(Debug)]
pub(super) enum Asking {
    /// It is known.
    Caller(Caller),
    /// The role of a permission set, which a mapping may name in full.
    PermissionSet {
        /// The account.
        account: String,
        /// The name of the permission set.
        name: String,
        /// The session name, where it was given.
        session: Option<String>,
        /// How the permission set is known.
        remarks: Vec<String>,
    },
}

/// Reads the kubeconfig that the arguments name.
pub(super) fn asker(path: &Path, who: &Who) -> Result<Asker, Failure> {
    let bytes = content(path, "the kubeconfig")?;
    let text = String::from_utf8_lossy(&bytes);
    let context = kubeconfig::read(&text, who.context.as_deref()).map_err(|flaw| flawed(path, flaw))?;
    let remarks = about(&context);
    let mut cluster = None;
    let asking = match &context.shown {
        Shown::Nothing => Asking::Caller(Caller::User {
            name: ANONYMOUS.to_owned(),
            groups: vec![UNAUTHENTICATED.to_owned()],
        }),
        Shown::Certificate(material) => {
            let (bytes, from) = material_of(material, path, "the client certificate")?;
            let credential =
                Credential::from_certificate(&bytes).map_err(|why| unusable(path, &from, &why))?;
            remarked(credential, remarks)
        }
        Shown::Token(material) => token(material, path, who, remarks)?,
        Shown::Provider(name, Some(material)) if name == "oidc" => token(material, path, who, remarks)?,
        Shown::Provider(name, _) => {
            return Err(Failure::usage(
                format!("the auth-provider `{name}` of the user `{}` names nobody in the file", context.user),
                "client-go has no such provider since 1.26; give what the token says: `--token FILE`, or `--user` and `--group`",
            ));
        }
        Shown::Password => {
            return Err(Failure::usage(
                format!(
                    "the user `{}` has a username and a password, which no API server takes since Kubernetes 1.19",
                    context.user
                ),
                "the caller would be anonymous: ask for `--user system:anonymous --group system:unauthenticated`, or give the user with `--user` and `--group`",
            ));
        }
        Shown::Exec(exec) => {
            cluster.clone_from(&exec.cluster);
            by_command(exec, who, remarks)?
        }
    };
    Ok(Asker { who: asking, acts_as: context.acts_as, cluster })
}

/// The context and the user, and what of the user does not count.
fn about(context: &Context) -> Vec<String> {
    let mut remark = format!("the kubeconfig's context `{}` is of the user `{}`", context.name, context.user);
    if !context.ignored.is_empty() {
        let ignored = context.ignored.join(" and ");
        let _ = write!(remark, ", whose {ignored} does not count beside what is shown first");
    }
    vec![remark]
}

fn remarked(mut credential: Credential, mut remarks: Vec<String>) -> Asking {
    remarks.append(&mut credential.remarks);
    credential.remarks = remarks;
    Asking::Caller(Caller::Credential(Box::new(credential)))
}

/// Whom a token is for. Only signed ones say so.
fn token(material: &Material, path: &Path, who: &Who, remarks: Vec<String>) -> Result<Asking, Failure> {
    let (bytes, from) = material_of(material, path, "the token")?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    if text.starts_with("k8s-aws-v1.") {
        return Err(Failure::usage(
            format!("{from} is a signed request to STS, and only AWS knows whose it is"),
            "give the principal with `--arn`: `aws sts get-caller-identity --query Arn`",
        ));
    }
    if text.split('.').count() != 3 {
        return Err(Failure::usage(
            format!("{from} does not say whose it is"),
            "if it is of the API server's static token file, give that: `--token-auth-file FILE --user NAME`; else `--user` and `--group`",
        ));
    }
    let credential =
        Credential::from_token(text, &token_rules(who)?).map_err(|why| unusable(path, &from, &why))?;
    Ok(remarked(credential, remarks))
}

/// The principal of a command that prints a token.
fn by_command(exec: &Exec, who: &Who, mut remarks: Vec<String>) -> Result<Asking, Failure> {
    let profiles = profiles(&who.aws_config)?;
    let (known, how) = of(exec, profiles.as_ref(), who.aws_profile.as_deref())
        .map_err(|missing| Failure::usage(missing.message, missing.help))?;
    remarks.extend(how);
    match known {
        Known::Role { arn, session } => {
            let session = who.session_name.as_deref().or(session.as_deref());
            principal(&arn, session, remarks).map(Asking::Caller)
        }
        Known::PermissionSet { account, name } => {
            Ok(Asking::PermissionSet { account, name, session: who.session_name.clone(), remarks })
        }
    }
}

fn principal(arn: &str, session: Option<&str>, remarks: Vec<String>) -> Result<Caller, Failure> {
    let mut principal = Principal::from_arn(arn, session).map_err(|error| {
        Failure::usage(
            format!("the kubeconfig names a role that is none: {error}"),
            "it must be the ARN of a role",
        )
    })?;
    principal.remarks = remarks;
    Ok(Caller::Principal(Box::new(principal)))
}

impl Asker {
    /// The caller, with what the manifests know and what else the arguments say of it.
    pub(super) fn caller(self, who: &Who, cluster: &Cluster) -> Result<Caller, Failure> {
        let mut caller = self.who.caller(cluster)?;
        if let (Some(_), Caller::Principal(principal)) = (&who.kubeconfig, &mut caller) {
            principal.access_key.clone_from(&who.access_key_id);
            principal.host_name.clone_from(&who.ec2_private_dns_name);
        }
        Ok(caller)
    }
}

impl Asking {
    fn caller(self, cluster: &Cluster) -> Result<Caller, Failure> {
        let (account, name, session, mut remarks) = match self {
            Self::Caller(caller) => return Ok(caller),
            Self::PermissionSet { account, name, session, remarks } => (account, name, session, remarks),
        };
        let start = format!("AWSReservedSSO_{name}_");
        match &roles_of_permission_set(cluster, &account, &name)[..] {
            [] => Err(Failure::usage(
                format!(
                    "the name of the role that Identity Center made of the permission set `{name}` of account {account} ends in what only AWS knows, and no mapping names one"
                ),
                format!(
                    "give it with `--arn`: `aws iam list-roles --query \"Roles[?starts_with(RoleName, '{start}')].Arn\"`"
                ),
            )),
            [role] => {
                remarks.push(format!(
                    "the end of the role's name is taken from the one mapping that fits, {role}: it is another role if the permission set was assigned anew"
                ));
                principal(role, session.as_deref(), remarks)
            }
            several => Err(Failure::usage(
                format!("mappings name several roles of the permission set `{name}`: {}", several.join(", ")),
                "only one of them can exist: choose it with `--arn`",
            )),
        }
    }
}

fn profiles(paths: &[PathBuf]) -> Result<Option<Profiles>, Failure> {
    if paths.is_empty() {
        return Ok(None);
    }
    let mut profiles = Profiles::default();
    for path in paths {
        let bytes = content(path, "the AWS configuration")?;
        profiles.add(&String::from_utf8_lossy(&bytes)).map_err(|(line, why)| {
            Failure::usage(
                format!("`{}:{line}` cannot be read: {why}", path.display()),
                "give a file like ~/.aws/config: sections `[profile NAME]` with lines `key = value`",
            )
        })?;
    }
    Ok(Some(profiles))
}

/// The bytes of a file, which must be one: something else could keep the reader waiting.
fn content(path: &Path, what: &str) -> Result<Vec<u8>, Failure> {
    let failed = |why: String| {
        Failure::usage(format!("{what} `{}` cannot be read: {why}", path.display()), "give a file")
    };
    match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => read(path).map_err(failed),
        Ok(_) => Err(failed("it is no file".to_owned())),
        Err(error) => Err(failed(crate::source::bytes::plain(&error))),
    }
}

/// What stands in the kubeconfig or beside it, and where that is.
fn material_of(material: &Material, kubeconfig: &Path, what: &str) -> Result<(Vec<u8>, String), Failure> {
    match material {
        Material::Inline(bytes) => Ok((bytes.clone(), format!("{what} in `{}`", kubeconfig.display()))),
        Material::File(path) => {
            let path = kubeconfig.parent().unwrap_or(Path::new("")).join(path);
            Ok((content(&path, what)?, format!("{what} in `{}`", path.display())))
        }
    }
}

fn flawed(path: &Path, flaw: Flaw) -> Failure {
    let place = match flaw.line {
        Some(line) => format!("{}:{line}", path.display()),
        None => path.display().to_string(),
    };
    Failure::usage(format!("`{place}` names no caller: {}", flaw.message), flaw.help)
}

fn unusable(kubeconfig: &Path, from: &str, why: &str) -> Failure {
    let help = format!("mend it, or choose another context of `{}` with `--context`", kubeconfig.display());
    Failure::usage(format!("{from} names no caller: {why}"), help)
}
