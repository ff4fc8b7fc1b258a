//! The little Python of `metavariable-comparison`: literals, arithmetic, comparisons, `and`, `or`, `not`, `in`, `int()`,
//! `str()`, `len()`, `re.match()`, over the text that metavariables are bound to.
//!
//! As with the reference, `%` takes the sign of its left side, and code that is no literal (`f(x)`) can be asked for
//! its text only, by `str()` and `re.match()`: every other use of it makes the comparison fail. Beyond the
//! reference: chains (`1 < $X < 9`), `//`, `re.search()`, `upper()`, octal, binary and `n` numbers.

mod parser;
mod value;

use self::value::{Value, arithmetic, as_text, call, compare, literal, truthy};
use super::regex::Regex;

/// A comparison that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {at}")]
pub struct ComparisonError {
    /// Which character of the expression, from 1.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

/// A parsed comparison.
#[derive(Clone, Debug)]
pub struct Expression(Node);

#[derive(Clone, Debug)]
enum Node {
    Int(i128),
    Float(f64),
    Text(String),
    Bool(bool),
    None,
    List(Vec<Node>),
    Variable(String),
    Not(Box<Node>),
    Negative(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    /// `a < b <= c`
    Chain(Box<Node>, Vec<(Operator, Node)>),
    Call(Function, Vec<Node>),
    /// A constant regular expression, compiled once.
    Match {
        regex: Box<Regex>,
        anywhere: bool,
        text: Box<Node>,
    },
    /// `today()`: seconds since 1970 at the beginning of the day, in UTC.
    Today,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    In,
    NotIn,
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Int,
    Str,
    Len,
    Float,
    Lower,
    Upper,
    /// `strptime('2024-01-31')`: seconds since 1970, in UTC.
    Time,
}

/// What evaluating needs.
struct Context<'c> {
    lookup: &'c dyn Fn(&str) -> Option<String>,
    strip: bool,
    base: Option<u32>,
}

impl Expression {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Self, ComparisonError> {
        parser::parse(text).map(Self)
    }

