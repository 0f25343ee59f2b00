use std::borrow::Cow;
use std::fmt;
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

use super::{BoxError, Origin};
use crate::foreign::Foreign;
use crate::{Code, Coded, Executed, Rejected, RetryClass, family};

/// All of an [`Error`], and its `source`, for the same reason as the parts of
/// `Code` and `Rejected` are theirs: it is found behind a transparent wrapper.
/// Displays the title; what led to the error is *its* source.
pub(crate) struct Inner {
    pub(super) what: What,
    pub(super) args: Vec<(Cow<'static, str>, String)>,
    /// How many of them arrived with a foreign error; those were public already.
    pub(super) arrived: usize,
    pub(super) message: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// Whoever raised it said not to repeat the call, whatever the code says.
    pub(super) never: bool,
    pub(super) source: Option<BoxError>,
    pub(super) rejected: Option<Rejected>,
    pub(super) origin: Origin,
    /// Encoded gRPC details of kinds that we do not know, passed on as they came.
    pub(super) details: Vec<Vec<u8>>,
}

pub(super) enum What {
    Known(Code),
    Foreign(Foreign),
}

impl Inner {
    pub(super) fn code(&self) -> Code {
        match &self.what {
            What::Known(code) => *code,
            What::Foreign(foreign) => foreign.stand_in(self.retry_after),
        }
    }

    pub(super) fn title(&self) -> &str {
        match &self.what {
            What::Known(code) => code.title(),
            What::Foreign(foreign) => foreign.title(),
        }
    }
}

impl Coded for Inner {
    fn code(&self) -> Code {
        Inner::code(self)
    }

    fn rejected(&self) -> Option<Rejected> {
        self.rejected
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    fn executed(&self) -> Executed {
        let code = Inner::code(self);
        match self.origin {
            Origin::Remote if code.domain() == family::FAMILY.domain() => Executed::Unknown,
            Origin::Remote | Origin::Local => code.executed(),
        }
    }

    fn retry(&self) -> RetryClass {
        if self.never { RetryClass::Never } else { Inner::code(self).retry() }
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.title().escape_debug())
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        match &self.what {
            What::Known(code) => debug.field("code", code),
            What::Foreign(foreign) => debug.field("code", foreign),
        };
        debug
            .field("args", &self.args)
            .field("message", &self.message)
            .field("retry_after", &self.retry_after)
            .field("never", &self.never)
            .field("origin", &self.origin)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Inner {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
