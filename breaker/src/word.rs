//! The state of a breaker as the common calls see it, in one word.

/// How an arrival is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// Let through, and counted.
    Plain,
    /// Refused before the time in the other word, and then asked.
    Gate,
    /// Let through without being counted.
    Pass,
    /// The lock knows.
    Ask,
}

/// How a success is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// Under the lock.
    Ask,
    /// Not at all: it changes nothing.
    Nothing,
    /// One add into a bucket.
    Time,
    /// One step of the cursor.
    Count,
}

/// What a breaker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum State {
    /// Calls flow, and are counted.
    Closed,
    /// Calls are refused.
    Open,
    /// A few calls go through, to find out.
    HalfOpen,
    /// Calls are refused because somebody said so.
    ForcedOpen,
    /// Calls flow because somebody said so.
    ForcedClosed,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] =
        [State::Closed, State::Open, State::HalfOpen, State::ForcedOpen, State::ForcedClosed];

    /// The word in lower case, as it stands in metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Closed => "closed",
            State::Open => "open",
            State::HalfOpen => "half_open",
            State::ForcedOpen => "forced_open",
            State::ForcedClosed => "forced_closed",
        }
    }
}

/// ```text
/// | detail 24 | generation 31 | slow 1 | timed 1 | finish 2 | state 3 | route 2 |
/// ```
///
/// The detail holds the two numbers of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word(pub(crate) u64);

const STATE: u32 = 2;
const FINISH: u32 = 5;
const TIMED: u64 = 1 << 7;
const SLOW: u64 = 1 << 8;
const GENERATION: u32 = 9;
const DETAIL: u32 = 40;
/// Generations are numbered modulo this.
pub(crate) const GENERATIONS: u32 = 1 << 31;

impl Word {
    pub(crate) const fn new(state: State, route: Route, generation: u32) -> Self {
        let generation = (generation & (GENERATIONS - 1)) as u64;
        Word(route as u64 | ((state as u64) << STATE) | (generation << GENERATION))
    }

    /// `timed`: permits must know when they began. `slow`: so must successes
    /// when they end.
    pub(crate) const fn recording(mut self, finish: Finish, timed: bool, slow: bool) -> Self {
        self.0 |= (finish as u64) << FINISH;
        if timed {
            self.0 |= TIMED;
        }
        if slow {
            self.0 |= SLOW;
        }
        self
    }

    /// Two numbers, cut to 7 and 17 bits.
    pub(crate) fn with_share(mut self, percent: u64, calls: u64) -> Self {
        self.0 |= (percent.min(0x7f) | (calls.min(0x1_ffff) << 7)) << DETAIL;
        self
    }

    /// Two numbers of 12 bits.
    pub(crate) fn with_probes(mut self, probes: u16, in_flight: u16) -> Self {
        let (probes, in_flight) = (u64::from(probes & 0xfff), u64::from(in_flight & 0xfff));
        self.0 |= (probes | (in_flight << 12)) << DETAIL;
        self
    }

    #[inline]
    pub(crate) const fn route(self) -> Route {
        match self.0 & 3 {
            0 => Route::Plain,
            1 => Route::Gate,
            2 => Route::Pass,
            _ => Route::Ask,
        }
    }

    /// Whether an arrival is let through without any question.
    #[inline]
    pub(crate) const fn is_plain(self) -> bool {
        // Plain is zero.
        self.0 & (3 | TIMED) == 0
    }

    /// Whether a success changes nothing.
    #[inline]
    pub(crate) const fn needs_nothing(self) -> bool {
        self.0 & (3 << FINISH | SLOW) == (Finish::Nothing as u64) << FINISH
    }

    pub(crate) const fn state(self) -> State {
        match (self.0 >> STATE) & 7 {
            0 => State::Closed,
            1 => State::Open,
            2 => State::HalfOpen,
            3 => State::ForcedOpen,
            _ => State::ForcedClosed,
        }
    }

    #[inline]
    pub(crate) const fn finish(self) -> Finish {
        match (self.0 >> FINISH) & 3 {
            0 => Finish::Ask,
            1 => Finish::Nothing,
            2 => Finish::Time,
            _ => Finish::Count,
        }
    }

    #[inline]
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    #[inline]
    pub(crate) const fn judges_slow(self) -> bool {
        self.0 & SLOW != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "masked")]
    pub(crate) const fn generation(self) -> u32 {
        (self.0 >> GENERATION) as u32 & (GENERATIONS - 1)
    }

    /// What [`with_share`](Self::with_share) put in.
    pub(crate) const fn share(self) -> [u64; 2] {
        let detail = self.0 >> DETAIL;
        [detail & 0x7f, detail >> 7]
    }

    /// What [`with_probes`](Self::with_probes) put in.
    pub(crate) const fn probes(self) -> [u64; 2] {
        let detail = self.0 >> DETAIL;
        [detail & 0xfff, detail >> 12]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_and_touches_nothing_else() {
        let routes = [Route::Plain, Route::Gate, Route::Pass, Route::Ask];
        let finishes = [Finish::Ask, Finish::Nothing, Finish::Time, Finish::Count];
        let mut tried = 0;
        for (state, route) in State::ALL.into_iter().flat_map(|s| routes.map(|r| (s, r))) {
            for (finish, generation) in
                finishes.into_iter().flat_map(|f| [0, 1, GENERATIONS - 1].map(|g| (f, g)))
            {
                for (timed, slow) in [(false, false), (true, false), (true, true)] {
                    let word = Word::new(state, route, generation).recording(finish, timed, slow);
                    let share = word.with_share(u64::MAX, u64::MAX);
                    let probes = word.with_probes(4095, 17);
                    for word in [word, share, probes] {
                        assert_eq!((word.state(), word.route()), (state, route));
                        assert_eq!((word.finish(), word.generation()), (finish, generation));
                        assert_eq!((word.is_timed(), word.judges_slow()), (timed, slow));
                    }
                    assert_eq!(word.share(), [0, 0]);
                    assert_eq!(share.share(), [127, 131_071]);
                    assert_eq!(probes.probes(), [4095, 17]);
                    tried += 1;
                }
            }
        }
        assert_eq!(tried, 5 * 4 * 4 * 3 * 3);
    }

    #[test]
    fn generations_go_round() {
        let word = Word::new(State::Open, Route::Gate, GENERATIONS);
        assert_eq!((word.generation(), word.state()), (0, State::Open));
    }
}
