//! The lock of a crate's codes: what it refuses, what it lets through, and when it writes.
#![cfg(feature = "catalogue")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use seawall_errors::{FAMILY, lock};

mod now {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// Declared before the first.
        STOCK_BUSY = 2 => Unavailable.not_executed().keys(&["limit", "queue"]);
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
        ORDER_GONE = 3 retired;
        /// No keys.
        SLOW_DOWN = 4 => Throttled;
    }
}

mod stock {
    seawall_errors::codes! {
        pub domain "stock.acme.com" = 110;
        /// The shelf is empty.
        SHELF_EMPTY = 1 => NotFound;
    }
}

const LOCK: &str = "\
# The contract of these error codes. Written by `UPDATE_CODES=1 cargo test`.
210001 orders.acme.com/ORDER_NOT_FOUND http=404 grpc=5 retry=never executed=no keys=order_id
210002 orders.acme.com/STOCK_BUSY http=503 grpc=14 retry=backoff executed=no keys=limit,queue
210003 orders.acme.com/ORDER_GONE retired
210004 orders.acme.com/SLOW_DOWN http=429 grpc=8 retry=after-delay executed=no keys=
";

/// What the comparison says of a lock in which `from` was `to`.
fn changes(from: &str, to: &str) -> Vec<String> {
    assert!(LOCK.contains(from), "{from}");
    let lock = LOCK.replace(from, to);
    match lock::compare([&now::CODES], &lock) {
        Ok(()) => Vec::new(),
        Err(changes) => changes.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn nobody_changes_the_codes_of_the_family_by_accident() {
    lock::assert([&FAMILY], "codes.lock");
}

#[test]
fn the_file_is_sorted_by_number_whatever_the_order_of_declaration() {
    assert_eq!(lock::text([&now::CODES]), LOCK);
    assert_eq!(lock::compare([&now::CODES], LOCK), Ok(()));
    let both = lock::text([&now::CODES, &stock::CODES]);
    assert_eq!(both, lock::text([&stock::CODES, &now::CODES]));
    assert_eq!(both.lines().nth(1).unwrap().split(' ').next(), Some("110001"));
}

#[test]
fn every_change_of_the_contract_is_named_with_what_it_was_and_is() {
    let stock = "210002 orders.acme.com/STOCK_BUSY";
    let busy = "http=503 grpc=14 retry=backoff executed=no keys=limit,queue";
    for (from, to, says) in [
        ("http=503", "http=500", format!("{stock} changed: http was 500, is now 503")),
        ("grpc=14", "grpc=13", format!("{stock} changed: grpc was 13, is now 14")),
        ("=backoff", "=never", format!("{stock} changed: retry was never, is now backoff")),
        (
            "backoff executed=no",
            "backoff executed=unknown",
            format!("{stock} changed: executed was unknown, is now no"),
        ),
        (
            "limit,queue",
            "limit,queue,shop",
            format!(
                "{stock} changed: keys were `limit,queue,shop`, are now `limit,queue`; without shop its readers break"
            ),
        ),
        // A new key breaks nobody, but it is a promise from now on.
        (
            "limit,queue",
            "limit",
            format!("{stock} changed: keys were `limit`, are now `limit,queue`"),
        ),
        (
            "keys=limit,queue",
            "keys=",
            format!("{stock} changed: keys were ``, are now `limit,queue`"),
        ),
        (
            "STOCK_BUSY",
            "STOCK_FULL",
            "210002 orders.acme.com/STOCK_FULL changed: its name is now orders.acme.com/STOCK_BUSY"
                .into(),
        ),
        (
            "210002 ",
            "210009 ",
            "210009 orders.acme.com/STOCK_BUSY changed: its number is now 210002".into(),
        ),
        (
            "ORDER_GONE retired",
            &format!("ORDER_GONE {busy}"),
            "210003 orders.acme.com/ORDER_GONE is retired now".into(),
        ),
        (
            &format!("STOCK_BUSY {busy}"),
            "STOCK_BUSY retired",
            format!("{stock} is retired and cannot come back"),
        ),
        (&format!("{stock} {busy}\n"), "", format!("{stock} is new")),
        (
            "210003 ",
            "210007 orders.acme.com/OLD_WAY http=500 grpc=13 retry=never executed=unknown keys=\n210003 ",
            "210007 orders.acme.com/OLD_WAY was removed; keep the line as `OLD_WAY = 7 retired;`"
                .into(),
        ),
        (
            "210003 ",
            "210007 orders.acme.com/OLD_WAY retired\n210003 ",
            "210007 orders.acme.com/OLD_WAY was removed; keep the line as `OLD_WAY = 7 retired;`"
                .into(),
        ),
        (
            "210003 ",
            "210003 orders.acme.com/ORDER_GONE retired\n210003 ",
            "line 5 cannot be read or stands twice: 210003 orders.acme.com/ORDER_GONE retired"
                .into(),
        ),
        (
            "210003 ",
            "<<<<<<< HEAD\n210003 ",
            "line 4 cannot be read or stands twice: <<<<<<< HEAD".into(),
        ),
    ] {
        assert_eq!(changes(from, to), [says], "{from} for {to}");
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let lock = LOCK.replace("http=503", "http=500").replace("grpc=5 ", "grpc=2 ");
    let changes = lock::compare([&now::CODES], &lock).unwrap_err();
    assert_eq!(changes.iter().len(), 2);
    let lines: Vec<_> = changes.to_string().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(lines[2].contains("UPDATE_CODES=1"), "{}", lines[2]);
}

#[test]
fn two_codes_that_change_places_are_two_faults() {
    let lock = LOCK.replace("210001 ", "x ").replace("210002 ", "210001 ").replace("x ", "210002 ");
    let changes = lock::compare([&now::CODES], &lock).unwrap_err();
    let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(
        changes,
        [
            "210001 orders.acme.com/STOCK_BUSY changed: its name is now orders.acme.com/ORDER_NOT_FOUND",
            "210002 orders.acme.com/ORDER_NOT_FOUND changed: its name is now orders.acme.com/STOCK_BUSY",
        ]
    );
}

#[test]
fn line_ends_marks_comments_and_order_do_not_matter() {
    assert_eq!(changes("\n", "\r\n"), [""; 0]);
    assert_eq!(lock::compare([&now::CODES], &format!("\u{feff}\n# mine\n{LOCK}\n\n")), Ok(()));
    let mut lines: Vec<_> = LOCK.lines().collect();
    lines.reverse();
    assert_eq!(lock::compare([&now::CODES], &lines.join("\n")), Ok(()));
}

#[test]
fn the_locks_of_two_crates_put_together_are_the_lock_of_both() {
    let both = format!("{LOCK}{}", lock::text([&stock::CODES]));
    assert_eq!(lock::compare([&now::CODES, &stock::CODES], &both), Ok(()));
    assert!(lock::compare([&now::CODES], &both).is_err(), "not of one alone");
}

/// Run by the tests below in a process of its own, since the environment
/// belongs to the whole process. By itself it has nothing to look at.
#[test]
fn child() {
    if let Some(file) = std::env::var_os("LOCK_UNDER_TEST") {
        lock::assert([&now::CODES], file);
    }
}

/// What `lock::assert` does to a file in this environment: None, or the panic.
fn in_environment(file: &Path, environment: &[(&str, &str)]) -> Option<String> {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env_remove("CI")
        .env_remove("UPDATE_CODES")
        .env("LOCK_UNDER_TEST", file)
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("running 1 test"), "{said}");
    (!output.status.success()).then_some(said)
}

fn file(name: &str, text: Option<&str>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lock");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    match text {
        Some(text) => fs::write(&path, text).unwrap(),
        None => drop(fs::remove_file(&path)),
    }
    path
}

const UPDATE: (&str, &str) = ("UPDATE_CODES", "1");

#[test]
fn a_missing_file_says_how_to_make_it_and_the_variable_makes_it() {
    let path = file("missing.lock", None);
    let said = in_environment(&path, &[]).unwrap();
    assert!(said.contains("missing.lock; `UPDATE_CODES=1 cargo test` makes it"), "{said}");
    assert!(!path.exists());
    assert_eq!(in_environment(&path, &[UPDATE]), None);
    assert_eq!(fs::read_to_string(&path).unwrap(), LOCK);
    assert_eq!(in_environment(&path, &[("CI", "true")]), None, "what holds holds in CI");
}

#[test]
fn the_variable_writes_what_was_changed_on_purpose() {
    let old = LOCK.replace("http=503", "http=500").replace("=limit,queue", "=limit,shop");
    let path = file("changed.lock", Some(&old));
    let said = in_environment(&path, &[("UPDATE_CODES", "0")]).unwrap();
    assert!(said.contains("STOCK_BUSY changed: http was 500, is now 503"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), old, "only a comparison");
    assert_eq!(in_environment(&path, &[UPDATE]), None);
    assert_eq!(fs::read_to_string(&path).unwrap(), LOCK);
}

#[test]
fn the_variable_is_refused_where_ci_is_set() {
    let path = file("ci.lock", None);
    for ci in ["true", "1"] {
        let said = in_environment(&path, &[UPDATE, ("CI", ci)]).unwrap();
        assert!(said.contains("UPDATE_CODES is set, but so is CI"), "{said}");
        assert!(!path.exists());
    }
    assert_eq!(in_environment(&path, &[UPDATE, ("CI", "false")]), None);
}

#[test]
fn the_variable_does_not_write_what_gives_a_number_or_a_name_another_meaning() {
    for (i, (from, to)) in [
        ("STOCK_BUSY", "STOCK_FULL"),
        ("210002 ", "210009 "),
        ("210003 ", "210007 orders.acme.com/OLD_WAY retired\n210003 "),
        (
            "STOCK_BUSY http=503 grpc=14 retry=backoff executed=no keys=limit,queue",
            "STOCK_BUSY retired",
        ),
        ("210003 ", ">>>>>>> theirs\n210003 "),
    ]
    .iter()
    .enumerate()
    {
        let old = LOCK.replace(from, to);
        let path = file(&format!("forbidden-{i}.lock"), Some(&old));
        let said = in_environment(&path, &[UPDATE]).expect("must be refused");
        assert!(said.contains("A number and a name mean one thing for ever"), "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), old, "{to}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = file("folder", None);
    fs::create_dir_all(&folder).unwrap();
    let error = lock::check([&now::CODES], &folder).unwrap_err();
    assert!(matches!(error, lock::LockError::Io(..)), "{error:?}");
    assert!(error.to_string().contains("folder"), "{error}");
}
