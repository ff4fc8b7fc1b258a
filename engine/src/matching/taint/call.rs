//! Calls: of functions that nothing is known of, and of those that have a summary.

use std::borrow::Cow;
use std::rc::Rc;

use super::flow::{Flow, Given, fresh};
use super::state::{Path, State};
use super::summary::{ANY_LABEL, Frame, Input, Place, Summary, THIS};
use super::taints::{Origin, Taints};
use super::trace::{Trace, longer, through_call};
use crate::matching::calls::Callee;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

/// What is given to a function.
#[derive(Clone, Debug, Default)]
struct Argument<'a> {
    /// 0 where it is no expression.
    node: NodeId,
    taints: Taints,
    path: Option<Cow<'a, [u8]>>,
    fields: Option<Vec<(Path, Taints)>>,
}

/// Methods that call a function with the elements, or the value, of their object.
const HANDS_ON: &[&[u8]] = &[
    b"forEach",
    b"map",
    b"filter",
    b"find",
    b"findIndex",
    b"findLast",
    b"some",
    b"every",
    b"flatMap",
    b"reduce",
    b"reduceRight",
    b"sort",
    b"then",
    b"subscribe",
];
/// Those of them whose result is what the function returns.
const GIVES_BACK: &[&[u8]] = &[b"map", b"flatMap", b"then"];
/// Deepest nesting of functions that are followed once more with what they are called with.
const MOST_HANDED: u32 = 3;

impl Argument<'_> {
    /// Arguments of which only the data is known.
    fn of(data: &[Taints]) -> Vec<Self> {
        let of = |taints: &Taints| Self {
            taints: taints.clone(),
            ..Self::default()
        };
        data.iter().map(of).collect()
    }
}

impl<'a> Flow<'a> {
    pub(super) fn call(&mut self, id: NodeId, state: &mut State) -> Taints {
        // `tainted.trim()` is tainted as its object is.
        let object = self.expression(id + 1, state);
        let mut arguments = Vec::new();
        let handed_on = self.handed_on(id, state);
        let mut all = handed_on.as_ref().unwrap_or(&object).clone();
        let handed_on = handed_on.map(|taints| [taints.clone(), taints]);
        let is_of_promises = self.beyond.is_some() && self.is_of_promises(id);
        let gives_names = self.gives_names(id);
        let mut given_back = None;
        if let Some(list) = self.tree().child(id, 1) {
            for argument in self.tree().children(list) {
                let taints = match &handed_on {
                    Some(data) if self.kind(argument) == Kind::Lambda => {
                        let result = self.lambda(argument, state, &Given::Data(data));
                        given_back.get_or_insert(result);
                        Taints::default()
                    }
                    Some(data)
                        if given_back.is_none() && data.iter().any(|taints| !taints.is_empty()) =>
                    {
                        given_back = self.apply_to(argument, id, data, state);
                        self.expression(argument, state)
                    }
                    None if is_of_promises && self.kind(argument) == Kind::Array => {
                        self.awaited_all(argument, state)
                    }
                    None if gives_names => {
                        let taints = self.expression(argument, state);
                        self.names(argument, &taints, state)
                    }
                    _ => self.expression(argument, state),
                };
                all.merge(&taints);
                arguments.push(Argument {
                    node: argument,
                    taints,
                    path: self.path(argument),
                    fields: None,
                });
            }
        }
        all.merge(&self.receiver(id, state));
        let known = self.known_call(id, &object, &mut arguments, state);
        // A sink that is the call asks what it is given; one that is its value, what is known to come back.
        let is_value = known.is_some();
        self.check_sinks_that(id, self.range(id), &all, &|sink| {
            !(is_value && sink.is_focused)
        });
        if let Some(known) = known {
            return known;
        }
        self.remember_unknown(id, object);
        if self.options.safe_functions || self.options.only_assignments {
            return Taints::default();
        }
        match given_back {
            Some(taints) if self.is_method(id, GIVES_BACK) => taints,
            _ => all,
        }
    }

