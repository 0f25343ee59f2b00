//! What spans and events carry of an error.
#![cfg(feature = "tracing")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::sync::{Arc, PoisonError};

use seawall_errors::{Error, FAMILY, Fault, Rejected, family, trace};
use tracing::field::{Empty, Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Span, Subscriber};

type Fields = BTreeMap<&'static str, String>;

/// Keeps all that is said, as one list: level and fields.
#[derive(Clone, Default)]
#[expect(clippy::disallowed_types, reason = "this crate has no lock of its own")]
struct Ear(Arc<std::sync::Mutex<Vec<(Level, Fields)>>>);

struct Reader<'a>(&'a mut Fields);

impl Visit for Reader<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Ear {
    fn hear(&self, level: Level, read: impl FnOnce(&mut Reader<'_>)) {
        let mut fields = Fields::new();
        read(&mut Reader(&mut fields));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((level, fields));
    }

    /// What was said while this ran.
    fn heard(run: impl FnOnce()) -> Vec<(Level, Fields)> {
        let ear = Ear::default();
        tracing::subscriber::with_default(ear.clone(), run);
        let heard = ear.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.clone()
    }
}

impl Subscriber for Ear {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        self.hear(Level::TRACE, |reader| values.record(reader));
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        self.hear(*event.metadata().level(), |reader| event.record(reader));
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn span() -> Span {
    tracing::info_span!(
        "call",
        "error.type" = Empty,
        "error.code" = Empty,
        "otel.status_code" = Empty
    )
}

/// All fields that were recorded on one span.
fn recorded(record: impl FnOnce(&Span)) -> Fields {
    Ear::heard(|| record(&span())).into_iter().flat_map(|(_, fields)| fields).collect()
}

fn fields(pairs: &[(&'static str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn a_servers_span_is_an_error_only_where_the_server_is_at_fault() {
    for code in FAMILY.codes() {
        let recorded = recorded(|span| trace::served(span, &code));
        let marked = recorded.get(trace::STATUS_CODE).map(String::as_str);
        assert_eq!(marked, (code.fault() != Fault::Caller).then_some("ERROR"), "{code}");
        assert_eq!(recorded[trace::ERROR_CODE], code.number().to_string());
    }
    let shed = recorded(|span| trace::served(span, &Rejected::new(family::LOAD_SHED, "door")));
    let expected =
        [("error.type", "LOAD_SHED"), ("error.code", "100004"), ("otel.status_code", "ERROR")];
    assert_eq!(shed, fields(&expected));
}

#[test]
fn a_clients_span_is_an_error_whoever_is_at_fault() {
    let limited = recorded(|span| trace::called(span, &family::RATE_LIMITED));
    let expected =
        [("error.type", "RATE_LIMITED"), ("error.code", "100001"), ("otel.status_code", "ERROR")];
    assert_eq!(limited, fields(&expected));
}

#[test]
fn no_text_of_another_library_begins_a_line_of_the_log() {
    let root = io::Error::other("boom\n2026-01-01 INFO all is well\u{1b}[2K\u{2028}x");
    let error =
        Error::new(family::INTERNAL).with_source(anyhow::Error::new(root).context("while x"));
    let heard = Ear::heard(|| trace::event(&error));
    let [(_, fields)] = &heard[..] else { panic!("{heard:?}") };
    assert_eq!(
        fields["error.source"], r"while x: boom\n2026-01-01 INFO all is well\u{1b}[2K\u{2028}x",
        "the whole chain, on one line"
    );
}

#[test]
fn an_event_has_the_level_of_its_fault_and_all_that_is_for_the_log() {
    let shed = Error::new(family::LOAD_SHED).with_arg("shard", 3).with_source("the disk is gone");
    let limited = Error::new(family::RATE_LIMITED);
    let heard = Ear::heard(|| {
        trace::event(&shed);
        trace::event(&limited);
    });
    let expected = [
        (
            Level::ERROR,
            fields(&[
                ("error.type", "LOAD_SHED"),
                ("error.code", "100004"),
                ("error", "LOAD_SHED (100004), shard 3"),
                ("error.source", "the disk is gone"),
            ]),
        ),
        (
            Level::INFO,
            fields(&[
                ("error.type", "RATE_LIMITED"),
                ("error.code", "100001"),
                ("error", "RATE_LIMITED (100001)"),
            ]),
        ),
    ];
    assert_eq!(
        heard
            .into_iter()
            .map(|(level, mut fields)| {
                fields.remove("message");
                (level, fields)
            })
            .collect::<Vec<_>>(),
        expected
    );
}

#[cfg(feature = "serde")]
#[test]
fn names_of_others_never_become_a_kind_of_error() {
    use serde::de::DeserializeSeed;

    seawall_errors::registry! { static CODES = [FAMILY]; }
    for i in 0..100 {
        let name = format!("BOMB_{i}\n");
        // Whoever is at fault: both levels.
        let status = if i % 2 == 0 { 503 } else { 404 };
        let json = serde_json::json!({ "domain": "evil.org", "reason": name, "status": status });
        let error = CODES.error_seed().deserialize(json).unwrap();
        let heard = Ear::heard(|| {
            trace::served(&span(), &error);
            trace::called(&span(), &error);
            trace::event(&error);
        });
        for (_, fields) in &heard {
            let kind = fields.get("error.type").map_or("_OTHER", String::as_str);
            assert_eq!(kind, "_OTHER");
            let other = fields.iter().filter(|(name, _)| **name != "error");
            assert!(other.into_iter().all(|(_, value)| !value.contains("BOMB")), "{fields:?}");
        }
        let kinds = heard.iter().filter(|(_, fields)| fields.contains_key("error.type")).count();
        assert_eq!(kinds, 3);
        let line = &heard.last().unwrap().1["error"];
        assert!(line.contains("evil.org/BOMB_") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn a_span_that_declares_no_field_loses_them_and_nothing_else() {
    let heard = Ear::heard(|| trace::served(&tracing::info_span!("bare"), &family::LOAD_SHED));
    assert_eq!(heard, []);
    trace::served(&Span::none(), &family::LOAD_SHED);
}
