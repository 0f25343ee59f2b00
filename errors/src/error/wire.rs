//! What the wire formats need of an error beyond what everybody may.
#![cfg_attr(not(all(feature = "http", feature = "tonic", feature = "serde")), allow(dead_code))]

use std::borrow::Cow;
use std::boxed::Box;
use std::error::Error as StdError;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use super::inner::{Inner, What};
use super::{Error, Origin};
use crate::foreign::{Arrived, Foreign, known};
use crate::{Code, Registry};

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
        error.0.message = arrived.message.filter(|message| !message.is_empty());
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

    /// The message as it is sent: an empty one is none, and says less than a title.
    pub(crate) fn sent_message(&self) -> Option<&str> {
        self.message().filter(|message| !message.is_empty())
    }

    /// All by which it is classified, and all that is public.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn outline(&self) -> Self {
        self.0.outline()
    }

    /// The same, of the outermost error in a chain.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn outline_of(error: &(dyn StdError + 'static)) -> Option<Self> {
        crate::chain::walk(error, Inner::of).map(Inner::outline)
    }

    /// The same, for somebody who may know a code that whoever received it did not.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn known_by(mut self, registry: &Registry) -> Self {
        if let What::Foreign(foreign) = &self.0.what {
            if let Some(code) = known(registry, &foreign.domain, &foreign.name) {
                self.0.what = What::Known(code);
            }
        }
        self
    }

    /// The same, where whoever sent it on has more to say: details of gRPC, and not to repeat the call.
    #[cfg_attr(not(feature = "tonic"), allow(dead_code))]
    pub(crate) fn with_details(mut self, details: Vec<Vec<u8>>, never: bool) -> Self {
        self.0.details = details;
        self.0.never |= never;
        self
    }
}

impl Inner {
    fn of<'a>(link: &'a (dyn StdError + 'static)) -> Option<&'a Inner> {
        let error = link.downcast_ref::<Error>();
        let error = error.or_else(|| link.downcast_ref::<Arc<Error>>().map(|error| &**error));
        let error = error.or_else(|| link.downcast_ref::<Box<Error>>().map(|error| &**error));
        error.map(|error| &*error.0).or_else(|| link.downcast_ref())
    }

    fn outline(&self) -> Error {
        let mut outline = Error::new(self.code());
        let keep = Clone::clone;
        outline.0.args = match &self.what {
            What::Known(code) => {
                let public =
                    |(key, _): &&(Cow<'static, str>, String)| code.keys().contains(&&**key);
                self.args.iter().filter(public).map(keep).collect()
            }
            What::Foreign(foreign) => {
                outline.0.what = What::Foreign(foreign.clone());
                outline.0.arrived = self.arrived;
                self.args.iter().take(self.arrived).map(keep).collect()
            }
        };
        outline.0.message.clone_from(&self.message);
        outline.0.retry_after = self.retry_after;
        outline.0.never = self.never;
        outline.0.rejected = self.rejected;
        outline.0.origin = self.origin;
        outline
    }
}