    /// Whoever is asked over a network or for a file answers with data of its own: what an unknown call gives that is
    /// waited for is what it is a method of; that it is what it was called with is only supposed.
    pub(super) fn awaited(&mut self, call: NodeId, taints: Taints) -> Taints {
        let unknown = self
            .beyond
            .as_mut()
            .and_then(|beyond| beyond.unknown.take());
        match unknown {
            Some((of, object)) if of == call => object.and(&taints.supposed()),
            _ => taints,
        }
    }

    fn remember_unknown(&mut self, call: NodeId, object: Taints) {
        // What these give is known.
        let is_known = self.hands_on(call) || self.is_of_promises(call);
        if let Some(beyond) = &mut self.beyond {
            let is_here = matches!(beyond.calls.callee(call), Some(Callee::Here(_)));
            beyond.unknown = (!is_known && !is_here).then_some((call, object));
        }
    }

    /// Whether a call is one of `Promise.all` and its like.
    fn is_of_promises(&self, call: NodeId) -> bool {
        self.kind(call + 1) == Kind::Member && self.text(call + 2) == b"Promise"
    }

    /// What the elements of a list give once they were waited for.
    fn awaited_all(&mut self, list: NodeId, state: &mut State) -> Taints {
        let mut all = Taints::default();
        for element in self.tree().children(list) {
            let taints = self.expression(element, state);
            all.merge(&self.awaited(element, taints));
        }
        all
    }

    pub(super) fn is_method(&self, call: NodeId, names: &[&[u8]]) -> bool {
        self.kind(call + 1) == Kind::Member
            && self
                .tree()
                .child(call + 1, 1)
                .is_some_and(|name| names.contains(&self.text(name)))
    }

    /// Whether a call is of a method that calls a function with what its object holds: `list.find(f)`, not `table.find(id)`.
    fn hands_on(&self, call: NodeId) -> bool {
        let Some(beyond) = &self.beyond else {
            return false;
        };
        let arguments = self.tree().child(call, 1);
        let first = arguments.and_then(|list| self.tree().child(list, 0));
        self.is_method(call, HANDS_ON)
            && first.is_some_and(|first| {
                self.kind(first) == Kind::Lambda || beyond.calls.function(first).is_some()
            })
    }

    /// What a method can give back of its object, whatever field holds it, once its arguments are known. Where calls are
    /// followed it is asked which.
    fn receiver(&self, call: NodeId, state: &mut State) -> Taints {
        let is_method = self.kind(call) == Kind::Call && self.kind(call + 1) == Kind::Member;
        if !is_method || self.kind(call + 2) == Kind::This || self.beyond.is_some() {
            return Taints::default();
        }
        let path = self.path(call + 2);
        let path = path.filter(|_| !self.is_sanitized(call + 1, self.range(call + 1), state));
        path.map_or_else(Taints::default, |path| state.get(&path))
    }

    /// What `list.forEach(f)` calls `f` with.
    fn handed_on(&mut self, call: NodeId, state: &mut State) -> Option<Taints> {
        if !self.hands_on(call) {
            return None;
        }
        let object = call + 2;
        if let Some(path) = self.path(object) {
            let own = self.sources_along(object, state);
            return Some(self.look(state, &path).and(&own));
        }
        let known = self.beyond.as_mut()?.object.take();
        let taints = known.filter(|(of, _)| *of == object)?.1;
        Some(self.awaited(object, taints))
    }

    /// Calls what an expression names with data; gives what it returns.
    fn apply_to(
        &mut self,
        function: NodeId,
        call: NodeId,
        data: &[Taints],
        state: &mut State,
    ) -> Option<Taints> {
        if self.kind(function) == Kind::Lambda {
            return Some(self.lambda(function, state, &Given::Data(data)));
        }
        let callee = self.beyond.as_ref()?.calls.function(function)?;
        let summary = self.known(callee)?;
        let arguments = Argument::of(data);
        Some(self.apply(&summary, call, &arguments, &Argument::default(), state))
    }

