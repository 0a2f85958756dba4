//! What loading has met, as it is, but for what is no news: defaults that are as they should be.

use super::context::Context;
use super::found;
use crate::finding::{Code, Finding, Spot};

pub(super) fn check(context: &Context<'_>) -> Vec<Finding> {
    let loaded = context.loaded;
    let is_news = |finding: &&Finding| match &finding.spot {
        Spot::Address(address) if finding.code == Code::DefaultReplaced => {
            !context.is_default(address.origin)
        }
        _ => true,
    };
    let with_remedy = |finding: &Finding| {
        let mut finding = finding.clone();
        if finding.help.as_deref().unwrap_or_default().is_empty() {
            finding.help = super::rule_of(finding.code).map(|rule| rule.remedy.to_owned());
        }
        finding
    };
    let told = loaded.findings.iter().filter(is_news).chain(loaded.gaps.iter().map(|gap| &gap.finding));
    let placeholders = loaded.placeholders.iter().map(|placeholder| {
        let message = format!(
            "`{}` has a placeholder that was not filled in; it counts as it stands",
            placeholder.text
        );
        found(Code::PlaceholderUnfilled, placeholder.address.clone(), message)
    });
    told.map(with_remedy).chain(placeholders).collect()
}
