//! Why no binding gives the caller a rule that fits: every binding is a chain that nearly was, broken in its subject,
//! its scope, its role or its rule.

use super::super::chain::role_name;
use super::super::near::near;
use super::role::{Fitting, Roles, is_about};
use super::subject::{Caller, Slip, Standing};
use super::{Cost, Reason, Shortlist};
use crate::access::Policy;
use crate::finding::{Code, Spot};
use crate::identity::Identity;
use crate::model::resource_type::ResourceTypes;
use crate::model::{Binding, Meant, Refused, Request, Subject, Target};
use crate::source::Step;
use crate::source::ahead::both;

/// One broken link of a chain.
pub(super) struct Broken {
    pub(super) cost: Cost,
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) help: String,
    pub(super) spot: Spot,
}

/// Adds what keeps the bindings of a cluster from giving the caller a rule that fits.
pub(super) fn forbidden(
    policy: &Policy<'_>,
    identity: &Identity<'_>,
    request: &Request,
    shortlist: &mut Shortlist,
) {
    let mut caller = Caller::new(policy, identity);
    let bindings = policy.bindings();
    let standings = || bindings.iter().map(|binding| caller.standing(binding)).collect();
    let (roles, standings): (_, Vec<Standing>) =
        both(bindings.len(), || Roles::new(policy, request), standings);
    let mut search = Search { policy, request, caller, roles, shortlist };
    search.privileged();
    for (binding, standing) in bindings.iter().zip(&standings) {
        search.binding(binding, standing);
    }
    // by name, so that of two explanations as good as each other the order of the files does not choose
    let mut refused: Vec<&Refused> = policy.cluster.refused.iter().collect();
    refused.sort_by(|a, b| (&a.kind, &a.name).cmp(&(&b.kind, &b.name)));
    for refused in refused {
        if let Meant::Binding(binding) = &refused.meant {
            search.refused(refused, binding);
        }
    }
    search.unbound();
}

struct Search<'p, 's> {
    policy: &'p Policy<'p>,
    request: &'p Request,
    caller: Caller<'p>,
    roles: Roles<'p>,
    shortlist: &'s mut Shortlist,
}

