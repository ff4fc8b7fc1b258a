//! From text to an expression. The size is bounded, and with it the depth: a tree of few parts is never deep.

use super::value::{Value, number};
use super::{ComparisonError, Function, Node, Operator};
use crate::rules::regex::Regex;

/// Deepest nesting of brackets and signs.
const MAX_DEPTH: u32 = 64;
/// Most operators and values.
const MAX_PARTS: u32 = 512;

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Result<Node, ComparisonError> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        parts: 0,
    };
    let node = parser.or()?;
    parser.space();
    if parser.at < text.len() {
        return parser.fail("the end of the expression is expected");
    }
    Ok(node)
}

struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
    parts: u32,
}

type Parse<T> = Result<T, ComparisonError>;

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fail<T>(&self, message: impl Into<String>) -> Parse<T> {
        Err(ComparisonError {
            at: self
                .text
                .get(..self.at)
                .map_or(0, |before| before.chars().count())
                + 1,
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

    fn part(&mut self) -> Parse<()> {
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return self.fail(format!("the expression has more than {MAX_PARTS} parts"));
        }
        Ok(())
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
        let first = self.bits()?;
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
            } else if self.not_in() {
                Operator::NotIn
            } else if self.word("in") {
                Operator::In
            } else {
                break;
            };
            rest.push((operator, self.bits()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Node::Chain(Box::new(first), rest)
        })
    }

    fn not_in(&mut self) -> bool {
        let before = self.at;
        let found = self.word("not") && self.word("in");
        if !found {
            self.at = before;
        }
        found
    }

    fn bits(&mut self) -> Parse<Node> {
        let mut left = self.sum()?;
        loop {
            let operator = if self.symbol("&") {
                Operator::BitAnd
            } else if self.symbol("|") {
                Operator::BitOr
            } else if self.symbol("^") {
                Operator::BitXor
            } else {
                return Ok(left);
            };
            left = Node::Binary(operator, Box::new(left), Box::new(self.sum()?));
        }
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
        self.part()?;
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
            ("float", Function::Float),
            ("lower", Function::Lower),
            ("upper", Function::Upper),
            ("strptime", Function::Time),
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
        if self.word("today") {
            if self.symbol("(") && self.symbol(")") {
                return Ok(Node::Today);
            }
            return self.fail("`today` takes no argument: `today()` is expected");
        }
        let rest = self.rest();
        match rest.chars().next() {
            Some('$') => {
                let prefix = if rest.starts_with("$...") { 4 } else { 1 };
                let length = prefix
                    + rest
                        .bytes()
                        .skip(prefix)
                        .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                        .count();
                if length == prefix {
                    return self.fail("the name of a metavariable is expected after `$`");
                }
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
