//! Where in a file a pattern can begin to match: nodes of the right kind and, where the pattern says so, the right
//! name. Everything else is never looked at.

use super::index::KindIndex;
use crate::pattern::{Pattern, Root};
use crate::tree::kind::{KIND_COUNT, Kind};
use crate::tree::node::{NodeId, Tree, flags};
use crate::tree::vocabulary::Word;

/// Every kind, in the order of its number.
fn every_kind() -> impl Iterator<Item = Kind> {
    KINDS.iter().copied()
}

const KINDS: [Kind; KIND_COUNT] = {
    use Kind::{
        Absent, AnyRegex, AnyString, Arguments, Array, Assign, AugmentedAssign, Await, Binary,
        Block, Boolean, Break, Call, Case, Cases, Cast, Catch, Class, ClassBody, Conditional,
        Continue, Decorator, Deep, Default, Definition, DoWhile, Ellipsis, Export, ExportDefault,
        ExpressionStatement, Field, For, ForEach, Function, If, Import, Index, Jsx, JsxAttribute,
        JsxAttributes, JsxChildren, JsxExpression, JsxText, Labeled, Lambda, Member,
        MemberEllipsis, Metavariable, MetavariableEllipsis, Name, New, Null, Number, Object,
        Opaque, Other, Pair, Parameter, Parameters, Program, Property, Regex, RegexMatch, Return,
        Sequence, Spread, String, StringMetavariable, Super, Switch, TaggedTemplate, Template,
        TemplateText, This, Throw, Try, TypeName, TypedMetavariable, Unary, Undefined, Update,
        Variable, While, Yield,
    };
    [
        Absent,
        Other,
        Opaque,
        Name,
        Definition,
        Property,
        This,
        Super,
        String,
        TemplateText,
        Template,
        Number,
        Boolean,
        Null,
        Undefined,
        Regex,
        Array,
        Object,
        Pair,
        Spread,
        Call,
        New,
        Arguments,
        Member,
        Index,
        Assign,
        AugmentedAssign,
        Binary,
        Unary,
        Update,
        Conditional,
        Await,
        Yield,
        Sequence,
        Cast,
        TaggedTemplate,
        Lambda,
        Function,
        Parameters,
        Parameter,
        Default,
        Class,
        ClassBody,
        Field,
        Jsx,
        JsxAttributes,
        JsxChildren,
        JsxAttribute,
        JsxText,
        JsxExpression,
        Decorator,
        TypeName,
        Program,
        Block,
        ExpressionStatement,
        Variable,
        If,
        For,
        ForEach,
        While,
        DoWhile,
        Return,
        Throw,
        Try,
        Catch,
        Switch,
        Cases,
        Case,
        Break,
        Continue,
        Labeled,
        Import,
        ExportDefault,
        Export,
        Metavariable,
        MetavariableEllipsis,
        Ellipsis,
        Deep,
        AnyString,
        StringMetavariable,
        RegexMatch,
        MemberEllipsis,
        TypedMetavariable,
        AnyRegex,
    ]
};

/// The kinds of code that a pattern can begin to match at, and the word to look them up by.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) name: Word,
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
}

/// How many nodes of a kind there are for each that has a given name, as a guess.
const ONE_OF_NAME: usize = 32;

/// How many nodes are looked at behind each beginning of a sequence, as a guess.
const LOOKED_THROUGH: usize = 32;

/// What an assignment in a pattern can be in code.
const ASSIGNMENTS: [Kind; 3] = [Kind::Assign, Kind::Variable, Kind::AugmentedAssign];

impl Start {
    /// Where `pattern` can begin.
    pub(crate) fn of(pattern: &Pattern) -> Self {
        let (root, statements) = match pattern.root {
            Root::Node(root) => (root, false),
            Root::Statements(list) => (list + 1, true),
        };
        let node = pattern.tree.node(root);
        let expressions = || {
            every_kind()
                .filter(|kind| kind.is_expression())
                .collect::<Vec<_>>()
        };
        let all_statements = || {
            every_kind()
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
            kinds,
            name,
            first_only,
            imported_names: node.kind == Kind::Member,
            in_list: statements && node.next < pattern.tree.node(node.parent).next,
            is_sequence: is_sequence(pattern),
            assigned_later: assigned_later(pattern),
        }
    }

    /// The last node that the pattern may begin at, by the assignments that have to come later; `None` where one is missing.
    /// Spares a search through all that may follow each beginning. `matches` says whether a node of the pattern matches one
    /// of the code.
    pub(crate) fn last(
        &self,
        tree: &Tree,
        index: &KindIndex,
        within: (NodeId, NodeId),
        mut matches: impl FnMut(NodeId, NodeId) -> bool,
    ) -> Option<NodeId> {
        let mut last = within.1;
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

    /// About how many nodes of `within` have to be looked at: few have the name that the pattern asks for.
    pub(crate) fn places(&self, index: &KindIndex, within: (NodeId, NodeId)) -> usize {
        let of_kinds = self.kinds.iter().map(|kind| index.of(*kind, within).len());
        let all = of_kinds.sum::<usize>();
        let named = if self.name == Word::NONE {
            all
        } else {
            all / ONE_OF_NAME
        };
        if self.is_sequence {
            named.saturating_mul(LOOKED_THROUGH)
        } else {
            named
        }
    }

    /// Calls `visit` with each node of `within` that the pattern may begin at, up to `last`, and the end of the list it
    /// stands in.
    pub(crate) fn each(
        &self,
        tree: &Tree,
        index: &KindIndex,
        within: (NodeId, NodeId),
        last: NodeId,
        mut visit: impl FnMut(NodeId, NodeId),
    ) {
        for kind in &self.kinds {
            for &id in index.of(*kind, within) {
                if id > last {
                    break;
                }
                let node = tree.node(id);
                let may_be = if *kind == Kind::Name && self.imported_names {
                    node.flags & flags::RESOLVED != 0
                } else {
                    node.name.admits(self.name)
                };
                if !may_be {
                    continue;
                }
                let parent = tree.node(node.parent);
                let in_list = parent.kind.holds_statements() && within.0 <= node.parent;
                // `else if` is no statement of a list.
                if self.in_list && !in_list && parent.kind == Kind::If {
                    continue;
                }
                if self.first_only && in_list && node.parent + 1 != id {
                    continue;
                }
                let end = if in_list { parent.next } else { node.next };
                visit(id, end);
            }
        }
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

#[cfg(test)]
mod tests {
    use super::KINDS;

    #[test]
    fn kinds_stand_at_their_numbers() {
        for (number, kind) in KINDS.iter().enumerate() {
            assert_eq!(*kind as usize, number, "{kind:?}");
        }
    }
}
