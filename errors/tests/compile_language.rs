//! What `messages!` must refuse, in our own words, and what it must accept.
#![cfg(feature = "language")]

use seawall_kit::compile::Project;

#[test]
fn texts_that_do_not_fit_their_codes_are_refused_and_the_rest_is_accepted() {
    let here = env!("CARGO_MANIFEST_DIR");
    let errors = format!("seawall-errors = {{ path = {here:?}, features = [\"language\"] }}");
    let renamed = format!(
        "texts = {{ package = \"seawall-errors\", path = {here:?}, features = [\"language\"] }}"
    );
    let main = "#![deny(warnings)]\n\
        texts::messages! { static DE = \"de\" for texts::FAMILY { CLOSED => \"Geschlossen\"; } }\n\
        fn main() { assert_eq!(DE.tag(), \"de\"); }\n";
    let result = (|| {
        let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), "errors-language")?;
        for (name, edition, folder) in [
            ("refused", "2024", "language-refused"),
            ("accepted-2021", "2021", "language-accepted"),
            ("accepted-2024", "2024", "language-accepted"),
        ] {
            project.cases(name, edition, &errors, format!("{here}/tests/compile/{folder}"))?;
        }
        project.package("renamed", "2024", &renamed, &[("src/main.rs", main)])?;
        Ok::<_, std::io::Error>(project)
    })();
    match result.expect("the scratch folder can be written").check() {
        Ok(cases) => assert!(cases >= 16, "only {cases} cases were found"),
        Err(faults) => panic!("{faults}"),
    }
}
