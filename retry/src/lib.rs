//! Again: retry, failover and the other cluster policies. Not built yet.
