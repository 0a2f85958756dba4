//! Mappings for one caller, and callers with one name.

use std::collections::BTreeMap;

use super::super::context::Context;
use super::super::found;
use super::whom;
use crate::finding::{Code, Finding};
use crate::identity::Source;
use crate::model::{Backend, Door, Mapping};

/// Entries for one caller, and callers with one name.
pub(in crate::lint) fn collisions(context: &Context<'_>) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut random = Vec::new();
    let mut by_username: BTreeMap<&str, Vec<(&Backend, &Mapping)>> = BTreeMap::new();
    for mapped in context.mapped() {
        let mut shadowing = None;
        for identity in mapped.identities() {
            let Source::Mapping { aws_auth: backend, mapping, shadowed, behind } = &identity.source else {
                continue;
            };
            if identity.when.chance.is_some() {
                if !random.contains(&mapping.position) {
                    random.push(mapping.position);
                    let message = format!(
                        "`{}` differs from another entry in letter case only: chance decides",
                        whom(mapping)
                    );
                    all.push(found(Code::MappingRandom, mapping.arn_address(backend.origin), message));
                }
            } else if shadowing.is_none() {
                shadowing = Some((*backend, *mapping, shadowed.clone(), behind.clone()));
            }
        }
        let Some((backend, mapping, shadowed, behind)) = shadowing else { continue };
        if backend.door == Door::Creator {
            continue; // only the command line says so
        }
        for other in shadowed {
            all.push(of_shadowed((backend, mapping), (backend, other)));
        }
        for other in behind {
            all.push(of_shadowed((backend, mapping), other));
        }
        if !mapping.username.is_empty() && !mapping.username.contains("{{") {
            by_username.entry(&mapping.username).or_default().push((backend, mapping));
        }
    }
    for (username, entries) in by_username {
        let Some(((of_first, first), rest)) = entries.split_first() else { continue };
        for (backend, mapping) in rest {
            let message =
                format!("`{}` has the username `{username}`, as `{}` has", whom(mapping), whom(first));
            let finding = found(Code::UsernameShared, mapping.username_address(backend.origin), message);
            let related = first.username_address(of_first.origin).into();
            all.push(finding.with_related(related, "the other one"));
        }
    }
    all
}

fn of_shadowed((backend, mapping): (&Backend, &Mapping), (of_other, other): (&Backend, &Mapping)) -> Finding {
    let lost: Vec<&str> =
        other.groups.iter().filter(|group| !mapping.groups.contains(group)).map(|group| &**group).collect();
    let lost = match &lost[..] {
        [] => String::new(),
        groups => format!("; its groups `{}` are lost", groups.join("`, `")),
    };
    let by = match backend.door {
        door if of_other.door == door => "another entry".to_owned(),
        Door::AccessEntries => "its access entry".to_owned(),
        door => format!("its mapping in {}", door.as_str()),
    };
    let message = format!("{by} takes precedence over this one for `{}`{lost}", whom(other));
    let finding = found(Code::MappingShadowed, other.arn_address(of_other.origin), message);
    let finding = finding.with_related(mapping.arn_address(backend.origin).into(), "this one is in force");
    if of_other.door == backend.door {
        return finding;
    }
    finding.with_help("remove this one, with its groups in the one in force where they are needed")
}