    /// A call of a function that something is known of.
    fn known_call(
        &mut self,
        id: NodeId,
        callee: &Taints,
        arguments: &mut [Argument<'a>],
        state: &mut State,
    ) -> Option<Taints> {
        let beyond = self.beyond.as_ref()?;
        let target = beyond.calls.callee(id);
        // Of what comes in from callers, nothing is lost by supposing that a function without a source or a sink returns it.
        let is_worth = match target {
            Some(Callee::Here(function)) => {
                let has_real = |taints: &Taints| {
                    let mut origins = taints.iter();
                    origins.any(|(origin, _)| !beyond.is_input(origin.source))
                };
                beyond.worth.has(function)
                    || has_real(callee)
                    || arguments.iter().any(|argument| has_real(&argument.taints))
            }
            _ => true,
        };
        let summary = target
            .filter(|_| is_worth)
            .and_then(|target| self.known(target));
        let Some(summary) = summary else {
            if target.is_none() {
                self.calls_parameter(callee, arguments);
            }
            return None;
        };
        for argument in &mut *arguments {
            if self.kind(argument.node) == Kind::Object && self.range_has_no_source(argument.node) {
                argument.fields = Some(self.fields(argument.node, state));
            }
        }
        let mut this = Argument::default();
        if self.kind(id + 1) == Kind::Member && self.kind(id) == Kind::Call {
            this.node = id + 2;
            this.path = self.path(id + 2);
            this.taints = match &this.path {
                Some(path) => self.look(state, path),
                None => callee.clone(),
            };
        }
        Some(self.apply(&summary, id, arguments, &this, state))
    }

    /// Remembers that the function that is followed calls a parameter.
    fn calls_parameter(&mut self, callee: &Taints, arguments: &[Argument<'_>]) {
        let Some(beyond) = &mut self.beyond else {
            return;
        };
        let is_worth = arguments.iter().any(|argument| !argument.taints.is_empty());
        let inputs = callee
            .iter()
            .filter_map(|(origin, _)| beyond.input(origin.source));
        let inputs: Vec<Input> = inputs
            .filter(|input| input.parameter != THIS && is_worth)
            .collect();
        if let Some(frame) = beyond.frames.last_mut() {
            for input in inputs {
                let data = arguments.iter().map(|argument| argument.taints.clone());
                frame.invoke(input, data.collect());
            }
        }
    }

    fn apply(
        &mut self,
        summary: &Rc<Summary>,
        call: NodeId,
        arguments: &[Argument<'_>],
        this: &Argument<'_>,
        state: &mut State,
    ) -> Taints {
        if self.fuel == 0 {
            return Taints::default();
        }
        self.fuel = self.fuel.saturating_sub(1 + summary.reaches.len() as u64);
        let given = GivenTo {
            place: self.place(self.range(call)),
            rest: summary.rest,
            arguments,
            this,
        };
        for reach in &summary.reaches {
            let data = self.replaced_one(reach.input, &reach.trace, &given, state);
            self.arrive_all(reach.sink, &data.certain());
        }
        let mut made = Vec::new();
        for (target, taints) in &summary.effects {
            let data = self.replaced(taints, &given, state).certain();
            if data.is_empty() {
                continue;
            }
            let of = match target.parameter {
                THIS => Some(this),
                number => arguments.get(number as usize),
            };
            if let Some(path) = of.and_then(|of| of.path.as_ref()) {
                state.add(&[&path[..], &target.fields].concat(), &data);
            } else if target.parameter == THIS && self.kind(call) == Kind::New {
                let fields = target.fields.get(1..).unwrap_or_default();
                made.push((fields.to_vec(), data));
            }
        }
        for (target, data) in &summary.invokes {
            let data: Vec<Taints> = data
                .iter()
                .map(|taints| self.replaced(taints, &given, state).certain())
                .collect();
            if data.iter().any(|taints| !taints.is_empty()) {
                self.call_back(target, call, &given, &data, state);
            }
        }
        let returned = self.replaced(&summary.returns, &given, state);
        if let Some(names) = &summary.names {
            let names = self.replaced(names, &given, state);
            if let Some(beyond) = &mut self.beyond {
                beyond.named = Some((call, names));
            }
        }
        let mut all = returned.clone();
        let is_new = self.kind(call) == Kind::New;
        if is_new || summary.fields.is_some() {
            for (field, taints) in summary.fields.iter().flatten() {
                made.push((field.clone(), self.replaced(taints, &given, state)));
            }
            for (_, taints) in &made {
                all.merge(taints);
            }
            // What an object literal that is returned holds, its fields say.
            if let Some(beyond) = &mut self.beyond {
                let whole = if is_new { returned } else { Taints::default() };
                beyond.made = Some((call, whole, made));
            }
        }
        all
    }

    /// A function calls what it was given.
    fn call_back(
        &mut self,
        target: &Input,
        call: NodeId,
        given: &GivenTo<'_>,
        data: &[Taints],
        state: &mut State,
    ) {
        let Some(argument) = given.arguments.get(target.parameter as usize) else {
            return;
        };
        let mut function = argument.node;
        if function == 0 {
            return;
        }
        for name in target.fields.split(|byte| *byte == b'.').skip(1) {
            let tree = self.tree();
            let member = tree
                .children(function)
                .find(|member| *member + 1 < tree.len() && self.text(member + 1) == name);
            function = match member.map(|member| (member, self.kind(member))) {
                Some((member, Kind::Pair)) => tree.child(member, 1).unwrap_or(member),
                Some((member, Kind::Function)) => member,
                _ => return,
            };
        }
        if self.kind(function) == Kind::Function {
            if let Some(summary) = self.known(Callee::Here(function)) {
                let arguments = Argument::of(data);
                self.apply(&summary, call, &arguments, &Argument::default(), state);
            }
            return;
        }
        // A function within a function within a function is followed as it stands.
        if self
            .beyond
            .as_ref()
            .is_none_or(|beyond| beyond.handed >= MOST_HANDED)
        {
            return;
        }
        self.hand(1);
        let followed = self.apply_to(function, call, data, state);
        self.hand(-1);
        if followed.is_some() {
            return;
        }
        let inputs: Vec<Input> = match &self.beyond {
            Some(beyond) => {
                let origins = argument.taints.iter();
                origins
                    .filter_map(|(origin, _)| beyond.input(origin.source))
                    .collect()
            }
            None => return,
        };
        let frame = self
            .beyond
            .as_mut()
            .and_then(|beyond| beyond.frames.last_mut());
        if let Some(frame) = frame {
            for input in inputs {
                frame.invoke(input, data.to_vec());
            }
        }
    }

    fn hand(&mut self, more: i32) {
        if let Some(beyond) = &mut self.beyond {
            beyond.handed = beyond.handed.saturating_add_signed(more);
        }
    }

    /// Data gets to a sink, as far as the sink asks for it.
    fn arrive_all(&mut self, sink: u32, data: &Taints) {
        let requires = match self.sinks.get(sink) {
            Some(sink) => Some(&sink.spec.requires),
            None => self.beyond.as_ref().and_then(|beyond| {
                let at = sink.checked_sub(super::summary::FIRST_ENTRY)?;
                let facts = beyond.sinks.get(at as usize)?;
                Some(&beyond.specs.get(facts.spec)?.requires)
            }),
        };
        let holds =
            requires.is_some_and(|requires| requires.holds(&|label| self.has_label(data, label)));
        for (origin, trace) in data.iter() {
            if holds || origin.label == ANY_LABEL {
                self.arrive(sink, origin, trace);
            }
        }
    }

    /// What data of a function is at a call: inputs are what the arguments hold.
    fn replaced(&mut self, taints: &Taints, given: &GivenTo<'_>, state: &mut State) -> Taints {
        let mut data = Taints::default();
        for (origin, trace) in taints.iter() {
            data.merge(&self.replaced_one(origin, trace, given, state));
        }
        data
    }

    fn replaced_one(
        &mut self,
        origin: Origin,
        trace: &Trace,
        given: &GivenTo<'_>,
        state: &mut State,
    ) -> Taints {
        let mut data = Taints::default();
        let input = self
            .beyond
            .as_ref()
            .and_then(|beyond| beyond.input(origin.source));
        let Some(input) = input else {
            data.add(origin, longer(trace, given.place));
            return data;
        };
        let mut held = self.held(&input, given, state);
        if origin.label != ANY_LABEL {
            held = held.labelled(origin.label, None);
        }
        if origin.is_supposed {
            held = held.supposed();
        }
        for (origin, before) in held.iter() {
            data.add(origin, through_call(before, given.place, trace.clone()));
        }
        data
    }

    /// What the arguments of a call hold that come in at an input.
    fn held(&mut self, input: &Input, given: &GivenTo<'_>, state: &mut State) -> Taints {
        let number = input.parameter as usize;
        let spread = given
            .arguments
            .iter()
            .position(|argument| self.kind(argument.node) == Kind::Spread);
        let from = match (given.rest, spread) {
            (Some(rest), _) if rest == input.parameter => Some(number),
            (_, Some(spread)) if spread <= number => Some(spread),
            _ => None,
        };
        if let (Some(from), true) = (from, input.parameter != THIS) {
            let mut all = Taints::default();
            for argument in given.arguments.iter().skip(from) {
                all.merge(&argument.taints);
            }
            return all;
        }
        let argument = if input.parameter == THIS {
            given.this
        } else if let Some(argument) = given.arguments.get(number) {
            argument
        } else {
            return Taints::default();
        };
        let Some(first) = input.fields.split(|byte| *byte == b'.').nth(1) else {
            return argument.taints.clone();
        };
        if let Some(fields) = &argument.fields {
            let mut known = Taints::default();
            for (_, taints) in fields {
                known.merge(taints);
            }
            let mut data = fresh(&argument.taints, Some(&known));
            let named = fields.iter().find(|(name, _)| name == first);
            let spread = fields.iter().filter(|(name, _)| name == b"...");
            for (_, taints) in named.map_or_else(|| spread.collect(), |named| vec![named]) {
                data.merge(taints);
            }
            return data;
        }
        match &argument.path {
            Some(path) => {
                let known = self.look(state, path);
                let fresh = fresh(&argument.taints, Some(&known));
                let field = [&path[..], &input.fields].concat();
                self.look(state, &field).and(&fresh)
            }
            None => argument.taints.clone(),
        }
    }

    /// Whether what an anonymous function does with its data is seen in it only.
    fn nothing_leaves(&mut self, id: NodeId) -> bool {
        let is_seen = self.propagators.is_empty() && self.throwing.is_empty();
        is_seen && (!self.may_matter_later(id) || self.written_outside(id).is_empty())
    }

    /// Whether an anonymous function is given to somebody who may call it, or called, and there is a sink for what it
    /// leaves behind. What is kept in a variable is called another time.
    fn may_matter_later(&self, id: NodeId) -> bool {
        let parent = self.tree().node(id).parent;
        let is_given = match self.kind(parent) {
            Kind::Arguments | Kind::Pair => true,
            Kind::Call => parent + 1 == id,
            _ => false,
        };
        let is_in_loop = || !self.continuing.is_empty();
        let later = (self.range(id).1, u32::MAX);
        is_given && (is_in_loop() || self.sinks.overlap(later))
    }

    /// An anonymous function where it is written, and what holds after it, if it is called or not; gives what it returns,
    /// where that is followed.
    pub(super) fn lambda(&mut self, id: NodeId, state: &mut State, given: &Given<'_>) -> Taints {
        let parts: Vec<NodeId> = self.tree().children(id).collect();
        let [parameters, _, body] = parts.as_slice() else {
            return Taints::default();
        };
        if let Some(beyond) = &mut self.beyond {
            beyond.frames.push(Frame::default());
        } else if !self.sinks.overlap(self.range(id)) && self.nothing_leaves(id) {
            return Taints::default();
        }
        let after = self.body(*parameters, *body, state.clone(), given);
        if let Some(after) = after.filter(|_| self.may_matter_later(id)) {
            let written = self.written_outside(id);
            if !written.is_empty() {
                state.join(&after.of_variables(&written));
            }
        }
        let Some(beyond) = &mut self.beyond else {
            return Taints::default();
        };
        let frame = beyond.frames.pop().unwrap_or_default();
        // What it does with the data of the function around it, that function does.
        if let Some(outer) = beyond.frames.last_mut() {
            for reach in frame.summary.reaches {
                outer.reach(reach);
            }
            for (input, data) in frame.summary.invokes {
                outer.invoke(input, data);
            }
        }
        frame.summary.returns
    }
}

/// What a function is called with.
struct GivenTo<'g> {
    place: Place,
    rest: Option<u32>,
    arguments: &'g [Argument<'g>],
    this: &'g Argument<'g>,
}
