//! What a status says to a retry or a breaker.

use core::error::Error as StdError;
use std::time::Duration;

use tonic::{ConnectError, Status, TimeoutExpired};

use super::arrive::{Details, Pushback};
use crate::foreign::stand_in;
use crate::{Code, Coded, Executed, FAMILY, Grpc, Rejected, RetryClass, chain, family};

// The family is known without being listed.
crate::registry! { static NONE = []; }

/// What a bare status says, without a registry at hand:
///
/// - the code of its source, where it was made here: of an [`Error`](crate::Error), a refusal, an
///   [`std::io::Error`] or a failure of the transport;
/// - else the code, where it came with one of [our family](crate::family);
/// - else a cautious stand-in by its status, as for any foreign code.
///
/// To get your own codes of a status that arrived, make an error of it:
/// [`grpc::error`](super::error). Allocates nothing.
impl Coded for Status {
    fn code(&self) -> Code {
        if let Some(code) = inside(self) {
            return code;
        }
        let details = Details::read(self.details());
        let own = details.info.as_ref().and_then(|info| info.known(&NONE));
        own.unwrap_or_else(|| {
            let http = details.info.as_ref().and_then(super::arrive::Info::http);
            let delay = Pushback::read(self.metadata()).or_longer(details.delay);
            stand_in(http, grpc(self), delay.is_some())
        })
    }

    fn rejected(&self) -> Option<Rejected> {
        made_of(self)?.rejected()
    }

    fn retry_after(&self) -> Option<Duration> {
        let delay = Details::read(self.details()).delay;
        let delay = Pushback::read(self.metadata()).or_longer(delay);
        delay.or_else(|| made_of(self)?.retry_after())
    }

    fn retry(&self) -> RetryClass {
        if Pushback::read(self.metadata()).is_never() {
            return RetryClass::Never;
        }
        made_of(self).map_or_else(|| Coded::code(self).retry(), Coded::retry)
    }

    fn executed(&self) -> Executed {
        if let Some(made_of) = made_of(self) {
            return made_of.executed();
        }
        let code = Coded::code(self);
        // What a third refused says nothing of what its sender did before.
        if self.source().is_none() && code.domain() == FAMILY.domain() {
            return Executed::Unknown;
        }
        code.executed()
    }
}

/// The gRPC status; `None` for an "error" that says all is well.
pub(super) fn grpc(status: &Status) -> Option<Grpc> {
    Grpc::from_number(u64::try_from(i32::from(status.code())).ok()?)
}

/// The error with a code of which a status was made here. What arrives has no source.
///
/// Further statuses in the chain are stepped over: tonic copies what they say
/// into the one around them, and to ask each would walk the rest once more.
fn made_of(status: &Status) -> Option<&dyn Coded> {
    chain::walk(status.source()?, chain::ours)
}

/// The code of whatever a status was made of here.
pub(super) fn inside(status: &Status) -> Option<Code> {
    let code = made_of(status).map(Coded::code);
    code.or_else(|| chain::walk(status.source()?, transport))
}

/// tonic maps both to statuses that say less: a call that its client gave up
/// is `CANCELLED` there, and a connection that was never made is `UNAVAILABLE`.
fn transport(link: &(dyn StdError + 'static)) -> Option<Code> {
    if link.is::<TimeoutExpired>() {
        return Some(family::ATTEMPT_TIMEOUT);
    }
    if link.is::<ConnectError>() {
        return Some(family::CONNECT_FAILED);
    }
    crate::boxed::kind(link)
}
