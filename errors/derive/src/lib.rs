//! The derive macro of seawall-errors. Not built yet.
