//! How many at once: a bounded, fair, resizable bulkhead. Not built yet.
