//! What each node kind and field of a tree-sitter grammar means to the lowering.
//!
//! Kind and field numbers differ from grammar to grammar; names don't. A table per grammar, built once, turns
//! numbers into [`Form`]s and [`Field`]s, so that the lowering itself is written once.

use std::sync::OnceLock;

use tree_sitter::Language as Grammar;

use crate::language::Dialect;
use crate::tree::operator;

/// What a grammar's node kind is to the lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Array,
    Arrow,
    As,
    Assignment,
    AssignmentPattern,
    AugmentedAssignment,
    Await,
    Binary,
    Block,
    Boolean(bool),
    Break,
    Call,
    Catch,
    Class,
    ClassBody,
    Comment,
    Computed,
    Continue,
    Declaration,
    Declarator,
    Decorator,
    Do,
    ElseClause,
    Empty,
    Error,
    ExportStatement,
    ExpressionStatement,
    Field,
    Finally,
    ForIn,
    For,
    FunctionDeclaration,
    FunctionExpression,
    FunctionSignature,
    Identifier,
    If,
    ImportStatement,
    ImportKeyword,
    Inner,
    JsxAttribute,
    JsxElement,
    JsxExpression,
    JsxSelfClosing,
    JsxText,
    Labeled,
    Member,
    Method,
    New,
    Null,
    Number,
    Object,
    Other,
    Pair,
    Parameters,
    Program,
    PropertyName,
    Regex,
    RequiredParameter,
    RestPattern,
    Return,
    Sequence,
    ShorthandDefault,
    ShorthandPattern,
    ShorthandProperty,
    Spread,
    StatementLabel,
    StaticBlock,
    String,
    Subscript,
    Super,
    Switch,
    SwitchBody,
    SwitchCase,
    Template,
    TemplateSubstitution,
    Ternary,
    This,
    Throw,
    Token(u8),
    Keyword(Keyword),
    Try,
    TypeAssertion,
    TypeName,
    Unary,
    Undefined,
    Update,
    While,
    Yield,
}

/// Tokens that set a flag on the construct they stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Async,
    Star,
    Static,
    Get,
    Set,
    Default,
    Semicolon,
    OptionalChain,
    Equals,
    Bind,
}

/// What a grammar's field is to the lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    None,
    Alternative,
    Argument,
    Arguments,
    Attribute,
    Body,
    CloseTag,
    Condition,
    Consequence,
    Constructor,
    Declaration,
    Decorator,
    Finalizer,
    Function,
    Handler,
    Increment,
    Index,
    Initializer,
    Key,
    Kind,
    Label,
    Left,
    Name,
    Object,
    OpenTag,
    Operator,
    OptionalChain,
    Parameter,
    Parameters,
    Pattern,
    Property,
    ReturnType,
    Right,
    Source,
    Type,
    Value,
}

/// The tables of one grammar.
pub(crate) struct Tables {
    forms: Vec<Form>,
    fields: Vec<Field>,
    names: Vec<String>,
    pub(crate) source_field: u16,
}

impl Tables {
    pub(crate) fn form(&self, kind: u16) -> Form {
        // The error kind is u16::MAX, past the end of the table.
        self.forms
            .get(kind as usize)
            .copied()
            .unwrap_or(Form::Error)
    }

    pub(crate) fn field(&self, id: Option<std::num::NonZeroU16>) -> Field {
        id.and_then(|id| self.fields.get(id.get() as usize).copied())
            .unwrap_or(Field::None)
    }

    pub(crate) fn name(&self, kind: u16) -> &str {
        self.names
            .get(kind as usize)
            .map_or("ERROR", String::as_str)
    }

