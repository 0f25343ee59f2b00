//! The verbs that every handle has, written once. Each verb without `_at` is
//! one line over the one with it, but for the hot one, which spares the detour
//! through a `Duration`.

macro_rules! verbs {
    ($handle:ident, $algorithm:ty) => {
        impl $handle {
            /// The name that refusals give as who refused.
            pub fn name(&self) -> &'static str {
                self.0.name
            }

            #[cfg(feature = "tower")]
            request_verbs!();

            /// The time on the scale that all verbs without `_at` use: one
            /// origin per process.
            pub fn now(&self) -> Duration {
                Duration::from_nanos(self.0.now())
            }

            /// Takes one permit if it fits now.
            #[inline]
            pub fn try_acquire(&self) -> Result<(), Rejected> {
                self.0.try_take_one(self.0.now())
            }

            /// [`try_acquire`](Self::try_acquire) at a given time.
            #[inline]
            pub fn try_acquire_at(&self, now: Duration) -> Result<(), Rejected> {
                self.0.try_take_one(nanos(now))
            }

            /// Takes `n` permits if they all fit now. Zero always do, and take
            /// nothing. More than ever fit at once are refused as such, and
            /// leave the state alone.
            #[inline]
            pub fn try_acquire_many(&self, n: u32) -> Result<(), Rejected> {
                self.0.try_take(n.into(), self.0.now())
            }

            /// [`try_acquire_many`](Self::try_acquire_many) at a given time.
            #[inline]
            pub fn try_acquire_many_at(&self, n: u32, now: Duration) -> Result<(), Rejected> {
                self.0.try_take(n.into(), nanos(now))
            }

            /// Takes as many permits as fit now, at most `n`; returns how many.
            pub fn try_acquire_up_to(&self, n: u32) -> u32 {
                self.try_acquire_up_to_at(n, self.now())
            }

            /// [`try_acquire_up_to`](Self::try_acquire_up_to) at a given time.
            pub fn try_acquire_up_to_at(&self, n: u32, now: Duration) -> u32 {
                cut(self.0.try_take_up_to(n.into(), nanos(now)))
            }

            /// What [`try_acquire_many`](Self::try_acquire_many) would answer;
            /// takes nothing.
            pub fn peek(&self, n: u32) -> Result<(), Rejected> {
                self.peek_at(n, self.now())
            }

            /// [`peek`](Self::peek) at a given time.
            pub fn peek_at(&self, n: u32, now: Duration) -> Result<(), Rejected> {
                self.0.peek(n.into(), nanos(now))
            }

            /// How many permits could be taken now: none while others wait.
            pub fn remaining(&self) -> u32 {
                self.remaining_at(self.now())
            }

            /// [`remaining`](Self::remaining) at a given time.
            pub fn remaining_at(&self, now: Duration) -> u32 {
                cut(self.0.remaining(nanos(now)))
            }

            /// How long until `n` permits fit, if nobody takes any; `None` if
            /// they never do.
            pub fn fits_in(&self, n: u32) -> Option<Duration> {
                self.fits_in_at(n, self.now())
            }

            /// [`fits_in`](Self::fits_in) at a given time.
            pub fn fits_in_at(&self, n: u32, now: Duration) -> Option<Duration> {
                self.0.fits_in(n.into(), nanos(now)).map(Duration::from_nanos)
            }

            /// Waits for one permit: first come, first served, at most as long
            /// and in as long a line as the quota says. What cannot end in time
            /// is refused at once.
            ///
            /// # Cancel safety
            ///
            /// Dropping the future gives its place up, and delays nobody.
            #[cfg(feature = "tokio")]
            pub fn acquire(&self) -> Acquire<'_> {
                Acquire::new(&self.0, 1, None)
            }

            /// [`acquire`](Self::acquire) for `n` permits.
            #[cfg(feature = "tokio")]
            pub fn acquire_many(&self, n: u32) -> Acquire<'_> {
                Acquire::new(&self.0, n, None)
            }

            /// [`acquire_many`](Self::acquire_many) with a bound of the
            /// caller's own, such as what is left of his deadline.
            #[cfg(feature = "tokio")]
            pub fn acquire_many_within(&self, n: u32, max_wait: Duration) -> Acquire<'_> {
                Acquire::new(&self.0, n, Some(max_wait))
            }

            /// Takes a place in the line without a runtime. The quota's longest
            /// wait holds where none is given.
            pub fn join(
                &self,
                n: u32,
                max_wait: impl Into<Option<Duration>>,
            ) -> Result<Ticket<'_>, Rejected> {
                Ticket::new(Held::Borrowed(&self.0), n, max_wait.into(), None)
            }

            /// [`join`](Self::join) at a given time.
            pub fn join_at(
                &self,
                n: u32,
                max_wait: impl Into<Option<Duration>>,
                now: Duration,
            ) -> Result<Ticket<'_>, Rejected> {
                Ticket::new(Held::Borrowed(&self.0), n, max_wait.into(), Some(nanos(now)))
            }

            /// Lets nothing pass before `until`, since an upstream said so; on
            /// the scale of [`now`](Self::now). A day at most; a block is never
            /// made shorter by another. Those who cannot wait so long are
            /// refused at once.
            pub fn block_until(&self, until: Duration) {
                self.block_until_at(until, self.now());
            }

            /// [`block_until`](Self::block_until) at a given time.
            pub fn block_until_at(&self, until: Duration, now: Duration) {
                self.0.block_until(nanos(until), nanos(now));
            }

            /// [`block_until`](Self::block_until), counted from now: what a
            /// `Retry-After` says.
            pub fn block_for(&self, time: Duration) {
                let now = self.now();
                self.block_until_at(now.saturating_add(time), now);
            }

            /// Ends the block.
            pub fn unblock(&self) {
                self.0.unblock();
            }

            /// The mode.
            pub fn mode(&self) -> Mode {
                self.0.mode()
            }

            /// Switches the mode. Those who wait are told at once.
            pub fn set_mode(&self, mode: Mode) {
                self.0.set_mode(mode);
            }

            /// How much room each of its limits has, the fullest first.
            pub fn rooms(&self) -> Vec<Room> {
                self.rooms_at(self.now())
            }

            /// [`rooms`](Self::rooms) at a given time.
            pub fn rooms_at(&self, now: Duration) -> Vec<Room> {
                self.0.rooms(nanos(now))
            }

            /// How it stands.
            pub fn snapshot(&self) -> Snapshot {
                self.snapshot_at(self.now())
            }

            /// [`snapshot`](Self::snapshot) at a given time.
            pub fn snapshot_at(&self, now: Duration) -> Snapshot {
                self.0.snapshot(nanos(now))
            }
        }

        impl Sealed for $handle {}

        impl Limit for $handle {
            fn name(&self) -> &'static str {
                $handle::name(self)
            }
            fn now(&self) -> Duration {
                $handle::now(self)
            }
            fn try_acquire_many(&self, n: u32) -> Result<(), Rejected> {
                $handle::try_acquire_many(self, n)
            }
            fn try_acquire_many_at(&self, n: u32, now: Duration) -> Result<(), Rejected> {
                $handle::try_acquire_many_at(self, n, now)
            }
            fn try_acquire_up_to_at(&self, n: u32, now: Duration) -> u32 {
                $handle::try_acquire_up_to_at(self, n, now)
            }
            fn peek_at(&self, n: u32, now: Duration) -> Result<(), Rejected> {
                $handle::peek_at(self, n, now)
            }
            fn remaining_at(&self, now: Duration) -> u32 {
                $handle::remaining_at(self, now)
            }
            fn fits_in_at(&self, n: u32, now: Duration) -> Option<Duration> {
                $handle::fits_in_at(self, n, now)
            }
            fn join_at(
                &self,
                n: u32,
                max_wait: Option<Duration>,
                now: Duration,
            ) -> Result<Ticket<'_>, Rejected> {
                $handle::join_at(self, n, max_wait, now)
            }
            #[cfg(feature = "tokio")]
            fn acquire_many(&self, n: u32) -> Acquire<'_> {
                $handle::acquire_many(self, n)
            }
            #[cfg(feature = "tokio")]
            fn acquire_many_within(&self, n: u32, max_wait: Duration) -> Acquire<'_> {
                $handle::acquire_many_within(self, n, max_wait)
            }
            fn block_until_at(&self, until: Duration, now: Duration) {
                $handle::block_until_at(self, until, now);
            }
            fn unblock(&self) {
                $handle::unblock(self);
            }
            fn mode(&self) -> Mode {
                $handle::mode(self)
            }
            fn set_mode(&self, mode: Mode) {
                $handle::set_mode(self, mode);
            }
            fn snapshot_at(&self, now: Duration) -> Snapshot {
                $handle::snapshot_at(self, now)
            }
            fn rooms_at(&self, now: Duration) -> Vec<Room> {
                $handle::rooms_at(self, now)
            }
        }
    };
}

