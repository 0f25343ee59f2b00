//! What is generated reaches for nothing that the user may have named otherwise.
#![deny(warnings)]
#![no_implicit_prelude]
#![allow(dead_code, unused_macros, non_camel_case_types)]

struct Result;
struct Option;
struct Code;
struct Coded;
struct Rejected;
struct Outcome;
struct Duration;
struct Some;
struct None;
struct u32;
struct str;
mod core {}
mod std {}
mod alloc {}
macro_rules! compile_error { () => {} }
macro_rules! unreachable { () => {} }

#[derive(::seawall_errors::Coded)]
enum OrderError<Error, T> {
    #[code(::seawall_errors::family::UNKNOWN)]
    None,
    #[code(inherit)]
    Some(Error),
    #[code(::seawall_errors::family::CLOSED, retry_after = seawall_field)]
    Ok { seawall_field: ::core::time::Duration, t: T },
}

#[derive(::seawall_errors::Coded)]
#[code(::seawall_errors::family::UNKNOWN, retry_after = 0)]
struct Wait(::core::option::Option<::core::time::Duration>);

enum Twin {
    None,
    Some(::seawall_errors::Rejected),
}
::seawall_errors::coded! {
    impl Coded for Twin {
        Twin::None => ::seawall_errors::family::UNKNOWN,
        Twin::Some(refused) => refused,
    }
}

fn main() {
    use ::seawall_errors::Coded as _;
    let error: OrderError<::seawall_errors::Rejected, u8> = OrderError::None;
    let _ = (error.code(), error.rejected(), error.retry_after(), error.outcome());
    let _ = (Wait(::core::option::Option::None).retry_after(), Twin::None.outcome());
}
