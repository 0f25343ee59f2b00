//! What each handle's file needs for the macros in `handle.rs`.

pub(crate) use core::time::Duration;
pub(crate) use std::sync::Arc;

pub(crate) use seawall_errors::Rejected;

pub(crate) use crate::gate::{Gate, cut};
pub(crate) use crate::handle::{one_quota, verbs};
#[cfg(feature = "tower")]
pub(crate) use crate::layer::request_verbs::request_verbs;
pub(crate) use crate::limit::{Limit, Sealed};
pub(crate) use crate::mode::{Mode, Room, Snapshot};
pub(crate) use crate::quota::{InvalidQuota, Quota, nanos};
pub(crate) use crate::ticket::{Held, Ticket};
#[cfg(feature = "tokio")]
pub(crate) use crate::wait::Acquire;
