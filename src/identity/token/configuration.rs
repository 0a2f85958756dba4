//! What the API server is told about ID tokens by a file: its `AuthenticationConfiguration`, or the OIDC provider of a
//! cluster of EKS as `aws eks describe-identity-provider-config` shows it. CEL expressions are kept, never evaluated.
//!
//! Upstream: Kubernetes 1.34, `apiserver/pkg/apis/apiserver/v1/types.go` and `validation/validation.go`; EKS User Guide,
//! "Grant users access to Kubernetes with an external OIDC provider".

use std::collections::BTreeSet;

use crate::source::yaml::{Limits, NodeId, Resolved, Tree, parse_first};

/// The issuers whose tokens are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationConfiguration {
    /// In order; each URL once.
    pub issuers: Vec<Issuer>,
}

/// What is done with the tokens of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The issuer, as tokens name it.
    pub url: String,
    /// A token must be for one of these; not looked at where there is none.
    pub audiences: Vec<String>,
    /// Claims that must be there with these values.
    pub required: Vec<(String, String)>,
    /// CEL expressions that must hold, of the claims or of the user.
    pub expressions: Vec<String>,
    /// Where the username is from.
    pub username: Source,
    /// Where the groups are from.
    pub groups: Option<Source>,
    /// Where the uid is from.
    pub uid: Option<Source>,
}

/// Where a part of a user is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A claim, with something before its value.
    Claim {
        /// The claim.
        claim: String,
        /// What goes before it.
        prefix: String,
    },
    /// A CEL expression.
    Expression(String),
}

/// What is wrong with a configuration, and the line where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1; none where it is the file as a whole.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl Issuer {
    /// An issuer whose tokens are for the user that `sub` names.
    pub fn of(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            audiences: Vec::new(),
            required: Vec::new(),
            expressions: Vec::new(),
            username: Source::Claim { claim: "sub".to_owned(), prefix: String::new() },
            groups: None,
            uid: None,
        }
    }
}

const VERSIONS: [&str; 3] =
    ["apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1beta1", "apiserver.config.k8s.io/v1alpha1"];

impl AuthenticationConfiguration {
    /// Reads a file; what the API server would not start with is an error.
    pub fn read(text: &str) -> Result<Self, Flaw> {
        let unreadable = |message: String| Flaw { line: None, message };
        let tree = parse_first(text, &Limits::default())
            .map_err(|error| Flaw { line: Some(line_of(text, error.offset)), message: error.message })?
            .ok_or_else(|| unreadable("it is empty".to_owned()))?;
        let root = At { tree: &tree, node: tree.root() };
        if let Some(provider) = root.get("identityProviderConfig").and_then(|config| config.get("oidc")) {
            return Ok(Self { issuers: vec![provider_of_eks(&provider)?] });
        }
        let version = root.text("apiVersion").unwrap_or_default();
        if root.text("kind").as_deref() != Some("AuthenticationConfiguration")
            || !VERSIONS.contains(&version.as_str())
        {
            return Err(unreadable(format!(
                "it is no AuthenticationConfiguration of {}",
                VERSIONS.join(", ")
            )));
        }
        let mut urls = BTreeSet::new();
        let mut issuers = Vec::new();
        for entry in root.items("jwt") {
            let issuer = issuer(&entry)?;
            if !urls.insert(issuer.url.clone()) {
                return Err(entry.flaw(format!("the issuer `{}` is there twice", issuer.url)));
            }
            issuers.push(issuer);
        }
        Ok(Self { issuers })
    }
}

fn issuer(entry: &At<'_>) -> Result<Issuer, Flaw> {
    let issuer = entry.get("issuer").ok_or_else(|| entry.flaw("`issuer` is missing"))?;
    let url = issuer.text("url").filter(|url| url.starts_with("https://"));
    let url = url.ok_or_else(|| issuer.flaw("`issuer.url` must be a URL that starts with `https://`"))?;
    let audiences = issuer.texts("audiences");
    if audiences.is_empty() {
        return Err(issuer.flaw("`issuer.audiences` must name an audience"));
    }
    if audiences.len() > 1 && issuer.text("audienceMatchPolicy").as_deref() != Some("MatchAny") {
        return Err(issuer.flaw("several audiences need `audienceMatchPolicy: MatchAny`"));
    }
    let mappings = entry.get("claimMappings").ok_or_else(|| entry.flaw("`claimMappings` is missing"))?;
    let username = mappings.get("username").map(|part| source(&part, true)).transpose()?.flatten();
    let username =
        username.ok_or_else(|| mappings.flaw("`claimMappings.username` needs `claim` or `expression`"))?;
    let groups = mappings.get("groups").map(|part| source(&part, true)).transpose()?.flatten();
    let uid = mappings.get("uid").map(|part| source(&part, false)).transpose()?.flatten();
    let mut read = Issuer { audiences, username, groups, uid, ..Issuer::of(&url) };
    for rule in entry.items("claimValidationRules") {
        match (rule.text("claim"), rule.text("expression")) {
            (Some(claim), None) => {
                read.required.push((claim, rule.text("requiredValue").unwrap_or_default()));
            }
            (None, Some(expression)) => read.expressions.push(expression),
            _ => return Err(rule.flaw("a rule needs one of `claim` and `expression`")),
        }
    }
    for rule in entry.items("userValidationRules") {
        let expression = rule.text("expression").ok_or_else(|| rule.flaw("a rule needs `expression`"))?;
        read.expressions.push(expression);
    }
    Ok(read)
}

