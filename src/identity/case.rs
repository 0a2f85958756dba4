//! The finitely many cases of a caller who stands for many.

use std::fmt;

use super::lookup::{Found, Sought, find};
use super::session::{SessionNames, SessionPattern};
use super::template::Solution;
use super::{
    ANONYMOUS, AUTHENTICATED, Because, Identity, Principal, PrincipalKind, Rendered, Session, Source,
    UNAUTHENTICATED, Unauthenticated,
};
use crate::model::Backend;

/// Some of the callers that a principal stands for, and what the cluster takes them for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case<'m> {
    /// Which callers.
    pub when: When,
    /// What they are, or why they are not let in.
    pub outcome: Result<Identity<'m>, Unauthenticated<'m>>,
}

/// What tells the callers of a case from the others. `None` where there is nothing to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct When {
    /// Their session names.
    pub sessions: Option<SessionNames>,
    /// Their access key ids.
    pub access_key: Option<Condition>,
    /// The host names of their instances.
    pub host_name: Option<Condition>,
    /// The mapping that chance picks, by its name: `mapUsers[2]`.
    pub chance: Option<String>,
    /// Which principals of an account.
    pub principal: Option<Condition>,
}

/// A condition on a text of which only equality is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// It is this.
    Is(String),
    /// It is none of these (which may be empty: it is anything).
    IsNot(Vec<String>),
}

impl Condition {
    fn and_is(&self, text: &str) -> Option<Self> {
        let fits = match self {
            Self::Is(known) => known == text,
            Self::IsNot(out) => !out.iter().any(|other| other == text),
        };
        fits.then(|| Self::Is(text.to_owned()))
    }

    fn and_is_not(&self, text: &str) -> Option<Self> {
        match self {
            Self::Is(known) => (known != text).then(|| self.clone()),
            Self::IsNot(out) => {
                let mut out = out.clone();
                out.push(text.to_owned());
                out.sort();
                out.dedup();
                Some(Self::IsNot(out))
            }
        }
    }

    fn known(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            Self::IsNot(_) => None,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(text) => f.write_str(text),
            Self::IsNot(out) if out.is_empty() => f.write_str("anything"),
            Self::IsNot(out) => write!(f, "anything but {}", out.join(", ")),
        }
    }
}

impl When {
    /// All callers that the principal stands for.
    pub fn anything(principal: &Principal) -> Self {
        let open = |known: bool| (!known).then(|| Condition::IsNot(Vec::new()));
        Self {
            sessions: match &principal.session {
                Session::Open(sessions) => Some(sessions.clone()),
                _ => None,
            },
            access_key: open(principal.access_key.is_some()),
            host_name: open(principal.host_name.is_some()),
            chance: None,
            principal: (principal.kind == PrincipalKind::Account).then(|| Condition::IsNot(Vec::new())),
        }
    }

    /// Those who meet the solution too.
    fn and(&self, solution: &Solution) -> Option<Self> {
        let mut when = self.clone();
        if let Some(pattern) = &solution.sessions {
            when.sessions = Some(when.sessions?.and(pattern)?);
        }
        if let Some(text) = &solution.access_key {
            when.access_key = Some(when.access_key?.and_is(text)?);
        }
        if let Some(text) = &solution.host_name {
            when.host_name = Some(when.host_name?.and_is(text)?);
        }
        Some(when)
    }

    /// Those who do not meet the solution, in disjoint pieces.
    fn and_not(&self, solution: &Solution) -> Vec<Self> {
        let mut pieces = Vec::new();
        let mut met = self.clone();
        if let (Some(pattern), Some(sessions)) = (&solution.sessions, self.sessions.as_ref()) {
            pieces.extend(sessions.and_not(pattern).map(|rest| Self { sessions: Some(rest), ..met.clone() }));
            met.sessions = sessions.and(pattern);
            if met.sessions.is_none() {
                return pieces;
            }
        }
        if let (Some(text), Some(condition)) = (&solution.access_key, &self.access_key) {
            let rest = condition.and_is_not(text);
            pieces.extend(rest.map(|rest| Self { access_key: Some(rest), ..met.clone() }));
            met.access_key = condition.and_is(text);
            if met.access_key.is_none() {
                return pieces;
            }
        }
        if let (Some(text), Some(condition)) = (&solution.host_name, &self.host_name) {
            let rest = condition.and_is_not(text);
            pieces.extend(rest.map(|rest| Self { host_name: Some(rest), ..met.clone() }));
        }
        pieces
    }
}

impl Case<'_> {
    /// Splits the case until every caller of a piece has the same names wherever one of the given usernames and groups
    /// is concerned: in each piece a name is known, or equals none of them. The pieces are disjoint and cover the case.
    ///
    /// This is what makes an answer for a family of callers sound and complete without trying session names:
    /// the authorizers compare names for equality only.
    #[must_use]
    pub fn split<'n>(
        self,
        usernames: impl IntoIterator<Item = &'n str>,
        groups: impl IntoIterator<Item = &'n str>,
    ) -> Vec<Self> {
        let Ok(identity) = &self.outcome else { return vec![self] };
        if self.when.principal.as_ref().is_some_and(|condition| condition.known().is_none()) {
            return account_pieces(&self.when, identity, usernames);
        }
        let mut solutions = Vec::new();
        if identity.username.known().is_none() {
            let names = usernames.into_iter().chain([ANONYMOUS]);
            solutions.extend(names.flat_map(|name| identity.username.solve(name)));
        }
        let open: Vec<_> = identity.groups.iter().filter(|member| member.group.known().is_none()).collect();
        if !open.is_empty() {
            let names = groups.into_iter().chain([AUTHENTICATED, UNAUTHENTICATED]);
            solutions
                .extend(names.flat_map(|name| open.iter().flat_map(move |member| member.group.solve(name))));
        }
        solutions.sort();
        solutions.dedup();
        let mut pieces = partition(&self.when, &solutions);
        pieces.sort();
        pieces.into_iter().map(|when| Self { outcome: Ok(narrowed(identity, &when)), when }).collect()
    }
}

