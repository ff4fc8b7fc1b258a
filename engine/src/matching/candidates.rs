//! Where in a file a pattern can begin to match: nodes of the right kind and, where the pattern says so, the right
//! name. Everything else is never looked at.

use super::anchors::{around, statements_around, strings, words};
use super::glance::Glance;
use super::index::KindIndex;
use super::lead::{Kinds, Lead};
use crate::pattern::{Pattern, Root};
use crate::tree::kind::{KINDS, Kind};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::vocabulary::Word;

/// The kinds of code that a pattern can begin to match at, and the word to look them up by.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    kinds: Vec<Kind>,
    /// The same as a set.
    is_of: Kinds,
    name: Word,
    /// The pattern begins with `...`: only the first statement of a list is a beginning.
    pub(crate) first_only: bool,
    /// A bare name is a beginning only where an import gives it a path.
    imported_names: bool,
    /// The pattern is several statements: they follow each other in a list.
    in_list: bool,
    /// Statements have to follow that are searched for from each beginning on.
    is_sequence: bool,
    /// The assignments that the statements after the first are, and the words to look them up by.
    assigned_later: Vec<(NodeId, Word)>,
    /// The pattern is one expression.
    is_expression: bool,
    /// The pattern is a regular expression.
    is_regex: bool,
    /// What its parts have to be.
    lead: Option<Lead>,
    /// Where the pattern begins with an expression as a statement, what that begins with.
    inner: Option<Box<Start>>,
    /// Where the statement has to begin that follows at once.
    following: Option<Box<Start>>,
    /// Names that stand in what the pattern begins with.
    words: Vec<Word>,
    /// Names that stand in the statements after the first.
    words_later: Vec<Word>,
    /// Strings that the file has to hold.
    strings: Vec<Word>,
    /// What is worth a look at the source.
    pub(crate) glance: Glance,
}

/// How many nodes are looked at behind each beginning of a sequence, as a guess.
const LOOKED_THROUGH: usize = 32;

/// How many nodes lie around a name, as a guess.
const AROUND: usize = 8;

/// How many nodes of a statement are looked at before its nodes are looked up.
const GLANCE: u32 = 16;

/// What an assignment in a pattern can be in code.
pub(super) const ASSIGNMENTS: [Kind; 3] = [Kind::Assign, Kind::Variable, Kind::AugmentedAssign];

impl Start {
    /// Where `pattern` can begin. `names_stay` says that its names stand where it matches, not what they stand for.
    pub(crate) fn of(pattern: &Pattern, names_stay: bool) -> Self {
        let (root, statements) = match pattern.root {
            Root::Node(root) => (root, false),
            Root::Statements(list) => (list + 1, true),
        };
        let mut start = Self::at(pattern, root, statements, names_stay);
        start.is_sequence = is_sequence(pattern);
        start.assigned_later = assigned_later(pattern);
        start.strings = strings(pattern);
        start.glance = Glance::of(pattern, names_stay);
        if !names_stay {
            return start;
        }
        [start.words, start.words_later] = words(pattern);
        let node = pattern.tree.node(root);
        let second = node.next;
        if start.in_list
            && !matches!(node.kind, Kind::Ellipsis | Kind::MetavariableEllipsis)
            && pattern.tree.node(second).kind == Kind::ExpressionStatement
        {
            let following = Self::at(pattern, second, false, true);
            start.following = Some(Box::new(following.with_inner(pattern, second)));
        }
        start.with_inner(pattern, root)
    }

