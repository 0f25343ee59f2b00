//! What the wire formats need of an error beyond what everybody may.
#![cfg_attr(not(all(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]

use super::inner::What;
use super::{Error, Origin};
use crate::Code;
use crate::foreign::{Arrived, Foreign};

impl Error {
    /// What has come over the wire, with everything bounded.
    pub(crate) fn arrived(what: Result<Code, Foreign>, arrived: Arrived) -> Self {
        let mut error = Error::new(match &what {
            Ok(code) => *code,
            Err(foreign) => foreign.stand_in(arrived.retry_after),
        });
        if let Err(foreign) = what {
            error.0.what = What::Foreign(foreign);
        }
        error.0.args = arrived.args.into_iter().map(|(key, value)| (key.into(), value)).collect();
        error.0.arrived = error.0.args.len();
        error.0.message = arrived.message;
        error.0.retry_after = arrived.retry_after;
        error.0.never = arrived.never;
        error.0.details = arrived.details;
        error.0.origin = Origin::Remote;
        error
    }

    /// The same, as seen from the process where `origin` says.
    pub(crate) fn with_origin(mut self, origin: Origin) -> Self {
        self.0.origin = origin;
        self
    }

    /// All by which it is classified, without arguments, message and source.
    pub(crate) fn outline(&self) -> Self {
        let mut outline = Error::new(self.code());
        if let What::Foreign(foreign) = &self.0.what {
            outline.0.what = What::Foreign(foreign.clone());
        }
        outline.0.retry_after = self.0.retry_after;
        outline.0.never = self.0.never;
        outline.0.rejected = self.0.rejected;
        outline.0.origin = self.0.origin;
        outline
    }
}
