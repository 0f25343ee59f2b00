//! What a service may pass on of an error that arrived, and what nobody knows of it any more.
#![cfg(feature = "http")]

use seawall_errors::http::Problems;
use seawall_errors::{Coded, Error, Executed, family};

/// What arrives from a service that speaks for itself, and from one whose code nobody here knows.
fn arrives(body: &str) -> Error {
    let mut headers = http::HeaderMap::new();
    headers.insert("content-type", http::HeaderValue::from_static("application/problem+json"));
    let family: Problems = Problems::new(&FAMILY_ONLY);
    family.error(http::StatusCode::SERVICE_UNAVAILABLE, &headers, body.as_bytes())
}

seawall_errors::registry! { static FAMILY_ONLY = [seawall_errors::FAMILY]; }

#[test]
fn an_argument_put_on_a_foreign_error_here_does_not_leave_the_process() {
    let arrived = r#"{"status":503,"domain":"d.com","reason":"X_Y","metadata":{"a":"1","b":"2"}}"#;
    let error = arrives(arrived).with_arg("db_password", "hunter2").with_arg("a", "hunter3");
    assert_eq!(error.public_args().collect::<Vec<_>>(), [("b", "2")]);
    assert_eq!(error.arg("db_password"), Some("hunter2"), "it is for the log");
    let response: http::Response<String> = Problems::new(&FAMILY_ONLY).response(&error);
    assert!(!response.body().contains("hunter"), "{}", response.body());
    assert!(response.body().contains(r#""b":"2""#), "{}", response.body());
}

#[test]
fn a_refusal_that_arrived_may_have_been_passed_on_after_work_was_done() {
    let body = r#"{"status":503,"domain":"seawall","reason":"CIRCUIT_OPEN"}"#;
    let error = arrives(body);
    assert_eq!(error.code(), family::CIRCUIT_OPEN);
    assert_eq!(
        error.code().executed(),
        Executed::No,
        "that is what the code says where it is raised"
    );
    assert_eq!(error.executed(), Executed::Unknown, "but here nobody knows");
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert_eq!(boxed.executed(), Executed::Unknown);
    let local = Error::from(seawall_errors::Rejected::new(family::CIRCUIT_OPEN, "x"));
    assert_eq!(local.executed(), Executed::No);
}
