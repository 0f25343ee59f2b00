//! Whether at all: a circuit breaker. Not built yet.
