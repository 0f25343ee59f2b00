//! What is measured.

use std::fmt;
use std::sync::Arc;

/// Runs an operation so many times.
pub type Run = Arc<dyn Fn(u64) + Send + Sync>;

/// One way of doing what its group does.
pub struct Case {
    /// What is done, such as `limiter/allow`.
    pub group: &'static str,
    /// Who does it.
    pub name: &'static str,
    /// Whether the ratios of the group are to this one.
    pub is_peer: bool,
    /// Whether threads can share it.
    pub is_shared: bool,
    /// Makes what is measured; each call makes a fresh one.
    pub make: Box<dyn Fn() -> Run>,
}

impl Case {
    /// A case whose state threads share.
    pub fn new<F>(group: &'static str, name: &'static str, make: impl Fn() -> F + 'static) -> Self
    where
        F: Fn(u64) + Send + Sync + 'static,
    {
        Case {
            group,
            name,
            is_peer: false,
            is_shared: true,
            make: Box::new(move || Arc::new(make())),
        }
    }

    /// The same, as the one to which the others of its group are compared.
    #[must_use]
    pub fn peer(mut self) -> Self {
        self.is_peer = true;
        self
    }

    /// The same, for one thread only.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.is_shared = false;
        self
    }

    /// `group/name`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.id()).finish()
    }
}