impl<'p> Search<'p, '_> {
    fn privileged(&mut self) {
        if let Some(slip) = self.caller.nearly_privileged() {
            let Slip { cost, code, message, help, elsewhere } = slip;
            let spot = elsewhere.unwrap_or(Spot::Nowhere);
            self.shortlist.offer(Reason { code, message, help, spot, cost });
        }
    }

    /// The chain through a binding that is in force.
    fn binding(&mut self, binding: &'p Binding, standing: &Standing) {
        let role = self.roles.refer(binding);
        // Kubernetes' own bindings are not to be changed
        if self.policy.cluster.is_builtin(binding.origin) {
            return;
        }
        if let Standing::Other = standing {
            if let Some(role) = role.filter(|_| self.is_here(binding)) {
                self.somebody_elses(binding, role);
            }
            return;
        }
        let slip = Self::slip(binding, standing);
        let mut scope = self.scope(binding);
        if let (Some(scope), Some(role)) = (&mut scope, role) {
            scope.cost = self.scope_cost(scope, role);
        }
        let so_far = slip.iter().chain(&scope).fold(Cost::NONE, |total, link| total.plus(link.cost));
        if !self.shortlist.wants(so_far) {
            return;
        }
        let mut role = self.roles.broken(binding, None);
        if let (Some(role), Standing::Everybody) = (&mut role, standing) {
            role.cost = role.cost.plus(Cost::EVERYBODY);
        }
        self.offer(slip.into_iter().chain(scope).chain(role).collect());
    }

    /// Adds a chain with these broken links. The one that fails hardest names it.
    fn offer(&mut self, mut broken: Vec<Broken>) {
        broken.sort_by_key(|link| std::cmp::Reverse(link.cost));
        self.offer_as_ordered(broken);
    }

    fn offer_as_ordered(&mut self, broken: Vec<Broken>) {
        let cost = broken.iter().fold(Cost::NONE, |total, link| total.plus(link.cost));
        let mut broken = broken.into_iter();
        let Some(first) = broken.next() else { return };
        let (mut message, mut help) = (first.message, first.help);
        for link in broken {
            message = format!("{message}; besides, {}", link.message);
            help = format!("{help}; and {}", link.help);
        }
        self.shortlist.offer(Reason { code: first.code, message, help, spot: first.spot, cost });
    }

    /// The chain through a binding that the API server would refuse.
    fn refused(&mut self, refused: &'p Refused, binding: &'p Binding) {
        self.roles.refer(binding);
        let Some(refusal) = refusal(refused) else { return };
        let standing = self.caller.standing(binding);
        let mut broken = vec![refusal];
        if let Standing::Other = standing {
            // perhaps the caller is the one that cannot be read
            if !is_about(refused, "subjects") {
                return;
            }
            if let Some(link) = broken.first_mut() {
                link.cost = link.cost.plus(Cost::WILDCARD);
            }
        }
        broken.extend(Self::slip(binding, &standing));
        let namespace_unreadable = is_about(refused, "metadata") && !self.is_here(binding);
        broken.extend(self.scope(binding).filter(|_| !namespace_unreadable));
        broken.extend(self.roles.broken(binding, Some(refused)));
        self.offer_as_ordered(broken);
    }

    /// Whether a binding applies where the request is asked.
    fn is_here(&self, binding: &Binding) -> bool {
        binding.namespace.is_none() || binding.namespace.as_ref() == self.request.namespace()
    }

    /// Where the binding applies, if that is not where the request is asked.
    fn scope(&self, binding: &Binding) -> Option<Broken> {
        let namespace = binding.namespace.as_ref()?;
        let spot = binding.origin.at([Step::Field("metadata"), Step::Field("namespace")]).into();
        let gives = format!("{} gives its role in namespace `{namespace}`", shown(binding));
        match self.request.namespace() {
            Some(asked) if asked == namespace => None,
            Some(asked) => {
                let misspelt = near(asked.as_str(), namespace.as_str()).is_some();
                // `default` is where objects go whose namespace was forgotten
                let forgotten = namespace.as_str() == "default";
                let cost = match (misspelt, forgotten) {
                    (true, _) => Cost::TYPO,
                    (false, true) => Cost::FORGOTTEN,
                    (false, false) => Cost::OTHER_NAMESPACE,
                };
                Some(Broken {
                    cost,
                    code: Code::BindingOtherNamespace,
                    message: format!("{gives}, not in `{asked}`"),
                    help: format!("bind it in `{asked}` too, or ask in `{namespace}`"),
                    spot,
                })
            }
            None => {
                let (what, or_ask) = match &self.request.target {
                    Target::Url(_) => ("a URL", ""),
                    Target::Resource(_) => ("this", &*format!(", or ask in it: `-n {namespace}`")),
                };
                Some(Broken {
                    cost: Cost::OTHER_NAMESPACE,
                    code: Code::BindingNamespacedOnly,
                    message: format!("{gives} only, and {what} is asked at the cluster scope"),
                    help: format!("give the role by a ClusterRoleBinding{or_ask}"),
                    spot,
                })
            }
        }
    }

    /// What it costs to widen a binding whose role would do.
    fn scope_cost(&self, scope: &Broken, role: Fitting<'_>) -> Cost {
        if self.policy.cluster.is_builtin(role.role.origin) {
            return scope.cost.plus(Cost::SLIGHTLY);
        }
        let narrow = role.breadth == Cost::NONE;
        let in_no_namespace = match &self.request.target {
            Target::Url(_) => true,
            Target::Resource(target) => {
                let types = ResourceTypes::default();
                let of_type = types.exactly(target.api_group.as_str(), target.resource.as_str());
                of_type.is_some_and(|of_type| !of_type.namespaced)
            }
        };
        if scope.code == Code::BindingNamespacedOnly && narrow && in_no_namespace {
            return Cost::POINTLESS;
        }
        scope.cost
    }

    fn slip(binding: &Binding, standing: &Standing) -> Option<Broken> {
        let Standing::Nearly(slip, position) = standing else { return None };
        let subject = || binding.origin.at([Step::Field("subjects"), Step::Item(*position)]).into();
        Some(Broken {
            cost: slip.cost,
            code: slip.code,
            message: format!("{} {}", shown(binding), slip.message),
            help: slip.help.clone(),
            spot: slip.elsewhere.clone().unwrap_or_else(subject),
        })
    }

    /// A binding that would do, if it were about the caller.
    fn somebody_elses(&mut self, binding: &Binding, role: Fitting<'_>) {
        let nobody = binding.subjects.is_empty();
        let machines = || binding.subjects.iter().all(|one| matches!(one, Subject::ServiceAccount { .. }));
        let wider = binding.namespace.is_none() && self.request.namespace().is_some();
        let mut cost = if nobody { Cost::FORGOTTEN } else { Cost::NOBODY };
        for unlikely in [!nobody && machines(), wider, self.policy.cluster.is_builtin(role.role.origin)] {
            cost = if unlikely { cost.plus(Cost::WIDER) } else { cost };
        }
        let cost = cost.plus(role.breadth);
        if !self.shortlist.wants(cost) {
            return;
        }
        let names = if nobody { "names nobody" } else { "does not name the caller" };
        self.shortlist.offer(Reason {
            code: Code::NoBinding,
            message: format!("{} would allow it, and {names}", shown(binding)),
            help: format!("add to its `subjects` {}", self.caller.as_subject()),
            spot: binding.origin.at([Step::Field("subjects")]).into(),
            cost,
        });
    }

    /// Where no binding comes near: a role that would allow it, if there is one.
    fn unbound(&mut self) {
        let nobody =
            format!("no binding gives `{}` or its groups a role that allows this", self.caller.username());
        let subject = self.caller.as_subject();
        if let Some((cost, found)) = self.roles.unbound() {
            let role = role_name(found.role);
            self.shortlist.offer(Reason {
                code: Code::NoBinding,
                message: format!("{nobody}; {role} would"),
                help: format!("bind {role} to {subject}"),
                spot: found.role.origin.at([Step::Field("metadata"), Step::Field("name")]).into(),
                cost,
            });
            return;
        }
        let role = match self.roles.builtin() {
            Some(role) => format!("{}, or a role of your own that allows it,", role_name(role)),
            None => "a role that allows it".to_owned(),
        };
        self.shortlist.offer(Reason {
            code: Code::NoBinding,
            message: nobody,
            help: format!("bind {role} to {subject}"),
            spot: Spot::Nowhere,
            cost: Cost::NO_ROLE,
        });
    }
}

/// What the API server objects to.
pub(super) fn refusal(refused: &Refused) -> Option<Broken> {
    let (address, first) = refused.reasons.first()?;
    let part = address.to_string();
    let (said, mend) = if part.is_empty() {
        (first.clone(), "mend it".to_owned())
    } else {
        (format!("`{part}`: {first}"), format!("mend `{part}`"))
    };
    let more = match refused.reasons.len() {
        0 | 1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let object = format!("{} `{}`", refused.kind, refused.name);
    Some(Broken {
        cost: Cost::REFUSED,
        code: Code::ObjectRefused,
        message: format!(
            "the API server would refuse {object}, so that it is not in the cluster: {said}{more}"
        ),
        help: format!("{mend} of {object}"),
        spot: address.clone().into(),
    })
}

/// `RoleBinding team-a/deployers`, `ClusterRoleBinding admins`.
pub(super) fn shown(binding: &Binding) -> String {
    match &binding.namespace {
        Some(namespace) => format!("RoleBinding `{namespace}/{}`", binding.name),
        None => format!("ClusterRoleBinding `{}`", binding.name),
    }
}
