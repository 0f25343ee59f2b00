//! Global error codes that refuse duplicates at compile time, and the vocabulary
//! in which Seawall's crates say no.
//!
//! Somebody gets an error from your service: is it their fault or yours, may
//! they repeat the call, was the work done? A code answers that, and the
//! compiler sees to it that no two crates of a program use one number or one
//! name for two things.
//!
//! ```
//! mod code {
//!     seawall_errors::codes! {
//!         pub domain "orders.acme.com" = 210;
//!
//!         /// No order has this id.
//!         ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
//!     }
//! }
//! seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }
//!
//! let code = CODES.by_number(210_001).unwrap();
//! assert_eq!((code, code.http()), (code::ORDER_NOT_FOUND, 404));
//! ```
//!
//! # The parts
//!
//! - [`codes!`] declares, [`registry!`] lists; [`Code`] answers. [`kinds`] has the usual
//!   answers, [`family`] the codes of our own crates.
//! - [`Rejected`] is how every crate refuses a call; [`Answer`] makes of it the error or
//!   the response of a stack; [`Coded`] is an error with a code; [`Classify`] and
//!   [`Outcome`] say what a result means for a backend's health.
//! - [`find_coded`] looks into errors that others have wrapped.
//! - Feature `catalogue`: `catalogue` prints all codes and explains one, `lock` refuses silent change.
//!   Feature `language`: `messages!` and `Languages` say it in other languages.
//!
//! # Where the compiler hides the advice
//!
//! A stack whose error type has no place for a refusal gets told the three ways
//! out of it, but not through `stack.ready()`, `stack.call(…)` or `stack.oneshot(…)`: there
//! rustc says only E0599, "no method named `call`". Hand the stack to a function that
//! asks for the bound, and the advice is there:
//!
//! ```
//! # use tower_service::Service;
//! fn is_service<Request, S: Service<Request>>(_: &S) {}
//! ```
//!
//! # Trade-offs
//!
//! - Numbers and names are for ever. That is the point, and it is a burden: a
//!   code that was a mistake stays, as `retired`.
//! - The registry is a list that somebody keeps. Collecting the blocks by the linker would spare that, but it
//!   silently loses crates on some targets; so the linker is asked in a test only (feature `inventory`).
//! - Checks cost compile time, about a millisecond per code, once.
//! - A message about an entry names its line only where the entry has a setting of its own; otherwise that of
//!   its block, because a macro cannot know the lines of its parts.
#![no_std]
#[cfg(feature = "std")]
extern crate std;

mod answer;
mod block;
#[cfg(feature = "std")]
mod boxed;
#[cfg(feature = "catalogue")]
pub mod catalogue;
mod chain;
mod class;
mod code;
mod coded;
mod coded_macro;
mod codes;
#[cfg(feature = "inventory")]
mod complete;
mod def;
#[cfg(feature = "std")]
mod error;
pub mod family;
#[cfg(feature = "std")]
mod foreign;
#[cfg(feature = "tonic")]
pub mod grpc;
#[cfg(feature = "http")]
pub mod http;
pub mod kinds;
#[cfg(feature = "language")]
mod language;
#[cfg(feature = "catalogue")]
pub mod lock;
mod message;
#[cfg(feature = "std")]
mod name;
mod outcome;
mod registry;
mod rejected;
#[cfg(feature = "serde")]
pub mod serde;
mod sort;
mod spec;
mod text;
#[cfg(feature = "tracing")]
pub mod trace;

pub use answer::{Answer, AsError};
pub use block::{Block, Retired};
pub use chain::{Finder, Probe, find_code, find_coded, find_rejected, probe};
pub use class::{Executed, Fault, Grpc, RetryClass};
pub use code::Code;
pub use coded::Coded;
pub use def::Site;
#[cfg(feature = "std")]
pub use error::{Error, Identity, Origin};
pub use family::FAMILY;
#[cfg(feature = "std")]
pub use foreign::Foreign;
#[cfg(feature = "language")]
pub use language::{Languages, Messages};
#[cfg(feature = "std")]
pub use name::intern;
pub use outcome::{ByCode, Classify, Outcome};
pub use registry::Registry;
pub use rejected::Rejected;
#[cfg(feature = "derive")]
#[doc = include_str!("derive.md")]
pub use seawall_errors_derive::Coded;
pub use spec::Spec;
pub use text::Section;

#[doc(hidden)]
pub mod __private {
    pub use core::option::Option::{self, None, Some};
    pub use core::time::Duration;
    pub use core::{compile_error, concat, file, line, module_path, option_env, stringify};

    #[cfg(feature = "inventory")]
    pub use inventory;

    pub use crate::block::{Entry, Retired};
    pub use crate::code::Title;
    pub use crate::coded_macro::RetryAfter;
    #[cfg(feature = "inventory")]
    pub use crate::complete::Linked;
    pub use crate::def::{Def, Head, Site};
    #[cfg(feature = "language")]
    pub use crate::language::{Head as TableHead, Text};
    pub use crate::sort::{__count, __sort, Sorted};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
