//! An answer for people: the verdict on the first line, then the chain, then why not, and what else to know.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::finding::{Finding, Severity};
use crate::identity::impersonation::Impersonation;
use crate::model::{Request, Target};
use crate::query::can_i::{Answer, Caller, CaseAnswer, Question, Verdict};
use crate::query::chain::Link;
use crate::query::question::Note;
use crate::query::why::Reason;
use crate::source::Sources;

use super::callers::in_words;
use super::json::spot_place;
use super::kubectl::{kubectl_error, quoted};

/// How to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// With colours. They never carry meaning alone.
    pub color: bool,
    /// Columns.
    pub width: usize,
    /// Without characters beyond ASCII.
    pub ascii: bool,
    /// With the statements about upstream on which the answer rests.
    pub references: bool,
}

/// What a colour is for.
#[derive(Clone, Copy)]
pub(super) enum Paint {
    /// A yes.
    Yes,
    /// A no.
    No,
    /// Neither.
    Depends,
    /// The name of a step.
    Step,
    /// What matters less.
    Dim,
    /// A heading.
    Bold,
}

impl Style {
    /// The text in its colour, if there are colours.
    pub(super) fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::Yes => "1;32",
            Paint::No => "1;31",
            Paint::Depends => "1;33",
            Paint::Step => "36",
            Paint::Dim => "2",
            Paint::Bold => "1",
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// Whether a character acts on a terminal, or hides the order of others.
pub fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

/// One line: the text with everything that a terminal could act on, that hides the order of characters, or that would
/// end the line, written out. A name with a line break could else pass for lines of ours.
pub fn visible(text: &str) -> String {
    written_out(text, |c| is_hidden(c) || matches!(c, '\n' | '\t'))
}

/// The same of a text of several lines, which stay lines.
pub fn visible_lines(text: &str) -> String {
    written_out(text, is_hidden)
}

fn written_out(text: &str, is_odd: impl Fn(char) -> bool) -> String {
    let written = |c: char| match c {
        '\n' => "\\n".to_owned(),
        '\t' => "\\t".to_owned(),
        c => c.escape_unicode().to_string(),
    };
    if !text.chars().any(&is_odd) {
        return text.to_owned();
    }
    text.chars().map(|c| if is_odd(c) { written(c) } else { c.to_string() }).collect()
}

/// The whole answer.
pub fn decision(
    sources: &Sources,
    question: &Question,
    asked: &[Note],
    answer: &Answer<'_>,
    style: Style,
) -> String {
    let mut page = Page::new(sources, style);
    page.verdict(question, answer);
    match &answer.cases[..] {
        [case] => page.case(case, &question.request),
        cases => {
            let (yes, no): (Vec<_>, Vec<_>) = cases.iter().partition(|case| case.is_allowed());
            yes.into_iter().chain(no).for_each(|case| page.case_of_several(case, &question.request));
        }
    }
    page.why(&answer.why);
    page.remarks("gaps, unread input that could turn this answer", &answer.gaps);
    page.notes(asked, &answer.notes);
    page.assumed(answer.setting, question.caller.principal().is_some());
    if style.references {
        page.references(&answer.cases);
    }
    page.finish()
}

/// A page of text in the making.
pub(super) struct Page<'a> {
    sources: &'a Sources,
    style: Style,
    out: String,
}

impl<'a> Page<'a> {
    /// An empty page.
    pub(super) fn new(sources: &'a Sources, style: Style) -> Self {
        Self { sources, style, out: String::new() }
    }

