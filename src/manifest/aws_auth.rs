//! The `aws-auth` ConfigMap: its typed reading as an API object, and then the YAML in its texts, as the authenticator
//! reads it, salvage and all.
//!
//! Upstream: aws-iam-authenticator 0.7.18, `pkg/mapper/configmap/configmap.go` (`ParseMap`), over Go's
//! `encoding/json` (fields match by case folding, keys sorted, wrong types skipped) and go-yaml v2.

use std::sync::Arc;

use super::reader::{Reader, TextPool, shortened};
use crate::model::arn::PARTITIONS;
use crate::model::arn::equal_fold;
use crate::model::{Account, AwsAuth, Damage, DamageKind, Door, MapKey, MappedPrincipal, Mapping, Open};
use crate::source::Origin;
use crate::source::yaml::{Kind, Limits, NodeId, Resolved, Tree, looks_like_json, parse_first};

/// Reads the three texts of the data of an aws-auth ConfigMap. Each text is read on its own; what cannot be read or kept is
/// listed as damage.
pub(crate) fn read_data(origin: Origin, data: &[(Arc<str>, Arc<str>)], texts: &mut TextPool) -> AwsAuth {
    let mut aws_auth = AwsAuth::new(Door::AwsAuth, origin);
    for (key, text) in data {
        let mut list = TextReader { key: key.clone(), texts: &mut *texts, damage: Vec::new() };
        match &**key {
            "mapRoles" => aws_auth.roles = list.mappings(text, MapKey::Roles),
            "mapUsers" => aws_auth.users = list.mappings(text, MapKey::Users),
            "mapAccounts" => aws_auth.accounts = list.accounts(text),
            other => {
                let meant =
                    ["mapRoles", "mapUsers", "mapAccounts"].into_iter().find(|known| is_near(other, known));
                if let Some(meant) = meant {
                    let message =
                        format!("the authenticator does not read the key `{other}`: did you mean `{meant}`?");
                    list.damaged(DamageKind::UnknownKey, None, message, None);
                }
            }
        }
        let lost_whole =
            |damage: &&mut Damage| matches!(damage.kind, DamageKind::UnknownKey | DamageKind::Unreadable);
        for damage in list.damage.iter_mut().filter(lost_whole) {
            damage.text = Some(text.clone());
        }
        aws_auth.damage.append(&mut list.damage);
    }
    aws_auth
}

/// Whether a key of the data is probably meant to be another.
fn is_near(written: &str, known: &str) -> bool {
    let bare = |text: &str| -> String {
        let letters = text.chars().filter(char::is_ascii_alphabetic);
        letters.collect::<String>().to_ascii_lowercase().trim_end_matches('s').to_owned()
    };
    let (written, known) = (bare(written), bare(known));
    written == known || strsim::osa_distance(&written, &known) == 1
}

/// The entries of the text of a lost key, read as if it were a list of mappings with a key that is read.
pub(crate) fn read_as_if(damage: &Damage, key: MapKey) -> Vec<Mapping> {
    let Some(text) = &damage.text else { return Vec::new() };
    let data = [(Arc::from(key.as_str()), text.clone())];
    let mut aws_auth = read_data(Origin::default(), &data, &mut TextPool::default());
    aws_auth.roles.append(&mut aws_auth.users);
    aws_auth.roles
}

struct TextReader<'a> {
    key: Arc<str>,
    texts: &'a mut TextPool,
    damage: Vec<Damage>,
}

/// A record while it is being filled, as Go fills a struct: a null or a wrong type leaves what was there.
#[derive(Default)]
struct Record {
    arn: Arc<str>,
    username: Arc<str>,
    groups: Vec<Arc<str>>,
    sso: Option<Sso>,
}

#[derive(Default)]
struct Sso {
    permission_set: Arc<str>,
    account: Arc<str>,
    partition: Arc<str>,
}

