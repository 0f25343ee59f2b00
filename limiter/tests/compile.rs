//! What the compiler must refuse at the layers, in our own words, and what it must accept.
#![cfg(all(feature = "tower", feature = "tokio", feature = "http", feature = "keyed"))]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may panic")]

use seawall_kit::compile::Project;

#[test]
fn the_compiler_says_what_a_limit_lacks_and_accepts_the_rest() {
    let here = env!("CARGO_MANIFEST_DIR");
    let limiter = format!(
        "seawall-limiter = {{ path = {here:?}, features = [\"http\", \"keyed\", \"tokio\", \"tower\"] }}\n\
         seawall-errors = {{ path = \"{here}/../errors\", features = [\"http\"] }}\n\
         http = \"1\"\nthiserror = \"2\"\ntower = {{ version = \"0.5\", features = [\"util\"] }}"
    );
    let result = (|| {
        let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), "limiter")?;
        for name in ["refused", "accepted"] {
            project.cases(name, "2024", &limiter, format!("{here}/tests/compile/{name}"))?;
        }
        Ok::<_, std::io::Error>(project)
    })();
    match result.expect("the scratch folder can be written").check() {
        Ok(cases) => assert!(cases >= 17, "only {cases} cases were found"),
        Err(faults) => panic!("{faults}"),
    }
}
