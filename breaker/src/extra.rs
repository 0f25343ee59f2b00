//! What few breakers need, in a box of its own.

use core::task::Waker;
#[cfg(any(feature = "metrics", feature = "tracing"))]
use std::collections::VecDeque;

use crate::event::{Event, Listeners};
use crate::hangs::Hangs;
use crate::rules::Rules;

/// So many transitions wait for a recorder that is slow; older ones are lost.
#[cfg(any(feature = "metrics", feature = "tracing"))]
const UNTOLD: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) listeners: Listeners,
    pub(crate) shadowed: u64,
    pub(crate) hangs: Option<Hangs>,
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    untold: VecDeque<Event>,
    /// Whether some thread is telling.
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    telling: bool,
}

impl Extra {
    pub(crate) fn new(rules: &Rules) -> Self {
        Extra { hangs: rules.hanging.then(|| Hangs::new(rules)), ..Extra::default() }
    }

    /// Whether anybody wants to hear of transitions.
    pub(crate) fn listens(extra: Option<&Extra>) -> bool {
        cfg!(any(feature = "metrics", feature = "tracing"))
            || extra.is_some_and(|extra| !extra.listeners.is_empty())
    }

    pub(crate) fn deliver(
        extra: &mut Option<Box<Extra>>,
        events: Vec<Event>,
        wake: &mut Vec<Waker>,
    ) {
        if events.is_empty() {
            return;
        }
        let extra = extra.get_or_insert_default();
        for event in events {
            extra.listeners.deliver(event, wake);
            #[cfg(any(feature = "metrics", feature = "tracing"))]
            {
                if extra.untold.len() >= UNTOLD {
                    extra.untold.pop_front();
                }
                extra.untold.push_back(event);
            }
        }
    }

    /// The rules have changed.
    pub(crate) fn reshape(extra: &mut Option<Box<Extra>>, rules: &Rules) {
        if rules.hanging {
            let hangs = &mut extra.get_or_insert_default().hangs;
            let kept = hangs.take().map(|hangs| hangs.kept(rules));
            *hangs = Some(kept.unwrap_or_else(|| Hangs::new(rules)));
        } else if let Some(extra) = extra {
            extra.hangs = None;
        }
    }

    /// The next event to tell, unless somebody is telling already.
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pub(crate) fn next_untold(&mut self) -> Option<Event> {
        if self.telling {
            return None;
        }
        let event = self.untold.pop_front()?;
        self.telling = true;
        Some(event)
    }

    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pub(crate) fn told(&mut self) {
        self.telling = false;
    }
}
