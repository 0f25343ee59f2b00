//! What `#[derive(Coded)]` and `coded!` must refuse, in our own words, and
//! what they must accept.
#![cfg(feature = "derive")]

use seawall_kit::compile::Project;

/// The crate by another name, and through another crate.
const RENAMED: &str = r#"#![deny(warnings)]
use codes_of_ours::{Coded, coded, family};

#[derive(Coded)]
#[code(crate = codes_of_ours)]
enum OrderError {
    #[code(family::UNKNOWN)]
    Unknown,
    #[code(inherit)]
    Refused(codes_of_ours::Rejected),
}

#[derive(Coded)]
#[code(family::LOAD_SHED, retry_after = 0, crate = crate::facade::errors)]
struct Busy(core::time::Duration);

struct Twin;
coded! { impl Coded for Twin { Twin => Busy(core::time::Duration::MAX) } }

mod facade {
    pub use ::codes_of_ours as errors;
}

fn main() {
    let refused = codes_of_ours::Rejected::new(family::CLOSED, "orders");
    assert!(OrderError::Refused(refused).code() != OrderError::Unknown.code());
    assert!(Twin.retry_after().is_some());
}
"#;

#[test]
fn the_derive_refuses_what_cannot_be_and_accepts_the_rest() {
    let here = env!("CARGO_MANIFEST_DIR");
    let errors = format!("path = {here:?}, features = [\"derive\"] }}\nthiserror = \"2\"");
    let result = (|| {
        let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), "errors-derive")?;
        for (name, edition, folder) in [
            ("refused", "2024", "derive-refused"),
            ("accepted-2021", "2021", "derive-accepted"),
            ("accepted-2024", "2024", "derive-accepted"),
        ] {
            let dependencies = format!("seawall-errors = {{ {errors}");
            let folder = format!("{here}/tests/compile/{folder}");
            project.cases(name, edition, &dependencies, folder)?;
        }
        let renamed = format!("codes_of_ours = {{ package = \"seawall-errors\", {errors}");
        project.package("renamed", "2024", &renamed, &[("src/main.rs", RENAMED)])?;
        Ok::<_, std::io::Error>(project)
    })();
    match result.expect("the scratch folder can be written").check() {
        Ok(cases) => assert!(cases >= 38, "only {cases} cases were found"),
        Err(faults) => panic!("{faults}"),
    }
}
