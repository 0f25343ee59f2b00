//! In parallel: backup requests. Not built yet.
