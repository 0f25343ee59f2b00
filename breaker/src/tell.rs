//! Where transitions are told to metrics and tracing.

use crate::event::Event;

pub(crate) fn tell(event: &Event) {
    #[cfg(feature = "metrics")]
    crate::metrics::tell(event);
    #[cfg(feature = "tracing")]
    crate::trace::tell(event);
}
