//! The little Python of `metavariable-comparison`: literals, arithmetic, comparisons, `and`, `or`, `not`, `in`, `int()`,
//! `str()`, `len()`, `re.match()`, over the text that metavariables are bound to.

use super::regex::Regex;

/// Deepest nesting of an expression.
const MAX_DEPTH: u32 = 64;

/// A comparison that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at character {at}")]
pub struct ComparisonError {
    at: usize,
    message: String,
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
    Lower,
    Upper,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Int(i128),
    Float(f64),
    Text(String),
    Bool(bool),
    None,
    List(Vec<Value>),
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
        let mut parser = Parser {
            text,
            at: 0,
            depth: 0,
        };
        let node = parser.or()?;
        parser.space();
        if parser.at < text.len() {
            return parser.fail("the end of the expression is expected");
        }
        Ok(Self(node))
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
    })
}

/// Source text as a value: a number, a string or boolean literal, else the text itself.
fn literal(text: &str, context: &Context<'_>) -> Value {
    let trimmed = text.trim();
    let unquoted = ['"', '\'', '`'].iter().find_map(|quote| {
        trimmed
            .strip_prefix(*quote)
            .and_then(|rest| rest.strip_suffix(*quote))
    });
    match unquoted {
        Some(inner) if context.strip => {
            number(inner, context.base).unwrap_or_else(|| Value::Text(inner.to_owned()))
        }
        Some(inner) => Value::Text(inner.to_owned()),
        None => match trimmed {
            "true" | "True" => Value::Bool(true),
            "false" | "False" => Value::Bool(false),
            "null" | "undefined" | "None" => Value::None,
            _ => number(trimmed, context.base).unwrap_or_else(|| Value::Text(trimmed.to_owned())),
        },
    }
}

fn number(text: &str, base: Option<u32>) -> Option<Value> {
    let plain: String = text.chars().filter(|character| *character != '_').collect();
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, plain.as_str()),
    };
    let lower = digits.to_ascii_lowercase();
    let with_base = |digits: &str, base: u32| i128::from_str_radix(digits, base).ok();
    let parsed = if let Some(base) = base {
        with_base(
            lower
                .trim_start_matches("0x")
                .trim_start_matches("0o")
                .trim_start_matches("0b"),
            base,
        )
    } else if let Some(digits) = lower.strip_prefix("0x") {
        with_base(digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        with_base(digits, 8)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        with_base(digits, 2)
    } else {
        lower.trim_end_matches('n').parse().ok()
    };
    if let Some(value) = parsed {
        return Some(Value::Int(if negative {
            value.checked_neg()?
        } else {
            value
        }));
    }
    let starts = lower.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let value: f64 = lower.parse().ok().filter(|_| starts)?;
    Some(Value::Float(if negative { -value } else { value }))
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Bool(value) => *value,
        Value::None => false,
        Value::List(values) => !values.is_empty(),
    }
}

fn as_text(value: Value) -> Value {
    match value {
        Value::Int(value) => Value::Text(value.to_string()),
        Value::Float(value) => Value::Text(value.to_string()),
        Value::Bool(value) => Value::Text(value.to_string()),
        other => other,
    }
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        _ => None,
    }
}

fn call(function: Function, value: Value) -> Option<Value> {
    Some(match (function, value) {
        (Function::Int, Value::Text(text)) => match number(&text, None)? {
            Value::Float(value) => Value::Int(value as i128),
            other => other,
        },
        (Function::Int, Value::Float(value)) => Value::Int(value as i128),
        (Function::Int, Value::Bool(value)) => Value::Int(i128::from(value)),
        (Function::Int, value @ Value::Int(_)) => value,
        (Function::Str, value) => as_text(value),
        (Function::Len, Value::Text(text)) => Value::Int(text.chars().count() as i128),
        (Function::Len, Value::List(values)) => Value::Int(values.len() as i128),
        (Function::Lower, Value::Text(text)) => Value::Text(text.to_lowercase()),
        (Function::Upper, Value::Text(text)) => Value::Text(text.to_uppercase()),
        _ => return None,
    })
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    if let (Operator::Add, Value::Text(a), Value::Text(b)) = (operator, left, right) {
        return Some(Value::Text(format!("{a}{b}")));
    }
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Some(Value::Int(match operator {
            Operator::Add => a.checked_add(*b)?,
            Operator::Subtract => a.checked_sub(*b)?,
            Operator::Multiply => a.checked_mul(*b)?,
            Operator::FloorDivide => a.checked_div_euclid(*b)?,
            Operator::Modulo => a.checked_rem_euclid(*b)?,
            Operator::Power => a.checked_pow(u32::try_from(*b).ok()?)?,
            Operator::Divide => return (*b != 0).then(|| Value::Float(*a as f64 / *b as f64)),
            _ => return None,
        }));
    }
    let (a, b) = (as_float(left)?, as_float(right)?);
    Some(Value::Float(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide if b != 0.0 => a / b,
        Operator::FloorDivide if b != 0.0 => (a / b).floor(),
        Operator::Modulo if b != 0.0 => a.rem_euclid(b),
        Operator::Power => a.powf(b),
        _ => return None,
    }))
}

