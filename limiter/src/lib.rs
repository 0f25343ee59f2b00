//! How often: rate limits with fixed window, sliding window, leaky bucket and token bucket. Not built yet.
