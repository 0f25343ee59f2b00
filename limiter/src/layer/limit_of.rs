//! Whose limit a request runs into, for what outlives the decision.

use core::time::Duration;
use std::sync::Arc;

use crate::layer::admit::Admit;
use crate::limit::Limit;
use crate::mode::Room;

/// A limiter that can tell which limit a request runs into: itself, or that of the request's key.
pub trait LimitOf<Req>: Admit<Req> {
    /// That limit.
    type One: OneLimit;

    /// The limit of this request; `None` where it has none.
    fn limit_of(&self, request: &Req) -> Option<Self::One>;
}

/// One limit, held apart from the request that ran into it.
pub trait OneLimit {
    /// How much room it has.
    fn rooms(&self) -> Vec<Room>;
    /// Lets nothing pass for so long.
    fn block_for(&self, time: Duration);
}

impl<L: Limit + ?Sized> OneLimit for L {
    fn rooms(&self) -> Vec<Room> {
        self.rooms_at(self.now())
    }

    fn block_for(&self, time: Duration) {
        let now = self.now();
        self.block_until_at(now.saturating_add(time), now);
    }
}

impl<L: Limit + ?Sized> OneLimit for Arc<L> {
    fn rooms(&self) -> Vec<Room> {
        OneLimit::rooms(&**self)
    }

    fn block_for(&self, time: Duration) {
        OneLimit::block_for(&**self, time);
    }
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + Clone> LimitOf<Req> for L {
    type One = L;

    fn limit_of(&self, _: &Req) -> Option<L> {
        Some(self.clone())
    }
}

#[diagnostic::do_not_recommend]
impl<Req, L: Limit + ?Sized> LimitOf<Req> for Arc<L> {
    type One = Arc<L>;

    fn limit_of(&self, _: &Req) -> Option<Arc<L>> {
        Some(Arc::clone(self))
    }
}