/// Making and changing a handle that has one quota.
macro_rules! one_quota {
    ($handle:ident, $check:path, $algorithm:expr, $slack:expr) => {
        impl $handle {
            /// Makes a limiter in which nothing was taken yet. Takes a while
            /// the first time in a process, to calibrate the clock.
            pub fn new(quota: Quota) -> Result<Self, InvalidQuota> {
                $check(&quota)?;
                Ok($handle(Arc::new(Gate::new($algorithm(&quota), &quota, $slack))))
            }

            /// Changes the quota at once, without a burst and without a stall:
            /// what was let through goes on to count. Those who wait are judged
            /// anew. A quota that is not valid changes nothing; the name stays.
            pub fn update(&self, quota: Quota) -> Result<(), InvalidQuota> {
                self.update_at(quota, self.now())
            }

            /// [`update`](Self::update) at a given time. A `now` behind the
            /// latest reading gives nothing away by itself; but a bucket's word
            /// does not hold that reading, so the new rate may count from
            /// earlier, by at most the time that a refill takes, or the longest
            /// wait that was booked.
            pub fn update_at(&self, quota: Quota, now: Duration) -> Result<(), InvalidQuota> {
                $check(&quota)?;
                self.0.update($algorithm(&quota), &quota, nanos(now));
                Ok(())
            }
        }
    };
}

pub(crate) use {one_quota, verbs};