    /// Where one node of a pattern can begin, whatever stands around it.
    fn at(pattern: &Pattern, root: NodeId, statements: bool, names_stay: bool) -> Self {
        let node = pattern.tree.node(root);
        let expressions = || {
            KINDS
                .iter()
                .copied()
                .filter(|kind| kind.is_expression())
                .collect::<Vec<_>>()
        };
        let all_statements = || {
            KINDS
                .iter()
                .copied()
                .filter(|kind| kind.is_statement() && *kind != Kind::Field)
                .collect::<Vec<_>>()
        };
        let mut name = Word::NONE;
        let mut first_only = false;
        let kinds = match node.kind {
            Kind::Ellipsis | Kind::MetavariableEllipsis if statements => {
                first_only = true;
                all_statements()
            }
            _ if statements && node.kind == Kind::Metavariable => all_statements(),
            Kind::ExpressionStatement if pattern.tree.node(root + 1).kind == Kind::Deep => {
                all_statements()
            }
            Kind::ExpressionStatement => {
                vec![Kind::ExpressionStatement, Kind::Variable, Kind::Return]
            }
            Kind::Metavariable if node.sub == Kind::Field as u8 => vec![Kind::Field],
            // `/$X/`, or a name that holds a regular expression.
            Kind::Metavariable if node.flags & flags::IMPLICIT != 0 => {
                vec![Kind::Regex, Kind::Name]
            }
            Kind::Metavariable
            | Kind::MetavariableEllipsis
            | Kind::Ellipsis
            | Kind::Deep
            | Kind::TypedMetavariable => expressions(),
            Kind::Cast if pattern.tree.node(root + 1).kind == Kind::Metavariable => expressions(),
            Kind::AnyString if node.flags & flags::TEMPLATE != 0 => {
                vec![Kind::String, Kind::Template]
            }
            // A constant expression is the string that it comes to.
            Kind::AnyString | Kind::StringMetavariable => {
                vec![
                    Kind::String,
                    Kind::TemplateText,
                    Kind::Binary,
                    Kind::Template,
                    Kind::Name,
                    Kind::Conditional,
                ]
            }
            Kind::RegexMatch | Kind::String => vec![Kind::String, Kind::TemplateText],
            Kind::For => vec![Kind::For, Kind::ForEach],
            Kind::AnyRegex => vec![Kind::Regex],
            Kind::MemberEllipsis => vec![Kind::Member, Kind::Call],
            Kind::Assign => {
                name = node.name;
                ASSIGNMENTS.to_vec()
            }
            Kind::Function if pattern.tree.node(root + 1).kind == Kind::Ellipsis => {
                vec![Kind::Function, Kind::Pair, Kind::Field, Kind::Lambda]
            }
            Kind::Function => {
                name = node.name;
                vec![Kind::Function, Kind::Pair, Kind::Field]
            }
            Kind::Pair => {
                name = node.name;
                vec![Kind::Function, Kind::Pair]
            }
            Kind::Member => {
                name = node.name;
                vec![Kind::Member, Kind::Name]
            }
            Kind::Block => vec![Kind::Block],
            Kind::Return => vec![Kind::Return],
            Kind::Name => vec![Kind::Name, Kind::Definition],
            // `require` imports too.
            Kind::Import => vec![Kind::Import, Kind::Variable],
            kind => {
                if matches!(
                    kind,
                    Kind::Call | Kind::New | Kind::Variable | Kind::Class | Kind::Jsx | Kind::Field
                ) {
                    name = node.name;
                }
                vec![kind]
            }
        };
        Self {
            is_of: Kinds::of(&kinds),
            lead: Lead::of(pattern, root, names_stay),
            inner: None,
            following: None,
            is_expression: !statements && kinds.iter().all(|kind| kind.is_expression()),
            is_regex: kinds.starts_with(&[Kind::Regex]),
            words: Vec::new(),
            words_later: Vec::new(),
            strings: Vec::new(),
            glance: Glance::default(),
            kinds,
            name,
            first_only,
            imported_names: node.kind == Kind::Member,
            in_list: statements && node.next < pattern.tree.node(node.parent).next,
            is_sequence: false,
            assigned_later: Vec::new(),
        }
    }

    /// The same with what the expression of a statement begins with: that may be anywhere in it.
    fn with_inner(mut self, pattern: &Pattern, root: NodeId) -> Self {
        if pattern.tree.node(root).kind == Kind::ExpressionStatement {
            let inner = Self::at(pattern, root + 1, false, true);
            self.inner = Some(Box::new(inner)).filter(|inner| inner.is_part());
        }
        self
    }