impl TextReader<'_> {
    fn damaged(
        &mut self,
        kind: DamageKind,
        entry: Option<usize>,
        message: impl Into<String>,
        arn: Option<Arc<str>>,
    ) {
        let key = self.key.clone();
        self.damage.push(Damage {
            key,
            entry,
            kind,
            message: message.into(),
            field: None,
            arn,
            offset: None,
            text: None,
        });
    }

    /// Notes damage to one field of an entry.
    fn field_damaged(&mut self, kind: DamageKind, entry: usize, field: &str, message: String) {
        self.damaged(kind, Some(entry), message, None);
        if let Some(damage) = self.damage.last_mut() {
            damage.field = Some(self.texts.share(field));
        }
    }

    /// The first YAML document of the text; none where there is nothing, or nothing readable.
    fn first_document<'t>(&mut self, text: &'t str) -> Option<Tree<'t>> {
        if matches!(text.trim(), "" | "``" | "\"\"" | "''") {
            return None;
        }
        match parse_first(text, &Limits::default()) {
            Ok(tree) => tree,
            Err(error) => {
                self.damaged(DamageKind::Unreadable, None, unreadable(&error.message), None);
                if let Some(damage) = self.damage.last_mut() {
                    damage.offset = Some(error.offset);
                }
                None
            }
        }
    }

    fn mappings(&mut self, text: &str, key: MapKey) -> Vec<Mapping> {
        if looks_like_json(text) {
            self.damaged(
                DamageKind::Unreadable,
                None,
                unreadable("a text that starts with `{` is read as a JSON object"),
                None,
            );
            return Vec::new();
        }
        let Some(tree) = self.first_document(text) else { return Vec::new() };
        let items = match tree.kind(tree.root()) {
            Kind::Sequence(items) => items,
            Kind::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Null) => return Vec::new(),
            _ => {
                self.damaged(DamageKind::Unreadable, None, unreadable("it must be a list of entries"), None);
                return Vec::new();
            }
        };
        let items = items.iter().enumerate();
        items.filter_map(|(position, &item)| self.mapping(&tree, item, key, position)).collect()
    }

    fn mapping(&mut self, tree: &Tree<'_>, item: NodeId, key: MapKey, position: usize) -> Option<Mapping> {
        let mut record = Record::default();
        if matches!(tree.kind(item), Kind::Mapping) {
            self.fill(tree, item, key, position, &mut record);
        } else {
            self.damaged(DamageKind::EntryDropped, Some(position), "the entry must be an object", None);
            return None;
        }
        let Record { arn, username, groups, sso } = record;
        let principal = match (&*arn, sso, key) {
            ("", None, MapKey::Roles) => Err("one of `rolearn` or `sso` is required".to_owned()),
            ("", _, _) if key != MapKey::Roles => Err("`userarn` is required".to_owned()),
            (_, None, _) => Ok(MappedPrincipal::Arn(arn.clone())),
            ("", Some(sso), _) => sso.checked(),
            (_, Some(_), _) => Err("only one of `rolearn` and `sso` can be given".to_owned()),
        };
        match principal {
            Ok(principal) => Some(Mapping {
                key,
                position,
                principal,
                username,
                groups,
                user_id: Arc::default(),
                open: Open::Nothing,
                place: None,
            }),
            Err(why) => {
                let named = Some(arn).filter(|arn| !arn.is_empty()).or_else(|| self.arn_in(tree, item));
                self.damaged(
                    DamageKind::EntryDropped,
                    Some(position),
                    format!("the authenticator drops this entry: {why}"),
                    named,
                );
                None
            }
        }
    }

    /// Any text in the entry that is an ARN, for explanations.
    fn arn_in(&mut self, tree: &Tree<'_>, item: NodeId) -> Option<Arc<str>> {
        tree.fields(item).find_map(|field| {
            let scalar = tree.scalar(field.value)?;
            scalar.text.starts_with("arn:").then(|| self.texts.share(scalar.text))
        })
    }

    /// Fills a record as `encoding/json` does: keys in bytewise order, each taken for the field it folds to.
    fn fill(&mut self, tree: &Tree<'_>, item: NodeId, key: MapKey, position: usize, record: &mut Record) {
        let arn_field = if key == MapKey::Roles { "rolearn" } else { "userarn" };
        for (name, value) in sorted_fields(tree, item) {
            let is = |field: &str| equal_fold(name, field);
            let mut lost = None;
            if is(arn_field) {
                lost = self.set(tree, value, &mut record.arn).err();
            } else if is("username") {
                lost = self.set(tree, value, &mut record.username).err();
            } else if is("groups") {
                lost = self.set_groups(tree, value, &mut record.groups).err();
            } else if is("sso") && key == MapKey::Roles {
                lost = self.set_sso(tree, value, &mut record.sso).err();
            } else if !is("userid") {
                let message = format!("the authenticator ignores the field `{name}`");
                self.field_damaged(DamageKind::UnknownField, position, name, message);
            }
            if let Some(why) = lost {
                let message = format!("`{name}` {why}, so the authenticator leaves it empty");
                self.field_damaged(DamageKind::FieldLost, position, name, message);
            }
        }
    }

    /// Sets a string; null leaves it, a wrong type leaves it and is an error.
    fn set(&mut self, tree: &Tree<'_>, value: NodeId, field: &mut Arc<str>) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("must be a string, and is {what}"));
        let Some(scalar) = tree.scalar(value) else {
            return wrong(if tree.sequence(value).is_some() { "a list" } else { "an object" });
        };
        match scalar.resolve() {
            Resolved::Str(text) => *field = self.texts.share(&text),
            Resolved::Null => {}
            Resolved::Bool(_) => return wrong(&format!("the boolean `{}`", shortened(scalar.text))),
            _ => return wrong(&format!("the number `{}`", shortened(scalar.text))),
        }
        Ok(())
    }

    /// Sets a list of strings in place: an element that is null or of a wrong type keeps what stood there before,
    /// which is the empty text unless the same field came before in another spelling.
    fn set_groups(
        &mut self,
        tree: &Tree<'_>,
        value: NodeId,
        groups: &mut Vec<Arc<str>>,
    ) -> Result<(), String> {
        let items = match tree.kind(value) {
            Kind::Sequence(items) => items,
            Kind::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Null) => {
                groups.clear();
                return Ok(());
            }
            Kind::Scalar(scalar) => {
                return Err(format!("must be a list, and is the text `{}`", shortened(scalar.text)));
            }
            Kind::Mapping => return Err("must be a list, and is an object".to_owned()),
        };
        groups.resize_with(items.len(), Default::default);
        let mut first_wrong = Ok(());
        for (&item, group) in items.iter().zip(groups) {
            let set = self.set(tree, item, group).map_err(|why| format!("has an element that {why}"));
            first_wrong = first_wrong.and(set);
        }
        first_wrong
    }

    fn set_sso(&mut self, tree: &Tree<'_>, value: NodeId, sso: &mut Option<Sso>) -> Result<(), String> {
        match tree.kind(value) {
            Kind::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Null) => {
                *sso = None;
                return Ok(());
            }
            Kind::Mapping => {}
            _ => {
                sso.get_or_insert_default();
                return Err("must be an object".to_owned());
            }
        }
        let sso = sso.get_or_insert_default();
        let mut first_wrong = Ok(());
        for (name, value) in sorted_fields(tree, value) {
            let field = if equal_fold(name, "permissionSetName") {
                &mut sso.permission_set
            } else if equal_fold(name, "accountID") {
                &mut sso.account
            } else if equal_fold(name, "partition") {
                &mut sso.partition
            } else {
                continue;
            };
            let set = self.set(tree, value, field).map_err(|why| format!("has a `{name}` that {why}"));
            first_wrong = first_wrong.and(set);
        }
        first_wrong
    }

    /// Account ids keep the text in which they are written: go-yaml decodes them straight into strings. Of `!!binary`
    /// they have what it stands for.
    fn accounts(&mut self, text: &str) -> Vec<Account> {
        let Some(tree) = self.first_document(text) else { return Vec::new() };
        let items = match tree.kind(tree.root()) {
            Kind::Sequence(items) => items,
            Kind::Scalar(scalar) if matches!(scalar.resolve(), Resolved::Null) => return Vec::new(),
            _ => {
                self.damaged(
                    DamageKind::Unreadable,
                    None,
                    unreadable("it must be a list of account ids"),
                    None,
                );
                return Vec::new();
            }
        };
        let mut accounts = Vec::new();
        for (position, &item) in items.iter().enumerate() {
            match tree.scalar(item) {
                Some(scalar) => {
                    let id = match scalar.resolve() {
                        Resolved::Null => self.texts.share(""),
                        Resolved::Str(text) => self.texts.share(&text),
                        _ => self.texts.share(scalar.text),
                    };
                    accounts.push(Account { position, id, place: None });
                }
                None => {
                    self.damaged(
                        DamageKind::EntryDropped,
                        Some(position),
                        "an account id must be a text",
                        None,
                    );
                }
            }
        }
        accounts
    }
}

