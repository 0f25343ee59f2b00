//! The only clock read of the crate.

#[cfg(not(feature = "test-util"))]
pub(crate) use counter::Clock;
#[cfg(feature = "test-util")]
pub(crate) use paused::Clock;

/// The processor's time-stamp counter: a third of the price of the system's clock.
#[cfg(not(feature = "test-util"))]
mod counter {
    use std::sync::LazyLock;

    static CLOCK: LazyLock<Clock> = LazyLock::new(|| {
        let source = quanta::Clock::new();
        // A long span, so that little is lost to rounding.
        let scale = source.delta_as_nanos(0, 1 << 40) >> 8;
        Clock { origin: source.raw(), source, scale }
    });

    #[derive(Debug)]
    pub(crate) struct Clock {
        source: quanta::Clock,
        origin: u64,
        /// Nanoseconds per 2^32 ticks.
        scale: u64,
    }

    impl Clock {
        /// The clock of the process. Calibrated at the first call, which takes a
        /// while: call it where a handle is made.
        pub(crate) fn get() -> &'static Clock {
            &CLOCK
        }

        /// Nanoseconds since the clock was first asked for.
        #[inline]
        #[expect(clippy::cast_possible_truncation, reason = "584 years fit")]
        pub(crate) fn now(&self) -> u64 {
            // A core whose counter lags must not be taken for the far future.
            let ticks = self.source.raw().saturating_sub(self.origin);
            ((u128::from(ticks) * u128::from(self.scale)) >> 32) as u64
        }
    }
}

/// Tokio's clock, which stands still where a test paused it.
#[cfg(feature = "test-util")]
mod paused {
    use std::sync::LazyLock;
    use std::time::{Duration, Instant};

    /// Lies before the start of any runtime, so that no reading is cut off at zero.
    #[expect(clippy::disallowed_methods, reason = "the one clock read")]
    static CLOCK: LazyLock<Clock> = LazyLock::new(|| {
        let now = Instant::now();
        Clock { origin: now.checked_sub(Duration::from_secs(3600)).unwrap_or(now) }
    });

    #[derive(Debug)]
    pub(crate) struct Clock {
        origin: Instant,
    }

    impl Clock {
        pub(crate) fn get() -> &'static Clock {
            &CLOCK
        }

        #[expect(clippy::disallowed_methods, reason = "the one clock read")]
        pub(crate) fn now(&self) -> u64 {
            let now = tokio::time::Instant::now().into_std();
            u64::try_from(now.saturating_duration_since(self.origin).as_nanos()).unwrap_or(u64::MAX)
        }
    }
}