    fn new(grammar: &Grammar) -> Self {
        let kinds = grammar.node_kind_count() as u16;
        let names: Vec<String> = (0..kinds)
            .map(|kind| grammar.node_kind_for_id(kind).unwrap_or("ERROR").to_owned())
            .collect();
        let forms = (0..kinds)
            .map(|kind| {
                let name = names.get(kind as usize).map_or("", String::as_str);
                if grammar.node_kind_is_named(kind) {
                    named_form(name)
                } else {
                    token_form(name)
                }
            })
            .collect();
        let fields = (0..=grammar.field_count() as u16)
            .map(|id| grammar.field_name_for_id(id).map_or(Field::None, field))
            .collect();
        let source_field = grammar
            .field_id_for_name("source")
            .map_or(0, std::num::NonZeroU16::get);
        Self {
            forms,
            fields,
            names,
            source_field,
        }
    }
}

/// The tables of a dialect's grammar.
pub(crate) fn tables(dialect: Dialect) -> &'static Tables {
    static JAVASCRIPT: OnceLock<Tables> = OnceLock::new();
    static TYPESCRIPT: OnceLock<Tables> = OnceLock::new();
    static TSX: OnceLock<Tables> = OnceLock::new();
    let cell = match dialect {
        Dialect::JavaScript => &JAVASCRIPT,
        Dialect::TypeScript => &TYPESCRIPT,
        Dialect::Tsx => &TSX,
    };
    cell.get_or_init(|| Tables::new(&dialect.grammar()))
}

fn token_form(name: &str) -> Form {
    match name {
        "async" => Form::Keyword(Keyword::Async),
        "*" => Form::Keyword(Keyword::Star),
        "static" => Form::Keyword(Keyword::Static),
        "get" => Form::Keyword(Keyword::Get),
        "set" => Form::Keyword(Keyword::Set),
        "default" => Form::Keyword(Keyword::Default),
        ";" => Form::Keyword(Keyword::Semicolon),
        "=" => Form::Keyword(Keyword::Equals),
        "var" | "let" | "const" => Form::Keyword(Keyword::Bind),
        _ => Form::Token(operator::number(name)),
    }
}