    /// The texts from which it shows places.
    pub(super) fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// How it looks.
    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// The page as it is printed.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A line as it stands, but for blanks at its end.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    fn verdict(&mut self, question: &Question, answer: &Answer<'_>) {
        let asked = asked(&question.request);
        let (paint, word) = match answer.verdict {
            Verdict::Allow => (Paint::Yes, "yes"),
            Verdict::Deny => (Paint::No, "no"),
            Verdict::Depends => (Paint::Depends, "depends"),
        };
        let word = self.style.paint(paint, word);
        let incomplete = if answer.complete { "" } else { " (incomplete: see below)" };
        let who = question.who();
        let rest = match answer.verdict {
            Verdict::Depends => format!(", on the {}: may {who} {asked}?", answer.on.join(" and the ")),
            Verdict::Allow => format!(", {who} may {asked}"),
            Verdict::Deny => format!(", {who} may not {asked}{incomplete}"),
        };
        self.line(&format!("{word}{}", visible(&rest)));
    }

    fn case_of_several(&mut self, case: &CaseAnswer<'_>, request: &Request) {
        let (paint, word) = match (case.is_allowed(), case.open_on()) {
            (true, _) => (Paint::Yes, "yes"),
            (false, None) => (Paint::No, "no"),
            (false, Some(_)) => (Paint::Depends, "depends"),
        };
        let word = self.style.paint(paint, word);
        self.line("");
        self.block(0, &format!("{word}  for {}", visible(&callers(case))));
        self.case(case, request);
    }

    fn case(&mut self, case: &CaseAnswer<'_>, request: &Request) {
        if let Some(error) = kubectl_error(case, request) {
            // not wrapped, so that it can be searched for
            self.line(&visible(&error));
        }
        self.line("");
        self.chain(&case.chain);
        if case.other_count > 0 && case.others.is_empty() {
            let count = case.other_count;
            let chains = if count == 1 {
                "1 other chain leads".to_owned()
            } else {
                format!("{count} other chains lead")
            };
            self.line(&self.style.paint(Paint::Dim, &format!("    and {chains} to the same yes (--all)")));
        }
        for (position, chain) in case.others.iter().enumerate() {
            self.line("");
            self.line(&format!("  chain {} of {}", position + 2, case.others.len() + 1));
            self.chain(chain);
        }
        if let Some(impersonated) = &case.impersonation {
            for ((request, outcome), chain) in impersonated.checks.iter().zip(&impersonated.chains) {
                if outcome.is_allowed() {
                    self.line("");
                    self.block(2, &format!("the caller itself may {}:", asked(request)));
                    self.chain(chain);
                }
            }
        }
    }

    /// The links of a chain, numbered.
    pub(super) fn chain(&mut self, chain: &[Link]) {
        let longest = chain.iter().map(|link| link.kind.as_str().len()).max().unwrap_or_default();
        for (position, link) in chain.iter().enumerate() {
            let step = format!("{:<longest$}", link.kind.as_str());
            let place = link.address.as_ref().and_then(|address| self.sources.place(address));
            let place = place.map(|place| format!("{}:{}", place.file, place.line));
            let number = format!("{:>3}", position + 1);
            self.row(&number, &step, &link.fact, place.as_deref());
        }
    }

    /// A numbered row: the text wrapped in its column, the place behind it where there is room, else below.
    pub(super) fn row(&mut self, number: &str, label: &str, text: &str, place: Option<&str>) {
        let indent = number.width() + label.width() + 4;
        let room = self.style.width.saturating_sub(indent).max(20);
        let mut lines = wrapped(&visible(text), room);
        if let Some(place) = place.map(visible) {
            let painted = self.style.paint(Paint::Dim, &place);
            match lines.last_mut() {
                Some(last) if last.width() + 2 + place.width() <= room => {
                    let _ = write!(last, "  {painted}");
                }
                _ => lines.push(painted),
            }
        }
        for (position, line) in lines.iter().enumerate() {
            if position == 0 {
                let label = self.style.paint(Paint::Step, label);
                self.line(&format!("{number}  {label}  {line}"));
            } else {
                self.line(&format!("{:indent$}{line}", ""));
            }
        }
    }

    /// A code and its place on one line, however long the place is.
    fn heading(&mut self, number: &str, code: &str, place: Option<&str>) {
        let code = self.style.paint(Paint::Step, code);
        let place = place.map(|place| self.style.paint(Paint::Dim, &visible(place))).unwrap_or_default();
        self.line(&format!("{number}  {code}  {place}"));
    }

    /// Text wrapped behind an indent.
    pub(super) fn block(&mut self, indent: usize, text: &str) {
        for line in wrapped(text, self.style.width.saturating_sub(indent).max(20)) {
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// Reasons for a no below their heading; nothing where there are none.
    pub(super) fn why(&mut self, reasons: &[Reason]) {
        if reasons.is_empty() {
            return;
        }
        self.line("");
        self.line(&self.style.paint(Paint::Bold, "why, the likeliest cause first"));
        for (position, reason) in reasons.iter().enumerate() {
            let place =
                spot_place(self.sources, &reason.spot).map(|place| format!("{}:{}", place.file, place.line));
            self.heading(&format!("{:>3}", position + 1), reason.code.as_str(), place.as_deref());
            self.block(5, &visible(&reason.message));
            self.block(5, &visible(&format!("{} {}", self.arrow(), reason.help)));
        }
    }

    /// An arrow to the right.
    pub(super) fn arrow(&self) -> &'static str {
        if self.style.ascii { "->" } else { "→" }
    }

    /// Findings below a heading; nothing where there are none.
    pub(super) fn remarks(&mut self, heading: &str, findings: &[Finding]) {
        if findings.is_empty() {
            return;
        }
        self.line("");
        self.line(&self.style.paint(Paint::Bold, heading));
        for finding in findings {
            self.finding(finding);
        }
    }

    /// What to know of the question and of the answer.
    pub(super) fn notes(&mut self, asked: &[Note], notes: &[Finding]) {
        if asked.is_empty() && notes.is_empty() {
            return;
        }
        self.line("");
        self.line(&self.style.paint(Paint::Bold, "notes"));
        for note in asked {
            self.remark(note.code.as_str(), Severity::Note, &note.message, note.help.as_deref(), None);
        }
        for note in notes {
            self.finding(note);
        }
    }

    fn finding(&mut self, finding: &Finding) {
        let place =
            spot_place(self.sources, &finding.spot).map(|place| format!("{}:{}", place.file, place.line));
        let help = finding.help.as_deref();
        self.remark(finding.code.as_str(), finding.severity, &finding.message, help, place.as_deref());
    }

    fn remark(
        &mut self,
        code: &str,
        severity: Severity,
        message: &str,
        help: Option<&str>,
        place: Option<&str>,
    ) {
        let weight = if severity == Severity::Warning { "warning: " } else { "" };
        self.heading("  -", code, place);
        self.block(5, &visible(&format!("{weight}{message}")));
        if let Some(help) = help.filter(|help| !help.is_empty()) {
            self.block(5, &visible(&format!("{} {help}", self.arrow())));
        }
    }

    /// The statements about upstream on which cases rest.
    pub(super) fn references(&mut self, cases: &[CaseAnswer<'_>]) {
        let mut bases: Vec<_> = cases.iter().flat_map(|case| &case.chain).map(|link| link.basis).collect();
        bases.sort();
        bases.dedup();
        self.line("");
        self.line(&self.style.paint(Paint::Bold, "references"));
        for basis in bases {
            let upstream = basis.upstream();
            self.heading("  -", basis.id(), None);
            self.block(5, basis.sentence());
            self.block(5, &format!("{}: {}", upstream.project, upstream.source));
        }
    }
}

impl Question {
    /// The caller in a few words.
    fn who(&self) -> String {
        who(&self.caller, self.impersonation.as_ref())
    }
}

/// A caller in a few words, and as whom it acts: `role/eks-developer (alice) as "bob"`.
pub(super) fn who(caller: &Caller, impersonation: Option<&Impersonation>) -> String {
    let caller = match caller {
        Caller::Principal(principal) => {
            let (_, name) = principal.canonical.rsplit_once(':').unwrap_or(("", &principal.canonical));
            match principal.session.known() {
                Some("") | None => name.to_owned(),
                Some(session) => format!("{name} ({session})"),
            }
        }
        Caller::User { name, .. } => format!("User {}", quoted(name)),
        Caller::Credential(credential) => format!("User {}", quoted(&credential.username)),
    };
    match impersonation {
        Some(impersonation) => format!("{caller} as {}", quoted(&impersonation.user)),
        None => caller,
    }
}

/// What is asked, in a few words: `list pods in namespace team-a`.
pub fn asked(request: &Request) -> String {
    match &request.target {
        Target::Url(path) => format!("{} {path}", request.verb),
        Target::Resource(target) => {
            let mut text = format!("{} {}", request.verb, target.resource);
            if !target.api_group.is_empty() {
                let _ = write!(text, ".{}", target.api_group);
            }
            if !target.subresource.is_empty() {
                let _ = write!(text, "/{}", target.subresource);
            }
            if !target.name.is_empty() {
                let _ = write!(text, " {}", quoted(target.name.as_str()));
            }
            if target.namespace.is_empty() {
                text.push_str(" cluster-wide");
            } else {
                let _ = write!(text, " in namespace {}", target.namespace);
            }
            text
        }
    }
}

/// Which of the callers a case is about: `session alice; session bob`.
pub(super) fn callers(case: &CaseAnswer<'_>) -> String {
    let who: Vec<String> = case.when.iter().map(in_words).collect();
    if who.len() > 12 {
        let shown: Vec<String> = who.iter().take(12).cloned().collect();
        format!("{}, and {} more", shown.join("; "), who.len() - 12)
    } else {
        who.join("; ")
    }
}

/// The text in lines of at most so many columns, broken at blanks, and inside of words only where they are longer.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        if word.width() <= width {
            line.push_str(word);
            continue;
        }
        for c in word.chars() {
            if line.width() + 1 > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}