/// A claim, with a prefix where one must be given, or an expression; none where neither is there.
fn source(part: &At<'_>, prefixed: bool) -> Result<Option<Source>, Flaw> {
    let (claim, expression) = (part.text("claim"), part.text("expression"));
    let prefix = part.text("prefix");
    match (claim.filter(|claim| !claim.is_empty()), expression.filter(|text| !text.is_empty())) {
        (Some(_), Some(_)) => Err(part.flaw("only one of `claim` and `expression` can be given")),
        (Some(_), None) if prefixed && prefix.is_none() => {
            Err(part.flaw("beside `claim` the `prefix` must be given, and may be empty"))
        }
        (Some(claim), None) => Ok(Some(Source::Claim { claim, prefix: prefix.unwrap_or_default() })),
        (None, Some(_)) if prefix.is_some() => Err(part.flaw("an `expression` has no `prefix`")),
        (None, Some(expression)) => Ok(Some(Source::Expression(expression))),
        (None, None) => Ok(None),
    }
}

/// The reply of `aws eks describe-identity-provider-config`, whose prefixes are those of the API server's flags.
fn provider_of_eks(oidc: &At<'_>) -> Result<Issuer, Flaw> {
    let url = oidc.text("issuerUrl").ok_or_else(|| oidc.flaw("`issuerUrl` is missing"))?;
    let audience = oidc.text("clientId").ok_or_else(|| oidc.flaw("`clientId` is missing"))?;
    let claim = oidc.text("usernameClaim").unwrap_or_else(|| "sub".to_owned());
    let prefix = match oidc.text("usernamePrefix").as_deref() {
        Some("-") => String::new(),
        Some(prefix) if !prefix.is_empty() => prefix.to_owned(),
        _ if claim == "email" => String::new(),
        _ => format!("{url}#"),
    };
    let groups = oidc
        .text("groupsClaim")
        .map(|claim| Source::Claim { claim, prefix: oidc.text("groupsPrefix").unwrap_or_default() });
    Ok(Issuer {
        audiences: vec![audience],
        required: oidc.get("requiredClaims").map(|claims| claims.pairs()).unwrap_or_default(),
        username: Source::Claim { claim, prefix },
        groups,
        ..Issuer::of(&url)
    })
}

/// A node of the file.
struct At<'t> {
    tree: &'t Tree<'t>,
    node: NodeId,
}

impl<'t> At<'t> {
    fn get(&self, name: &str) -> Option<At<'t>> {
        let node = self.tree.get(self.node, name)?;
        (!self.tree.is_null(node)).then_some(At { tree: self.tree, node })
    }

    fn own_text(&self) -> Option<String> {
        match self.tree.scalar(self.node)?.resolve() {
            Resolved::Str(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.own_text()
    }

    fn items(&self, name: &str) -> Vec<At<'t>> {
        let Some(list) = self.get(name) else { return Vec::new() };
        let items = self.tree.sequence(list.node).unwrap_or_default();
        items.iter().map(|&node| At { tree: self.tree, node }).collect()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        self.items(name).iter().filter_map(At::own_text).collect()
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let fields = self.tree.fields(self.node);
        let pair = |field: crate::source::yaml::Field<'_>| {
            let value = At { tree: self.tree, node: field.value };
            Some((field.key.to_owned(), value.own_text()?))
        };
        fields.filter_map(pair).collect()
    }

    fn flaw(&self, message: impl Into<String>) -> Flaw {
        let line = line_of(self.tree.text(), self.tree.span(self.node).start);
        Flaw { line: Some(line), message: message.into() }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', text.as_bytes().get(..offset).unwrap_or_default()).count()
}
