//! Decides how often something may happen, so that no caller takes more than
//! his share and no service is asked for more than it can give.
//!
//! ```
//! use std::time::Duration;
//! use seawall_limiter::{Quota, TokenBucket};
//!
//! let search = TokenBucket::new(Quota::per_second(50).with_burst(2).with_name("search"))?;
//! assert!(search.try_acquire().is_ok());
//! assert!(search.try_acquire().is_ok());
//!
//! let refused = search.try_acquire().unwrap_err();
//! assert_eq!(refused.who(), "search");
//! assert!(refused.retry_after().unwrap() <= Duration::from_millis(20));
//! # Ok::<(), seawall_limiter::InvalidQuota>(())
//! ```
//!
//! | limiter | state | most let through in any window `w` | in the long run |
//! |---|---|---|---|
//! | [`TokenBucket`] | one word | `burst + rate × w` | the rate, exactly |
//! | [`LeakyBucket`] | one word | `burst + rate × w` | the rate, exactly |
//! | [`LeakyQueue`] | one word, and who waits | `burst + rate × (w + 10 ms)`, evenly | the rate, exactly |
//! | [`FixedWindow`] | 16 bytes | twice the limit; the limit per aligned window | the rate |
//! | [`SlidingWindow`] | 12 entries | the limit | ten elevenths of the rate at least |
//! | [`SlidingCounter`] | 24 bytes | up to twice the limit | about the rate |
//! | [`Combined`] | the sum | the least of its limits | the least |
//! | [`Lots`] | one word per holder | `burst + rate × w` | the rate, exactly |
//! | `Keyed` | as its limits, for each key, in bounded memory | as its limits | as its limits |
//! | `Hashed` | two words for each key, in bounded memory | `burst + rate × w` | the rate, exactly |
//!
//! All of them take one or many permits. All but [`Lots`] tell what is left and when the next one
//! fits; all but it and `Hashed` let callers wait in line ([`Ticket`], or `acquire().await` with the
//! feature `tokio`). All change their quota while they run, and all but the last three implement
//! [`Limit`]. A refusal is a `seawall_errors::Rejected` whose `retry_after` is exact: coming back then
//! succeeds if nobody else was faster, coming back a nanosecond earlier does not.
//!
//! In front of a service, with the feature `tower`: `LimiterLayer` refuses, `LimiterWaitLayer` lets calls wait,
//! and whose request it is, what it costs and what its response tells is said on the limiter: `.by(…)`,
//! `.cost(…)`, `.unless(…)`, `.settle(…)`, and with `http` `.with_fields(…)` and `.obey(…)`.
//!
//! # Time
//!
//! Each verb that looks at the clock exists with `_at(now)` too, `now` being a
//! duration since an origin of the caller's choice: one origin per limiter. A
//! reading behind the highest one seen counts as the highest, so a clock that
//! goes back admits nothing more. A limiter whose time lies further ahead than
//! anything legal explains (the clock leapt forward, was used, and went back)
//! starts anew, at the cost of one burst. Readings beyond 146 years count as 146
//! years.
//!
//! # Trade-offs
//!
//! Permits are counted in this process only. A bucket that many threads hammer
//! is one word that they all write: [`Lots`] is the way past it. The windows take
//! a short lock on each call. With the feature `test-util` the clock is tokio's,
//! so that a paused test moves decisions and sleeps together; make limiters
//! inside the runtime then.

mod algorithm;
mod all;
mod bucket;
mod bucket_verbs;
#[cfg(all(feature = "tower", feature = "http"))]
mod chance;
mod combined;
mod counter;
mod faults;
mod fixed;
mod fixed_window;
mod gate;
mod gcra;
mod handle;
mod hint;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "keyed")]
mod keyed;
#[cfg(feature = "tower")]
mod layer;
mod leaky_bucket;
mod leaky_queue;
mod limit;
mod line;
mod look;
mod lots;
mod mode;
mod plan;
mod prelude;
mod queue;
mod quota;
#[cfg(feature = "serde")]
mod settings;
mod sliding;
mod sliding_counter;
mod sliding_window;
mod slow;
#[cfg(feature = "serde")]
mod span;
mod steer;
mod sync;
mod tell;
mod ticket;
mod time;
mod token_bucket;
mod turns;
#[cfg(feature = "tokio")]
mod wait;
mod wake;
mod word;

pub use crate::bucket::{Charge, Reservation};
pub use crate::combined::{Combined, Rule};
pub use crate::fixed_window::FixedWindow;
#[cfg(feature = "keyed")]
pub use crate::keyed::{
    Hashed, InvalidKeyed, Key, Keyed, KeyedCharge, KeyedSnapshot, Keys, Overflow, Plan,
};
#[cfg(all(feature = "tower", feature = "keyed"))]
pub use crate::layer::by::{Borrows, By, Find, Makes, OfKey, OrShare};
#[cfg(feature = "tower")]
pub use crate::layer::{
    LimiterLayer,
    admit::{Admit, Finish},
    cost::Cost,
    limit_of::{LimitOf, OneLimit},
    service::LimiterService,
    settle::{Charges, Settled, Settles},
    unless::Unless,
};
#[cfg(all(feature = "tower", feature = "http"))]
pub use crate::layer::{obeys::Obeys, told::Told};
#[cfg(all(feature = "tower", feature = "tokio"))]
pub use crate::layer::{
    settle_wait::ChargesLater,
    wait_for::{Wait, Waiting},
    wait_layer::LimiterWaitLayer,
    wait_service::LimiterWaitService,
};
pub use crate::leaky_bucket::LeakyBucket;
pub use crate::leaky_queue::LeakyQueue;
pub use crate::limit::Limit;
pub use crate::lots::{Lot, Lots};
pub use crate::mode::{Mode, Room, Snapshot};
pub use crate::quota::{InvalidQuota, Quota};
pub use crate::sliding_counter::SlidingCounter;
pub use crate::sliding_window::SlidingWindow;
pub use crate::ticket::{Ticket, Turn};
pub use crate::token_bucket::TokenBucket;
#[cfg(feature = "tokio")]
pub use crate::wait::Acquire;

/// The futures of the services.
#[cfg(feature = "tower")]
pub mod future {
    #[cfg(all(feature = "keyed", feature = "tokio"))]
    pub use crate::layer::by_wait::KeyedWait;
    pub use crate::layer::future::ResponseFuture;
    #[cfg(feature = "http")]
    pub use crate::layer::obeys::Obeying;
    #[cfg(all(feature = "http", feature = "tokio"))]
    pub use crate::layer::obeys::ObeysWait;
    pub use crate::layer::settle::Estimate;
    #[cfg(feature = "tokio")]
    pub use crate::layer::settle_wait::{LaterCharge, SettledWait};
    #[cfg(feature = "http")]
    pub use crate::layer::told::Telling;
    #[cfg(all(feature = "http", feature = "tokio"))]
    pub use crate::layer::told::ToldWait;
    #[cfg(feature = "tokio")]
    pub use crate::layer::wait_future::WaitFuture;
}

/// Compiles and runs the examples of the readme.
#[cfg(all(doctest, feature = "http", feature = "keyed", feature = "tower"))]
#[doc = include_str!("../README.md")]
struct Readme;
