use core::fmt;
#[cfg(feature = "tokio")]
use core::pin::Pin;
#[cfg(feature = "tokio")]
use core::task::{Context, Poll, ready};

use ::http::Response;
#[cfg(feature = "tokio")]
use pin_project::pin_project;
use seawall_errors::Rejected;
use seawall_errors::family::KEYS_FULL;

use crate::http::{Fields, Standing};
use crate::layer::admit::{Admit, Finish};
use crate::layer::limit_of::{LimitOf, OneLimit};
#[cfg(feature = "tokio")]
use crate::layer::wait_for::{Wait, Waiting};
use crate::mode::Room;

/// A limiter that tells clients how they stand with it, in the fields of each response; made by
/// `.with_fields(…)`.
///
/// ```
/// use http::{Request, Response};
/// use seawall_errors::http::AsProblem;
/// use seawall_limiter::http::Fields;
/// use seawall_limiter::{LimiterLayer, Quota, TokenBucket};
/// use tower::{BoxError, Layer, ServiceExt, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let search = TokenBucket::new(Quota::per_minute(2).with_name("search"))?;
/// let service = LimiterLayer::new(search.with_fields(Fields::new()))
///     .with_answer(AsProblem)
///     .layer(service_fn(|_: Request<()>| async { Ok::<_, BoxError>(Response::new(String::new())) }));
///
/// let passed = service.clone().oneshot(Request::new(())).await?;
/// assert_eq!(passed.headers()["ratelimit-policy"], r#""search";q=2;w=60"#);
/// assert_eq!(passed.headers()["ratelimit"], r#""search";r=1;t=30"#);
/// # let _ = service.clone().oneshot(Request::new(())).await?;
/// // … and when there is none left:
/// let refused = service.oneshot(Request::new(())).await?;
/// assert_eq!((refused.status(), &refused.headers()["retry-after"]), (429.try_into()?, &"30".parse()?));
/// # Ok(())
/// # }
/// ```
///
/// How somebody stands is looked up right after the decision, under the limiter's lock: before a cost is
/// settled by the response. With several limits in one, each has its member, by the name of its quota; so
/// name them. A key is asked for once more. It costs four allocations.
#[derive(Clone)]
pub struct Told<L> {
    limit: L,
    fields: Fields,
}

impl<L> Told<L> {
    /// What `limit.with_fields(fields)` makes; over an [`Arc<dyn Limit>`](crate::Limit), or a limiter of your own.
    pub fn new(limit: L, fields: Fields) -> Self {
        Told { limit, fields }
    }
}

impl<L: LimitOf<Req>, Req> Admit<Req> for Told<L> {
    type Pass = Telling<L::Pass>;

    fn name(&self) -> &'static str {
        self.limit.name()
    }

    fn admit(&self, request: &Req, n: u32, pass: &mut Self::Pass) -> Result<(), Rejected> {
        let answer = self.limit.admit(request, n, &mut pass.inner);
        let one = self.limit.limit_of(request);
        pass.told = one.map(|one| (self.fields, one.rooms(), answer.err()));
        answer
    }
}

impl<L: LimitOf<Req>, Req> LimitOf<Req> for Told<L> {
    type One = L::One;

    fn limit_of(&self, request: &Req) -> Option<L::One> {
        self.limit.limit_of(request)
    }
}

/// How a request stands.
#[derive(Debug, Default)]
pub struct Telling<P> {
    inner: P,
    told: Option<(Fields, Vec<Room>, Option<Rejected>)>,
}

impl<P: Finish<Response<B>, Err>, B, Err> Finish<Response<B>, Err> for Telling<P> {
    fn finish(self, answer: &mut Result<Response<B>, Err>) {
        self.inner.finish(answer);
        let (Some((fields, mut rooms, refused)), Ok(response)) = (self.told, answer) else {
            return;
        };
        if let Some(refused) = &refused {
            agree(&mut rooms, refused);
        }
        // Whichever is the fullest: what the policies are stays the same from response to response.
        rooms.sort_by_key(|room| (room.quota.period(), room.quota.limit(), room.quota.name()));
        let standings: Vec<Standing<'_>> = rooms.iter().map(Standing::of_room).collect();
        match refused {
            Some(refused) => fields.write_refusal(&refused, &standings, response.headers_mut()),
            None => fields.write(&standings, response.headers_mut()),
        }
    }
}

/// Whoever is refused must not be told that there is room. There may seem to be: for a key that is not
/// kept, since no room is left for it, or where a permit came back meanwhile.
fn agree(rooms: &mut Vec<Room>, refused: &Rejected) {
    if refused.code() == KEYS_FULL {
        // Of that there is nothing to tell.
        rooms.clear();
    }
    let Some(left) = refused.number("remaining") else { return };
    let is_it = |room: &&mut Room| room.quota.name() == refused.who();
    if !rooms.iter_mut().filter(is_it).any(|room| u64::from(room.remaining) <= left) {
        for room in rooms.iter_mut().filter(is_it) {
            room.remaining = u32::try_from(left).unwrap_or(u32::MAX);
            room.next_in = refused.retry_after();
        }
    }
}

#[cfg(feature = "tokio")]
impl<L: LimitOf<Req> + Wait<Req>, Req> Wait<Req> for Told<L> {
    type Waiting = ToldWait<L::Waiting, L::One>;

    fn wait(&self, request: &Req, n: u32) -> Self::Waiting {
        let waiting = self.limit.wait(request, n);
        ToldWait { waiting, one: self.limit.limit_of(request), fields: self.fields }
    }
}

/// A wait whose end is told.
#[cfg(feature = "tokio")]
#[pin_project]
#[derive(Debug)]
pub struct ToldWait<W, O> {
    #[pin]
    waiting: W,
    one: Option<O>,
    fields: Fields,
}

#[cfg(feature = "tokio")]
impl<W: Waiting<P>, O: OneLimit, P> Waiting<Telling<P>> for ToldWait<W, O> {
    fn poll_pass(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pass: &mut Telling<P>,
    ) -> Poll<Result<(), Rejected>> {
        let this = self.project();
        let answer = ready!(this.waiting.poll_pass(cx, &mut pass.inner));
        let rooms = this.one.as_ref().map(OneLimit::rooms);
        pass.told = rooms.map(|rooms| (*this.fields, rooms, answer.err()));
        Poll::Ready(answer)
    }
}

impl<L: fmt::Debug> fmt::Debug for Told<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").field("limit", &self.limit).field("fields", &self.fields).finish()
    }
}