    /// Whether few of a file's expressions are what it begins with.
    fn is_part(&self) -> bool {
        matches!(
            self.kinds.as_slice(),
            [Kind::Call | Kind::New | Kind::Index] | [Kind::Assign, ..]
        )
    }

    /// The last node that the pattern may begin at, by what has to come later; `None` where something is missing. Spares a
    /// search through all that may follow each beginning. `matches` says whether a node of the pattern matches one of the
    /// code.
    pub(crate) fn last(
        &self,
        tree: &Tree,
        index: &KindIndex,
        within: (NodeId, NodeId),
        mut matches: impl FnMut(NodeId, NodeId) -> bool,
    ) -> Option<NodeId> {
        let mut last = within.1;
        for word in &self.words_later {
            last = last.min(index.word(*word, within).max()?);
        }
        for (assignment, name) in &self.assigned_later {
            let mut latest = None;
            for kind in ASSIGNMENTS {
                let mut found = index.of(kind, within).iter().rev();
                let found = found.find(|id| {
                    latest.is_none_or(|latest| **id > latest)
                        && tree.node(**id).name.admits(*name)
                        && matches(*assignment, **id)
                });
                latest = latest.max(found.copied());
            }
            last = last.min(latest?);
        }
        Some(last)
    }

    /// About how many nodes of `within` have to be looked at; 0 only where there is none.
    pub(crate) fn places(&self, index: &KindIndex, within: (NodeId, NodeId)) -> usize {
        let mut places = self.nodes(index, within).count();
        if let Some((_, count)) = self.rarest_word(index, within) {
            places = places.min(count * AROUND);
        }
        if self.is_sequence {
            places.saturating_mul(LOOKED_THROUGH)
        } else {
            places
        }
    }

    /// The nodes of the right kind and name.
    fn nodes(&self, index: &KindIndex, within: (NodeId, NodeId)) -> impl Iterator<Item = NodeId> {
        self.kinds.iter().flat_map(move |kind| {
            let (nodes, named) = if *kind == Kind::Name && self.is_regex && !index.has(Kind::Regex)
            {
                // No name holds one where none is written.
                (Default::default(), None)
            } else if *kind == Kind::Name && self.imported_names {
                (index.imported(within), None)
            } else if self.name == Word::NONE {
                (index.of(*kind, within), None)
            } else {
                let named = index.named(*kind, self.name, within);
                (Default::default(), Some(named))
            };
            nodes.iter().copied().chain(named.into_iter().flatten())
        })
    }

    /// The word that stands in the fewest places, and how many these are.
    fn rarest_word(&self, index: &KindIndex, within: (NodeId, NodeId)) -> Option<(Word, usize)> {
        let count = |word: &Word| (*word, index.word(*word, within).count());
        self.words.iter().map(count).min_by_key(|(_, count)| *count)
    }

    /// Whether there is anywhere to look.
    pub(crate) fn has_place(&self, index: &KindIndex, within: (NodeId, NodeId)) -> bool {
        let mut words = self.words.iter().chain(&self.words_later);
        self.strings.iter().all(|word| index.has_string(*word))
            && words.all(|word| index.word(*word, within).next().is_some())
            && self.nodes(index, within).next().is_some()
    }

