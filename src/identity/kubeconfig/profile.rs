//! Profiles of the AWS CLI: whose credentials a name stands for, as far as the files can tell. Keys are not kept.
//!
//! Upstream: botocore, `configloader.py` and `credentials.py` (`AssumeRoleProvider`, and the order of the providers).

use std::collections::{BTreeMap, BTreeSet};

use super::exec::SessionOf;

/// The profiles of some configuration files; of two with one name the settings are put together, the later counting.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

/// Whose credentials a profile brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A role's.
    Role {
        /// Its ARN.
        arn: String,
        /// Under which session name.
        session: SessionOf,
        /// Where the credentials come from with which it is assumed, in words.
        from: String,
    },
    /// A role's that Identity Center made of a permission set.
    PermissionSet {
        /// The account.
        account: String,
        /// The name of the permission set.
        name: String,
    },
    /// Access keys: of some user, or of any session.
    Keys,
    /// What a program prints.
    Process,
    /// Nobody's that the files tell of.
    Nobody,
}

/// The settings that say whose credentials a profile brings. Of the keys it is only known that they are there.
const SETTINGS: [&str; 10] = [
    "role_arn",
    "role_session_name",
    "source_profile",
    "credential_source",
    "web_identity_token_file",
    "sso_account_id",
    "sso_role_name",
    "sso_session",
    "credential_process",
    "aws_access_key_id",
];

impl Profiles {
    /// Adds a file of configuration or of credentials. Says which line cannot be read.
    pub fn add(&mut self, text: &str) -> Result<(), (usize, &'static str)> {
        let mut section: Option<String> = None;
        for (position, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let bare = line.trim();
            // an indented line goes on with a value, or is a setting of a nested one
            if bare.is_empty() || bare.starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some(header) = bare.strip_prefix('[') {
                let (header, _) =
                    header.split_once(']').ok_or((position + 1, "the name of a section has no end"))?;
                section = profile_name(header);
                if let Some(name) = &section {
                    self.sections.entry(name.clone()).or_default();
                }
                continue;
            }
            let (key, value) =
                bare.split_once('=').ok_or((position + 1, "it is neither a section nor `key = value`"))?;
            let key = key.trim().to_ascii_lowercase();
            let settings = section.as_ref().and_then(|name| self.sections.get_mut(name));
            let Some(settings) = settings.filter(|_| SETTINGS.contains(&key.as_str())) else { continue };
            let value = if key == "aws_access_key_id" { "" } else { without_comment(value) };
            settings.insert(key, value.to_owned());
        }
        Ok(())
    }

    /// The names of the profiles, for remedies.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// Whose credentials a profile brings; an error where the AWS CLI would refuse it.
    pub fn whose(&self, name: &str) -> Result<Whose, String> {
        let profile = self.profile(name)?;
        let setting = |key: &str| profile.get(key).filter(|value| !value.is_empty());
        if let Some(arn) = setting("role_arn") {
            let from = match (setting("source_profile"), setting("credential_source")) {
                (Some(_), Some(_)) => {
                    return Err(format!(
                        "the profile `{name}` has both `source_profile` and `credential_source`"
                    ));
                }
                (Some(source), None) => self.sources(name, source)?,
                (None, Some(source)) => format!("the credentials of {source}"),
                (None, None) if setting("web_identity_token_file").is_some() => {
                    "a web identity token".to_owned()
                }
                (None, None) => {
                    return Err(format!(
                        "the profile `{name}` has `role_arn`, and does not say whose credentials assume it"
                    ));
                }
            };
            let session = setting("role_session_name");
            let session = session.map_or(SessionOf::MadeUp, |name| SessionOf::Given(name.clone()));
            return Ok(Whose::Role { arn: arn.clone(), session, from });
        }
        Ok(match (setting("sso_account_id"), setting("sso_role_name")) {
            (Some(account), Some(role)) => {
                Whose::PermissionSet { account: account.clone(), name: role.clone() }
            }
            _ if profile.contains_key("aws_access_key_id") => Whose::Keys,
            _ if setting("credential_process").is_some() => Whose::Process,
            _ => Whose::Nobody,
        })
    }

    fn profile(&self, name: &str) -> Result<&BTreeMap<String, String>, String> {
        self.sections.get(name).ok_or_else(|| format!("there is no profile `{name}`"))
    }

