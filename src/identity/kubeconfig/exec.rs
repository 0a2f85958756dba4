//! What the command of a kubeconfig asks AWS for: a role to assume, under which session name, with whose profile, and for
//! which cluster. The command is read, and never run.
//!
//! Upstream: aws-cli, `awscli/customizations/eks/get_token.py`; aws-iam-authenticator 0.7.18,
//! `cmd/aws-iam-authenticator/token.go` and `pkg/token/token.go`.

use std::fmt;

/// A command and what is known of how it is started. The environment may hold secrets, and is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Exec {
    /// What it is.
    pub program: Program,
    /// The command as written, without its arguments.
    pub command: String,
    /// The role that it assumes.
    pub role: Option<String>,
    /// Under which session name it does.
    pub session: SessionOf,
    /// The profile whose credentials it starts with, and whether it is an argument, which wins over keys in the environment.
    pub profile: Option<(String, Named)>,
    /// The cluster that its token is for.
    pub cluster: Option<String>,
    /// Whether its environment brings access keys.
    pub has_keys: bool,
    /// The role of a web identity that its environment brings, and the session name.
    pub web_identity: Option<(String, Option<String>)>,
}

impl fmt::Debug for Exec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exec")
            .field("command", &self.command)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// The programs whose arguments are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// `aws eks get-token`
    AwsCli,
    /// `aws-iam-authenticator token`
    Authenticator,
    /// Something else.
    Other,
}

impl Program {
    /// Its command, for people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AwsCli => "aws eks get-token",
            Self::Authenticator => "aws-iam-authenticator token",
            Self::Other => "another command",
        }
    }
}

/// Where a profile is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// By an argument.
    Argument,
    /// By `AWS_PROFILE`.
    Environment,
}

/// The session name of an assumed role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionOf {
    /// This one.
    Given(String),
    /// One that the program makes up at each call.
    MadeUp,
    /// That of the credentials with which the role is assumed.
    Forwarded,
}

/// So many commands around the one that is meant are looked through.
const MOST_WRAPPERS: usize = 8;

impl Exec {
    /// Reads a command line. Wrappers that only choose a profile or set variables are looked through.
    pub fn new(command: &str, arguments: &[String], mut environment: Vec<(String, String)>) -> Self {
        let (mut program, mut arguments) = (command.to_owned(), arguments.to_vec());
        let mut wrapped_profile = None;
        for _ in 0..MOST_WRAPPERS {
            match base_name(&program) {
                "env" => {
                    let rest = arguments.iter().take_while(|argument| argument.contains('=')).count();
                    let set = arguments.drain(..rest).filter_map(|argument| {
                        argument.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
                    });
                    environment.extend(set.collect::<Vec<_>>());
                }
                "aws-vault" if arguments.first().is_some_and(|first| first == "exec") => {
                    let end = arguments.iter().position(|argument| argument == "--");
                    let own: Vec<String> = arguments.drain(..end.map_or(0, |end| end + 1)).skip(1).collect();
                    wrapped_profile = own.into_iter().find(|argument| !argument.starts_with('-'));
                    if end.is_none() {
                        break;
                    }
                }
                _ => break,
            }
            if arguments.is_empty() {
                break;
            }
            program = arguments.remove(0);
        }
        let variable = |name: &str| {
            let last = environment.iter().rev().find(|(known, _)| known == name);
            last.map(|(_, value)| value.clone()).filter(|value| !value.is_empty())
        };
        let of_environment = variable("AWS_PROFILE").or_else(|| variable("AWS_DEFAULT_PROFILE"));
        let mut exec = Self {
            program: Program::Other,
            command: base_name(command).to_owned(),
            role: None,
            session: SessionOf::MadeUp,
            profile: of_environment.map(|name| (name, Named::Environment)),
            cluster: None,
            has_keys: variable("AWS_ACCESS_KEY_ID").is_some(),
            web_identity: variable("AWS_WEB_IDENTITY_TOKEN_FILE")
                .and_then(|_| variable("AWS_ROLE_ARN"))
                .map(|role| (role, variable("AWS_ROLE_SESSION_NAME"))),
        };
        match base_name(&program) {
            "aws" => exec.aws(&arguments),
            "aws-iam-authenticator" | "heptio-authenticator-aws" => {
                exec.role = variable("DEFAULT_ROLE");
                exec.cluster = variable("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID");
                exec.authenticator(&arguments);
            }
            _ => {}
        }
        if let Some(profile) = wrapped_profile {
            exec.profile = Some((profile, Named::Argument));
        }
        exec
    }

