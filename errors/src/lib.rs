//! Global error codes.
#![no_std]
#[cfg(feature = "std")]
extern crate std;

mod answer;
mod block;
#[cfg(feature = "std")]
mod boxed;
mod chain;
mod class;
mod code;
mod coded;
mod codes;
#[cfg(feature = "inventory")]
mod complete;
pub mod family;
mod message;
#[cfg(feature = "std")]
mod name;
mod outcome;
mod registry;
mod rejected;
mod spec;
mod text;

pub use answer::{Answer, AsError};
pub use block::{Block, Retired};
pub use chain::{find_code, find_rejected};
pub use class::{Executed, Fault, Grpc, RetryClass};
pub use code::{Code, Site};
pub use coded::Coded;
pub use family::FAMILY;
#[cfg(feature = "std")]
pub use name::intern;
pub use outcome::{ByCode, Classify, Outcome};
pub use registry::Registry;
pub use rejected::Rejected;
pub use spec::{Spec, kinds};
pub use text::Section;

#[doc(hidden)]
pub mod __private {
    pub use core::option::Option::{None, Some};
    pub use core::{compile_error, concat, file, line, module_path, option_env, stringify};

    #[cfg(feature = "inventory")]
    pub use inventory;

    pub use crate::block::{Entry, Retired};
    pub use crate::code::{Def, Head, Site};
    #[cfg(feature = "inventory")]
    pub use crate::complete::Linked;
    pub use crate::registry::{__count, __sort, Sorted};
}
