//! Callers by a credential that a file holds.

use std::path::Path;

use super::args::Who;
use super::exit::Failure;
use crate::identity::token::configuration::AuthenticationConfiguration;
use crate::identity::{ClaimNames, Credential, TokenRules};
use crate::query::can_i::Caller;
use crate::source::bytes::read;

/// The caller that the arguments name by a credential; none where they name it otherwise.
pub(super) fn caller(who: &Who) -> Result<Option<Caller>, Failure> {
    idle(who)?;
    let credential = if let Some(text) = &who.serviceaccount {
        let help = "give its namespace and its name: `--serviceaccount kube-system:default`";
        Credential::of_service_account(text).map_err(|why| Failure::usage(why, help))?
    } else if let Some(path) = &who.client_certificate {
        let credential = Credential::from_certificate(&content(path)?);
        credential
            .map_err(|why| unusable(path, &why, "give the PEM file of a certificate or of a request"))?
    } else if let Some(path) = &who.token {
        let credential =
            Credential::from_token(&String::from_utf8_lossy(&content(path)?), &token_rules(who)?);
        credential.map_err(|why| {
            unusable(path, &why, "give the file of a service account token or of an ID token")
        })?
    } else if let (Some(path), Some(user)) = (&who.token_auth_file, &who.user) {
        let credential = Credential::from_token_file(&content(path)?, user);
        let help = "each line is `token,user,uid,\"group1,group2\"`; files of passwords are not read since Kubernetes 1.19";
        credential.map_err(|why| unusable(path, &why, help))?
    } else {
        return Ok(None);
    };
    Ok(Some(Caller::Credential(Box::new(credential))))
}

/// How the API server makes a user of an ID token: by its configuration, or by its flags.
pub(super) fn token_rules(who: &Who) -> Result<TokenRules, Failure> {
    let Some(path) = &who.authentication_config else {
        return Ok(TokenRules::Flags(ClaimNames {
            username: who.oidc_username_claim.clone(),
            username_prefix: who.oidc_username_prefix.clone(),
            groups: who.oidc_groups_claim.clone(),
            groups_prefix: who.oidc_groups_prefix.clone().unwrap_or_default(),
        }));
    };
    let text = String::from_utf8_lossy(&content(path)?).into_owned();
    let configuration = AuthenticationConfiguration::read(&text).map_err(|flaw| {
        let line = flaw.line.map(|line| format!(":{line}")).unwrap_or_default();
        Failure::usage(
            format!("the API server does not start with `{}{line}`: {}", path.display(), flaw.message),
            "give its AuthenticationConfiguration, or the reply of `aws eks describe-identity-provider-config`",
        )
    })?;
    Ok(TokenRules::Configuration(configuration))
}

/// What is typed about tokens, and means nothing as it stands.
fn idle(who: &Who) -> Result<(), Failure> {
    if let Some(path) = &who.basic_auth_file {
        return Err(Failure::usage(
            format!(
                "`{}` is of no use: files of passwords are not read since Kubernetes 1.19",
                path.display()
            ),
            "give the file of static tokens: `--token-auth-file FILE --user NAME`",
        ));
    }
    if who.authentication_config.is_some() && who.token.is_none() && who.kubeconfig.is_none() {
        return Err(Failure::usage(
            "`--authentication-config` says what becomes of tokens, and no token was given",
            "give one: `--token FILE`, or `--kubeconfig FILE`",
        ));
    }
    Ok(())
}

fn content(path: &Path) -> Result<Vec<u8>, Failure> {
    read(path)
        .map_err(|why| Failure::usage(format!("`{}` cannot be read: {why}", path.display()), "give a file"))
}

fn unusable(path: &Path, why: &str, help: &str) -> Failure {
    Failure::usage(format!("`{}` names no caller: {why}", path.display()), help)
}
