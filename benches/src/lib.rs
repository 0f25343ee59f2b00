//! Benches, experiments and the demo of Seawall. Not built yet.