fn named_form(name: &str) -> Form {
    match name {
        "array" | "array_pattern" => Form::Array,
        "arrow_function" => Form::Arrow,
        "as_expression" | "satisfies_expression" => Form::As,
        "assignment_expression" => Form::Assignment,
        "assignment_pattern" => Form::AssignmentPattern,
        "augmented_assignment_expression" => Form::AugmentedAssignment,
        "await_expression" => Form::Await,
        "binary_expression" => Form::Binary,
        "statement_block" => Form::Block,
        "true" => Form::Boolean(true),
        "false" => Form::Boolean(false),
        "break_statement" => Form::Break,
        "call_expression" => Form::Call,
        "catch_clause" => Form::Catch,
        "class" | "class_declaration" | "abstract_class_declaration" => Form::Class,
        "class_body" => Form::ClassBody,
        "comment" | "html_comment" | "hash_bang_line" => Form::Comment,
        "computed_property_name" => Form::Computed,
        "continue_statement" => Form::Continue,
        "lexical_declaration" | "variable_declaration" | "using_declaration" => Form::Declaration,
        "variable_declarator" => Form::Declarator,
        "decorator" => Form::Decorator,
        "do_statement" => Form::Do,
        "else_clause" => Form::ElseClause,
        "empty_statement" => Form::Empty,
        "ERROR" => Form::Error,
        "export_statement" => Form::ExportStatement,
        "expression_statement" => Form::ExpressionStatement,
        "field_definition" | "public_field_definition" => Form::Field,
        "finally_clause" => Form::Finally,
        "for_in_statement" => Form::ForIn,
        "for_statement" => Form::For,
        "function_declaration" | "generator_function_declaration" => Form::FunctionDeclaration,
        "function_expression" | "generator_function" | "function" => Form::FunctionExpression,
        "function_signature" => Form::FunctionSignature,
        "identifier" => Form::Identifier,
        "if_statement" => Form::If,
        "import_statement" => Form::ImportStatement,
        "import" => Form::ImportKeyword,
        "parenthesized_expression"
        | "non_null_expression"
        | "ambient_declaration"
        | "instantiation_expression"
        | "type_annotation"
        | "parenthesized_type" => Form::Inner,
        "jsx_attribute" => Form::JsxAttribute,
        "jsx_element" | "jsx_fragment" => Form::JsxElement,
        "jsx_expression" => Form::JsxExpression,
        "jsx_self_closing_element" => Form::JsxSelfClosing,
        "jsx_text" | "html_character_reference" => Form::JsxText,
        "labeled_statement" => Form::Labeled,
        "member_expression" => Form::Member,
        "method_definition" | "method_signature" | "abstract_method_signature" => Form::Method,
        "new_expression" => Form::New,
        "null" => Form::Null,
        "number" => Form::Number,
        "object" | "object_pattern" => Form::Object,
        "optional_chain" => Form::Keyword(Keyword::OptionalChain),
        "pair" | "pair_pattern" => Form::Pair,
        "formal_parameters" => Form::Parameters,
        "program" => Form::Program,
        "property_identifier" | "private_property_identifier" => Form::PropertyName,
        "regex" => Form::Regex,
        "required_parameter" | "optional_parameter" => Form::RequiredParameter,
        "rest_pattern" => Form::RestPattern,
        "return_statement" => Form::Return,
        "sequence_expression" => Form::Sequence,
        "object_assignment_pattern" => Form::ShorthandDefault,
        "shorthand_property_identifier_pattern" => Form::ShorthandPattern,
        "shorthand_property_identifier" => Form::ShorthandProperty,
        "spread_element" => Form::Spread,
        "statement_identifier" => Form::StatementLabel,
        "class_static_block" => Form::StaticBlock,
        "string" => Form::String,
        "subscript_expression" => Form::Subscript,
        "super" => Form::Super,
        "switch_statement" => Form::Switch,
        "switch_body" => Form::SwitchBody,
        "switch_case" | "switch_default" => Form::SwitchCase,
        "template_string" => Form::Template,
        "template_substitution" => Form::TemplateSubstitution,
        "ternary_expression" => Form::Ternary,
        "this" => Form::This,
        "throw_statement" => Form::Throw,
        "try_statement" => Form::Try,
        "type_assertion" => Form::TypeAssertion,
        "type_identifier" | "predefined_type" | "nested_type_identifier" => Form::TypeName,
        "unary_expression" => Form::Unary,
        "undefined" => Form::Undefined,
        "update_expression" => Form::Update,
        "while_statement" => Form::While,
        "yield_expression" => Form::Yield,
        _ => Form::Other,
    }
}

fn field(name: &str) -> Field {
    match name {
        "alternative" => Field::Alternative,
        "argument" => Field::Argument,
        "arguments" => Field::Arguments,
        "attribute" => Field::Attribute,
        "body" => Field::Body,
        "close_tag" => Field::CloseTag,
        "condition" => Field::Condition,
        "consequence" => Field::Consequence,
        "constructor" => Field::Constructor,
        "declaration" => Field::Declaration,
        "decorator" => Field::Decorator,
        "finalizer" => Field::Finalizer,
        "function" => Field::Function,
        "handler" => Field::Handler,
        "increment" => Field::Increment,
        "index" => Field::Index,
        "initializer" => Field::Initializer,
        "key" => Field::Key,
        "kind" => Field::Kind,
        "label" => Field::Label,
        "left" => Field::Left,
        "name" => Field::Name,
        "object" => Field::Object,
        "open_tag" => Field::OpenTag,
        "operator" => Field::Operator,
        "optional_chain" => Field::OptionalChain,
        "parameter" => Field::Parameter,
        "parameters" => Field::Parameters,
        "pattern" => Field::Pattern,
        "property" => Field::Property,
        "return_type" => Field::ReturnType,
        "right" => Field::Right,
        "source" => Field::Source,
        "type" => Field::Type,
        "value" => Field::Value,
        _ => Field::None,
    }
}
