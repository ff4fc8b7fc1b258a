//! The kinds of nodes in the lowered tree, the same for every language.
//!
//! A kind says how many children a node has and what each one means (its slots), so that a pattern and the
//! code it is held against can be compared slot by slot. An optional slot that is empty holds a
//! [`Kind::Absent`] node; lists are nodes of their own (`Arguments`, `Parameters`, `Block`).

/// The enumeration, and the list of what is in it.
macro_rules! kinds {
    ($(#[$about:meta])* pub enum Kind { $($(#[$child:meta])* $kind:ident,)* }) => {
        $(#[$about])*
        pub enum Kind { $($(#[$child])* $kind,)* }

        /// Every kind, in the order of its number.
        pub(crate) const KINDS: &[Kind] = &[$(Kind::$kind),*];
    };
}

kinds! {
    /// What a node is. The comment gives its children in order; `*` marks a list.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    #[repr(u8)]
    pub enum Kind {
        /// An empty optional slot.
        Absent,
        /// A construct without a kind of its own: its grammar name is the node's `name`; children in source order.
        Other,
        /// Source that nests deeper than [`super::MAX_DEPTH`], or does not parse; a leaf.
        Opaque,

        /// A name that is read or called; a leaf.
        Name,
        /// A name that is being bound: variable, parameter, function, class; a leaf.
        Definition,
        /// The name of a property, method, field or attribute; a leaf.
        Property,
        /// `this`; a leaf.
        This,
        /// `super`; a leaf.
        Super,
        /// A string; `name` is its content.
        String,
        /// The text between the substitutions of a template; a leaf.
        TemplateText,
        /// parts*: [`Kind::TemplateText`] or expression.
        Template,
        /// A number; a leaf.
        Number,
        /// `true` or `false`; a leaf.
        Boolean,
        /// `null`; a leaf.
        Null,
        /// `undefined`; a leaf.
        Undefined,
        /// `/…/flags`; `name` is what stands between the slashes; a leaf.
        Regex,
        /// elements*.
        Array,
        /// members*: [`Kind::Pair`], [`Kind::Function`] with a name, [`Kind::Spread`].
        Object,
        /// key, value.
        Pair,
        /// expression.
        Spread,
        /// callee, [`Kind::Arguments`].
        Call,
        /// constructor, [`Kind::Arguments`].
        New,
        /// expressions*.
        Arguments,
        /// object, [`Kind::Property`].
        Member,
        /// object, index.
        Index,
        /// target, value.
        Assign,
        /// target, value; `sub` is the operator.
        AugmentedAssign,
        /// left, right; `sub` is the operator.
        Binary,
        /// operand; `sub` is the operator.
        Unary,
        /// operand; `sub` is the operator.
        Update,
        /// condition, then, else.
        Conditional,
        /// operand.
        Await,
        /// operand or Absent.
        Yield,
        /// expressions*.
        Sequence,
        /// operand, type.
        Cast,
        /// tag, [`Kind::Template`].
        TaggedTemplate,
        /// [`Kind::Parameters`], return type or Absent, [`Kind::Block`]: a function without a name.
        Lambda,
        /// name, [`Kind::Parameters`], return type or Absent, [`Kind::Block`] or Absent: a declaration or a method.
        Function,
        /// parameters*.
        Parameters,
        /// binding, type or Absent, default or Absent.
        Parameter,
        /// target, default: a default inside a destructuring.
        Default,
        /// name or Absent, superclass or Absent, [`Kind::ClassBody`].
        Class,
        /// members*.
        ClassBody,
        /// name, type or Absent, value or Absent.
        Field,
        /// tag or Absent, [`Kind::JsxAttributes`], [`Kind::JsxChildren`].
        Jsx,
        /// attributes*.
        JsxAttributes,
        /// children*.
        JsxChildren,
        /// name, value or Absent.
        JsxAttribute,
        /// Text between tags; a leaf.
        JsxText,
        /// expression or Absent: `{…}` between tags.
        JsxExpression,
        /// expression: `@x` before a class or member.
        Decorator,
        /// The name of a type; a leaf.
        TypeName,

        /// statements*: a whole file.
        Program,
        /// statements*.
        Block,
        /// expression.
        ExpressionStatement,
        /// target, type or Absent, value or Absent; `sub` is the keyword.
        Variable,
        /// condition, then, else or Absent.
        If,
        /// initialiser or Absent, condition or Absent, update or Absent, body.
        For,
        /// target, object, body; `sub` tells `of` from `in`.
        ForEach,
        /// condition, body.
        While,
        /// body, condition.
        DoWhile,
        /// value or Absent.
        Return,
        /// value.
        Throw,
        /// block, [`Kind::Catch`] or Absent, finally block or Absent.
        Try,
        /// binding or Absent, block.
        Catch,
        /// value, [`Kind::Cases`].
        Switch,
        /// cases*.
        Cases,
        /// test or Absent (`default`), [`Kind::Block`].
        Case,
        /// label or Absent.
        Break,
        /// label or Absent.
        Continue,
        /// label, statement.
        Labeled,
        /// module, imported name or Absent (whole module), local name or Absent.
        Import,
        /// value: `export default value`.
        ExportDefault,
        /// names and module: `export {…}`.
        Export,

        /// Pattern only: `$X`; `name` is the metavariable's number.
        Metavariable,
        /// Pattern only: `$...X`.
        MetavariableEllipsis,
        /// Pattern only: `...`.
        Ellipsis,
        /// Pattern only: `<... x ...>`; expression.
        Deep,
        /// Pattern only: `"..."`.
        AnyString,
        /// Pattern only: a string of one metavariable, `"$X"`.
        StringMetavariable,
        /// Pattern only: a string or name that a regular expression must match, `"=~/…/"`; `name` is its number.
        RegexMatch,
        /// Pattern only: `a. ...`; object.
        MemberEllipsis,
        /// Pattern only: `($X: T)`; metavariable, type.
        TypedMetavariable,
        /// Pattern only: `/.../`.
        AnyRegex,
    }
}

/// How many kinds there are.
pub(crate) const KIND_COUNT: usize = KINDS.len();

impl Kind {
    /// Whether the children are a list of any length.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::Template
                | Self::Array
                | Self::Object
                | Self::Arguments
                | Self::Sequence
                | Self::Parameters
                | Self::ClassBody
                | Self::JsxAttributes
                | Self::JsxChildren
                | Self::Program
                | Self::Block
                | Self::Cases
                | Self::Export
                | Self::Other
        )
    }

    /// Whether the children are statements.
    pub fn holds_statements(self) -> bool {
        matches!(self, Self::Program | Self::Block)
    }

    /// Whether the node is a statement.
    pub fn is_statement(self) -> bool {
        matches!(
            self,
            Self::Block
                | Self::ExpressionStatement
                | Self::Variable
                | Self::If
                | Self::For
                | Self::ForEach
                | Self::While
                | Self::DoWhile
                | Self::Return
                | Self::Throw
                | Self::Try
                | Self::Switch
                | Self::Break
                | Self::Continue
                | Self::Labeled
                | Self::Import
                | Self::ExportDefault
                | Self::Export
                | Self::Function
                | Self::Class
                | Self::Field
        )
    }

    /// Whether the node is an expression; the text of a template is a string of its own.
    pub fn is_expression(self) -> bool {
        (self as u8 >= Self::Name as u8
            && (self as u8) <= Self::Lambda as u8
            && !matches!(
                self,
                Self::Definition | Self::Property | Self::Pair | Self::Spread | Self::Arguments
            ))
            || matches!(self, Self::Jsx)
    }

    /// Whether the node is a name in any role.
    pub fn is_name(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Definition | Self::Property | Self::TypeName
        )
    }

    /// Whether the node exists in patterns only.
    pub fn is_pattern_only(self) -> bool {
        self as u8 >= Self::Metavariable as u8
    }

    /// Whether an empty slot of a pattern may stand for a filled one of the code: what a pattern leaves out,
    /// it does not ask for (types, defaults, `else`, `catch`).
    pub fn absent_matches_any(self, slot: usize) -> bool {
        matches!(
            (self, slot),
            (
                Self::If | Self::Function | Self::Parameter | Self::Import,
                2
            ) | (
                // `import "x"` is any import of it.
                Self::Import
                    | Self::Lambda
                    | Self::Parameter
                    | Self::Variable
                    | Self::Field
                    | Self::Try
                    | Self::Class,
                1
            )
        )
    }
}
