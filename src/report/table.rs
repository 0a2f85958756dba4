//! What tables for people have in common: columns that fit, remarks below them, and counts in words.

use std::fmt::Write as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::json::spot_place;
use super::text::{Style, visible, wrapped};
use crate::finding::{Finding, Severity};
use crate::source::Sources;

/// A table without lines, as wide as the style says, its columns two blanks apart.
pub(super) fn plain(style: Style, header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(style.width).unwrap_or(u16::MAX))
        .set_header(header.iter().copied());
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Gives a column room for names of so many columns, so that they are not broken.
pub(super) fn keep_whole(table: &mut Table, column: usize, width: usize) {
    if let Some(column) = table.column_mut(column) {
        // the two blanks behind it count
        let width = u16::try_from(width.saturating_add(2)).unwrap_or(u16::MAX);
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
    }
}

/// The text of a table, without blanks at the ends of its lines.
pub(super) fn shown(table: &Table) -> String {
    let mut out = String::new();
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    if out.trim().is_empty() {
        out.clear();
    }
    out
}

/// Findings below an answer, under a heading; nothing if there are none.
pub(super) fn remarks(sources: &Sources, heading: &str, findings: &[Finding], style: Style) -> String {
    if findings.is_empty() {
        return String::new();
    }
    let arrow = if style.ascii { "->" } else { "→" };
    let mut out = format!("\n{heading}\n");
    for finding in findings {
        let place = spot_place(sources, &finding.spot)
            .map(|place| format!("  {}:{}", visible(&place.file), place.line))
            .unwrap_or_default();
        let _ = writeln!(out, "  - {}{place}", finding.code);
        let weight = if finding.severity == Severity::Warning { "warning: " } else { "" };
        let help = finding.help.as_ref().map(|help| format!("{arrow} {help}"));
        for text in [Some(format!("{weight}{}", finding.message)), help].into_iter().flatten() {
            for line in wrapped(&visible(&text), style.width.saturating_sub(4).max(20)) {
                let _ = writeln!(out, "    {line}");
            }
        }
    }
    out
}

/// `1 role`, `2 roles`.
pub(super) fn counted(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}
