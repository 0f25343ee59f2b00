use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use core::time::Duration;

use seawall_errors::Rejected;
use seawall_errors::family::KEY_MISSING;

use crate::keyed::{Hashed, Key, Keyed, KeyedCharge};
use crate::layer::admit::Admit;
use crate::layer::limit_of::{LimitOf, OneLimit};
use crate::layer::request_verbs::request_verbs;
use crate::layer::settle::{Charges, Settles};
use crate::mode::Room;

/// A keyed limiter that knows whose a request is; made by `.by(…)` or `.by_ref(…)`.
///
/// ```
/// use seawall_limiter::{Keyed, Keys, LimiterLayer, Quota};
///
/// struct Request {
///     user: Option<u64>,
///     path: String,
/// }
/// let users = Keyed::<u64>::new(Quota::per_second(10), Keys::new(100_000))?;
/// let layer = LimiterLayer::new(users.by(|request: &Request| request.user));
/// # let _ = layer;
///
/// // A key that the request holds need not be copied.
/// let paths = Keyed::<str>::new(Quota::per_second(10), Keys::new(1000))?;
/// let layer = LimiterLayer::new(paths.by_ref(|request: &Request| Some(request.path.as_str())));
/// # let _ = layer;
/// # Ok::<(), seawall_limiter::InvalidKeyed>(())
/// ```
///
/// A request without a key is refused with `KEY_MISSING`, unless [`or_share`](Self::or_share) or
/// [`or_pass`](Self::or_pass) says otherwise. The wrong choice lets everybody past a limit who leaves a
/// header out.
#[derive(Clone)]
pub struct By<T, F> {
    pub(super) limit: T,
    pub(super) find: F,
    missing_passes: bool,
}

impl<T, F> By<T, F> {
    pub(crate) fn new(limit: T, find: F) -> Self {
        By { limit, find, missing_passes: false }
    }

    /// Requests without a key share the limit of this one.
    pub fn or_share<O>(self, key: O) -> By<T, OrShare<F, O>> {
        let By { limit, find, missing_passes } = self;
        By { limit, find: OrShare(find, key), missing_passes }
    }

    /// Requests without a key pass uncounted. For limits of those who are known, behind another
    /// one for those who are not.
    #[must_use]
    pub fn or_pass(self) -> Self {
        By { missing_passes: true, ..self }
    }

    request_verbs!();

    /// A request without a key: `None` if it passes.
    pub(super) fn missing(&self, name: &'static str) -> Option<Rejected> {
        (!self.missing_passes).then(|| Rejected::new(KEY_MISSING, name))
    }
}

/// Finds the key of a request.
pub trait Find<Req, K: ?Sized> {
    /// Hands the key over, if there is one.
    fn find<R>(&self, request: &Req, f: impl FnOnce(Option<&K>) -> R) -> R;
}

/// A closure that makes the key of a request.
#[derive(Clone, Copy)]
pub struct Makes<F>(pub(crate) F);

impl<Req, K: ?Sized, O: Borrow<K>, F: Fn(&Req) -> Option<O>> Find<Req, K> for Makes<F> {
    #[inline]
    fn find<R>(&self, request: &Req, f: impl FnOnce(Option<&K>) -> R) -> R {
        let key = (self.0)(request);
        f(key.as_ref().map(Borrow::borrow))
    }
}

/// A closure that finds the key in the request.
#[derive(Clone, Copy)]
pub struct Borrows<F>(pub(crate) F);

impl<Req, K: ?Sized, F: for<'a> Fn(&'a Req) -> Option<&'a K>> Find<Req, K> for Borrows<F> {
    #[inline]
    fn find<R>(&self, request: &Req, f: impl FnOnce(Option<&K>) -> R) -> R {
        f((self.0)(request))
    }
}

/// Finds this key where the other finds none.
#[derive(Clone, Copy)]
pub struct OrShare<F, O>(F, O);

impl<Req, K: ?Sized, F: Find<Req, K>, O: Borrow<K>> Find<Req, K> for OrShare<F, O> {
    #[inline]
    fn find<R>(&self, request: &Req, f: impl FnOnce(Option<&K>) -> R) -> R {
        self.0.find(request, |key| f(Some(key.unwrap_or_else(|| self.1.borrow()))))
    }
}

