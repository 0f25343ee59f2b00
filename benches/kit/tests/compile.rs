//! The judge of the compiler, judged.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::PathBuf;

use seawall_kit::compile::Project;

/// Checks these files (name and text), beside a package that they all use.
fn judge(name: &str, helper: &str, cases: &[(&str, &str)]) -> Result<usize, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-cases"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (case, text) in cases {
        std::fs::write(folder.join(format!("{case}.rs")), text).unwrap();
    }
    let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), name).unwrap();
    project.package("helper", "2024", "", &[("src/lib.rs", helper)]).unwrap();
    project.cases("case", "2024", "helper = { path = \"../helper\" }", &folder).unwrap();
    project.check()
}

const REFUSED: &str = "//@ says: cannot find value `nowhere`\nfn main() { nowhere }\n";
const ACCEPTED: &str = "fn main() { helper::help(); }\n";
const HELPER: &str = "pub fn help() {}\n";

#[test]
fn what_is_refused_in_the_promised_words_and_what_compiles_pass() {
    let cases = [("refused", REFUSED), ("accepted", ACCEPTED)];
    assert_eq!(judge("pass", HELPER, &cases), Ok(2));
}

#[test]
fn each_way_to_break_a_promise_is_found() {
    let other = "//@ says: words of ours\nfn main() { nowhere }\n";
    let one_of_two =
        "//@ says: cannot find value `nowhere`\n//@ says: more\nfn main() { nowhere }\n";
    let compiles = "//@ says: cannot find value\nfn main() {}\n";
    let warns = "//@ says: unused variable\nfn main() { let x = 1; }\n";
    let fails = "fn main() { nowhere }\n";
    let warned = "fn main() { let x = 1; }\n";
    let cases = [
        ("other", other),
        ("one_of_two", one_of_two),
        ("compiles", compiles),
        ("warns", warns),
        ("fails", fails),
        ("warned", warned),
        ("accepted", ACCEPTED),
    ];
    let faults = judge("break", HELPER, &cases).unwrap_err();
    for expected in [
        "case-other: the errors lack",
        "case-one_of_two: the errors lack",
        "case-compiles: should be refused, but compiles",
        "case-warns: should be refused, but compiles",
        "case-fails: should compile",
        "case-warned: should compile",
    ] {
        assert!(faults.contains(expected), "{expected} is not in:\n{faults}");
    }
    assert!(!faults.contains("case-accepted"), "{faults}");
}

#[test]
fn cases_that_were_never_checked_do_not_pass() {
    let faults = judge("broken", "fn help( {}\n", &[("accepted", ACCEPTED)]).unwrap_err();
    assert!(faults.contains("== helper: is no case"), "{faults}");
    assert!(faults.contains("case-accepted: was not checked"), "{faults}");
}
