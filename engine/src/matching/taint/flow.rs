//! Following data through the statements of a function.

use rustc_hash::FxHashMap;

use super::state::{Origin, Path, State, Taints, Trace};
use super::{Flowed, Propagator, Sanitizer, Sink, Source};
use crate::matching::matcher::Code;
use crate::matching::ranges::Unchecked;
use crate::rules::taint::SideEffect;
use crate::tree::kind::Kind;
use crate::tree::node::{NodeId, Tree};
use crate::tree::operator;

/// Options of the rule.
pub(super) struct Options {
    pub(super) unify: bool,
    pub(super) safe_functions: bool,
    pub(super) safe_indexes: bool,
    pub(super) safe_comparisons: bool,
    pub(super) only_assignments: bool,
}

/// A loop's state grows at most by this many rounds: variables that depend on each other in a chain.
const MOST_ROUNDS: u32 = 20;

/// Data flow in one file for one rule.
pub(super) struct Flow<'a> {
    code: Code<'a>,
    labels: &'a [String],
    options: Options,
    sources: Vec<Source<'a>>,
    sinks: Vec<Sink<'a>>,
    sanitizers: Vec<Sanitizer>,
    propagators: Vec<Propagator>,
    /// The sinks that data reached, with the source and the way.
    reached: FxHashMap<usize, Vec<(u32, Trace)>>,
    /// Taint on its way through a propagator to an expression.
    carried: FxHashMap<(u32, u32), Taints>,
    /// The states at the `break`s and `continue`s of the loops around.
    leaving: Vec<State>,
    continuing: Vec<State>,
    /// The states in which something may be thrown in the `try` blocks around.
    throwing: Vec<State>,
    fuel: u64,
}

/// The state after a statement; `None` where nothing goes on.
type After = Option<State>;

type Range = (u32, u32);

fn within(inner: Range, outer: Range) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

impl<'a> Flow<'a> {
    pub(super) fn new(
        code: Code<'a>,
        labels: &'a [String],
        options: Options,
        sources: Vec<Source<'a>>,
        sinks: Vec<Sink<'a>>,
        sanitizers: Vec<Sanitizer>,
        propagators: Vec<Propagator>,
    ) -> Self {
        Self {
            code,
            labels,
            options,
            sources,
            sinks,
            sanitizers,
            propagators,
            reached: FxHashMap::default(),
            carried: FxHashMap::default(),
            leaving: Vec::new(),
            continuing: Vec::new(),
            throwing: Vec::new(),
            fuel: 0,
        }
    }

    /// Follows every function and the statements outside of them.
    pub(super) fn run(mut self, fuel: &mut u64, unchecked: &Unchecked) -> Vec<Flowed> {
        self.fuel = *fuel;
        let tree = self.code.tree;
        self.block(0, State::default());
        let globals = self.globals();
        for id in 0..tree.len() {
            match tree.node(id).kind {
                Kind::Function => self.function(id, globals.clone()),
                Kind::Field => {
                    if let Some(value) = tree.child(id, 2) {
                        self.expression(value, &mut globals.clone());
                    }
                }
                _ => {}
            }
        }
        *fuel = self.fuel;
        self.findings(unchecked)
    }

    /// What functions see of the file's variables: the values they are declared with.
    fn globals(&mut self) -> State {
        let mut globals = State::default();
        for statement in self.tree().children(0) {
            if self.kind(statement) == Kind::Variable {
                self.expression(statement, &mut globals);
            }
        }
        globals
    }

