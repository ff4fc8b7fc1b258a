//! Statements: what holds after them, where ways part and meet.

use super::flow::{After, Flow, MOST_ROUNDS, Throwing, meet};
use super::state::State;
use super::taints::Taints;
use crate::tree::kind::Kind;
use crate::tree::node::NodeId;

impl Flow<'_> {
    pub(super) fn block(&mut self, id: NodeId, state: State) -> After {
        let mut state = state;
        for statement in self.tree().children(id) {
            if self.is_over(statement) {
                break;
            }
            state = self.statement(statement, state)?;
        }
        Some(state)
    }

    pub(super) fn optional(&self, id: Option<NodeId>) -> Option<NodeId> {
        id.filter(|id| self.kind(*id) != Kind::Absent)
    }

    pub(super) fn statement(&mut self, id: NodeId, mut state: State) -> After {
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
                let value = self.optional(child(0));
                let taints = value.map(|value| self.expression(value, &mut state));
                self.leave(value, &taints.unwrap_or_default(), &mut state);
                if let Some(returning) = self.returning.last_mut() {
                    *returning = meet(returning.take(), Some(state));
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
                let mut taints = self.expression(object, &mut state);
                if self.walks_names(id) {
                    taints = self.names(object, &taints, &mut state);
                }
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
                self.throwing.push(Throwing::new(state.clone()));
                let done = self.block(block, state);
                // What is thrown may be thrown anywhere in the block.
                let thrown = self.throwing.pop().map(Throwing::into_state);
                let mut thrown = thrown.unwrap_or_default();
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

    pub(super) fn catch(&mut self, id: NodeId, mut state: State) -> After {
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

    pub(super) fn switch(&mut self, cases: NodeId, before: &State) -> After {
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
    pub(super) fn repeat(
        &mut self,
        state: State,
        head: &mut dyn FnMut(&mut Self, &mut State) -> NodeId,
    ) -> State {
        let mut entry = state;
        self.leaving.push(State::default());
        let mut exit;
        let mut rounds = 0;
        self.loops += 1;
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
        self.loops -= 1;
        if let Some(left) = self.leaving.pop() {
            exit.join(&left);
        }
        exit
    }
}
