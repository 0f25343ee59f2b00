//! Codes for the errors that everybody has already: boxed or shared ones, and `io::Error`.

use std::boxed::Box;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::{Code, Coded, Executed, Outcome, Rejected, RetryClass, family, find_code, find_coded};

/// The code of the outermost link of the chain that has one, an
/// [`io::Error`] included; [`UNKNOWN`](family::UNKNOWN) without one.
impl Coded for Box<dyn Error + Send + Sync + 'static> {
    fn code(&self) -> Code {
        code_of(&**self)
    }

    fn rejected(&self) -> Option<Rejected> {
        find_coded(&**self)?.rejected()
    }

    fn retry_after(&self) -> Option<Duration> {
        find_coded(&**self)?.retry_after()
    }

    fn retry(&self) -> RetryClass {
        find_coded(&**self).map_or_else(|| self.code().retry(), Coded::retry)
    }

    fn executed(&self) -> Executed {
        find_coded(&**self).map_or_else(|| self.code().executed(), Coded::executed)
    }

    fn outcome(&self) -> Outcome {
        find_coded(&**self).map_or_else(|| self.code().outcome(), Coded::outcome)
    }
}

/// What the error inside says.
impl<E: Coded + ?Sized> Coded for Box<E> {
    fn code(&self) -> Code {
        (**self).code()
    }

    fn rejected(&self) -> Option<Rejected> {
        (**self).rejected()
    }

    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }

    fn retry(&self) -> RetryClass {
        (**self).retry()
    }

    fn executed(&self) -> Executed {
        (**self).executed()
    }

    fn outcome(&self) -> Outcome {
        (**self).outcome()
    }
}

/// What the error inside says. One that several callers wait for is shared so.
impl<E: Coded + ?Sized> Coded for Arc<E> {
    fn code(&self) -> Code {
        (**self).code()
    }

    fn rejected(&self) -> Option<Rejected> {
        (**self).rejected()
    }

    fn retry_after(&self) -> Option<Duration> {
        (**self).retry_after()
    }

    fn retry(&self) -> RetryClass {
        (**self).retry()
    }

    fn executed(&self) -> Executed {
        (**self).executed()
    }

    fn outcome(&self) -> Outcome {
        (**self).outcome()
    }
}

/// The code of the error inside, or what the kind of error says:
///
/// | kind | code |
/// |---|---|
/// | `ConnectionRefused`, `AddrNotAvailable` | [`CONNECT_FAILED`](family::CONNECT_FAILED) |
/// | `ConnectionReset`, `ConnectionAborted`, `NotConnected`, `BrokenPipe`, `UnexpectedEof`, `HostUnreachable`, `NetworkUnreachable`, `NetworkDown` | [`CONNECTION_LOST`](family::CONNECTION_LOST) |
/// | `TimedOut` | [`ATTEMPT_TIMEOUT`](family::ATTEMPT_TIMEOUT) |
/// | any other | [`UNKNOWN`](family::UNKNOWN) |
///
/// An unreachable host is no proof that nothing was sent: an open connection
/// ends so, too.
impl Coded for io::Error {
    fn code(&self) -> Code {
        code_of(self)
    }

    fn rejected(&self) -> Option<Rejected> {
        find_coded(self)?.rejected()
    }

    fn retry_after(&self) -> Option<Duration> {
        find_coded(self)?.retry_after()
    }

    fn retry(&self) -> RetryClass {
        find_coded(self).map_or_else(|| self.code().retry(), Coded::retry)
    }

    fn executed(&self) -> Executed {
        find_coded(self).map_or_else(|| self.code().executed(), Coded::executed)
    }

    fn outcome(&self) -> Outcome {
        find_coded(self).map_or_else(|| self.code().outcome(), Coded::outcome)
    }
}

fn code_of(error: &(dyn Error + 'static)) -> Code {
    find_code(error).or_else(|| kind_in(error)).unwrap_or(family::UNKNOWN)
}

fn kind_in(error: &(dyn Error + 'static)) -> Option<Code> {
    crate::chain::walk(error, kind)
}

/// The code for the kind of an [`io::Error`].
pub(crate) fn kind(link: &(dyn Error + 'static)) -> Option<Code> {
    let shared = || link.downcast_ref::<Arc<io::Error>>().map(|shared| &**shared);
    let boxed = || link.downcast_ref::<Box<io::Error>>().map(|boxed| &**boxed);
    match link.downcast_ref::<io::Error>().or_else(shared).or_else(boxed)?.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::AddrNotAvailable => {
            Some(family::CONNECT_FAILED)
        }
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::NetworkDown => Some(family::CONNECTION_LOST),
        io::ErrorKind::TimedOut => Some(family::ATTEMPT_TIMEOUT),
        _ => None,
    }
}
