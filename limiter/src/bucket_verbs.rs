//! The verbs that only buckets have.

/// Giving back, settling and booking ahead.
macro_rules! bucket_verbs {
    ($handle:ident) => {
        impl $handle {
            /// Takes `n` permits for an estimate that is corrected later:
            /// settled to what it was, or refunded.
            ///
            /// ```
            /// # use seawall_limiter::{Quota, TokenBucket};
            /// let tokens = TokenBucket::new(Quota::per_hour(1000))?;
            /// let charge = tokens.charge(400)?;
            /// charge.settle(150);
            /// assert_eq!(tokens.remaining(), 850);
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            pub fn charge(&self, n: u32) -> Result<Charge<'_>, Rejected> {
                Charge::new(&self.0, n, self.0.now())
            }

            /// [`charge`](Self::charge) at a given time.
            pub fn charge_at(&self, n: u32, now: Duration) -> Result<Charge<'_>, Rejected> {
                Charge::new(&self.0, n, nanos(now))
            }

            /// Books `n` permits for as soon as they fit, at most `max_wait`
            /// from now.
            ///
            /// A promised slot does not move, so a booking costs more than a
            /// place in the line: cancelling gives back only what nobody has
            /// come after, nothing is refunded while a booking lies ahead, and
            /// while callers wait in line nothing can be booked. Prefer to wait.
            pub fn reserve(&self, n: u32, max_wait: Duration) -> Result<Reservation<'_>, Rejected> {
                Reservation::new(&self.0, n, max_wait, self.0.now())
            }

            /// [`reserve`](Self::reserve) at a given time.
            pub fn reserve_at(
                &self,
                n: u32,
                max_wait: Duration,
                now: Duration,
            ) -> Result<Reservation<'_>, Rejected> {
                Reservation::new(&self.0, n, max_wait, nanos(now))
            }
        }
    };
}

pub(crate) use bucket_verbs;
