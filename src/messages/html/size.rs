//! Whether HTML can be worked on in reasonable time.
//!
//! To parse deeply nested HTML takes time that grows with the square of the depth, and formatting that is never closed
//! is repeated in each paragraph after it: a few hundred kilobytes can cost minutes, or gigabytes. So it is first parsed
//! without a tree, in small pieces, and it ends where there are too many elements or too many within each other.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, local_name, ns, parse_fragment};

use super::tags;

/// So many elements a body may have.
pub(super) const ELEMENTS: usize = 20_000;
/// And so many within each other.
pub(super) const DEPTH: usize = 100;
/// And so many bytes their attributes may have in all: what was never closed is repeated with them.
const ATTRIBUTES: usize = 2 * 1024 * 1024;
/// So many bytes are parsed before the next look.
const PIECE: usize = 64;

/// Whether a body is small enough to be worked on.
pub(super) fn is_within_limits(html: &str) -> bool {
    look(html).0
}

/// Looks whether it is, and counts the steps that the parser took to know it.
fn look(html: &str) -> (bool, u64) {
    if !tags::are_reasonable(html) {
        return (false, 0);
    }
    let (exceeded, steps) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let sink = Counter::new(Rc::clone(&exceeded), Rc::clone(&steps));
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let mut parser = parse_fragment(sink, ParseOpts::default(), context, Vec::new(), false);
    let mut rest = html;
    while !rest.is_empty() && !exceeded.get() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
        parser.process(StrTendril::from(piece));
        rest = after;
    }
    (!exceeded.get(), steps.get())
}

/// Bounds the steps of the parser: the largest body of these tests that is taken needs 802,177.
#[cfg(test)]
pub(super) const MAX_STEPS: u64 = 1_000_000;

/// Counts the steps that the parser takes for it, since a test that measures time fails on a busy machine.
#[cfg(test)]
pub(super) fn steps(html: &str) -> u64 {
    look(html).1
}

/// Counts what the parser makes, and keeps of it what the parser asks for.
struct Counter {
    nodes: RefCell<Vec<Node>>,
    attributes: Cell<usize>,
    exceeded: Rc<Cell<bool>>,
    /// How often the parser asked for something or made something.
    steps: Rc<Cell<u64>>,
}

struct Node {
    name: Rc<QualName>,
    depth: usize,
    /// The contents of a `<template>`.
    contents: Option<usize>,
}

impl Counter {
    /// With a document, which has no name.
    fn new(exceeded: Rc<Cell<bool>>, steps: Rc<Cell<u64>>) -> Self {
        let counter = Self { nodes: RefCell::default(), attributes: Cell::new(0), exceeded, steps };
        counter.add(QualName::new(None, ns!(), local_name!("")));
        counter
    }

    fn add(&self, name: QualName) -> usize {
        self.step();
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { name: Rc::new(name), depth: 0, contents: None });
        if nodes.len() > ELEMENTS {
            self.exceeded.set(true);
        }
        nodes.len() - 1
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    fn depth(&self, node: usize) -> usize {
        self.nodes.borrow().get(node).map_or(0, |node| node.depth)
    }

    fn place(&self, child: &NodeOrText<usize>, depth: usize) {
        self.step();
        let NodeOrText::AppendNode(child) = child else { return };
        if let Some(node) = self.nodes.borrow_mut().get_mut(*child) {
            node.depth = depth;
        }
        if depth > DEPTH {
            self.exceeded.set(true);
        }
    }
}

/// A name that outlives the look at the nodes.
#[derive(Debug)]
struct Name(Rc<QualName>);

impl html5ever::interface::ElemName for Name {
    fn ns(&self) -> &html5ever::Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &html5ever::LocalName {
        &self.0.local
    }
}

impl TreeSink for Counter {
    type Handle = usize;
    type Output = ();
    type ElemName<'a> = Name;

    fn finish(self) {}

    fn get_document(&self) -> usize {
        0
    }

    fn get_template_contents(&self, target: &usize) -> usize {
        let known = self.nodes.borrow().get(*target).and_then(|node| node.contents);
        known.unwrap_or_else(|| {
            let contents = self.add(QualName::new(None, ns!(), local_name!("")));
            let depth = self.depth(*target);
            self.place(&NodeOrText::AppendNode(contents), depth + 1);
            if let Some(node) = self.nodes.borrow_mut().get_mut(*target) {
                node.contents = Some(contents);
            }
            contents
        })
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        self.step();
        one == other
    }

    fn elem_name<'a>(&'a self, target: &'a usize) -> Name {
        self.step();
        let name = self.nodes.borrow().get(*target).map(|node| Rc::clone(&node.name));
        Name(name.unwrap_or_else(|| Rc::new(QualName::new(None, ns!(), local_name!("")))))
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        let bytes: usize = attributes.iter().map(|one| one.name.local.len() + one.value.len()).sum();
        self.attributes.set(self.attributes.get() + bytes);
        if self.attributes.get() > ATTRIBUTES {
            self.exceeded.set(true);
        }
        self.add(name)
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.add(QualName::new(None, ns!(), local_name!("")))
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.add(QualName::new(None, ns!(), local_name!("")))
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.place(&child, self.depth(*parent) + 1);
    }

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        self.place(&child, self.depth(*sibling));
    }

    fn append_based_on_parent_node(&self, element: &usize, former: &usize, child: NodeOrText<usize>) {
        self.place(&child, self.depth(*element).max(self.depth(*former) + 1));
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn add_attrs_if_missing(&self, _: &usize, _: Vec<Attribute>) {}

    fn remove_from_parent(&self, _: &usize) {}

    fn reparent_children(&self, _: &usize, _: &usize) {}

    fn mark_script_already_started(&self, _: &usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_minutes_is_known_at_once() {
        let many = |part: &str, bytes: usize| part.repeat(bytes / part.len());
        let formatting: String = (0..20_000).map(|n| format!("<div><b title={n}>x</div>")).collect();
        for bomb in [
            many("<div>", 1 << 20),
            many("<table><tr><td>", 1 << 20),
            many("<b><p>", 1 << 20),
            many("<template>", 1 << 20),
            many("<svg><g>", 1 << 20),
            many("<a>", 1 << 20),
            format!("<p><b title=\"{}\"></p>{}", "a".repeat(500_000), "<p>x".repeat(2_000)),
            (0..100_000).map(|n| format!(" a{n}")).fold("<b".to_owned(), |all, one| all + &one) + ">x</b>",
            formatting,
        ] {
            let (is_within_limits, steps) = look(&bomb);
            assert!(!is_within_limits);
            assert!(steps < MAX_STEPS, "{steps} steps");
        }
        let report = format!("<table>{}</table>", many("<tr><td>Ärger</td><td>2</td></tr>", 200_000));
        for usual in [
            "",
            "only text",
            "<p>x",
            &report,
            &"ä".repeat(500_000),
            &many("<p>a<br>b</p>", 100_000),
            &"&nbsp;".repeat(9_000),
        ] {
            let (is_within_limits, steps) = look(usual);
            assert!(is_within_limits);
            assert!(steps < MAX_STEPS, "{steps} steps");
        }
    }
}
