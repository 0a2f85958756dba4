//! A part of a document with the way to it, for forms whose readers are lenient: AWS replies, templates, configuration.
//! Knows nothing of any form.

use std::sync::Arc;

use crate::source::yaml::{Kind, NodeId, Resolved, Style, Tag, Tree};
use crate::source::{Address, Origin, Step};

/// A node, and how one came to it from the object's root.
#[derive(Clone, Debug)]
pub(in crate::manifest) struct Part<'a> {
    tree: &'a Tree<'a>,
    node: NodeId,
    origin: Origin,
    route: Vec<Step>,
}

impl<'a> Part<'a> {
    /// The root of an object.
    pub(in crate::manifest) fn root(tree: &'a Tree<'a>, node: NodeId, origin: Origin) -> Self {
        Self { tree, node, origin, route: Vec::new() }
    }

    /// The root of a document that is the text of a scalar of this object.
    pub(in crate::manifest) fn inner<'b>(&self, tree: &'b Tree<'b>) -> Part<'b> {
        let mut route = self.route.clone();
        route.push(Step::Inside);
        Part { tree, node: tree.root(), origin: self.origin, route }
    }

    pub(in crate::manifest) fn origin(&self) -> Origin {
        self.origin
    }

    pub(in crate::manifest) fn address(&self) -> Address {
        self.origin.at(self.route.clone())
    }

