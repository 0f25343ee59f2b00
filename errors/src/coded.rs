use core::convert::Infallible;
use core::time::Duration;

use crate::{Code, Executed, Outcome, Rejected, RetryClass};

/// An error that has a [`Code`], and so answers what every resilience crate
/// asks: does it count against the backend, may the call be repeated, when?
///
/// Implemented for [`Rejected`], [`Code`], `Infallible` and references, and with the
/// feature `std` for `Box<E>`, `Arc<E>`, `Box<dyn Error + Send + Sync>` and `std::io::Error`.
///
/// ```
/// use seawall_errors::{Code, Coded, Outcome, Rejected, family};
///
/// enum OrderError {
///     NotFound,
///     Refused(Rejected),
/// }
/// # seawall_errors::codes! {
/// #     domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound;
/// # }
///
/// impl Coded for OrderError {
///     fn code(&self) -> Code {
///         match self {
///             OrderError::NotFound => ORDER_NOT_FOUND,
///             OrderError::Refused(refused) => refused.code(),
///         }
///     }
///     fn rejected(&self) -> Option<Rejected> {
///         match self {
///             OrderError::Refused(refused) => Some(*refused),
///             OrderError::NotFound => None,
///         }
///     }
/// }
///
/// let refused = OrderError::Refused(Rejected::new(family::CIRCUIT_OPEN, "orders"));
/// assert_eq!(refused.outcome(), Outcome::Neutral, "an open breaker must not feed itself");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no error code",
    note = "if the error is yours: `#[derive(seawall_errors::Coded)]`, or `impl seawall_errors::Coded for {Self}`",
    note = "if it is not: tell the layer how to judge it with `.classify(|result: &Result<_, {Self}>| ...)`"
)]
pub trait Coded {
    /// The code.
    fn code(&self) -> Code;

    /// The local refusal that this error is or carries.
    ///
    /// Answer it where an error wraps a [`Rejected`]: by it a refusal of our
    /// own is told from the same code sent by a backend.
    fn rejected(&self) -> Option<Rejected> {
        None
    }

    /// How long to wait before coming back, where that is known.
    fn retry_after(&self) -> Option<Duration> {
        self.rejected().and_then(|refused| refused.retry_after())
    }

    /// What a caller may do about this very error.
    ///
    /// What its code says, unless whoever raised it said *never* for this once,
    /// as an overloaded gRPC server does to stop the retries of its clients.
    /// Ask this rather than the code before repeating a call.
    fn retry(&self) -> RetryClass {
        self.code().retry()
    }

    /// Whether the work was done, as far as that can be known here.
    ///
    /// What its code says, but for a refusal of our [family](crate::family) that arrived from
    /// elsewhere: its sender may have done work and then passed on what a third refused, so
    /// nobody knows. Ask this rather than the code before repeating a call that is not idempotent.
    fn executed(&self) -> Executed {
        self.code().executed()
    }

    /// What the error says of the backend's health.
    ///
    /// A local refusal says nothing about a backend that was never asked,
    /// whatever code the error gives it. Only where the call may have been under
    /// way (an attempt that timed out) does it count as its code does.
    fn outcome(&self) -> Outcome {
        match self.rejected() {
            Some(refused) if refused.code().executed() == Executed::No => Outcome::Neutral,
            _ => self.code().outcome(),
        }
    }
}

impl Coded for Code {
    fn code(&self) -> Code {
        *self
    }
}

impl Coded for Rejected {
    fn code(&self) -> Code {
        Rejected::code(self)
    }

    fn rejected(&self) -> Option<Rejected> {
        Some(*self)
    }
}

impl Coded for Infallible {
    fn code(&self) -> Code {
        match *self {}
    }
}

impl<E: Coded + ?Sized> Coded for &E {
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