    /// The way from a profile to the credentials at its start, in words.
    fn sources(&self, name: &str, source: &str) -> Result<String, String> {
        let mut way: Vec<&str> = vec![name];
        let mut seen = BTreeSet::from([name]);
        let mut next = source;
        loop {
            let profile = self.profile(next)?;
            // a profile may be its own source, where it has keys
            let own = way.last() == Some(&next) && profile.contains_key("aws_access_key_id");
            if !seen.insert(next) && !own {
                way.push(next);
                return Err(format!("profiles go in a circle: {}", way.join(" → ")));
            }
            way.push(next);
            match profile.get("source_profile").filter(|_| !own && profile.contains_key("role_arn")) {
                Some(further) => next = further,
                None => break,
            }
        }
        let names: Vec<String> = way.iter().skip(1).map(|name| format!("`{name}`")).collect();
        Ok(format!("the profile {}", names.join(", which starts with ")))
    }
}

/// The name of a profile, by the header of its section; none for sections of other things.
fn profile_name(header: &str) -> Option<String> {
    let header = header.trim();
    let (kind, name) = header.split_once([' ', '\t']).unwrap_or(("", header));
    let name = name.trim().trim_matches(['"', '\'']);
    matches!(kind, "" | "profile").then(|| name.to_owned())
}

/// The value, without what stands behind ` #` or ` ;`.
fn without_comment(value: &str) -> &str {
    let value = value.trim();
    let end = [" #", " ;", "\t#", "\t;"].iter().filter_map(|mark| value.find(mark)).min();
    end.and_then(|end| value.get(..end)).unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# people
[default]
region = eu-west-1
[profile base]
aws_access_key_id = AKIAEXAMPLE
aws_secret_access_key = secret
[profile dev]
role_arn = arn:aws:iam::111122223333:role/dev  # the developers
source_profile = hub
role_session_name=ana
s3 =
  max_concurrent_requests = 20
[profile hub]
role_arn = arn:aws:iam::111122223333:role/hub
source_profile = base
[profile own]
role_arn = R
source_profile = own
aws_access_key_id = AKIAEXAMPLE
[profile a]
role_arn = R
source_profile = b
[profile b]
role_arn = R
source_profile = a
[profile \"two words\"]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin
[sso-session corp]
sso_start_url = https://example.com
[profile node]
role_arn = R
credential_source = Ec2InstanceMetadata
[profile both]
role_arn = R
credential_source = Environment
source_profile = base
[profile alone]
role_arn = R
[profile lost]
role_arn = R
source_profile = nowhere
[profile tool]
credential_process = /bin/false
";

    #[test]
    fn whose_credentials() {
        let mut profiles = Profiles::default();
        profiles.add(FILE).unwrap();
        let role = |arn: &str, session: Option<&str>, from: &str| {
            let session = session.map_or(SessionOf::MadeUp, |name| SessionOf::Given(name.to_owned()));
            Ok(Whose::Role { arn: arn.to_owned(), session, from: from.to_owned() })
        };
        let hub = "the profile `hub`, which starts with `base`";
        assert_eq!(profiles.whose("dev"), role("arn:aws:iam::111122223333:role/dev", Some("ana"), hub));
        assert_eq!(profiles.whose("own"), role("R", None, "the profile `own`"));
        assert_eq!(profiles.whose("node"), role("R", None, "the credentials of Ec2InstanceMetadata"));
        assert_eq!(profiles.whose("base"), Ok(Whose::Keys));
        assert_eq!(profiles.whose("default"), Ok(Whose::Nobody));
        assert_eq!(profiles.whose("tool"), Ok(Whose::Process));
        let set = Whose::PermissionSet { account: "111122223333".to_owned(), name: "Admin".to_owned() };
        assert_eq!(profiles.whose("two words"), Ok(set));
        for (name, why) in [
            ("a", "profiles go in a circle: a → b → a"),
            ("both", "the profile `both` has both `source_profile` and `credential_source`"),
            ("alone", "the profile `alone` has `role_arn`, and does not say whose credentials assume it"),
            ("lost", "there is no profile `nowhere`"),
            ("corp", "there is no profile `corp`"),
        ] {
            assert_eq!(profiles.whose(name), Err(why.to_owned()));
        }
        assert!(!format!("{profiles:?}").contains("AKIA") && !format!("{profiles:?}").contains("secret\""));
    }

    #[test]
    fn what_is_no_such_file() {
        let mut profiles = Profiles::default();
        assert_eq!(profiles.add("[a\n").unwrap_err().0, 1);
        assert_eq!(profiles.add("[a]\nkey: value\n").unwrap_err().0, 2);
    }
}
