//! What is in force in aggregated ClusterRoles, as the controller would have it, and where each rule came from.
//!
//! Upstream: Kubernetes 1.34, `pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::RandomState;

use crate::model::{Cluster, ObjectName, Role, Rule};

/// A rule in force in an aggregated ClusterRole.
#[derive(Clone, Debug)]
pub struct AggregatedRule<'m> {
    /// The rule.
    pub rule: &'m Rule,
    /// Its place in the rules of the last role of `from`.
    pub position: usize,
    /// The roles through which it came, nearest first; the last one writes it. Empty for a rule that the aggregated
    /// role writes itself (which counts only while nothing is selected).
    pub from: Vec<&'m Role>,
}

/// What is in force in one aggregated ClusterRole.
#[derive(Clone, Debug)]
pub struct Aggregated<'m> {
    /// The rules, in the controller's order, no two equal.
    pub rules: Vec<AggregatedRule<'m>>,
    /// True where nothing was selected, so that the written rules stay in force.
    pub keeps_written: bool,
    /// Written rules that the selected ones lack, by their places: a source that is not among the manifests, or rules
    /// that the controller would overwrite.
    pub written_only: Vec<usize>,
    /// True where the role selects itself through others: the outcome in a cluster depends on its history.
    pub in_cycle: bool,
}

/// All aggregated ClusterRoles of the cluster. Roles are resolved in order of dependency, so every level sees the
/// final rules of the level below; cycles get their least fixed point.
pub fn aggregate(cluster: &Cluster) -> BTreeMap<&ObjectName, Aggregated<'_>> {
    let cluster_roles: Vec<&Role> = cluster.roles.values().filter(|role| role.namespace.is_none()).collect();
    let sources: BTreeMap<&ObjectName, Vec<&Role>> = cluster_roles
        .iter()
        .filter(|role| role.aggregation.is_some())
        .map(|role| (&role.name, selected_by(role, &cluster_roles)))
        .collect();
    let mut done: BTreeMap<&ObjectName, Aggregated<'_>> = BTreeMap::new();
    let mut open: BTreeSet<&ObjectName> = sources.keys().copied().collect();
    while !open.is_empty() {
        let ready: Vec<&ObjectName> = open
            .iter()
            .copied()
            .filter(|name| {
                sources.get(name).is_none_or(|list| list.iter().all(|role| !open.contains(&role.name)))
            })
            .collect();
        let in_cycle = ready.is_empty();
        let turn: Vec<&ObjectName> = if in_cycle { cycle_among(&open, &sources) } else { ready };
        resolve(cluster, &turn, &sources, &mut done, in_cycle);
        for name in turn {
            open.remove(name);
        }
    }
    done
}

/// The sources of an aggregated role in the controller's order: selector by selector, by name, never the role itself.
fn selected_by<'m>(role: &Role, cluster_roles: &[&'m Role]) -> Vec<&'m Role> {
    let mut seen = BTreeSet::new();
    let selectors = role.aggregation.iter().flatten();
    selectors
        .flat_map(|selector| cluster_roles.iter().filter(|source| selector.selects(&source.labels)))
        .filter(|source| source.name != role.name && seen.insert(&source.name))
        .copied()
        .collect()
}

/// Unresolved roles that reach themselves and depend on nothing unresolved but each other.
fn cycle_among<'m>(
    open: &BTreeSet<&'m ObjectName>,
    sources: &BTreeMap<&'m ObjectName, Vec<&'m Role>>,
) -> Vec<&'m ObjectName> {
    let reach = |start: &'m ObjectName| {
        let mut seen: BTreeSet<&ObjectName> = BTreeSet::new();
        let mut next = vec![start];
        while let Some(name) = next.pop() {
            for role in sources.get(name).into_iter().flatten() {
                if open.contains(&role.name) && seen.insert(&role.name) {
                    next.push(&role.name);
                }
            }
        }
        seen
    };
    // among sets that are closed under "depends on", the smallest depends on nothing unresolved but itself
    let smallest = open.iter().map(|name| reach(name)).min_by_key(BTreeSet::len);
    smallest.unwrap_or_default().into_iter().collect()
}

fn resolve<'m>(
    cluster: &'m Cluster,
    turn: &[&'m ObjectName],
    sources: &BTreeMap<&'m ObjectName, Vec<&'m Role>>,
    done: &mut BTreeMap<&'m ObjectName, Aggregated<'m>>,
    in_cycle: bool,
) {
    let role_named = |name: &ObjectName| cluster.roles.get(&(None, name.clone()));
    // in a cycle rules travel one step a round; outside of one the first round is final
    let further = if in_cycle { turn.len() } else { 0 };
    for _round in 0..=further {
        let mut changed = false;
        for &name in turn {
            let rules = collected(sources.get(name).map_or(&[], Vec::as_slice), done, turn);
            let before = done.get(name).map_or(0, |aggregated| aggregated.rules.len());
            changed |= rules.len() != before;
            done.insert(name, Aggregated { rules, keeps_written: false, written_only: Vec::new(), in_cycle });
        }
        if !changed {
            break;
        }
    }
    for name in turn {
        let (Some(role), Some(aggregated)) = (role_named(name), done.get_mut(*name)) else { continue };
        if aggregated.rules.is_empty() {
            let written = role.rules.iter().enumerate();
            aggregated.rules =
                written.map(|(position, rule)| AggregatedRule { rule, position, from: Vec::new() }).collect();
            aggregated.keeps_written = true;
        } else {
            let in_force: HashSet<&Rule, RandomState> =
                aggregated.rules.iter().map(|aggregated| aggregated.rule).collect();
            let written = role.rules.iter().enumerate();
            aggregated.written_only =
                written.filter(|(_, rule)| !in_force.contains(rule)).map(|(position, _)| position).collect();
        }
    }
}

/// The rules of the sources in order, an equal rule only once.
fn collected<'m>(
    sources: &[&'m Role],
    done: &BTreeMap<&'m ObjectName, Aggregated<'m>>,
    turn: &[&'m ObjectName],
) -> Vec<AggregatedRule<'m>> {
    let most = |source: &&Role| done.get(&source.name).map_or(source.rules.len(), |known| known.rules.len());
    let most = sources.iter().map(most).sum();
    let mut seen: HashSet<&Rule, RandomState> =
        HashSet::with_capacity_and_hasher(most, RandomState::default());
    let mut rules = Vec::with_capacity(most);
    for source in sources {
        let through = |rule: &AggregatedRule<'m>| AggregatedRule {
            rule: rule.rule,
            position: rule.position,
            from: std::iter::once(*source).chain(rule.from.iter().copied()).collect(),
        };
        match done.get(&source.name) {
            Some(aggregated) => {
                rules.extend(aggregated.rules.iter().filter(|rule| seen.insert(rule.rule)).map(through));
            }
            None if turn.contains(&&source.name) => {}
            None => {
                let written = source.rules.iter().enumerate().filter(|(_, rule)| seen.insert(rule));
                rules.extend(written.map(|(position, rule)| AggregatedRule {
                    rule,
                    position,
                    from: vec![*source],
                }));
            }
        }
    }
    rules
}