/// The principals of an account that are singled out by a name, each apart, and all others. A principal that
/// `mapAccounts` lets in has its own ARN for a name; one that a mapping names is none of them.
fn account_pieces<'m, 'n>(
    when: &When,
    identity: &Identity<'m>,
    usernames: impl IntoIterator<Item = &'n str>,
) -> Vec<Case<'m>> {
    let (Some(of), Source::Account { asked, .. }) = (identity.principal, &identity.source) else {
        return vec![Case { when: when.clone(), outcome: Ok(identity.clone()) }];
    };
    let is_one = |name: &&str| {
        Principal::from_arn(name, None).is_ok_and(|principal| {
            principal.canonical == *name
                && principal.account == of.account
                && comes_by_account(asked, &principal)
        })
    };
    let mut names: Vec<&str> = usernames.into_iter().filter(is_one).collect();
    names.sort_unstable();
    names.dedup();
    let piece = |condition: Condition, username: Rendered| {
        let when = When { principal: Some(condition), ..when.clone() };
        let identity = Identity { username, when: when.clone(), ..identity.clone() };
        Case { when, outcome: Ok(identity) }
    };
    let others = Condition::IsNot(names.iter().map(|name| (*name).to_owned()).collect());
    let singled_out = names.iter().map(|name| piece(Condition::Is((*name).to_owned()), Rendered::text(name)));
    singled_out.chain([piece(others, Rendered::anyone())]).collect()
}

/// Whether a principal is let in by its account alone.
fn comes_by_account((asked, sso_role_match): &(Vec<&Backend>, bool), principal: &Principal) -> bool {
    let sought = Sought::of(principal, *sso_role_match);
    let mut found = asked.iter().map(|backend| find(backend, &sought));
    matches!(found.find(|found| *found != Found::Nothing), Some(Found::Account(_)))
}

/// Disjoint pieces of `when`, none of which is cut by a solution.
fn partition(when: &When, solutions: &[Solution]) -> Vec<When> {
    let only_sessions = |solution: &Solution| solution.access_key.is_none() && solution.host_name.is_none();
    let (simple, rest): (Vec<_>, Vec<_>) = solutions.iter().partition(|solution| only_sessions(solution));
    let patterns: Vec<&SessionPattern> =
        simple.iter().filter_map(|solution| solution.sessions.as_ref()).collect();
    let mut pieces = match &when.sessions {
        Some(sessions) => partition_sessions(sessions, &patterns)
            .into_iter()
            .map(|sessions| When { sessions: Some(sessions), ..when.clone() })
            .collect(),
        None => vec![when.clone()],
    };
    for solution in rest {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| match piece.and(solution) {
                None => vec![piece],
                Some(inside) => std::iter::once(inside).chain(piece.and_not(solution)).collect(),
            })
            .collect();
    }
    pieces
}

/// The same for sessions alone, in one pass: patterns whose dashed texts differ have no name in common.
fn partition_sessions(sessions: &SessionNames, patterns: &[&SessionPattern]) -> Vec<SessionNames> {
    let mut groups: std::collections::BTreeMap<&str, Vec<&SessionPattern>> =
        std::collections::BTreeMap::new();
    for pattern in patterns {
        groups.entry(pattern.dashed()).or_default().push(pattern);
    }
    let mut pieces = Vec::new();
    for group in groups.values() {
        // pieces of the union of the group, cut by each of its members in turn
        let mut cut: Vec<SessionNames> = Vec::new();
        for (position, pattern) in group.iter().enumerate() {
            let mut earlier = group.iter().take(position);
            let outside =
                sessions.and(pattern).and_then(|new| earlier.try_fold(new, |set, old| set.and_not(old)));
            cut = cut
                .into_iter()
                .flat_map(|piece| [piece.and(pattern), piece.and_not(pattern)].into_iter().flatten())
                .chain(outside)
                .collect();
        }
        pieces.extend(cut);
    }
    pieces.extend(sessions.and_none_of(patterns.iter().map(|pattern| (*pattern).clone())));
    pieces
}

/// The identity as the callers of the piece share it.
fn narrowed<'m>(identity: &Identity<'m>, when: &When) -> Identity<'m> {
    let mut narrowed = identity.clone();
    let nobody_in_particular = SessionNames::all();
    let sessions = when.sessions.as_ref().unwrap_or(&nobody_in_particular);
    let access_key = when.access_key.as_ref().and_then(Condition::known);
    let host_name = when.host_name.as_ref().and_then(Condition::known);
    narrowed.username = identity.username.within(sessions, access_key, host_name);
    narrowed.groups.retain(|member| !matches!(member.because, Because::Authenticated));
    for member in &mut narrowed.groups {
        member.group = member.group.within(sessions, access_key, host_name);
    }
    narrowed.when = when.clone();
    narrowed.with_implied_groups()
}
