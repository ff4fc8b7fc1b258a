//! The same input gives the same bytes, whatever the number of threads.

use crate::{Place, of_repository};

/// Findings of all built-in rules, of lockfiles, and errors.
fn folders() -> Vec<String> {
    ["engine/rules", "fixtures", "engine/tests/lockfiles"]
        .map(|folder| of_repository(folder).to_str().unwrap().to_owned())
        .to_vec()
}

#[test]
fn twenty_runs_with_one_to_eight_threads_print_the_same() {
    let place = Place::new();
    for format in ["json", "sarif", "text"] {
        let run = |turn: usize, cached: bool| {
            let jobs = (turn % 8 + 1).to_string();
            let mut arguments = vec!["scan".to_owned(), "--format".to_owned(), format.to_owned()];
            arguments.extend(["--jobs".to_owned(), jobs]);
            if !cached {
                arguments.push("--no-cache".to_owned());
            }
            arguments.extend(folders());
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            place.run(&arguments).exits_with(0).stdout
        };
        let first = run(0, false);
        assert!(first.len() > 10_000, "{first}");
        for turn in 1..20 {
            assert!(run(turn, false) == first, "{format}, run {turn} differs");
        }
        // Nor does it show whether results come from the cache.
        assert!(
            run(1, true) == first && run(2, true) == first,
            "{format}, with a cache"
        );
    }
}