    fn step(&self, step: Step, node: NodeId) -> Part<'a> {
        let mut route = self.route.clone();
        route.push(step);
        Part { tree: self.tree, node, origin: self.origin, route }
    }

    fn is_null(&self) -> bool {
        self.tree.scalar(self.node).is_some_and(|scalar| matches!(scalar.resolve(), Resolved::Null))
    }

    /// The value of a field; null counts as absent.
    pub(in crate::manifest) fn get(&self, name: &'static str) -> Option<Part<'a>> {
        let node = self.tree.get(self.node, name)?;
        Some(self.step(Step::Field(name), node)).filter(|part| !part.is_null())
    }

    /// The value of a field several levels down.
    pub(in crate::manifest) fn at(&self, names: &[&'static str]) -> Option<Part<'a>> {
        names.iter().try_fold(self.clone(), |part, name| part.get(name))
    }

    /// The value of a field as viper finds it: it makes all keys lower-case, so that a spelling with capitals takes the
    /// place of the one without. Null included.
    pub(in crate::manifest) fn get_viper(&self, name: &str) -> Option<Part<'a>> {
        let found = self.tree.fields(self.node).filter(|field| field.key.eq_ignore_ascii_case(name));
        let found = found.max_by_key(|field| field.key != name)?;
        Some(self.step(Step::Key(found.key.into()), found.value))
    }

    /// The value of a field in any letter case, null included; the last one in the text.
    pub(in crate::manifest) fn get_fold(&self, name: &str) -> Option<Part<'a>> {
        let found =
            self.tree.fields(self.node).filter(|field| field.key.eq_ignore_ascii_case(name)).last()?;
        Some(self.step(Step::Key(found.key.into()), found.value))
    }

    /// The fields of a mapping, in order.
    pub(in crate::manifest) fn fields(&self) -> Vec<(&'a str, Part<'a>)> {
        let fields = self.tree.fields(self.node);
        fields.map(|field| (field.key, self.step(Step::Key(field.key.into()), field.value))).collect()
    }

    pub(in crate::manifest) fn is_mapping(&self) -> bool {
        matches!(self.tree.kind(self.node), Kind::Mapping)
    }

    pub(in crate::manifest) fn is_list(&self) -> bool {
        self.tree.sequence(self.node).is_some()
    }

    /// The elements of a list; none of anything else.
    pub(in crate::manifest) fn items(&self) -> Vec<Part<'a>> {
        let items = self.tree.sequence(self.node).unwrap_or_default().iter().enumerate();
        items.map(|(position, &node)| self.step(Step::Item(position), node)).collect()
    }

    /// The elements of a list, or the one thing that stands where a list could: Terraform and Crossplane write blocks
    /// of which there can be one as either.
    pub(in crate::manifest) fn one_or_more(&self) -> Vec<Part<'a>> {
        if self.is_list() { self.items() } else { vec![self.clone()] }
    }

    /// The text of a string; what a function of CloudFormation makes is none yet.
    pub(in crate::manifest) fn text(&self) -> Option<&'a str> {
        let scalar = self.tree.scalar(self.node)?;
        let is_text = matches!(scalar.resolve(), Resolved::Str(_)) && !self.is_of_function(scalar.tag);
        is_text.then_some(scalar.text)
    }

    /// Whether a scalar is an argument of one of CloudFormation's functions in their short form (`!Ref`, `!GetAtt`). The
    /// text of `!Sub` has its placeholders in it and speaks for itself.
    fn is_of_function(&self, tag: Tag) -> bool {
        if tag != Tag::Other {
            return false;
        }
        let before = self.tree.text().get(..self.tree.span(self.node).start).unwrap_or_default();
        // a block scalar has its header in between
        let mut words = before.split_whitespace().rev().take(2);
        words.find(|word| word.starts_with('!')) != Some("!Sub")
    }

    /// Whether this is written in brackets, as JSON is.
    pub(in crate::manifest) fn is_in_brackets(&self) -> bool {
        let text = self.tree.text().get(self.tree.span(self.node)).unwrap_or_default();
        text.starts_with(['{', '['])
    }

    /// A string as JSON is decoded into one: null and what is absent are the empty text, anything else is none.
    pub(in crate::manifest) fn json_text(of: Option<&Self>) -> Option<&'a str> {
        let Some(part) = of else { return Some("") };
        let scalar = part.tree.scalar(part.node)?;
        match scalar.resolve() {
            Resolved::Null => Some(""),
            Resolved::Str(_) => Some(scalar.text),
            _ => None,
        }
    }

    /// Likewise a list of strings.
    pub(in crate::manifest) fn json_texts(of: Option<&Self>) -> Option<Vec<Arc<str>>> {
        let Some(part) = of.filter(|part| !part.is_null()) else { return Some(Vec::new()) };
        if !part.is_list() {
            return None;
        }
        part.items().iter().map(|item| Self::json_text(Some(item)).map(Into::into)).collect()
    }

    /// The texts of a list of strings.
    pub(in crate::manifest) fn texts(&self) -> Vec<Arc<str>> {
        self.items()
            .iter()
            .map(|item| item.text().map_or_else(|| item.shown(), str::to_owned).into())
            .collect()
    }

    /// The text of a scalar as it is written, whatever it means.
    pub(in crate::manifest) fn written(&self) -> Option<&'a str> {
        self.tree.scalar(self.node).map(|scalar| scalar.text)
    }

    /// A string; anything else as a placeholder that names it: `${Fn::GetAtt}`.
    pub(in crate::manifest) fn shown(&self) -> String {
        match self.tree.kind(self.node) {
            Kind::Scalar(scalar) if self.is_of_function(scalar.tag) => format!("${{{}}}", scalar.text),
            Kind::Scalar(scalar) => scalar.text.to_owned(),
            Kind::Sequence(_) => "${…}".to_owned(),
            Kind::Mapping => {
                let first = self.tree.fields(self.node).next().map_or("…", |field| field.key);
                format!("${{{first}}}")
            }
        }
    }

    /// A scalar as the text that viper makes of it: numbers in decimal, booleans as `1` and `0`, null as nothing. The
    /// words that only YAML 1.1 takes for booleans stay words. None for lists and mappings.
    /// Upstream: viper 1.21 over go-yaml v3, mapstructure 2 with weak typing.
    pub(in crate::manifest) fn weak_text(&self) -> Option<String> {
        let scalar = self.tree.scalar(self.node)?;
        Some(match scalar.resolve() {
            Resolved::Str(text) => text.into_owned(),
            Resolved::Null => String::new(),
            Resolved::Int(number) => number.to_string(),
            Resolved::UInt(number) => number.to_string(),
            Resolved::Float(number) => number.to_string(),
            Resolved::Bool(value) => match scalar.text {
                "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => u8::from(value).to_string(),
                word => word.to_owned(),
            },
        })
    }

    /// The texts of a list as viper reads it: a scalar is split at commas.
    pub(in crate::manifest) fn weak_texts(&self) -> Option<Vec<Arc<str>>> {
        if self.is_list() {
            return self.items().iter().map(|item| item.weak_text().map(Into::into)).collect();
        }
        let text = self.weak_text()?;
        Some(if text.is_empty() { Vec::new() } else { text.split(',').map(Into::into).collect() })
    }

    /// Whether this is a text in a block or in quotes, and not a plain word.
    pub(in crate::manifest) fn is_block_text(&self) -> bool {
        self.tree.scalar(self.node).is_some_and(|scalar| scalar.style != Style::Plain)
    }
}