    /// The metavariables that it asks for, sorted, each once.
    pub fn metavariables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut pending = vec![&self.0];
        while let Some(node) = pending.pop() {
            match node {
                Node::Variable(name) => names.push(name.as_str()),
                Node::List(nodes) | Node::Call(_, nodes) => pending.extend(nodes),
                Node::Not(inner) | Node::Negative(inner) | Node::Match { text: inner, .. } => {
                    pending.push(inner);
                }
                Node::Binary(_, left, right) => pending.extend([&**left, &**right]),
                Node::Chain(first, rest) => {
                    pending.push(first);
                    pending.extend(rest.iter().map(|(_, node)| node));
                }
                Node::Int(_)
                | Node::Float(_)
                | Node::Text(_)
                | Node::Bool(_)
                | Node::None
                | Node::Today => {}
            }
        }
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether it holds. `lookup` gives the source text that a metavariable is bound to; `strip` takes quotes off before
    /// numbers are read, `base` is the base of numbers without a prefix. `None` where it cannot be evaluated: a
    /// metavariable is unbound or is no number where one is needed.
    pub fn evaluate(
        &self,
        lookup: &dyn Fn(&str) -> Option<String>,
        strip: bool,
        base: Option<u32>,
    ) -> Option<bool> {
        evaluate(
            &self.0,
            &Context {
                lookup,
                strip,
                base,
            },
        )
        .map(|value| truthy(&value))
    }
}

/// The recursion is bounded by what the parser admits.
fn evaluate(node: &Node, context: &Context<'_>) -> Option<Value> {
    Some(match node {
        Node::Int(value) => Value::Int(*value),
        Node::Float(value) => Value::Float(*value),
        Node::Text(text) => Value::Text(text.clone()),
        Node::Bool(value) => Value::Bool(*value),
        Node::None => Value::None,
        Node::List(nodes) => Value::List(
            nodes
                .iter()
                .map(|node| evaluate(node, context))
                .collect::<Option<Vec<_>>>()?,
        ),
        Node::Variable(name) => literal(&(context.lookup)(name)?, context),
        Node::Not(inner) => Value::Bool(!truthy(&evaluate(inner, context)?)),
        Node::Negative(inner) => match evaluate(inner, context)? {
            Value::Int(value) => Value::Int(value.checked_neg()?),
            Value::Float(value) => Value::Float(-value),
            _ => return None,
        },
        Node::Binary(Operator::And, left, right) => {
            let left = evaluate(left, context)?;
            if truthy(&left) {
                evaluate(right, context)?
            } else {
                left
            }
        }
        Node::Binary(Operator::Or, left, right) => {
            let left = evaluate(left, context)?;
            if truthy(&left) {
                left
            } else {
                evaluate(right, context)?
            }
        }
        Node::Binary(operator, left, right) => arithmetic(
            *operator,
            &evaluate(left, context)?,
            &evaluate(right, context)?,
        )?,
        Node::Chain(first, rest) => {
            let mut left = evaluate(first, context)?;
            for (operator, right) in rest {
                let right = evaluate(right, context)?;
                if !compare(*operator, &left, &right)? {
                    return Some(Value::Bool(false));
                }
                left = right;
            }
            Value::Bool(true)
        }
        Node::Call(function, arguments) => {
            let value = evaluate(arguments.first()?, context)?;
            call(*function, value)?
        }
        Node::Match {
            regex,
            anywhere,
            text,
        } => {
            let Value::Text(text) = as_text(evaluate(text, context)?) else {
                return None;
            };
            let found = if *anywhere {
                regex.is_match(&text)
            } else {
                regex.is_match_at_start(&text)
            };
            Value::Bool(found.ok()?)
        }
        Node::Today => Value::Int(value::today()?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use proptest::prelude::*;

    use super::Expression;

    fn check(text: &str, expected: Option<bool>) {
        let lookup = |name: &str| match name {
            "$N" => Some("0x10".to_owned()),
            "$S" => Some("'abc'".to_owned()),
            "$Q" => Some("\"42\"".to_owned()),
            "$E" | "$...ES" => Some("f(x)".to_owned()),
            "$M" => Some("-3".to_owned()),
            _ => None,
        };
        let result = Expression::parse(text)
            .unwrap()
            .evaluate(&lookup, false, None);
        assert_eq!(result, expected, "{text}");
    }

    #[test]
    fn expressions() {
        check("$N == 16", Some(true));
        check("$N < 2 ** 4 or $N >= 10 + 6", Some(true));
        check("1 < $N < 10", Some(false));
        check("not ($N % 2 == 1)", Some(true));
        check("len($S) == 3 and $S == 'abc'", Some(true));
        check("int($Q) * 2 == 84", Some(true));
        check("$Q < 50", None);
        check("re.match('.*b.*', $S)", Some(true));
        check("re.match('b', $S)", Some(false));
        check("$S in ['x', 'abc']", Some(true));
        check("$MISSING > 1", None);
        check("str($N) == '16'", Some(true));
        check("str($E) == 'f(x)'", Some(true));
        check("$E == 'f(x)'", None);
        check("$E != 10", None);
        check("re.match('f', $E)", Some(true));
        check("not str($...ES) in ['g', '*']", Some(true));
        check("str($...ES)  not  in ['f(x)']", Some(false));
        check("$M % 2 == -1", Some(true));
        check("$M // 2 == -2 and 3 // 2 == 1", Some(true));
        check("10 / 4 == 2.5 and 10 / 2 == 5", Some(true));
        check("2 ** 53 == 2 ** 53 + 1", Some(false));
        check("$N & 16 == 16 and 6 ^ 3 == 5 and 1 | 2 == 3", Some(true));
        check("'bc' in $S", Some(true));
        check("float($Q) == 42.0", Some(true));
        check(
            "strptime('2024-01-02') - strptime('2024-01-01') == 86400",
            Some(true),
        );
        check("today() > strptime('2024-01-01')", Some(true));
        check("1 / 0 == 1", None);
        check("-$N == -16", Some(true));
    }

    #[test]
    fn strip_and_base() {
        let lookup = |_: &str| Some("'0777'".to_owned());
        let expression = Expression::parse("$X == 511").unwrap();
        assert_eq!(expression.evaluate(&lookup, true, Some(8)), Some(true));
    }

    #[test]
    fn refusals() {
        for text in ["", "1 +", "(1", "foo(1)", "'a", "1 2", "re.match('(', $X)"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
        assert!(Expression::parse(&"(".repeat(10_000)).is_err());
        assert!(Expression::parse(&"not ".repeat(10_000)).is_err());
        for long in ["1+", "1 and ", "1 < ", "1*"] {
            assert!(
                Expression::parse(&format!("{}1", long.repeat(100_000))).is_err(),
                "{long}"
            );
        }
    }

    #[test]
    fn metavariables_are_told() {
        let expression = Expression::parse("len($A) > 1 and $B in [$...C, 1 - $A]").unwrap();
        assert_eq!(expression.metavariables(), ["$...C", "$A", "$B"]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[-$XN0-9a-z()'<>=+*/% .\\[\\],]{0,40}") {
            if let Ok(expression) = Expression::parse(&text) {
                expression.evaluate(&|_| Some("99999999999999999999".to_owned()), true, None);
            }
        }
    }
}