    /// `aws [OPTIONS] eks get-token [OPTIONS]`: options may be shortened, as Python's argparse allows.
    fn aws(&mut self, arguments: &[String]) {
        let mut words = Vec::new();
        let mut session = None;
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some(option) = argument.strip_prefix("--") else {
                words.push(argument.as_str());
                continue;
            };
            let (name, mut value) = match option.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (option, None),
            };
            let is = |full: &str, least: usize| name.len() >= least && full.starts_with(name);
            let flags = ["no-verify-ssl", "no-paginate", "no-sign-request", "debug", "no-cli-pager"];
            if value.is_none() && !flags.contains(&name) {
                value = rest.next().cloned();
            }
            let value = value.filter(|value| !value.is_empty());
            if is("role-arn", "role".len()) {
                self.role = value;
            } else if is("cluster-name", "cluster-n".len()) || is("cluster-id", "cluster-i".len()) {
                self.cluster = value;
            } else if is("profile", "profile".len()) {
                self.profile = value.map(|name| (name, Named::Argument));
            } else if is("session-name", "session".len()) {
                session = value;
            }
        }
        if words == ["eks", "get-token"] {
            self.program = Program::AwsCli;
            self.session = SessionOf::Given(session.unwrap_or_else(|| "EKSGetTokenAuth".to_owned()));
        }
    }

    /// `aws-iam-authenticator token [OPTIONS]`, by the rules of pflag.
    fn authenticator(&mut self, arguments: &[String]) {
        let mut words = Vec::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let Some((name, mut value)) = option(argument) else {
                words.push(argument.as_str());
                continue;
            };
            if let "forward-session-name" | "token-only" | "cache" = name.as_str() {
                if name == "forward-session-name" && value.as_deref() != Some("false") {
                    self.session = SessionOf::Forwarded;
                }
                continue;
            }
            if value.is_none() {
                value = rest.next().cloned();
            }
            let value = value.filter(|value| !value.is_empty());
            match (name.as_str(), value) {
                ("role" | "r", Some(role)) => self.role = Some(role),
                ("cluster-id" | "i", Some(cluster)) => self.cluster = Some(cluster),
                ("session-name" | "s", Some(session)) => self.session = SessionOf::Given(session),
                _ => {}
            }
        }
        if words == ["token"] {
            self.program = Program::Authenticator;
        }
    }
}

/// The name and the value of an option in one word: `--name=value`, `-n=value`, `-nvalue`; none for other words.
fn option(argument: &str) -> Option<(String, Option<String>)> {
    if let Some(long) = argument.strip_prefix("--") {
        return Some(match long.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (long.to_owned(), None),
        });
    }
    let mut short = argument.strip_prefix('-')?.chars();
    let name = short.next()?.to_string();
    let value = short.as_str();
    let value = value.strip_prefix('=').unwrap_or(value);
    Some((name, (!value.is_empty()).then(|| value.to_owned())))
}

/// The last part of a path, without `.exe`.
fn base_name(command: &str) -> &str {
    let name = command.rsplit(['/', '\\']).next().unwrap_or(command);
    name.strip_suffix(".exe").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str, environment: &[(&str, &str)]) -> Exec {
        let mut words = line.split(' ').map(str::to_owned);
        let command = words.next().unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Exec::new(&command, &words.collect::<Vec<_>>(), environment.collect())
    }

    #[test]
    fn roles_and_sessions() {
        let given = |name: &str| SessionOf::Given(name.to_owned());
        for (line, role, session) in [
            (
                "aws --region eu-west-1 eks get-token --cluster-name c --output json",
                None,
                given("EKSGetTokenAuth"),
            ),
            ("aws eks get-token --cluster-name c --role-arn R", Some("R"), given("EKSGetTokenAuth")),
            (
                "/usr/local/bin/aws eks get-token --role=R --cluster-name=c",
                Some("R"),
                given("EKSGetTokenAuth"),
            ),
            ("aws eks get-token --cluster-name c --role-arn R --session-name ana", Some("R"), given("ana")),
            ("aws.exe --no-verify-ssl eks get-token --cluster-id c", None, given("EKSGetTokenAuth")),
            ("aws-iam-authenticator token -i c -r R", Some("R"), SessionOf::MadeUp),
            ("aws-iam-authenticator token -i=c -rR -s ana", Some("R"), given("ana")),
            (
                "aws-iam-authenticator token --cluster-id c --role R --forward-session-name",
                Some("R"),
                SessionOf::Forwarded,
            ),
            ("heptio-authenticator-aws token --cache -i c", None, SessionOf::MadeUp),
        ] {
            let exec = of(line, &[]);
            assert_ne!(exec.program, Program::Other, "{line}");
            assert_eq!((exec.role.as_deref(), exec.session.clone()), (role, session), "{line}");
            assert_eq!(exec.cluster.as_deref(), Some("c"), "{line}");
        }
        // the environment may hold keys
        let exec = of("aws eks get-token --role-arn R", &[("AWS_SECRET_ACCESS_KEY", "secret")]);
        assert_eq!(format!("{exec:?}"), "Exec { command: \"aws\", role: Some(\"R\"), .. }");
    }

    #[test]
    fn profiles_and_wrappers() {
        for (line, program, profile) in [
            ("aws eks get-token --profile p --cluster-name c", Program::AwsCli, Some("p")),
            (
                "aws-vault exec p --no-session -- aws eks get-token --cluster-name c",
                Program::AwsCli,
                Some("p"),
            ),
            ("env AWS_PROFILE=p aws eks get-token --cluster-name c", Program::AwsCli, Some("p")),
            ("aws sts get-caller-identity", Program::Other, None),
            ("kubelogin get-token", Program::Other, None),
            ("aws-vault exec", Program::Other, None),
            ("env", Program::Other, None),
        ] {
            let exec = of(line, &[]);
            let found = exec.profile.as_ref().map(|(name, _)| name.as_str());
            assert_eq!((exec.program, found), (program, profile), "{line}");
        }
    }

    #[test]
    fn the_environment() {
        let exec =
            of("aws eks get-token --cluster-name c", &[("AWS_PROFILE", "p"), ("AWS_ACCESS_KEY_ID", "AKIA")]);
        assert_eq!((exec.profile.clone(), exec.has_keys), (Some(("p".to_owned(), Named::Environment)), true));
        assert!(!format!("{exec:?}").contains("AKIA"));
        let exec = of(
            "aws-iam-authenticator token",
            &[("DEFAULT_ROLE", "R"), ("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", "c")],
        );
        assert_eq!((exec.role.as_deref(), exec.cluster.as_deref()), (Some("R"), Some("c")));
        let exec = of("aws eks get-token", &[("AWS_ROLE_ARN", "R"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "f")]);
        assert_eq!(exec.web_identity, Some(("R".to_owned(), None)));
    }
}
