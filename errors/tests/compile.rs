//! What the compiler must refuse, in our own words, and what it must accept.
#![allow(clippy::indexing_slicing, clippy::expect_used, clippy::panic, reason = "a test may panic")]

use std::fmt::Write as _;

use seawall_kit::compile::Project;

const ORDERS: &str = r#"//! The codes of the orders.
seawall_errors::codes! {
    pub domain "orders.acme.com" = 210;
    /// No order has this id.
    ORDER_NOT_FOUND = 1 => NotFound;
    ORDER_GONE = 3 retired;
}
"#;

const CLASHING: &str = r#"//! Blocks that cannot be in one program with those of the orders.
pub mod numbers {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No invoice has this id.
        INVOICE_NOT_FOUND = 1 => NotFound;
    }
}
pub mod names {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 211;
        /// No order has this id.
        ORDER_NOT_FOUND = 7 => NotFound;
    }
}
pub mod prefix {
    seawall_errors::codes! {
        pub domain "stock.acme.com" = 210;
        /// The shelf is empty.
        SHELF_EMPTY = 9 => NotFound;
    }
}
"#;

#[test]
fn the_compiler_refuses_what_cannot_be_and_accepts_the_rest() {
    let here = env!("CARGO_MANIFEST_DIR");
    let errors = format!("seawall-errors = {{ path = {here:?} }}");
    let accepted = format!("{here}/tests/compile/accepted");
    let result = (|| {
        let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), "errors")?;
        project.package("orders", "2024", &errors, &[("src/lib.rs", ORDERS)])?;
        project.package("clashing", "2021", &errors, &[("src/lib.rs", CLASHING)])?;
        project.package(
            "door",
            "2024",
            &format!(
                "{errors}\npin-project = \"1\"\ntower-layer = \"0.3\"\ntower-service = \"0.3\""
            ),
            &[("src/lib.rs", include_str!("support/door.rs"))],
        )?;
        let others = "orders = { path = \"../orders\" }\nclashing = { path = \"../clashing\" }\n\
                      door = { path = \"../door\" }\ntower = { version = \"0.5\", features = [\"util\"] }";
        project.cases(
            "refused",
            "2024",
            &format!("{errors}\n{others}"),
            format!("{here}/tests/compile/refused"),
        )?;
        for (name, edition) in [("accepted-2021", "2021"), ("accepted-2024", "2024")] {
            project.cases(name, edition, &errors, &accepted)?;
            project.file(
                name,
                "src/bin/refused.txt",
                "From a file.\n\nIt has two paragraphs.\n",
            )?;
        }
        let renamed =
            format!("codes_of_ours = {{ package = \"seawall-errors\", path = {here:?} }}");
        let main = "#![deny(warnings)]\ncodes_of_ours::codes! {\n    domain \"a\" = 200;\n    /// It is so.\n    SOME_CODE = 1 => Internal;\n}\n\
                    codes_of_ours::registry! { static ALL = [CODES, codes_of_ours::FAMILY]; }\n\
                    fn main() { assert!(!ALL.is_empty()); }\n";
        project.package("renamed", "2024", &renamed, &[("src/main.rs", main)])?;
        Ok::<_, std::io::Error>(project)
    })();
    match result.expect("the scratch folder can be written").check() {
        Ok(cases) => assert!(cases >= 45, "only {cases} cases were found"),
        Err(faults) => panic!("{faults}"),
    }
}

/// The source of a program with `count` codes in blocks of 999.
fn program(count: usize) -> String {
    let kinds =
        ["NotFound", "Unavailable.not_executed()", "Throttled.keys(&[\"limit\"])", "Internal"];
    let mut text = String::new();
    let mut list = String::new();
    for block in 0..count.div_ceil(999) {
        let _ = write!(
            text,
            "mod b{block} {{ seawall_errors::codes! {{ pub domain \"svc{block}.acme.com\" = {};",
            200 + block
        );
        for n in 1..=999.min(count - block * 999) {
            let _ = write!(
                text,
                "\n/// Thing {n} went wrong.\n///\n/// # Cause\n/// So it is.\n/// # Action\n/// Mend it.\n\
                 THING_{n}_WENT_WRONG = {n} => {};",
                kinds[n % 4]
            );
        }
        text.push_str("}}\n");
        let _ = write!(list, "b{block}::CODES, ");
    }
    let _ = write!(
        text,
        "seawall_errors::registry! {{ static ALL = [{list}]; }}\n\
         fn main() {{ assert_eq!(ALL.len(), {count}); }}\n"
    );
    text
}

/// How long `cargo check` takes over a program with `count` codes, from scratch.
#[expect(clippy::disallowed_methods, reason = "prints how long it took; decides nothing")]
fn check(count: usize) -> f64 {
    let errors = format!("seawall-errors = {{ path = {:?} }}", env!("CARGO_MANIFEST_DIR"));
    let mut project = Project::new(env!("CARGO_TARGET_TMPDIR"), "scale").expect("scratch");
    project
        .package("scale", "2024", &errors, &[("src/main.rs", &program(count))])
        .expect("scratch");
    let start = std::time::Instant::now();
    match project.check() {
        Ok(cases) => assert_eq!(cases, 0),
        Err(faults) => panic!("{}", &faults[..faults.len().min(4000)]),
    }
    start.elapsed().as_secs_f64()
}

/// `cargo test -p seawall-errors --test compile ten_thousand -- --nocapture` prints the figures.
#[test]
fn ten_thousand_codes_compile() {
    check(0);
    for count in [0, 3_000, 10_000] {
        println!("cargo check of {count} codes: {:.1} s", check(count));
    }
}
