//! Input that could not be read, and might hold a grant.

use std::collections::BTreeMap;

use crate::finding::{Code, Finding, Severity, Spot};
use crate::source::{Origin, Sources, Stretch};

/// Something that could not be read.
#[derive(Clone, Debug)]
pub struct Gap {
    /// In words, with its place.
    pub finding: Finding,
    /// The texts that it covers; empty where not even the text is known.
    pub hidden: Vec<Stretch>,
    /// The object read last before it: what it hides can replace this one and all earlier ones.
    pub after: Origin,
}

impl Gap {
    /// Whether something of these names could be hidden here and replace an object that was read at `origin`.
    /// An object that replaces another carries its name, so a text that holds neither the name nor anything that could
    /// become it cannot do so.
    pub fn could_replace(&self, sources: &Sources, origin: Origin, name: &str) -> bool {
        if self.after < origin {
            return false;
        }
        self.hidden.is_empty()
            || self.hidden.iter().any(|stretch| {
                let text = sources.text(stretch.file).get(stretch.range.clone()).unwrap_or_default();
                text.contains(name) || text.contains("{{") || text.contains('\\') || text.contains("${")
            })
    }
}

/// Puts gaps that are templates of one chart together: thirty templates of a chart are one thing to mend.
pub(crate) fn by_chart(gaps: Vec<Gap>, charts: &[String], sources: &Sources) -> Vec<Gap> {
    let mut merged: Vec<Gap> = Vec::new();
    let mut of_chart: BTreeMap<String, usize> = BTreeMap::new();
    for gap in gaps {
        let chart = (gap.finding.code == Code::TemplateUnrendered)
            .then(|| gap.hidden.first().and_then(|stretch| nearest(charts, sources.path(stretch.file))))
            .flatten();
        let known =
            chart.and_then(|chart| of_chart.get(chart).and_then(|&position| merged.get_mut(position)));
        match (chart, known) {
            (_, Some(first)) => {
                first.hidden.extend(gap.hidden);
                first.after = first.after.max(gap.after);
            }
            (Some(chart), None) => {
                of_chart.insert(chart.to_owned(), merged.len());
                merged.push(gap);
            }
            (None, None) => merged.push(gap),
        }
    }
    for (chart, position) in of_chart {
        let Some(gap) = merged.get_mut(position) else { continue };
        let count = gap.hidden.len();
        let templates = if count == 1 { "1 template".to_owned() } else { format!("{count} templates") };
        let spot = gap.hidden.first().map_or(Spot::Nowhere, |stretch| stretch.clone().into());
        let shown = if chart.is_empty() { "." } else { chart.trim_end_matches('/') };
        // filters are relative to whatever root is given, so only the chart's own name is sure to be in them
        let filter = match shown.rsplit('/').next() {
            Some(".") | None => "templates/**".to_owned(),
            Some(name) => format!("**/{name}/**"),
        };
        gap.finding = Finding::new(
            Code::TemplateUnrendered,
            Severity::Error,
            spot,
            format!("{templates} of the chart in `{shown}` with RBAC or aws-auth in them are not rendered"),
        )
        .with_help(format!(
            "render it and pipe it in (`helm template {shown} | iamrbac … -f -`), or leave it out (`--exclude '{filter}'`)"
        ));
    }
    merged
}

/// Drops from the findings what kubectl would make of a template of a chart: nobody gives it to kubectl.
pub(crate) fn forget_in_templates(findings: &mut Vec<Finding>, charts: &[String], sources: &Sources) {
    let is_template = |path: &str| {
        nearest(charts, path)
            .and_then(|chart| path.strip_prefix(chart))
            .is_some_and(|within| within.starts_with("templates/"))
    };
    findings.retain(|finding| match &finding.spot {
        Spot::Stretch(stretch) if finding.code == Code::ReadPastError => {
            !is_template(sources.path(stretch.file))
        }
        _ => true,
    });
}

/// The directory of the nearest chart above a path, with its final slash.
fn nearest<'c>(charts: &'c [String], path: &str) -> Option<&'c str> {
    let above = charts.iter().filter(|chart| path.starts_with(chart.as_str()));
    above.max_by_key(|chart| chart.len()).map(String::as_str)
}