fn unreadable(why: &str) -> String {
    format!("the authenticator cannot read this text, so nothing in it is in force: {why}")
}

fn sorted_fields<'t>(tree: &'t Tree<'_>, node: NodeId) -> Vec<(&'t str, NodeId)> {
    let mut fields: Vec<(&str, NodeId)> = tree.fields(node).map(|field| (field.key, field.value)).collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

/// A permission set as an entry names it, checked as the authenticator does.
pub(super) fn permission_set(
    permission_set: Arc<str>,
    account: Arc<str>,
    partition: Arc<str>,
) -> Result<MappedPrincipal, String> {
    Sso { permission_set, account, partition }.checked()
}

impl Sso {
    fn checked(self) -> Result<MappedPrincipal, String> {
        let digits = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        let name_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if !digits(&self.account) {
            return Err("`sso.accountID` must be 12 digits, in quotes".to_owned());
        }
        if !(1..=32).contains(&self.permission_set.len()) || !self.permission_set.bytes().all(name_byte) {
            return Err("`sso.permissionSetName` must be 1 to 32 letters, digits or `_+=,.@-`".to_owned());
        }
        if !self.partition.is_empty() && !PARTITIONS.contains(&&*self.partition) {
            return Err(format!("`{}` is no partition", self.partition));
        }
        let Self { permission_set, account, partition } = self;
        Ok(MappedPrincipal::Sso { permission_set, account, partition })
    }
}

/// Reads the data of a ConfigMap, strictly typed, and what the API server checks of it.
pub(crate) fn read_config_map(
    reader: &mut Reader<'_>,
    binary: Option<NodeId>,
    data: Option<NodeId>,
    immutable: Option<NodeId>,
) -> Vec<(Arc<str>, Arc<str>)> {
    let data = reader.map_in("data", data);
    let binary = reader.map_in("binaryData", binary);
    reader.boolean_in("immutable", immutable);
    for (key, _) in data.iter().chain(&binary) {
        let valid = !key.is_empty()
            && key.len() <= 253
            && !matches!(&**key, "." | "..")
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
            && !key.starts_with("..");
        if !valid {
            reader.problem(format!("`{key}` is not a valid key of a ConfigMap"));
        }
    }
    for (key, value) in &binary {
        if !is_base64(value) {
            reader.problem(format!("the value of `{key}` in `binaryData` is not base64"));
        }
        if data.iter().any(|(other, _)| other == key) {
            reader.problem(format!("`{key}` stands in `data` and in `binaryData`"));
        }
    }
    let bytes: usize = data.iter().map(|(_, value)| value.len()).sum();
    if bytes > 1024 * 1024 {
        reader.problem("a ConfigMap must have at most 1 MiB of data");
    }
    data
}

fn is_base64(text: &str) -> bool {
    // Go's decoder skips line breaks
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    let padding = bytes.iter().rev().take_while(|&&byte| byte == b'=').count();
    let digits = bytes.len() - padding;
    padding <= 2
        && bytes.len().is_multiple_of(4)
        && bytes.iter().take(digits).all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}
