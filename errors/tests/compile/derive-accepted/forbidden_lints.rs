//! Nothing that is generated asks for a lint to be allowed, which would be an error here.
#![forbid(warnings, deprecated, unused, unreachable_patterns, unreachable_code)]
#![forbid(clippy::all, clippy::pedantic, unsafe_code)]

use seawall_errors::{Coded, Rejected, coded, family};

#[derive(Coded)]
pub enum OrderError {
    #[code(family::UNKNOWN)]
    Unknown,
    #[code(inherit)]
    Refused(Rejected),
    #[code(inherit)]
    Never(core::convert::Infallible),
}

pub enum Twin {
    One(OrderError),
    Two,
    Never(core::convert::Infallible),
}

coded! {
    impl Coded for Twin {
        Twin::One(error) => error,
        Twin::Two => family::CLOSED,
        Twin::Never(never) => never,
    }
}

fn main() {
    let one = Twin::One(OrderError::Unknown);
    assert!(one.code() != Twin::Two.code());
}
