//! State per key in bounded memory. Not built yet.
