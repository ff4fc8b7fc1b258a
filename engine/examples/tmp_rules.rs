use std::path::Path;
fn main() {
    let verbose = std::env::args().nth(2).is_some();
    let reports = cortex_engine::matching::test_samples(Path::new(&std::env::args().nth(1).unwrap())).unwrap();
    let (mut pass, mut fail, mut none, mut left) = (0, 0, 0, 0);
    let (mut right, mut missed, mut unexpected)=(0,0,0);
    for r in &reports {
        if r.rules.is_empty() && r.problems.is_empty() { left += 1; continue; }
        if r.samples.is_empty() && r.problems.is_empty() { none += 1; continue; }
        for (_, o) in &r.samples { right += o.right; missed += o.missed.len(); unexpected += o.unexpected.len(); }
        if r.passed() { pass += 1 } else { fail += 1;
            println!("FAIL {}", r.rule_file.display());
            for p in &r.problems { println!("   problem {p}"); }
            for (s, o) in &r.samples { if !o.missed.is_empty() || !o.unexpected.is_empty() { println!("   {} missed {:?} unexpected {:?}", s.file_name().unwrap().to_string_lossy(), o.missed.iter().map(|x| x.1).collect::<Vec<_>>(), o.unexpected.iter().map(|x| x.1).collect::<Vec<_>>()); } }
        }
        let _ = verbose;
    }
    println!("pass {pass} fail {fail} nosample {none} leftout {left}; lines right {right} missed {missed} unexpected {unexpected}");
}