impl<K: Key + ?Sized> Keyed<K> {
    /// Limits each request by the key that `find` makes of it.
    pub fn by<Req, O: Borrow<K>, How: Fn(&Req) -> Option<O>>(
        self,
        find: How,
    ) -> By<Self, Makes<How>> {
        By::new(self, Makes(find))
    }

    /// Limits each request by the key that `find` finds in it.
    pub fn by_ref<Req, How: for<'a> Fn(&'a Req) -> Option<&'a K>>(
        self,
        find: How,
    ) -> By<Self, Borrows<How>> {
        By::new(self, Borrows(find))
    }
}

impl<K: Hash + ?Sized> Hashed<K> {
    /// Limits each request by the key that `find` makes of it.
    pub fn by<Req, O: Borrow<K>, How: Fn(&Req) -> Option<O>>(
        self,
        find: How,
    ) -> By<Self, Makes<How>> {
        By::new(self, Makes(find))
    }

    /// Limits each request by the key that `find` finds in it.
    pub fn by_ref<Req, How: for<'a> Fn(&'a Req) -> Option<&'a K>>(
        self,
        find: How,
    ) -> By<Self, Borrows<How>> {
        By::new(self, Borrows(find))
    }
}

impl<K: Key + ?Sized, F: Find<Req, K>, Req> Admit<Req> for By<Keyed<K>, F> {
    type Pass = ();

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    fn admit(&self, request: &Req, n: u32, (): &mut ()) -> Result<(), Rejected> {
        // What is free needs no key, and leaves none behind.
        if n == 0 {
            return Ok(());
        }
        self.find.find(request, |key| match key {
            Some(key) => self.limit.try_acquire_many(key, n),
            None => self.missing(self.limit.name()).map_or(Ok(()), Err),
        })
    }
}

impl<K: Hash + ?Sized, F: Find<Req, K>, Req> Admit<Req> for By<Hashed<K>, F> {
    type Pass = ();

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    fn admit(&self, request: &Req, n: u32, (): &mut ()) -> Result<(), Rejected> {
        if n == 0 {
            return Ok(());
        }
        self.find.find(request, |key| match key {
            Some(key) => self.limit.try_acquire_many(key, n),
            None => self.missing(self.limit.name()).map_or(Ok(()), Err),
        })
    }
}

impl<K: Key + ?Sized, F: Find<Req, K>, Req> Charges<Req> for By<Keyed<K>, F> {
    type Charge = KeyedCharge<K>;

    fn charge(&self, request: &Req, n: u32) -> Result<Option<KeyedCharge<K>>, Rejected> {
        self.find.find(request, |key| match key {
            Some(key) => self.limit.charge(key, n).map(Some),
            None => self.missing(self.limit.name()).map_or(Ok(None), Err),
        })
    }
}

impl<K: Key + ?Sized> Settles for KeyedCharge<K> {
    fn settle(self, actual: u32) {
        KeyedCharge::settle(self, actual);
    }
}

/// The limit of one key.
pub struct OfKey<K: Key + ?Sized> {
    limit: Keyed<K>,
    key: K::Owned,
}

impl<K: Key + ?Sized> OneLimit for OfKey<K> {
    fn rooms(&self) -> Vec<Room> {
        self.limit.rooms(self.key.borrow())
    }

    fn block_for(&self, time: Duration) {
        // Where there is no room for the key nothing can be kept of it.
        let _full = self.limit.block_for(self.key.borrow(), time);
    }
}

impl<K: Key + ?Sized, F: Find<Req, K>, Req> LimitOf<Req> for By<Keyed<K>, F> {
    type One = OfKey<K>;

    fn limit_of(&self, request: &Req) -> Option<OfKey<K>> {
        self.find.find(request, |key| {
            key.map(|key| OfKey { limit: self.limit.clone(), key: key.to_owned() })
        })
    }
}

impl<T: fmt::Debug, F> fmt::Debug for By<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("By").field("limit", &self.limit).finish_non_exhaustive()
    }
}

macro_rules! says_its_name {
    ($($name:ident<$($of:ident),*>)*) => {
        $(impl<$($of),*> fmt::Debug for $name<$($of),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        })*
    };
}
says_its_name! { Makes<F> Borrows<F> OrShare<F, O> }

impl<K: Key + ?Sized> fmt::Debug for OfKey<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfKey").field("limit", &self.limit).finish_non_exhaustive()
    }
}