    /// Calls `visit` with each node of `within` that the pattern may begin at, up to `last`, and the end of the list it
    /// stands in. Where a node does not lie as `admits` says, nothing in it does.
    pub(crate) fn each(
        &self,
        tree: &Tree,
        index: &KindIndex,
        within: (NodeId, NodeId),
        last: NodeId,
        admits: Option<impl Fn((u32, u32)) -> bool>,
        mut visit: impl FnMut(NodeId, NodeId),
    ) {
        let places = self.nodes(index, within).count();
        if let Some((word, count)) = self.rarest_word(index, within)
            && count * AROUND < places
        {
            let mut around = around(tree, index.word(word, within), within.0);
            around.retain(|id| *id <= last && self.may_be(tree, *id));
            for id in around {
                self.look((tree, index), id, within, &mut visit);
            }
            return;
        }
        if let Some(inner) = &self.inner {
            let parts = inner.nodes(index, within);
            let parts = parts.filter(|id| inner.leads(tree, *id));
            for id in statements_around(tree, parts, within.0) {
                if id <= last && self.may_be(tree, id) {
                    self.look((tree, index), id, within, &mut visit);
                }
            }
            return;
        }
        if let Some(admits) = admits
            && self.is_expression
            && places > (within.1 - within.0) as usize / 4
        {
            let mut id = within.0;
            while id < within.1 {
                let node = tree.node(id);
                // A list that nobody wrote, such as that of a tag's attributes, may have no extent.
                let has_extent = node.kind.is_expression() || node.kind.is_statement();
                if has_extent && !admits((node.start, node.end)) {
                    id = node.next.max(id + 1);
                    continue;
                }
                if self.may_be(tree, id) {
                    self.look((tree, index), id, within, &mut visit);
                }
                id += 1;
            }
            return;
        }
        for id in self.nodes(index, within).filter(|id| *id <= last) {
            self.look((tree, index), id, within, &mut visit);
        }
    }

    /// Whether a statement is of the right kind, and what the pattern begins with is somewhere in it.
    fn may_stand_at(&self, tree: &Tree, index: &KindIndex, id: NodeId) -> bool {
        let end = tree.node(id).next;
        let holds = |inner: &Start| {
            let near = end.min(id + GLANCE);
            (id..near).any(|part| inner.may_be(tree, part) && inner.leads(tree, part)) || {
                let mut parts = inner.nodes(index, (near, end));
                near < end && parts.any(|part| inner.leads(tree, part))
            }
        };
        self.may_be(tree, id) && self.inner.as_deref().is_none_or(holds)
    }

    /// Whether a node's parts are what the pattern asks for, at a glance.
    fn leads(&self, tree: &Tree, id: NodeId) -> bool {
        self.lead.as_ref().is_none_or(|lead| lead.admits(tree, id))
    }

    /// Whether a node is of the right kind and name.
    fn may_be(&self, tree: &Tree, id: NodeId) -> bool {
        let node = tree.node(id);
        if node.kind == Kind::Name && self.imported_names {
            return node.flags & flags::RESOLVED != 0 && self.is_of.has(node.kind);
        }
        node.name.admits(self.name) && self.is_of.has(node.kind)
    }

    /// Calls `visit` with a node of the right kind and name, unless it stands where the pattern cannot begin.
    fn look(
        &self,
        (tree, index): (&Tree, &KindIndex),
        id: NodeId,
        within: (NodeId, NodeId),
        visit: &mut impl FnMut(NodeId, NodeId),
    ) {
        if !self.leads(tree, id) {
            return;
        }
        let node = tree.node(id);
        let parent = tree.node(node.parent);
        let in_list = parent.kind.holds_statements() && within.0 <= node.parent;
        // `else if` is no statement of a list.
        if self.in_list && !in_list && parent.kind == Kind::If {
            return;
        }
        if let Some(following) = &self.following
            && (!in_list
                || node.next >= parent.next
                || !following.may_stand_at(tree, index, node.next))
        {
            return;
        }
        if self.first_only && in_list && node.parent + 1 != id {
            return;
        }
        let end = if in_list { parent.next } else { node.next };
        visit(id, end);
    }
}

fn is_sequence(pattern: &Pattern) -> bool {
    let Root::Statements(list) = pattern.root else {
        return false;
    };
    let statements = pattern.tree.children(list);
    let written = statements.filter(|id| pattern.tree.node(*id).kind != Kind::Ellipsis);
    written.count() > 1
}

fn assigned_later(pattern: &Pattern) -> Vec<(NodeId, Word)> {
    let Root::Statements(list) = pattern.root else {
        return Vec::new();
    };
    let assigned = |statement| {
        let inner = pattern.tree.node(statement + 1);
        let is_statement = pattern.tree.node(statement).kind == Kind::ExpressionStatement;
        (is_statement && inner.kind == Kind::Assign && inner.name != Word::NONE)
            .then_some((statement + 1, inner.name))
    };
    let statements = pattern.tree.children(list);
    statements.skip(1).filter_map(assigned).collect()
}
