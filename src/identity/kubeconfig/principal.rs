//! Which principal of AWS the command of a kubeconfig signs in as: what its arguments, its environment and the profiles
//! say together. What they leave open is named, with what to bring.

use super::exec::{Exec, Named, Program, SessionOf};
use super::profile::{Profiles, Whose};
use crate::model::{Cluster, MappedPrincipal};

/// A principal, as far as files know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A role, and the session name where it is known.
    Role {
        /// Its ARN.
        arn: String,
        /// The session name.
        session: Option<String>,
    },
    /// The role that Identity Center made of a permission set: its name ends in what only AWS knows.
    PermissionSet {
        /// The account.
        account: String,
        /// The name of the permission set.
        name: String,
    },
}

/// What is missing, and what to bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is not known.
    pub message: String,
    /// What to bring.
    pub help: String,
}

const ASK: &str = "ask AWS who that is, and give it with `--arn`: `aws sts get-caller-identity --query Arn";

/// The principal of a command, and how it is known, in words. The profile is the one of `--aws-profile`, which counts
/// where the command names none.
pub fn of(
    exec: &Exec,
    profiles: Option<&Profiles>,
    profile: Option<&str>,
) -> Result<(Known, Vec<String>), Missing> {
    if exec.program == Program::Other {
        let message = format!("the user's token comes from `{}`, which is not understood here", exec.command);
        let help = "give what the token says: `--token FILE`, or the principal: `--arn`";
        return Err(Missing { message, help: help.to_owned() });
    }
    let by = exec.program.as_str();
    if let Some(arn) = &exec.role {
        let (session, how) = match &exec.session {
            SessionOf::Given(name) => (Some(name.clone()), format!("under the session name `{name}`")),
            SessionOf::MadeUp => (None, "under a session name that it makes up at each call".to_owned()),
            SessionOf::Forwarded => forwarded(exec, profiles, profile),
        };
        let remark = format!("`{by}` assumes {arn}, {how}");
        return Ok((Known::Role { arn: arn.clone(), session }, vec![remark]));
    }
    of_credentials(exec, profiles, profile)
}

/// The session name of the credentials with which a role is assumed.
fn forwarded(exec: &Exec, profiles: Option<&Profiles>, profile: Option<&str>) -> (Option<String>, String) {
    match of_credentials(exec, profiles, profile) {
        Ok((Known::Role { session: Some(name), .. }, _)) => {
            let how = format!("under the session name `{name}`, which it forwards");
            (Some(name), how)
        }
        _ => (None, "under the session name of the credentials that it starts with".to_owned()),
    }
}

/// The principal whose credentials the command starts with.
fn of_credentials(
    exec: &Exec,
    profiles: Option<&Profiles>,
    profile: Option<&str>,
) -> Result<(Known, Vec<String>), Missing> {
    let by_argument = exec.profile.as_ref().is_some_and(|(_, named)| *named == Named::Argument);
    if exec.has_keys && !by_argument {
        let message = "the user's environment brings access keys, and only AWS knows whose they are";
        return Err(Missing { message: message.to_owned(), help: format!("{ASK}`") });
    }
    if let (Some((arn, session)), false) = (&exec.web_identity, by_argument) {
        let remark = format!("the environment of `{}` brings a web identity of {arn}", exec.program.as_str());
        return Ok((Known::Role { arn: arn.clone(), session: session.clone() }, vec![remark]));
    }
    let named = exec.profile.as_ref().map(|(name, _)| name.as_str());
    let (name, how) = match named.or(profile) {
        Some(name) => (name, format!("the profile `{name}`")),
        None => {
            ("default", "the profile `default`: none is named, and `AWS_PROFILE` is not known".to_owned())
        }
    };
    let Some(profiles) = profiles else {
        let message = match named.or(profile) {
            Some(name) => format!("the user signs in with the profile `{name}`, and no profiles were given"),
            None => {
                "the user signs in with whatever credentials are at hand: no role and no profile is named"
                    .to_owned()
            }
        };
        let help = "bring the profiles with `--aws-config ~/.aws/config`, or give the principal with `--arn`";
        return Err(Missing { message, help: help.to_owned() });
    };
    let whose = profiles.whose(name).map_err(|message| {
        let mut names: Vec<String> = profiles.names().map(|name| format!("`{name}`")).collect();
        names.sort();
        let help = if names.is_empty() {
            "there are no profiles in the files of `--aws-config`".to_owned()
        } else {
            format!(
                "the profiles are {}; choose one with `--aws-profile` where the kubeconfig names none",
                names.join(", ")
            )
        };
        Missing { message, help }
    })?;
    of_profile(whose, name, &how)
}

/// The principal of a profile.
fn of_profile(whose: Whose, name: &str, how: &str) -> Result<(Known, Vec<String>), Missing> {
    let ask = || format!("{ASK} --profile {name}`");
    match whose {
        Whose::Role { arn, session, from } => {
            let (session, under) = match session {
                SessionOf::Given(name) => (Some(name.clone()), format!("`{name}`")),
                SessionOf::MadeUp | SessionOf::Forwarded => (None, "one made up at each call".to_owned()),
            };
            let remark = format!("{how} assumes {arn} with {from}; its session name is {under}");
            Ok((Known::Role { arn, session }, vec![remark]))
        }
        Whose::PermissionSet { account, name: set } => {
            let remark = format!(
                "{how} signs in through Identity Center, with the permission set {set} of account {account}"
            );
            Ok((Known::PermissionSet { account, name: set }, vec![remark]))
        }
        Whose::Keys => Err(Missing {
            message: format!("{how} has access keys, and only AWS knows whose they are"),
            help: ask(),
        }),
        Whose::Process => Err(Missing {
            message: format!("{how} takes its credentials from a program, which is not run here"),
            help: ask(),
        }),
        Whose::Nobody => Err(Missing {
            message: format!("{how} has neither a role nor credentials in the files that were given"),
            help: "bring the file of credentials too: `--aws-config` may be given several times".to_owned(),
        }),
    }
}

/// The roles of a permission set that mappings of the cluster name, without their path, in order, each once.
/// Upstream: IAM Identity Center User Guide, "Referencing permission sets": `AWSReservedSSO_NAME_` and 16 hexadecimal digits.
pub fn roles_of_permission_set(cluster: &Cluster, account: &str, name: &str) -> Vec<String> {
    let start = format!("AWSReservedSSO_{name}_");
    let backends = cluster.backends.iter().chain(&cluster.aws_auth);
    let mut roles: Vec<String> = Vec::new();
    for mapping in backends.flat_map(crate::model::Backend::mappings) {
        let MappedPrincipal::Arn(arn) = &mapping.principal else { continue };
        let Some((head, resource)) = arn.split_once(":role/") else { continue };
        let role = resource.rsplit('/').next().unwrap_or_default();
        let suffix = role.get(..start.len()).filter(|head| head.eq_ignore_ascii_case(&start));
        let suffix = suffix.and_then(|_| role.get(start.len()..));
        let fits =
            suffix.is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let bare = format!("{head}:role/{role}");
        let known = roles.iter().any(|known| known.eq_ignore_ascii_case(&bare));
        if fits && !known && head.rsplit(':').next() == Some(account) {
            roles.push(bare);
        }
    }
    roles.sort();
    roles
}