fn compare(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    let equal = |a: &Value, b: &Value| match (as_float(a), as_float(b)) {
        (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
        _ => a == b,
    };
    Some(match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        Operator::In | Operator::NotIn => {
            let found = match (left, right) {
                (Value::Text(part), Value::Text(whole)) => whole.contains(part.as_str()),
                (value, Value::List(values)) => values.iter().any(|other| equal(value, other)),
                _ => return None,
            };
            found == (operator == Operator::In)
        }
        _ => {
            let order = match (left, right) {
                (Value::Text(a), Value::Text(b)) => a.cmp(b),
                (Value::Int(a), Value::Int(b)) => a.cmp(b),
                _ => as_float(left)?.partial_cmp(&as_float(right)?)?,
            };
            match operator {
                Operator::Less => order.is_lt(),
                Operator::LessEqual => order.is_le(),
                Operator::Greater => order.is_gt(),
                Operator::GreaterEqual => order.is_ge(),
                _ => return None,
            }
        }
    })
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
}

type Parse<T> = Result<T, ComparisonError>;

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parse<T> {
        Err(ComparisonError {
            at: self.at + 1,
            message: message.into(),
        })
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len();
        }
        found
    }

    fn word(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().strip_prefix(word).is_some_and(|after| {
            !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        });
        if found {
            self.at += word.len();
        }
        found
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= MAX_DEPTH {
            return self.fail("the expression nests too deep");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    fn or(&mut self) -> Parse<Node> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Node::Binary(Operator::Or, Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parse<Node> {
        let mut left = self.not()?;
        while self.word("and") {
            left = Node::Binary(Operator::And, Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Parse<Node> {
        if self.word("not") {
            return self.deeper(|this| Ok(Node::Not(Box::new(this.not()?))));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parse<Node> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        loop {
            let operator = if self.symbol("==") {
                Operator::Equal
            } else if self.symbol("!=") {
                Operator::NotEqual
            } else if self.symbol("<=") {
                Operator::LessEqual
            } else if self.symbol(">=") {
                Operator::GreaterEqual
            } else if self.symbol("<") {
                Operator::Less
            } else if self.symbol(">") {
                Operator::Greater
            } else if self.word("not in") {
                Operator::NotIn
            } else if self.word("in") {
                Operator::In
            } else {
                break;
            };
            rest.push((operator, self.sum()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Node::Chain(Box::new(first), rest)
        })
    }

    fn sum(&mut self) -> Parse<Node> {
        let mut left = self.product()?;
        loop {
            let operator = if self.symbol("+") {
                Operator::Add
            } else if self.symbol("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            left = Node::Binary(operator, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Parse<Node> {
        let mut left = self.unary()?;
        loop {
            self.space();
            let operator = if self.rest().starts_with("**") {
                return Ok(left);
            } else if self.symbol("*") {
                Operator::Multiply
            } else if self.symbol("//") {
                Operator::FloorDivide
            } else if self.symbol("/") {
                Operator::Divide
            } else if self.symbol("%") {
                Operator::Modulo
            } else {
                return Ok(left);
            };
            left = Node::Binary(operator, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Parse<Node> {
        if self.symbol("-") {
            return self.deeper(|this| Ok(Node::Negative(Box::new(this.unary()?))));
        }
        let base = self.atom()?;
        if self.symbol("**") {
            let exponent = self.deeper(Self::unary)?;
            return Ok(Node::Binary(
                Operator::Power,
                Box::new(base),
                Box::new(exponent),
            ));
        }
        Ok(base)
    }

    fn list(&mut self, close: &str) -> Parse<Vec<Node>> {
        let mut nodes = Vec::new();
        loop {
            if self.symbol(close) {
                return Ok(nodes);
            }
            nodes.push(self.deeper(Self::or)?);
            if !self.symbol(",") {
                if self.symbol(close) {
                    return Ok(nodes);
                }
                return self.fail(format!("`,` or `{close}` is expected"));
            }
        }
    }

    fn atom(&mut self) -> Parse<Node> {
        self.space();
        if self.symbol("(") {
            let inner = self.deeper(Self::or)?;
            if !self.symbol(")") {
                return self.fail("`)` is expected");
            }
            return Ok(inner);
        }
        if self.symbol("[") {
            return self.list("]").map(Node::List);
        }
        for (word, node) in [
            ("True", Node::Bool(true)),
            ("False", Node::Bool(false)),
            ("true", Node::Bool(true)),
            ("false", Node::Bool(false)),
            ("None", Node::None),
        ] {
            if self.word(word) {
                return Ok(node);
            }
        }
        for (name, anywhere) in [
            ("re.match", false),
            ("re.search", true),
            ("re.fullmatch", false),
        ] {
            if self.word(name) {
                return self.regex(name, anywhere);
            }
        }
        for (name, function) in [
            ("int", Function::Int),
            ("str", Function::Str),
            ("len", Function::Len),
            ("lower", Function::Lower),
            ("upper", Function::Upper),
        ] {
            if self.word(name) {
                if !self.symbol("(") {
                    return self.fail("`(` is expected");
                }
                let arguments = self.list(")")?;
                if arguments.len() != 1 {
                    return self.fail(format!("`{name}` takes one argument"));
                }
                return Ok(Node::Call(function, arguments));
            }
        }
        let rest = self.rest();
        match rest.chars().next() {
            Some('$') => {
                let length = 1 + rest
                    .bytes()
                    .skip(1)
                    .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                    .count();
                let name = rest.get(..length).unwrap_or_default().to_owned();
                self.at += length;
                Ok(Node::Variable(name))
            }
            Some(first) if first.is_ascii_digit() || first == '.' => {
                let length = rest
                    .bytes()
                    .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
                    .count();
                match number(rest.get(..length).unwrap_or_default(), None) {
                    Some(Value::Int(value)) => {
                        self.at += length;
                        Ok(Node::Int(value))
                    }
                    Some(Value::Float(value)) => {
                        self.at += length;
                        Ok(Node::Float(value))
                    }
                    _ => self.fail("not a number"),
                }
            }
            Some('"' | '\'' | 'r') => self.string().map(Node::Text),
            _ => self.fail("a value is expected"),
        }
    }

    fn string(&mut self) -> Parse<String> {
        let raw = self.symbol("r");
        let rest = self.rest();
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
            return self.fail("a string is expected");
        };
        let mut text = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            if character == quote {
                self.at += at + 1;
                return Ok(text);
            }
            if character == '\\' {
                match characters.next() {
                    Some((_, escaped)) if escaped == quote || (escaped == '\\' && !raw) => {
                        text.push(escaped);
                    }
                    Some((_, 'n')) if !raw => text.push('\n'),
                    Some((_, 't')) if !raw => text.push('\t'),
                    Some((_, other)) => {
                        text.push('\\');
                        text.push(other);
                    }
                    None => break,
                }
            } else {
                text.push(character);
            }
        }
        self.fail("the string does not end")
    }

    fn regex(&mut self, name: &str, anywhere: bool) -> Parse<Node> {
        if !self.symbol("(") {
            return self.fail("`(` is expected");
        }
        self.space();
        let source = self.string()?;
        let source = if name == "re.fullmatch" {
            format!("(?:{source})\\z")
        } else {
            source
        };
        let regex = match Regex::new(&source) {
            Ok(regex) => Box::new(regex),
            Err(error) => return self.fail(error.to_string()),
        };
        if !self.symbol(",") {
            return self.fail("`,` is expected");
        }
        let text = Box::new(self.deeper(Self::or)?);
        if !self.symbol(")") {
            return self.fail("`)` is expected");
        }
        Ok(Node::Match {
            regex,
            anywhere,
            text,
        })
    }
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
            "$E" => Some("f(x)".to_owned()),
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
        check("$E == 'f(x)'", Some(true));
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
