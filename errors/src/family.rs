//! The codes of all Seawall crates, declared once, so that any process can
//! decode the refusals of any other without linking the crate that refused.
//!
//! The first two keys of a code name the two numbers of a
//! [`Rejected`](crate::Rejected) that carries it.

crate::codes! {
    pub domain "seawall" = 100 as FAMILY;

    /// Too many requests for now.
    ///
    /// # Cause
    /// A rate limit has no room for the call at this moment.
    /// # Action
    /// Come back after the stated delay. If that happens often, ask for a larger quota.
    RATE_LIMITED = 1 => Throttled.keys(&["limit", "remaining"]);

    /// The quota is used up.
    ///
    /// # Cause
    /// A limit over a long period (a day, a month) has been reached.
    /// # Action
    /// Wait for the next period or ask for a larger quota; do not repeat the call.
    QUOTA_EXCEEDED = 2 => QuotaExceeded.keys(&["limit", "remaining"]);

    /// Too many requests at once.
    ///
    /// # Cause
    /// An adaptive limit on concurrent calls has been reached.
    /// # Action
    /// Go to another endpoint, or come back later.
    CONCURRENCY_LIMITED = 3 => Overloaded.keys(&["limit", "in_flight"]);

    /// The service sheds load.
    ///
    /// # Cause
    /// Work has waited too long, or the machine is under pressure.
    /// # Action
    /// Go to another endpoint, or come back later.
    LOAD_SHED = 4 => Overloaded.keys(&["queued", "delay_ms"]);

    /// The request costs more than the limit ever lets through.
    ///
    /// # Cause
    /// A single call asked for more permits than the burst holds.
    /// # Action
    /// Split the request, or ask for a larger burst. Waiting does not help.
    COST_ABOVE_LIMIT = 5 => TooLarge.keys(&["limit", "cost"]);

    /// There is no room to keep account of another key.
    ///
    /// # Cause
    /// As many callers as can be told apart are under way, and this is one more.
    /// # Action
    /// Come back later. If nobody floods the service with invented keys, raise the capacity.
    KEYS_FULL = 6 => Overloaded.keys(&["capacity"]);

    /// The request does not say whose it is.
    ///
    /// # Cause
    /// Requests are limited for each caller, and this one lacks what tells callers apart, such as a header.
    /// # Action
    /// Send it.
    KEY_MISSING = 7 => InvalidArgument.keys(&[]);

    /// The circuit is open.
    ///
    /// # Cause
    /// Recent calls to the backend failed or were slow.
    /// # Action
    /// Use another backend or a fallback until the circuit closes.
    CIRCUIT_OPEN = 11 => Unavailable.not_executed().retry(RetryClass::Elsewhere)
        .keys(&["failed_percent", "calls"]);

    /// The circuit is being probed.
    ///
    /// # Cause
    /// The circuit is half open, and its probes are all under way.
    /// # Action
    /// Come back after the stated delay.
    CIRCUIT_PROBING = 12 => Unavailable.not_executed().retry(RetryClass::Elsewhere)
        .keys(&["probes", "in_flight"]);

    /// The circuit was opened by hand.
    ///
    /// # Cause
    /// An operator forced the circuit open.
    /// # Action
    /// Use another backend or a fallback; ask the operator.
    CIRCUIT_FORCED_OPEN = 13 => Unavailable.not_executed().retry(RetryClass::Elsewhere);

    /// The client holds back, since the backend refuses most calls.
    ///
    /// # Cause
    /// The share of accepted calls is so low that this one was not sent.
    /// # Action
    /// Come back later; the share is measured all the time.
    CIRCUIT_THROTTLED = 14 => Overloaded.keys(&["accepted_percent", "calls"]);

    /// The bulkhead is full.
    ///
    /// # Cause
    /// As many calls as allowed are running.
    /// # Action
    /// Go to another endpoint, or come back later.
    BULKHEAD_FULL = 21 => Overloaded.keys(&["limit", "waiting"]);

    /// The wait in the queue was too long.
    ///
    /// # Cause
    /// No place became free within the time that the call may wait.
    /// # Action
    /// Go to another endpoint, or come back later.
    QUEUE_TIMEOUT = 22 => Overloaded.keys(&["limit", "waiting"]);

    /// The queue is full.
    ///
    /// # Cause
    /// As many calls as allowed are waiting.
    /// # Action
    /// Go to another endpoint, or come back later.
    QUEUE_FULL = 23 => Overloaded.keys(&["limit", "waiting"]);

    /// The service takes no more calls.
    ///
    /// # Cause
    /// It was closed, most often to shut down.
    /// # Action
    /// Go to another endpoint.
    CLOSED = 24 => Unavailable.not_executed().retry(RetryClass::Elsewhere);

    /// There is no endpoint to send the call to.
    ///
    /// # Cause
    /// The list of endpoints is empty, or no rule allows any of them.
    /// # Action
    /// Check discovery and the routing rules.
    NO_ENDPOINT = 31 => Unavailable.not_executed().keys(&["endpoints", "eligible"]);

    /// All endpoints are ejected.
    ///
    /// # Cause
    /// Every endpoint failed its health checks or too many calls.
    /// # Action
    /// Come back later; they are taken in again on probation.
    ALL_ENDPOINTS_EJECTED = 32 => Unavailable.not_executed().keys(&["endpoints", "ejected"]);

    /// The endpoint is being drained.
    ///
    /// # Cause
    /// It finishes what it has and takes no new calls.
    /// # Action
    /// Go to another endpoint.
    ENDPOINT_DRAINING = 33 => Unavailable.not_executed().retry(RetryClass::Elsewhere);

    /// The budget for repeated calls is exhausted.
    ///
    /// # Cause
    /// So many calls fail that repeating them would add to the overload.
    /// # Action
    /// Fail, or use a fallback. Do not repeat.
    BUDGET_EXHAUSTED = 41 => Unavailable.retry(RetryClass::Never).counts(Outcome::Neutral)
        .keys(&["attempts", "balance"]);

    /// All attempts failed.
    ///
    /// # Cause
    /// The call was repeated as often as allowed.
    /// # Action
    /// See the error of the last attempt.
    ATTEMPTS_EXHAUSTED = 42 => Unavailable.retry(RetryClass::Never).keys(&["attempts"]);

    /// The deadline of the whole call has passed.
    ///
    /// # Cause
    /// The call, with its waits and repetitions, took longer than its caller allows.
    /// # Action
    /// Nothing that this call can still do; look for what was slow.
    DEADLINE_EXCEEDED = 51 => Timeout.retry(RetryClass::Never).keys(&["limit_ms"]);

    /// One attempt took too long.
    ///
    /// # Cause
    /// The backend did not answer within the time for one attempt.
    /// # Action
    /// Repeat it if the call is idempotent.
    ATTEMPT_TIMEOUT = 52 => Timeout.keys(&["limit_ms"]);

    /// The call was cancelled.
    ///
    /// # Cause
    /// Its caller gave up.
    /// # Action
    /// None.
    CANCELLED = 61 => Cancelled;

    /// No connection could be made.
    ///
    /// # Cause
    /// The peer refused the connection, or its address could not be found or reached.
    /// # Action
    /// Go to another endpoint; nothing was sent.
    CONNECT_FAILED = 71 => Dependency.not_executed().retry(RetryClass::Elsewhere);

    /// The connection was lost during the call.
    ///
    /// # Cause
    /// The peer closed or reset it before the answer was complete.
    /// # Action
    /// Repeat the call if it is idempotent.
    CONNECTION_LOST = 72 => Dependency;

    /// A foreign service says that the caller is wrong.
    ///
    /// # Cause
    /// It answered with a code that this program does not know, and a status of that class.
    /// # Action
    /// See its own code and message; they are passed on as they came.
    FOREIGN_REFUSAL = 81 => InvalidArgument.executed(Executed::Unknown);

    /// A foreign service asks to slow down.
    ///
    /// # Cause
    /// It answered with a code that this program does not know, and asks to come back later.
    /// # Action
    /// Come back after the stated delay.
    FOREIGN_THROTTLE = 82 => Throttled.executed(Executed::Unknown);

    /// Something at a foreign service is used up.
    ///
    /// # Cause
    /// A quota, or a request that is too large: its status does not tell which.
    /// # Action
    /// See its own code and message. Do not repeat the call as it is.
    FOREIGN_EXHAUSTED = 83 => QuotaExceeded.executed(Executed::Unknown);

    /// A foreign service is not available.
    ///
    /// # Cause
    /// It, or a proxy before it, answered so; whether the call reached it is unknown.
    /// # Action
    /// Repeat the call later if it is idempotent.
    FOREIGN_UNAVAILABLE = 84 => Dependency.http(503);

    /// A foreign service did not answer in time.
    ///
    /// # Cause
    /// It, or a proxy before it, gave up.
    /// # Action
    /// Repeat the call later if it is idempotent.
    FOREIGN_TIMEOUT = 85 => Dependency.http(504).grpc(Grpc::DeadlineExceeded);

    /// A foreign service failed.
    ///
    /// # Cause
    /// It answered with a code that this program does not know.
    /// # Action
    /// See its own code and message; they are passed on as they came.
    FOREIGN_FAILURE = 86 => Dependency.retry(RetryClass::Never).grpc(Grpc::Internal);

    /// A foreign service says that the call was cancelled.
    ///
    /// # Cause
    /// Somebody on the way gave up.
    /// # Action
    /// None.
    FOREIGN_CANCEL = 87 => Cancelled;

    /// A bug in the service.
    ///
    /// # Cause
    /// Something happened that the service did not expect.
    /// # Action
    /// Report it.
    INTERNAL = 91 => Internal;

    /// An error without a known code.
    ///
    /// # Cause
    /// It came from elsewhere, or nobody gave it a code.
    /// # Action
    /// See the error itself.
    UNKNOWN = 92 => Internal.grpc(Grpc::Unknown);
}
