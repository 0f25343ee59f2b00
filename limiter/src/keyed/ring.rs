//! The settings of buckets, read without a lock: the last editions of each plan,
//! each in a place of its own. An edition is overwritten only when as many have
//! come after it as there are places, so who reads one that is not so old reads
//! it whole; and who was asleep for so long is told by [`Control::begun`].

use super::control::Control;
use super::tag::Tag;
use crate::gcra::Gcra;
use crate::sync::{AtomicU64, Ordering};

/// How many editions are kept. A model has time for few.
pub(crate) const KEPT: u32 = if cfg!(seawall_loom) { 2 } else { 32 };

/// One edition of one plan, in one cache line.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Place {
    since: AtomicU64,
    rate: AtomicU64,
    base: AtomicU64,
    cost: AtomicU64,
    cap: AtomicU64,
    legal: AtomicU64,
    inverse: AtomicU64,
}

/// Settings, and since when they hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) gcra: Gcra,
    pub(crate) since: u64,
}

#[derive(Debug)]
pub(crate) struct Ring {
    places: Box<[Place]>,
    plans: usize,
}

impl Ring {
    /// The settings of edition zero.
    pub(crate) fn new(plans: &[Gcra]) -> Self {
        let places = plans.len() * KEPT as usize;
        let ring =
            Ring { places: (0..places).map(|_| Place::default()).collect(), plans: plans.len() };
        ring.write(0, plans, 0);
        ring
    }

    pub(crate) fn plans(&self) -> usize {
        self.plans
    }

    #[inline]
    fn place(&self, tag: Tag) -> Option<&Place> {
        // Those of one edition side by side.
        let edition = (tag.edition() % KEPT) as usize;
        self.places.get(edition * self.plans + tag.plan())
    }

    /// `None`: there is no such plan, or the edition is gone.
    #[inline]
    pub(crate) fn read(&self, control: &Control, tag: Tag) -> Option<Settings> {
        let Place { since, rate, base, cost, cap, legal, inverse } = self.place(tag)?;
        // Relaxed: whoever reads one that is too new learns of it below.
        let settings = Settings {
            since: since.load(Ordering::Relaxed),
            gcra: Gcra {
                rate: rate.load(Ordering::Relaxed),
                base: base.load(Ordering::Relaxed),
                cost: cost.load(Ordering::Relaxed),
                cap: cap.load(Ordering::Relaxed),
                legal: legal.load(Ordering::Relaxed),
                inverse: inverse.load(Ordering::Relaxed),
            },
        };
        (control.begun().wrapping_sub(tag.edition()) < KEPT).then_some(settings)
    }

    /// [`read`](Self::read) for what letting through needs: all but two of the settings.
    #[inline]
    pub(crate) fn read_hot(&self, control: &Control, tag: Tag) -> Option<Gcra> {
        let Place { rate, base, cost, cap, .. } = self.place(tag)?;
        let gcra = Gcra {
            rate: rate.load(Ordering::Relaxed),
            base: base.load(Ordering::Relaxed),
            cost: cost.load(Ordering::Relaxed),
            cap: cap.load(Ordering::Relaxed),
            legal: 0,
            inverse: 0,
        };
        (control.begun().wrapping_sub(tag.edition()) < KEPT).then_some(gcra)
    }

    /// Writes an edition, which was begun and is not finished.
    pub(crate) fn write(&self, edition: u32, plans: &[Gcra], at: u64) {
        for (plan, gcra) in plans.iter().enumerate() {
            let Some(place) = self.place(Tag::new(edition, plan)) else { return };
            let Place { since, rate, base, cost, cap, legal, inverse } = place;
            since.store(at, Ordering::Relaxed);
            rate.store(gcra.rate, Ordering::Relaxed);
            base.store(gcra.base, Ordering::Relaxed);
            cost.store(gcra.cost, Ordering::Relaxed);
            cap.store(gcra.cap, Ordering::Relaxed);
            legal.store(gcra.legal, Ordering::Relaxed);
            inverse.store(gcra.inverse, Ordering::Relaxed);
        }
    }
}
