//! What local variables are called changes no finding.

use std::fmt::Write as _;

use cortex_engine::matching::{FileLimits, FileScanner};
use proptest::prelude::*;

use super::compile;

/// A statement over local variables, by their numbers.
#[derive(Clone, Debug)]
enum Statement {
    Constant(usize, u8),
    Tainted(usize),
    Copy(usize, usize),
    Field(usize, usize),
    TakenApart(usize, usize),
    Joined(usize, usize, usize),
    Cleaned(usize),
    Sink(usize),
    SinkOfField(usize),
    Same(usize, usize),
    If(usize, Vec<Statement>),
    Loop(usize, Vec<Statement>),
    Arrow(usize, usize, Vec<Statement>),
    Call(usize, usize),
}

const VARIABLES: usize = 6;

fn statement() -> impl Strategy<Value = Statement> {
    let variable = || 0..VARIABLES;
    let leaf = prop_oneof![
        (variable(), any::<u8>()).prop_map(|(a, n)| Statement::Constant(a, n % 3)),
        variable().prop_map(Statement::Tainted),
        (variable(), variable()).prop_map(|(a, b)| Statement::Copy(a, b)),
        (variable(), variable()).prop_map(|(a, b)| Statement::Field(a, b)),
        (variable(), variable()).prop_map(|(a, b)| Statement::TakenApart(a, b)),
        (variable(), variable(), variable()).prop_map(|(a, b, c)| Statement::Joined(a, b, c)),
        variable().prop_map(Statement::Cleaned),
        variable().prop_map(Statement::Sink),
        variable().prop_map(Statement::SinkOfField),
        (variable(), variable()).prop_map(|(a, b)| Statement::Same(a, b)),
        (variable(), variable()).prop_map(|(a, b)| Statement::Call(a, b)),
    ];
    leaf.prop_recursive(3, 24, 5, move |inner| {
        let block = || prop::collection::vec(inner.clone(), 1..5);
        prop_oneof![
            (variable(), block()).prop_map(|(a, body)| Statement::If(a, body)),
            (variable(), block()).prop_map(|(a, body)| Statement::Loop(a, body)),
            (variable(), variable(), block())
                .prop_map(|(a, parameter, body)| Statement::Arrow(a, parameter, body)),
        ]
    })
}

/// Writes statements, one on each line, with these names for the variables.
fn write(statements: &[Statement], names: &[&str], code: &mut String) {
    let name = |variable: &usize| names[*variable];
    for statement in statements {
        let body = match statement {
            Statement::Constant(a, n) => {
                writeln!(code, "{} = 'constant{n}';", name(a)).unwrap();
                continue;
            }
            Statement::Tainted(a) => {
                writeln!(code, "{} = source();", name(a)).unwrap();
                continue;
            }
            Statement::Copy(a, b) => {
                writeln!(code, "{} = {};", name(a), name(b)).unwrap();
                continue;
            }
            Statement::Field(a, b) => {
                writeln!(code, "{}.field = {};", name(a), name(b)).unwrap();
                continue;
            }
            Statement::TakenApart(a, b) => {
                writeln!(code, "({{ field: {} }} = {});", name(a), name(b)).unwrap();
                continue;
            }
            Statement::Joined(a, b, c) => {
                writeln!(code, "{} = {} + `-${{{}}}`;", name(a), name(b), name(c)).unwrap();
                continue;
            }
            Statement::Cleaned(a) => {
                writeln!(code, "{0} = clean({0});", name(a)).unwrap();
                continue;
            }
            Statement::Sink(a) => {
                writeln!(code, "sink({});", name(a)).unwrap();
                continue;
            }
            Statement::SinkOfField(a) => {
                writeln!(code, "sink({}.field);", name(a)).unwrap();
                continue;
            }
            Statement::Same(a, b) => {
                writeln!(code, "check({} === {});", name(a), name(b)).unwrap();
                continue;
            }
            Statement::Call(a, b) => {
                writeln!(code, "{}({});", name(a), name(b)).unwrap();
                continue;
            }
            Statement::If(a, body) => {
                writeln!(code, "if ({}) {{", name(a)).unwrap();
                body
            }
            Statement::Loop(a, body) => {
                writeln!(code, "while ({}) {{", name(a)).unwrap();
                body
            }
            Statement::Arrow(a, parameter, body) => {
                writeln!(code, "const {}1 = ({}) => {{", name(a), name(parameter)).unwrap();
                body
            }
        };
        write(body, names, code);
        code.push_str("};\n");
    }
}

fn program(statements: &[Statement], names: &[&str]) -> String {
    let mut code = String::new();
    writeln!(code, "function main({}) {{", names[0]).unwrap();
    writeln!(code, "let {};", names[1..].join(", ")).unwrap();
    write(statements, names, &mut code);
    code.push_str("}\n");
    code
}

/// Names that differ in length, order, and what they begin with; some are prefixes of others.
const NAMES: [[&str; VARIABLES]; 4] = [
    ["a", "b", "c", "d", "e", "f"],
    ["f", "e", "d", "c", "b", "a"],
    ["value", "valued", "$value", "_", "field", "x9"],
    ["query", "body", "exports", "module", "sinks", "ünïcode"],
];

const RULES: [&str; 6] = [
    "mode: taint\npattern-sources: [{pattern: source()}]\npattern-sinks: [{pattern: sink(...)}]\npattern-sanitizers: [{pattern: clean(...)}]",
    "pattern: check($X === $X)",
    "pattern: sink('constant1')",
    "pattern: |\n  $X = source();\n  ...\n  sink($X)",
    "patterns: [{pattern: sink($X)}, {pattern-inside: '($X) => {...}'}]",
    "patterns: [{pattern: $F($X)}, {pattern-not: sink(...)}, {pattern-inside: 'function $G($X) {...}'}]",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn names_of_variables_change_no_finding(
        statements in prop::collection::vec(statement(), 1..10),
    ) {
        for rule in RULES {
            for path in ["a.js", "a.ts"] {
                let rules = compile(path, rule).map_err(TestCaseError::fail)?;
                let mut scanner = FileScanner::new();
                let mut lines = |names: &[&str]| -> Vec<usize> {
                    let code = program(&statements, names);
                    let outcome = scanner.scan(&rules, path, code.as_bytes(), &FileLimits::default());
                    let line = |start: u32| code[..start as usize].matches('\n').count();
                    outcome.matches.iter().map(|found| line(found.start)).collect()
                };
                let expected = lines(&NAMES[0]);
                for names in &NAMES[1..] {
                    prop_assert_eq!(
                        &lines(names), &expected, "{} in {}", rule, program(&statements, names)
                    );
                }
            }
        }
    }
}
