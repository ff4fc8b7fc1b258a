//! Tokens, and the tables that tell them apart.

use crate::tree::operator::known;

/// What a token is. Operators have the numbers that they have in the tree (`tree/operator.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum T {
    End = 0,
    Plus = 1,
    Minus = 2,
    Times = known::TIMES,
    Divide = 4,
    Remainder = 5,
    Power = 6,
    Equal = known::EQUAL,
    NotEqual = 8,
    Same = 9,
    NotSame = 10,
    Less = 11,
    LessEqual = 12,
    Greater = 13,
    GreaterEqual = 14,
    And = known::AND,
    Or = 16,
    Nullish = 17,
    BitAnd = 18,
    BitOr = 19,
    BitXor = 20,
    ShiftLeft = 21,
    ShiftRight = 22,
    ShiftRightUnsigned = 23,
    In = known::IN,
    Instanceof = 25,
    Not = 26,
    Complement = 27,
    Typeof = 28,
    Void = 29,
    Delete = 30,
    Increment = 31,
    Decrement = 32,
    PlusAssign = known::PLUS_ASSIGN,
    MinusAssign = 34,
    TimesAssign = 35,
    DivideAssign = 36,
    RemainderAssign = 37,
    PowerAssign = 38,
    AndAssign = 39,
    OrAssign = 40,
    XorAssign = 41,
    ShiftLeftAssign = 42,
    ShiftRightAssign = 43,
    ShiftRightUnsignedAssign = 44,
    LogicalAndAssign = 45,
    LogicalOrAssign = 46,
    NullishAssign = 47,
    Var = known::VAR,
    Const = 51,

    /// What no token can begin with, or one that is not known for certain.
    Bad = 60,
    Assign,
    Arrow,
    Dot,
    OptionalDot,
    Spread,
    Comma,
    Colon,
    Question,
    Semicolon,
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    At,
    Backtick,
    Number,
    String,
    PrivateName,

    // Reserved words.
    Break,
    Case,
    Catch,
    Class,
    Continue,
    Debugger,
    Default,
    Do,
    Else,
    Export,
    Extends,
    False,
    Finally,
    For,
    Function,
    If,
    Import,
    New,
    Null,
    Return,
    Super,
    Switch,
    This,
    Throw,
    True,
    Try,
    While,
    With,
    Yield,
    Enum,

    // Names; those after the first have a meaning in some places.
    Name,
    Undefined,
    Abstract,
    As,
    Asserts,
    Async,
    Await,
    Declare,
    From,
    Get,
    Global,
    Infer,
    Interface,
    Is,
    Implements,
    Keyof,
    Let,
    Module,
    Namespace,
    Of,
    Override,
    Private,
    Protected,
    Public,
    Readonly,
    Accessor,
    Satisfies,
    Set,
    Static,
    Type,
    Unique,
    Using,
    // Types that have a name of the language's own.
    Any,
    Boolean,
    NumberType,
    Object,
    StringType,
    Symbol,
    Never,
    Unknown,
}

impl T {
    /// Whether a name can be written so where names of the program stand.
    pub(super) fn is_name(self) -> bool {
        self as u8 >= Self::Name as u8
    }

    /// Whether it is a word: what may stand after a dot.
    pub(super) fn is_word(self) -> bool {
        self as u8 >= Self::Break as u8
            || matches!(
                self,
                Self::In
                    | Self::Instanceof
                    | Self::Typeof
                    | Self::Void
                    | Self::Delete
                    | Self::Var
                    | Self::Const
            )
    }

    /// The number of the operator in the tree.
    pub(super) fn number(self) -> u8 {
        self as u8
    }

    /// How strongly a binary operator binds; 0 where it is none.
    pub(super) fn binding(self) -> u8 {
        match self {
            Self::Nullish => 1,
            Self::Or => 2,
            Self::And => 3,
            Self::BitOr => 4,
            Self::BitXor => 5,
            Self::BitAnd => 6,
            Self::Equal | Self::NotEqual | Self::Same | Self::NotSame => 7,
            Self::Less
            | Self::LessEqual
            | Self::Greater
            | Self::GreaterEqual
            | Self::In
            | Self::Instanceof => RELATION,
            Self::ShiftLeft | Self::ShiftRight | Self::ShiftRightUnsigned => 9,
            Self::Plus | Self::Minus => 10,
            Self::Times | Self::Divide | Self::Remainder => 11,
            Self::Power => 12,
            _ => 0,
        }
    }

    /// Whether it assigns and computes at once.
    pub(super) fn is_augmented(self) -> bool {
        (Self::PlusAssign..=Self::NullishAssign).contains(&self)
    }
}

/// How strongly `<` and its like bind.
pub(super) const RELATION: u8 = 8;

/// A token: where it stands and what is before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: T,
    /// Whether a line ends between the token before and this one.
    pub(super) newline: bool,
    /// Whether a comment stands between the token before and this one.
    pub(super) comment: bool,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// How long the words are that have a meaning, a bit for each length, by their first letter.
const LENGTHS: [u16; 26] = [
    428, 160, 304, 452, 208, 440, 72, 0, 1636, 0, 32, 8, 64, 632, 324, 704, 0, 320, 616, 120, 736,
    24, 48, 0, 32, 0,
];

/// A token as the scanner returns it: in two registers. Written to memory a byte at a time and read again as a whole, it would
/// make the processor wait for each token.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    /// Start and end, 31 bits each, then the flags.
    span: u64,
    kind: T,
}

