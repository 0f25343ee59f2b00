//! Whole calls: asked for, run, judged.

use seawall_errors::{ByCode, Classify, Coded, Rejected};

use crate::breaker::Breaker;

impl Breaker {
    /// Runs `op` if a call may go. Its error says by its code what it means:
    /// that the caller was wrong is no failure of the backend, and a refusal by
    /// another limiter or bulkhead says nothing about it. A panic is a failure.
    ///
    /// ```
    /// # use seawall_breaker::{Breaker, Policy};
    /// # use seawall_errors::{Coded, family::CIRCUIT_OPEN};
    /// type Error = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// let files = Breaker::new(Policy::new().with_consecutive(2))?;
    /// let read = |path: &str| files.call(|| Ok::<_, Error>(std::fs::read_to_string(path)?));
    ///
    /// assert!(read("/no/such/file").is_err() && read("/no/such/file").is_err());
    /// assert_eq!(read("Cargo.toml").unwrap_err().code(), CIRCUIT_OPEN);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn call<T, E>(&self, op: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        E: Coded + From<Rejected>,
    {
        self.call_with(&ByCode, op)
    }

    /// [`call`](Self::call) with a judge of one's own.
    pub fn call_with<T, E, C>(&self, judge: &C, op: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        C: Classify<T, E>,
        E: From<Rejected>,
    {
        let permit = self.try_acquire()?;
        let result = op();
        permit.complete(judge.classify(&result));
        result
    }

    /// [`call`](Self::call) for an operation that is awaited.
    ///
    /// ```
    /// # use seawall_breaker::{Breaker, Policy};
    /// # use seawall_errors::Rejected;
    /// # let work = async {
    /// let orders = Breaker::new(Policy::new())?;
    /// let answer = orders.run(|| async { Ok::<_, Rejected>(7) }).await;
    /// assert_eq!(answer, Ok(7));
    /// # Ok::<(), seawall_breaker::InvalidPolicy>(())
    /// # };
    /// # futures::executor::block_on(work).unwrap();
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives the call up: neutral, but a failure where it
    /// had outlived [`slow_after`](crate::Policy::with_slow_after). A probe's
    /// place comes back.
    pub async fn run<T, E, F>(&self, op: impl FnOnce() -> F) -> Result<T, E>
    where
        E: Coded + From<Rejected>,
        F: Future<Output = Result<T, E>>,
    {
        self.run_with(&ByCode, op).await
    }

    /// [`run`](Self::run) with a judge of one's own.
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn run_with<T, E, F, C>(&self, judge: &C, op: impl FnOnce() -> F) -> Result<T, E>
    where
        C: Classify<T, E>,
        E: From<Rejected>,
        F: Future<Output = Result<T, E>>,
    {
        let permit = self.try_acquire()?;
        let result = op().await;
        permit.complete(judge.classify(&result));
        result
    }
}