    fn findings(&self, unchecked: &Unchecked) -> Vec<Flowed> {
        let (tree, text) = (self.code.tree, self.code.source);
        let mut reached: Vec<_> = self.reached.iter().collect();
        reached.sort_by_key(|(sink, _)| **sink);
        let mut findings = Vec::new();
        for (sink, flows) in reached {
            let Some(sink) = self.sinks.get(*sink) else {
                continue;
            };
            let mut flows: Vec<_> = flows.iter().collect();
            flows.sort_by_key(|(source, _)| *source);
            flows.dedup_by_key(|(source, _)| *source);
            for (source, trace) in flows {
                let Some(source) = self.sources.get(*source as usize) else {
                    continue;
                };
                if self.options.unify
                    && !sink.found.agrees_with(&source.found, tree, text, unchecked)
                {
                    continue;
                }
                let mut steps = vec![(source.found.start, source.found.end)];
                let mut ways = Vec::new();
                let mut trace = trace.as_ref();
                while let Some(step) = trace {
                    ways.push(step.range);
                    trace = step.before.as_ref();
                }
                steps.extend(ways.into_iter().rev());
                steps.push((sink.found.start, sink.found.end));
                findings.push(Flowed {
                    found: sink.found.with_bindings_of(&source.found),
                    trace: steps,
                });
            }
        }
        findings
    }

