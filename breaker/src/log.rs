use crate::event::Event;

/// The transitions of one step, for whoever wants to hear of them afterwards.
#[derive(Debug, Default)]
pub(crate) struct Log {
    name: &'static str,
    /// Whether anybody does; if not, nothing is kept.
    wanted: bool,
    pub(crate) events: Vec<Event>,
}

impl Log {
    pub(crate) fn new(name: &'static str, wanted: bool) -> Self {
        Log { name, wanted, events: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: impl FnOnce(&'static str) -> Event) {
        if self.wanted {
            self.events.push(event(self.name));
        }
    }
}