impl Packed {
    pub(super) const NEWLINE: u64 = 1 << 62;
    pub(super) const COMMENT: u64 = 1 << 63;
    const PLACE: u64 = (1 << 31) - 1;

    #[inline]
    pub(super) fn new(kind: T, flags: u64, start: usize, end: usize) -> Self {
        Self {
            span: start as u64 | (end as u64) << 31 | flags,
            kind,
        }
    }

    #[inline]
    pub(super) fn unpack(self) -> Token {
        Token {
            kind: self.kind,
            newline: self.span & Self::NEWLINE != 0,
            comment: self.span & Self::COMMENT != 0,
            start: (self.span & Self::PLACE) as u32,
            end: (self.span >> 31 & Self::PLACE) as u32,
        }
    }
}

/// The kind of a word.
pub(super) fn word(text: &[u8]) -> T {
    // Most names are turned away by their first letter and their length.
    let lengths = match text.first() {
        Some(first @ b'a'..=b'z') => LENGTHS
            .get((first - b'a') as usize)
            .copied()
            .unwrap_or_default(),
        _ => 0,
    };
    if lengths & (1 << text.len().min(15)) == 0 {
        return T::Name;
    }
    match text {
        b"if" => T::If,
        b"in" => T::In,
        b"do" => T::Do,
        b"as" => T::As,
        b"of" => T::Of,
        b"is" => T::Is,
        b"var" => T::Var,
        b"let" => T::Let,
        b"new" => T::New,
        b"for" => T::For,
        b"try" => T::Try,
        b"get" => T::Get,
        b"set" => T::Set,
        b"any" => T::Any,
        b"this" => T::This,
        b"else" => T::Else,
        b"null" => T::Null,
        b"true" => T::True,
        b"case" => T::Case,
        b"void" => T::Void,
        b"with" => T::With,
        b"enum" => T::Enum,
        b"from" => T::From,
        b"type" => T::Type,
        b"const" => T::Const,
        b"false" => T::False,
        b"async" => T::Async,
        b"await" => T::Await,
        b"break" => T::Break,
        b"catch" => T::Catch,
        b"class" => T::Class,
        b"super" => T::Super,
        b"throw" => T::Throw,
        b"while" => T::While,
        b"yield" => T::Yield,
        b"using" => T::Using,
        b"infer" => T::Infer,
        b"keyof" => T::Keyof,
        b"never" => T::Never,
        b"return" => T::Return,
        b"typeof" => T::Typeof,
        b"delete" => T::Delete,
        b"switch" => T::Switch,
        b"import" => T::Import,
        b"export" => T::Export,
        b"static" => T::Static,
        b"public" => T::Public,
        b"module" => T::Module,
        b"global" => T::Global,
        b"unique" => T::Unique,
        b"object" => T::Object,
        b"string" => T::StringType,
        b"number" => T::NumberType,
        b"symbol" => T::Symbol,
        b"default" => T::Default,
        b"extends" => T::Extends,
        b"finally" => T::Finally,
        b"declare" => T::Declare,
        b"private" => T::Private,
        b"asserts" => T::Asserts,
        b"boolean" => T::Boolean,
        b"unknown" => T::Unknown,
        b"continue" => T::Continue,
        b"debugger" => T::Debugger,
        b"function" => T::Function,
        b"abstract" => T::Abstract,
        b"accessor" => T::Accessor,
        b"override" => T::Override,
        b"readonly" => T::Readonly,
        b"undefined" => T::Undefined,
        b"interface" => T::Interface,
        b"namespace" => T::Namespace,
        b"protected" => T::Protected,
        b"satisfies" => T::Satisfies,
        b"implements" => T::Implements,
        b"instanceof" => T::Instanceof,
        _ => T::Name,
    }
}

/// Bits of [`CLASS`].
pub(super) mod class {
    /// May be in a name.
    pub(crate) const NAME: u8 = 1;
    /// May begin a name.
    pub(crate) const NAME_START: u8 = 1 << 1;
    /// White space of one byte.
    pub(crate) const SPACE: u8 = 1 << 2;
    /// A decimal digit.
    pub(crate) const DIGIT: u8 = 1 << 3;
    /// A small letter: what words of the language are made of.
    pub(crate) const SMALL: u8 = 1 << 4;
}

/// What each byte can be in.
pub(super) static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0_usize;
    while byte < 256 {
        let it = byte as u8;
        let mut bits = 0;
        if it.is_ascii_alphabetic() || it == b'_' || it == b'$' {
            bits |= class::NAME | class::NAME_START;
        }
        if it.is_ascii_lowercase() {
            bits |= class::SMALL;
        }
        if it.is_ascii_digit() {
            bits |= class::NAME | class::DIGIT;
        }
        if matches!(it, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c) {
            bits |= class::SPACE;
        }
        // Range-checked by the loop.
        #[allow(clippy::indexing_slicing)]
        {
            table[byte] = bits;
        }
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{T, word};

    #[test]
    fn words_of_every_length_and_letter_are_known() {
        for (text, kind) in [
            ("if", T::If),
            ("as", T::As),
            ("new", T::New),
            ("enum", T::Enum),
            ("keyof", T::Keyof),
            ("unique", T::Unique),
            ("protected", T::Protected),
            ("implements", T::Implements),
            ("instanceof", T::Instanceof),
            ("undefined", T::Undefined),
            ("iff", T::Name),
            ("If", T::Name),
        ] {
            assert_eq!(word(text.as_bytes()), kind, "{text}");
        }
    }
}