    fn tree(&self) -> &'a Tree {
        self.code.tree
    }

    fn kind(&self, id: NodeId) -> Kind {
        self.tree().node(id).kind
    }

    fn range(&self, id: NodeId) -> Range {
        let node = self.tree().node(id);
        (node.start, node.end)
    }

    fn text(&self, id: NodeId) -> &'a [u8] {
        self.tree().text(id, self.code.source)
    }

    /// A function or method, with nothing known of what is around it.
    fn function(&mut self, id: NodeId, state: State) {
        let parts: Vec<NodeId> = self.tree().children(id).collect();
        let [_, parameters, _, body] = parts.as_slice() else {
            return;
        };
        self.body(*parameters, *body, state);
    }

    fn body(&mut self, parameters: NodeId, body: NodeId, mut state: State) {
        let outer = (
            std::mem::take(&mut self.leaving),
            std::mem::take(&mut self.continuing),
        );
        for parameter in self.tree().children(parameters) {
            let binding = parameter + 1;
            let default = self.tree().child(parameter, 2);
            let taints = match default.filter(|default| self.kind(*default) != Kind::Absent) {
                Some(default) => self.expression(default, &mut state),
                None => Taints::default(),
            };
            let own = self.sources_at(self.range(parameter), &Taints::default());
            self.bind(binding, &taints.and(&own), None, &mut state);
        }
        if self.kind(body) == Kind::Block {
            self.block(body, state);
        } else {
            self.expression(body, &mut state);
        }
        (self.leaving, self.continuing) = outer;
    }

    fn block(&mut self, id: NodeId, state: State) -> After {
        let mut state = state;
        for statement in self.tree().children(id) {
            state = self.statement(statement, state)?;
        }
        Some(state)
    }

    fn optional(&self, id: Option<NodeId>) -> Option<NodeId> {
        id.filter(|id| self.kind(*id) != Kind::Absent)
    }

    fn statement(&mut self, id: NodeId, mut state: State) -> After {
        if self.fuel == 0 {
            return None;
        }
        self.fuel -= 1;
        if let Some(throwing) = self.throwing.last_mut() {
            throwing.join(&state);
        }
        let tree = self.tree();
        let child = |n: usize| tree.child(id, n);
        match self.kind(id) {
            Kind::Block => self.block(id, state),
            Kind::Return => {
                if let Some(value) = self.optional(child(0)) {
                    self.expression(value, &mut state);
                }
                None
            }
            Kind::Throw => {
                if let Some(value) = child(0) {
                    self.expression(value, &mut state);
                }
                None
            }
            Kind::Break => {
                if let Some(leaving) = self.leaving.last_mut() {
                    leaving.join(&state);
                }
                None
            }
            Kind::Continue => {
                if let Some(continuing) = self.continuing.last_mut() {
                    continuing.join(&state);
                }
                None
            }
            Kind::If => {
                let (condition, then, other) = (child(0)?, child(1)?, self.optional(child(2)));
                self.expression(condition, &mut state);
                let left = self.statement(then, state.clone());
                let right = match other {
                    Some(other) => self.statement(other, state),
                    None => Some(state),
                };
                meet(left, right)
            }
            Kind::While => {
                let (condition, body) = (child(0)?, child(1)?);
                Some(self.repeat(state, &mut |flow, state| {
                    flow.expression(condition, state);
                    body
                }))
            }
            Kind::DoWhile => {
                let (body, condition) = (child(0)?, child(1)?);
                let state = self.statement(body, state.clone()).unwrap_or(state);
                Some(self.repeat(state, &mut |flow, state| {
                    flow.expression(condition, state);
                    body
                }))
            }
            Kind::For => {
                let (first, condition) = (child(0)?, self.optional(child(1)));
                let (update, body) = (self.optional(child(2)), child(3)?);
                if self.kind(first) != Kind::Absent {
                    state = self.statement(first, state)?;
                }
                Some(self.repeat(state, &mut |flow, state| {
                    if let Some(update) = update {
                        flow.expression(update, state);
                    }
                    if let Some(condition) = condition {
                        flow.expression(condition, state);
                    }
                    body
                }))
            }
            Kind::ForEach => {
                let (target, object, body) = (child(0)?, child(1)?, child(2)?);
                let taints = self.expression(object, &mut state);
                Some(self.repeat(state, &mut |flow, state| {
                    let binding = if flow.kind(target) == Kind::Variable {
                        target + 1
                    } else {
                        target
                    };
                    flow.bind(binding, &taints, None, state);
                    body
                }))
            }
            Kind::Try => {
                let (block, catch, last) =
                    (child(0)?, self.optional(child(1)), self.optional(child(2)));
                self.throwing.push(state.clone());
                let done = self.block(block, state);
                // What is thrown may be thrown anywhere in the block.
                let mut thrown = self.throwing.pop().unwrap_or_default();
                if let Some(done) = &done {
                    thrown.join(done);
                }
                let mut after = match catch {
                    Some(catch) => {
                        let caught = self.catch(catch, thrown.clone());
                        meet(done, caught)
                    }
                    None => done,
                };
                if let Some(last) = last {
                    after = self.statement(last, after.unwrap_or(thrown));
                }
                after
            }
            Kind::Switch => {
                let subject = child(0)?;
                self.expression(subject, &mut state);
                self.switch(child(1)?, &state)
            }
            Kind::Labeled => self.statement(child(1)?, state),
            // Functions are followed on their own.
            Kind::Function => Some(state),
            _ => {
                self.expression(id, &mut state);
                Some(state)
            }
        }
    }

    fn catch(&mut self, id: NodeId, mut state: State) -> After {
        let mut after = None;
        for part in self.tree().children(id) {
            if self.kind(part) == Kind::Block {
                after = self.block(part, state.clone());
            } else if self.kind(part) != Kind::Absent {
                let own = self.sources_at(self.range(part), &Taints::default());
                self.bind(part, &own, None, &mut state);
            }
        }
        after
    }

    fn switch(&mut self, cases: NodeId, before: &State) -> After {
        self.leaving.push(State::default());
        let mut after: After = None;
        for case in self.tree().children(cases) {
            // A case begins with the subject, or falls through from the one before.
            after = meet(after, Some(before.clone()));
            for part in self.tree().children(case) {
                let Some(mut state) = after.take() else {
                    break;
                };
                after = if self.kind(part).is_statement() {
                    self.statement(part, state)
                } else {
                    if self.kind(part) != Kind::Absent {
                        self.expression(part, &mut state);
                    }
                    Some(state)
                };
            }
        }
        let left = self.leaving.pop();
        meet(meet(after, Some(before.clone())), left)
    }

    /// A loop: `head` runs before each round and says what the body is. Returns the state behind it.
    fn repeat(
        &mut self,
        state: State,
        head: &mut dyn FnMut(&mut Self, &mut State) -> NodeId,
    ) -> State {
        let mut entry = state;
        self.leaving.push(State::default());
        let mut exit;
        let mut rounds = 0;
        loop {
            let mut inside = entry.clone();
            let body = head(self, &mut inside);
            exit = inside.clone();
            self.continuing.push(State::default());
            let after = self.statement(body, inside);
            let again = meet(after, self.continuing.pop());
            rounds += 1;
            let grown = again.is_some_and(|again| entry.join(&again));
            if !grown || rounds >= MOST_ROUNDS || self.fuel == 0 {
                break;
            }
        }
        if let Some(left) = self.leaving.pop() {
            exit.join(&left);
        }
        exit
    }

    /// The taint of an expression. What it does to variables is in `state` afterwards.
    fn expression(&mut self, id: NodeId, state: &mut State) -> Taints {
        if self.fuel == 0 {
            return Taints::default();
        }
        self.fuel -= 1;
        let range = self.range(id);
        let mut taints = self.value(id, state);
        if let Some(carried) = self.carried.remove(&range) {
            taints.merge(&carried);
        }
        let own = self.sources_at(range, &taints);
        let only = self.by_side_effect(id, range, &own, state);
        if !only {
            taints.merge(&own);
        }
        if self.is_sanitized(id, range, state) {
            return Taints::default();
        }
        self.propagate(id, range, &mut taints, state);
        self.check_sinks(id, range, &taints);
        taints
    }

    /// The taint that comes from the parts of an expression.
    fn value(&mut self, id: NodeId, state: &mut State) -> Taints {
        match self.kind(id) {
            Kind::Name | Kind::This | Kind::Definition => state.get(self.text(id)),
            Kind::Member => match self.path(id) {
                // What a field holds, whatever other fields of its object do.
                Some(path) => {
                    let object = self.sources_along(id + 1, state);
                    state.get(&path).and(&object)
                }
                None => self.expression(id + 1, state),
            },
            Kind::Index => {
                let object = self.expression(id + 1, state);
                let index = self.tree().child(id, 1);
                let index = index.map(|index| self.expression(index, state));
                match index {
                    Some(index) if !self.options.safe_indexes => object.and(&index),
                    _ => object,
                }
            }
            Kind::Call | Kind::New => self.call(id, state),
            Kind::Assign => {
                let Some(value) = self.tree().child(id, 1) else {
                    return Taints::default();
                };
                let taints = self.expression(value, state);
                let target = self.sources_at(self.range(id + 1), &taints);
                self.assign(id + 1, value, &taints, state);
                taints.and(&target)
            }
            Kind::Variable => {
                let value = self.optional(self.tree().child(id, 2));
                if let Some(value) = value {
                    let taints = self.expression(value, state);
                    self.assign(id + 1, value, &taints, state);
                } else {
                    let own = self.sources_at(self.range(id + 1), &Taints::default());
                    self.bind(id + 1, &own, None, state);
                }
                Taints::default()
            }
            Kind::AugmentedAssign => {
                let old = self.expression(id + 1, state);
                let value = self.tree().child(id, 1);
                let new = value.map(|value| self.expression(value, state));
                let taints = old.and(&new.unwrap_or_default());
                if let Some(path) = self.path(id + 1) {
                    state.set(path, taints.through(self.range(id + 1)));
                }
                taints
            }
            Kind::Lambda => {
                let parts: Vec<NodeId> = self.tree().children(id).collect();
                if let [parameters, _, body] = parts.as_slice() {
                    self.body(*parameters, *body, state.clone());
                }
                Taints::default()
            }
            // Followed on its own.
            Kind::Function | Kind::Class => Taints::default(),
            Kind::Conditional => {
                let parts: Vec<NodeId> = self.tree().children(id).collect();
                let [condition, then, other] = parts.as_slice() else {
                    return Taints::default();
                };
                self.expression(*condition, state);
                let mut left = state.clone();
                let taints = self.expression(*then, &mut left);
                let others = self.expression(*other, state);
                state.join(&left);
                taints.and(&others)
            }
            Kind::Binary => {
                let all = self.parts(id, state);
                let is_comparison = operator::is_comparison(self.tree().node(id).sub);
                if (is_comparison && self.options.safe_comparisons) || self.options.only_assignments
                {
                    return Taints::default();
                }
                all
            }
            Kind::Sequence => {
                let mut last = Taints::default();
                for part in self.tree().children(id) {
                    last = self.expression(part, state);
                }
                last
            }
            Kind::Pair => {
                let value = self.tree().child(id, 1);
                value.map_or_else(Taints::default, |value| self.expression(value, state))
            }
            kind if kind.is_statement() && kind != Kind::ExpressionStatement => {
                self.parts(id, state);
                Taints::default()
            }
            _ => self.parts(id, state),
        }
    }

    /// The sources that a variable is, or an object that it is a field of.
    fn sources_along(&mut self, id: NodeId, state: &mut State) -> Taints {
        let range = self.range(id);
        let own = self.sources_at(range, &Taints::default());
        let only = self.by_side_effect(id, range, &own, state);
        let mut taints = if only { Taints::default() } else { own };
        if matches!(self.kind(id), Kind::Member | Kind::Cast) {
            let object = self.sources_along(id + 1, state);
            taints.merge(&object);
        }
        if self.is_sanitized(id, range, state) {
            return Taints::default();
        }
        taints
    }

    /// All parts of an expression together.
    fn parts(&mut self, id: NodeId, state: &mut State) -> Taints {
        let mut all = Taints::default();
        for part in self.tree().children(id) {
            if !matches!(
                self.kind(part),
                Kind::Property | Kind::TypeName | Kind::TemplateText | Kind::Absent
            ) {
                let taints = self.expression(part, state);
                all.merge(&taints);
            }
        }
        all
    }

    fn call(&mut self, id: NodeId, state: &mut State) -> Taints {
        // `tainted.trim()` is tainted as its object is.
        let mut all = self.expression(id + 1, state);
        if let Some(arguments) = self.tree().child(id, 1) {
            for argument in self.tree().children(arguments) {
                let taints = self.expression(argument, state);
                all.merge(&taints);
            }
        }
        self.check_sinks(id, self.range(id), &all);
        if self.options.safe_functions || self.options.only_assignments {
            return Taints::default();
        }
        all
    }

    /// `target = value`, also where the target takes the value apart.
    fn assign(&mut self, target: NodeId, value: NodeId, taints: &Taints, state: &mut State) {
        let from = self.path(value);
        let fields = match self.kind(value) {
            Kind::Object => self.fields(value, state),
            _ => Vec::new(),
        };
        let copied = from.as_ref().map(|from| state.fields_of(from));
        let own = self.sources_at(self.range(target), taints);
        let is_literal = self.kind(value) == Kind::Object && self.range_has_no_source(value);
        if let Some(path) = self.path(target) {
            let through = self.range(target);
            if is_literal {
                // A field that the literal does not name may be any of them.
                state.set(path.clone(), taints.clone().and(&own).through(through));
                for (field, taints) in fields {
                    state.set([&path[..], b".", &field].concat(), taints.through(through));
                }
            } else {
                state.set(path.clone(), taints.through(through).and(&own));
                for (field, taints) in copied.into_iter().flatten() {
                    state.set([&path[..], b".", &field].concat(), taints);
                }
            }
            let taints = state.get(&path);
            self.check_sinks(target, through, &taints);
        } else {
            self.bind(target, &taints.clone().and(&own), from, state);
        }
    }

    fn range_has_no_source(&self, id: NodeId) -> bool {
        let range = self.range(id);
        !self
            .sources
            .iter()
            .any(|source| within(range, (source.found.start, source.found.end)))
    }

    /// The fields of an object literal whose names are known.
    fn fields(&mut self, object: NodeId, state: &mut State) -> Vec<(Path, Taints)> {
        let mut fields = Vec::new();
        for member in self.tree().children(object) {
            match self.kind(member) {
                Kind::Pair => {
                    let (key, value) = (member + 1, self.tree().child(member, 1));
                    if let Some(value) = value {
                        let taints = self.expression(value, state);
                        let name = self.text(key).trim_ascii();
                        let name = name
                            .strip_prefix(b"'")
                            .or_else(|| name.strip_prefix(b"\""))
                            .map_or(name, |inner| inner.get(..inner.len() - 1).unwrap_or(inner));
                        fields.push((name.to_vec(), taints));
                    }
                }
                Kind::Name => {
                    fields.push((self.text(member).to_vec(), state.get(self.text(member))));
                }
                // Of what is spread here no field is known by name.
                Kind::Spread => {
                    let taints = self.expression(member, state);
                    fields.push((b"...".to_vec(), taints));
                }
                _ => {}
            }
        }
        fields
    }

    /// Binds names to a value, or to its parts; `from` is the variable that the value is.
    fn bind(&mut self, target: NodeId, taints: &Taints, from: Option<Path>, state: &mut State) {
        let own = self.sources_at(self.range(target), taints);
        let taints = &taints.clone().and(&own);
        if let Some(path) = self.path(target) {
            let through = self.range(target);
            state.set(path, taints.through(through));
            return;
        }
        match self.kind(target) {
            Kind::Object | Kind::Array => {
                for member in self.tree().children(target) {
                    self.bind(member, taints, from.clone(), state);
                }
            }
            Kind::Pair => {
                let (key, Some(value)) = (target + 1, self.tree().child(target, 1)) else {
                    return;
                };
                match from {
                    Some(from) => {
                        let field = [&from[..], b".", self.text(key)].concat();
                        let known = state.get(&from);
                        let fresh = fresh(taints, Some(&known));
                        let taints = state.get(&field).and(&fresh);
                        self.bind(value, &taints, Some(field), state);
                    }
                    None => self.bind(value, taints, None, state),
                }
            }
            Kind::Default => {
                let other = self.tree().child(target, 1);
                let other = other.map(|other| self.expression(other, state));
                self.bind(
                    target + 1,
                    &taints.clone().and(&other.unwrap_or_default()),
                    from,
                    state,
                );
            }
            Kind::Spread | Kind::Parameter => self.bind(target + 1, taints, None, state),
            Kind::Index | Kind::Member => {
                self.expression(target, state);
                // `a[i] = x` taints all of `a`.
                if let Some(base) = self.path(target + 1) {
                    state.add(base, &taints.through(self.range(target)));
                }
                self.check_sinks(target, self.range(target), taints);
            }
            _ => {}
        }
    }

    /// The variable or field that an expression is.
    fn path(&self, id: NodeId) -> Option<Path> {
        match self.kind(id) {
            Kind::Name | Kind::This | Kind::Definition => Some(self.text(id).to_vec()),
            Kind::Member => {
                let property = self.tree().child(id, 1)?;
                let object = self.path(id + 1)?;
                Some([&object[..], b".", self.text(property)].concat())
            }
            Kind::Cast => self.path(id + 1),
            _ => None,
        }
    }

    /// The taint of the sources that a range is part of.
    fn sources_at(&self, range: Range, there: &Taints) -> Taints {
        let mut taints = Taints::default();
        for (number, source) in self.sources.iter().enumerate() {
            let outer = (source.found.start, source.found.end);
            let is_here = if source.spec.exact {
                range == outer
            } else {
                within(range, outer)
            };
            let allowed = source
                .spec
                .requires
                .as_ref()
                .is_none_or(|requires| requires.holds(&|label| self.has_label(there, label)));
            if is_here && allowed {
                let origin = Origin {
                    source: number as u32,
                    label: source.spec.label,
                };
                taints.add(origin, None);
            }
        }
        taints
    }

    fn has_label(&self, taints: &Taints, label: &str) -> bool {
        let number = self.labels.iter().position(|known| known == label);
        number.is_some_and(|number| taints.has_label(number as u32))
    }

    /// Taints the variables that sources are by side effect. Says whether the expression itself is none.
    fn by_side_effect(&self, id: NodeId, range: Range, own: &Taints, state: &mut State) -> bool {
        let mut only = false;
        for (origin, _) in own.iter() {
            let Some(source) = self.sources.get(origin.source as usize) else {
                continue;
            };
            let matched = (source.found.start, source.found.end) == range;
            if source.spec.by_side_effect != SideEffect::No
                && matched
                && let Some(path) = self.path(id)
            {
                let mut taints = Taints::default();
                taints.add(origin, None);
                state.add(path, &taints);
                only |= source.spec.by_side_effect == SideEffect::Only;
            }
        }
        only
    }

    fn is_sanitized(&self, id: NodeId, range: Range, state: &mut State) -> bool {
        let mut sanitized = false;
        for sanitizer in &self.sanitizers {
            if sanitizer.range == range {
                sanitized = true;
                if sanitizer.by_side_effect
                    && let Some(path) = self.path(id)
                {
                    state.forget(&path);
                }
            } else if !sanitizer.exact && within(range, sanitizer.range) {
                sanitized = true;
            }
        }
        sanitized
    }

    /// What propagators do around an expression.
    fn propagate(&mut self, id: NodeId, range: Range, taints: &mut Taints, state: &mut State) {
        for number in 0..self.propagators.len() {
            let Some(propagator) = self.propagators.get(number) else {
                continue;
            };
            let (to, whole) = (propagator.to, propagator.range);
            if propagator.from == range && !taints.is_empty() {
                let carried = match propagator.label {
                    Some(label) => taints.labelled(label),
                    None => taints.clone(),
                };
                let by_side_effect = propagator.by_side_effect;
                if by_side_effect && let Some(node) = self.node_at(id, to, whole) {
                    if let Some(path) = self.path(node) {
                        state.add(path, &carried.through(range));
                    }
                } else {
                    self.carried.entry(to).or_default().merge(&carried);
                }
            }
        }
    }

    /// The expression at a range near `id`: within the propagator's match.
    fn node_at(&self, id: NodeId, range: Range, whole: Range) -> Option<NodeId> {
        let tree = self.tree();
        let mut root = id;
        while self.range(root) != whole && tree.node(root).parent != root {
            let parent = tree.node(root).parent;
            if !within(self.range(parent), whole) {
                break;
            }
            root = parent;
        }
        (root..tree.node(root).next).find(|node| self.range(*node) == range)
    }

    fn check_sinks(&mut self, id: NodeId, range: Range, taints: &Taints) {
        if taints.is_empty() {
            return;
        }
        for number in 0..self.sinks.len() {
            let Some(sink) = self.sinks.get(number) else {
                continue;
            };
            let outer = (sink.found.start, sink.found.end);
            let is_here = range == outer
                || if sink.spec.exact {
                    self.is_argument_of(id, outer)
                } else {
                    within(range, outer) && self.is_outermost(id, outer)
                };
            if !is_here
                || !sink
                    .spec
                    .requires
                    .holds(&|label| self.has_label(taints, label))
            {
                continue;
            }
            let flows = self.reached.entry(number).or_default();
            for (origin, trace) in taints.iter() {
                if !flows.iter().any(|(source, _)| *source == origin.source) {
                    flows.push((origin.source, trace.clone()));
                }
            }
        }
    }

    /// Whether no larger expression around a node lies in the range too.
    fn is_outermost(&self, id: NodeId, range: Range) -> bool {
        let parent = self.tree().node(id).parent;
        let kind = self.kind(parent);
        kind.is_statement() || kind == Kind::Program || !within(self.range(parent), range)
    }

    /// Whether a node is an argument of the call at a range.
    fn is_argument_of(&self, id: NodeId, call: Range) -> bool {
        let parent = self.tree().node(id).parent;
        self.kind(parent) == Kind::Arguments && self.range(self.tree().node(parent).parent) == call
    }
}

/// The state where two ways meet, as far as they get there.
fn meet(left: After, right: After) -> After {
    match (left, right) {
        (Some(mut left), Some(right)) => {
            left.join(&right);
            Some(left)
        }
        (left, right) => left.or(right),
    }
}

/// What became tainted in the object itself, beside what its variable was known to be.
fn fresh(object: &Taints, known: Option<&Taints>) -> Taints {
    let mut fresh = Taints::default();
    for (origin, trace) in object.iter() {
        let is_known = known.is_some_and(|known| known.iter().any(|(other, _)| other == origin));
        if !is_known {
            fresh.add(origin, trace.clone());
        }
    }
    fresh
}
