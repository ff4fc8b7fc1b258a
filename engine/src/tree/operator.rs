//! Operators, numbered the same for every grammar.

/// Every operator of the supported languages. An operator's number is its place here, plus one.
const OPERATORS: [&str; 51] = [
    "+",
    "-",
    "*",
    "/",
    "%",
    "**",
    "==",
    "!=",
    "===",
    "!==",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "??",
    "&",
    "|",
    "^",
    "<<",
    ">>",
    ">>>",
    "in",
    "instanceof",
    "!",
    "~",
    "typeof",
    "void",
    "delete",
    "++",
    "--",
    "+=",
    "-=",
    "*=",
    "/=",
    "%=",
    "**=",
    "&=",
    "|=",
    "^=",
    "<<=",
    ">>=",
    ">>>=",
    "&&=",
    "||=",
    "??=",
    "of",
    "var",
    "let",
    "const",
];

/// The number of an operator or keyword; 0 where it is none.
pub(crate) fn number(text: &str) -> u8 {
    OPERATORS
        .iter()
        .position(|operator| *operator == text)
        .map_or(0, |at| at as u8 + 1)
}

/// The operator or keyword with a number; empty where there is none.
pub(crate) fn text(number: u8) -> &'static str {
    let place = usize::from(number).checked_sub(1);
    let operator = place.and_then(|place| OPERATORS.get(place));
    operator.copied().unwrap_or_default()
}

/// The numbers that the matcher needs by name.
pub(crate) mod known {
    /// `+`
    pub(crate) const PLUS: u8 = 1;
    /// `*`
    pub(crate) const TIMES: u8 = 3;
    /// `==`
    pub(crate) const EQUAL: u8 = 7;
    /// `!=`
    pub(crate) const NOT_EQUAL: u8 = 8;
    /// `===`
    pub(crate) const SAME: u8 = 9;
    /// `!==`
    pub(crate) const NOT_SAME: u8 = 10;
    /// `&&`
    pub(crate) const AND: u8 = 15;
    /// `||`
    pub(crate) const OR: u8 = 16;
    /// `??`
    pub(crate) const NULLISH: u8 = 17;
    /// `&`
    pub(crate) const BIT_AND: u8 = 18;
    /// `|`
    pub(crate) const BIT_OR: u8 = 19;
    /// `^`
    pub(crate) const BIT_XOR: u8 = 20;
    /// `in`
    pub(crate) const IN: u8 = 24;
    /// `+=`
    pub(crate) const PLUS_ASSIGN: u8 = 33;
    /// `&&=`
    pub(crate) const AND_ASSIGN: u8 = 45;
    /// `??=`
    pub(crate) const NULLISH_ASSIGN: u8 = 47;
    /// `var`
    pub(crate) const VAR: u8 = 49;
}

/// Whether the right side is evaluated only for some values of the left.
pub(crate) fn is_logical(operator: u8) -> bool {
    matches!(operator, known::AND | known::OR | known::NULLISH)
}

/// Whether the operator assigns only for some values of the left: `&&=`, `||=`, `??=`.
pub(crate) fn is_logical_assignment(operator: u8) -> bool {
    (known::AND_ASSIGN..=known::NULLISH_ASSIGN).contains(&operator)
}

/// Whether the operator compares two values.
pub(crate) fn is_comparison(operator: u8) -> bool {
    const COMPARISONS: [&str; 10] = [
        "==",
        "!=",
        "===",
        "!==",
        "<",
        "<=",
        ">",
        ">=",
        "in",
        "instanceof",
    ];
    COMPARISONS.contains(&text(operator))
}

/// Whether `(a op b) op c` is `a op (b op c)`.
pub(crate) fn is_associative(operator: u8) -> bool {
    matches!(
        operator,
        known::AND | known::OR | known::BIT_AND | known::BIT_OR | known::BIT_XOR
    )
}

#[cfg(test)]
mod tests {
    use super::{known, number};

    #[test]
    fn known_numbers_are_those_of_the_table() {
        for (text, value) in [
            ("+", known::PLUS),
            ("*", known::TIMES),
            ("==", known::EQUAL),
            ("!=", known::NOT_EQUAL),
            ("===", known::SAME),
            ("!==", known::NOT_SAME),
            ("&&", known::AND),
            ("||", known::OR),
            ("??", known::NULLISH),
            ("+=", known::PLUS_ASSIGN),
            ("&&=", known::AND_ASSIGN),
            ("??=", known::NULLISH_ASSIGN),
            ("&", known::BIT_AND),
            ("|", known::BIT_OR),
            ("^", known::BIT_XOR),
            ("in", known::IN),
            ("var", known::VAR),
        ] {
            assert_eq!(number(text), value, "{text}");
            assert_eq!(super::text(value), text);
        }
        assert_eq!(number("nothing"), 0);
        assert_eq!(super::text(0), "");
    }
}
