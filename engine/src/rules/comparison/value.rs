//! Values of comparisons: reading them from source text, and what can be done with them.

use super::{Context, Function, Operator};

/// A value, as Python has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Int(i128),
    Float(f64),
    Text(String),
    /// Source text that is no literal.
    Code(String),
    Bool(bool),
    None,
    List(Vec<Value>),
}

/// Source text as a value: a number, a string or boolean literal, else code.
pub(super) fn literal(text: &str, context: &Context<'_>) -> Value {
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
            _ => number(trimmed, context.base).unwrap_or_else(|| Value::Code(trimmed.to_owned())),
        },
    }
}

pub(super) fn number(text: &str, base: Option<u32>) -> Option<Value> {
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

pub(super) fn truthy(value: &Value) -> bool {
    match value {
        Value::Int(value) => *value != 0,
        Value::Float(value) => *value != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Bool(value) => *value,
        Value::None | Value::Code(_) => false,
        Value::List(values) => !values.is_empty(),
    }
}

pub(super) fn as_text(value: Value) -> Value {
    match value {
        Value::Int(value) => Value::Text(value.to_string()),
        Value::Float(value) => Value::Text(value.to_string()),
        Value::Bool(value) => Value::Text(value.to_string()),
        Value::Code(text) => Value::Text(text),
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

pub(super) fn call(function: Function, value: Value) -> Option<Value> {
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
        (Function::Float, value) => {
            let value = match value {
                Value::Text(text) => number(&text, None)?,
                other => other,
            };
            Value::Float(as_float(&value)?)
        }
        (Function::Time, Value::Text(text)) => {
            let date: jiff::civil::Date = text.parse().ok()?;
            Value::Int(seconds(date)?)
        }
        (Function::Lower, Value::Text(text)) => Value::Text(text.to_lowercase()),
        (Function::Upper, Value::Text(text)) => Value::Text(text.to_uppercase()),
        _ => return None,
    })
}

pub(super) fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Option<Value> {
    if let (Operator::Add, Value::Text(a), Value::Text(b)) = (operator, left, right) {
        return Some(Value::Text(format!("{a}{b}")));
    }
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        return Some(Value::Int(match operator {
            Operator::Add => a.checked_add(*b)?,
            Operator::Subtract => a.checked_sub(*b)?,
            Operator::Multiply => a.checked_mul(*b)?,
            Operator::FloorDivide => {
                let quotient = a.checked_div(*b)?;
                let inexact = a.checked_rem(*b)? != 0;
                quotient - i128::from(inexact && (*a < 0) != (*b < 0))
            }
            Operator::Modulo => a.checked_rem(*b)?,
            Operator::BitAnd => a & b,
            Operator::BitOr => a | b,
            Operator::BitXor => a ^ b,
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
        Operator::Modulo if b != 0.0 => a % b,
        Operator::Power => a.powf(b),
        _ => return None,
    }))
}

pub(super) fn compare(operator: Operator, left: &Value, right: &Value) -> Option<bool> {
    if matches!(left, Value::Code(_)) || matches!(right, Value::Code(_)) {
        return None;
    }
    let equal = |a: &Value, b: &Value| match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (a, b) => match (as_float(a), as_float(b)) {
            (Some(a), Some(b)) => a.partial_cmp(&b).is_some_and(std::cmp::Ordering::is_eq),
            _ => a == b,
        },
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

/// Now, as far as a rule may know it: the day.
pub(super) fn today() -> Option<i128> {
    seconds(
        jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date(),
    )
}

fn seconds(date: jiff::civil::Date) -> Option<i128> {
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(i128::from(midnight.timestamp().as_second()))
}
