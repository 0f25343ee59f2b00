//! Where a moment stands in a ring of buckets, and what one bucket holds.

/// The place of a moment: which round of the ring, and which bucket of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) lap: u64,
    pub(crate) slot: usize,
}

/// The length of a window and its number of buckets, so that no place needs a
/// division: the fixed-point inverse of the length, and the buckets in the low
/// byte.
///
/// The inverse is rounded up, which makes a round shorter than the length by at
/// most its 2 × 10⁵th part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) u64);

/// From where on the inverse stands.
const INVERSE: u32 = 9;
/// Set where the ring lies in the larger room.
const LARGE: u64 = 1 << 8;

impl Shape {
    pub(crate) fn new(length: u64, buckets: u16, large: bool) -> Self {
        let inverse = u64::try_from((1_u128 << 64).div_ceil(u128::from(length.max(1))));
        let inverse = inverse.unwrap_or(u64::MAX) << INVERSE;
        Shape(inverse | if large { LARGE } else { 0 } | u64::from(buckets & 0xff))
    }

    /// For a window of the last `calls` results, which has no places.
    pub(crate) const fn counting(calls: u16, large: bool) -> Self {
        Shape(((calls as u64) << INVERSE) | if large { LARGE } else { 0 })
    }

    /// The same in the larger room.
    pub(crate) const fn in_large(self) -> Self {
        Shape(self.0 | LARGE)
    }

    /// What [`counting`](Self::counting) was told.
    #[inline]
    pub(crate) const fn calls(self) -> u64 {
        self.0 >> INVERSE
    }

    #[inline]
    pub(crate) const fn buckets(self) -> u64 {
        self.0 & 0xff
    }

    #[inline]
    pub(crate) const fn is_large(self) -> bool {
        self.0 & LARGE != 0
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "halves of a product; below the buckets")]
    pub(crate) fn place(self, now: u64) -> Place {
        let rounds = u128::from(now) * u128::from(self.0 >> INVERSE);
        let slot = u128::from(rounds as u64) * u128::from(self.buckets());
        Place { lap: (rounds >> 64) as u64, slot: (slot >> 64) as usize }
    }
}

impl Shape {
    /// The end of the bucket at `place`: the first moment of the next one, or a
    /// little before it.
    pub(crate) fn end(self, place: Place) -> u64 {
        let within = ((place.slot as u128 + 1) << 64) / u128::from(self.buckets().max(1));
        let rounds = (u128::from(place.lap) << 64).saturating_add(within);
        let end = rounds.checked_div(u128::from(self.0 >> INVERSE)).unwrap_or(0);
        u64::try_from(end).unwrap_or(u64::MAX)
    }
}

/// What the path without the lock knows of a window, in one word: until when
/// which bucket is the current one, or how many results there are.
///
/// So it need not work a place out: the bucket is at hand before the clock is
/// read, and the clock only has to confirm it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace(pub(crate) u64);

impl Pace {
    pub(crate) fn until(end: u64, slot: usize, large: bool) -> Self {
        Pace((end >> INVERSE << INVERSE) | if large { LARGE } else { 0 } | (slot as u64 & 0xff))
    }

    pub(crate) const fn counting(calls: u16, large: bool) -> Self {
        Pace(((calls as u64) << INVERSE) | if large { LARGE } else { 0 })
    }

    /// Whether the bucket is the current one; a reading behind it counts as in it.
    #[inline]
    pub(crate) const fn covers(self, now: u64) -> bool {
        now >> INVERSE < self.0 >> INVERSE
    }

    #[inline]
    pub(crate) const fn slot(self) -> usize {
        (self.0 & 0xff) as usize
    }

    #[inline]
    pub(crate) const fn calls(self) -> u64 {
        self.0 >> INVERSE
    }

    #[inline]
    pub(crate) const fn is_large(self) -> bool {
        self.0 & LARGE != 0
    }
}

const FIELD: u32 = 24;
const MASK: u64 = (1 << FIELD) - 1;
const TAG: u32 = 2 * FIELD;
/// One call.
pub(crate) const CALL: u64 = 1;
/// One failure, to be added beside its call.
pub(crate) const FAILURE: u64 = 1 << FIELD;
/// From here on both counts are halved: more adds than there are threads fit above.
const FULL: u64 = 1 << (FIELD - 1);

/// Which generation and round a bucket counts for. What does not fit is cut:
/// see `ring.rs` for why that deceives nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u64);

impl Tag {
    #[inline]
    pub(crate) const fn new(generation: u32, lap: u64) -> Self {
        Tag((((generation & 0x3f) as u64) << 10) | (lap & 0x3ff))
    }
}

/// ```text
/// | tag 16 | failed 24 | calls 24 |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bucket(pub(crate) u64);

impl Bucket {
    /// The most calls that one can begin with.
    pub(crate) const MOST: u64 = FULL - 1;

    pub(crate) fn new(tag: Tag, calls: u64, failed: u64) -> Self {
        Bucket((tag.0 << TAG) | (failed.min(FULL - 1) << FIELD) | calls.min(FULL - 1))
    }

    pub(crate) const fn tag(self) -> Tag {
        Tag(self.0 >> TAG)
    }

    #[inline]
    pub(crate) const fn is(self, tag: Tag) -> bool {
        self.0 >> TAG == tag.0
    }

    /// Whether it counts for this generation, whatever the round.
    #[inline]
    pub(crate) const fn is_of(self, generation: u32) -> bool {
        self.0 >> (TAG + 10) == (generation & 0x3f) as u64
    }

    /// Whether it must be halved before anything more is added.
    #[inline]
    pub(crate) const fn is_full(self) -> bool {
        self.0 & FULL != 0
    }

    pub(crate) const fn calls(self) -> u64 {
        self.0 & MASK
    }

    pub(crate) const fn failed(self) -> u64 {
        (self.0 >> FIELD) & MASK
    }

    /// Half of both counts, rounded up, so that no failure vanishes.
    pub(crate) const fn halved(self) -> Self {
        let (calls, failed) = (self.calls().div_ceil(2), self.failed().div_ceil(2));
        Bucket((self.0 >> TAG << TAG) | (failed << FIELD) | calls)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn ten_buckets_of_a_second_stand_where_they_should() {
        let shape = Shape::new(10 * SECOND, 10, true);
        for (now, lap, slot) in [
            (0, 0, 0),
            (SECOND - 1, 0, 0),
            (SECOND + 1, 0, 1),
            // A few nanoseconds early, as the inverse is rounded up.
            (10 * SECOND - 10, 0, 9),
            (10 * SECOND, 1, 0),
            (25 * SECOND + SECOND / 2, 2, 5),
        ] {
            assert_eq!(shape.place(now), Place { lap, slot }, "{now}");
        }
        assert!(shape.is_large() && !Shape::new(SECOND, 10, false).is_large());
    }

    proptest! {
        #[test]
        fn places_go_on_in_turn_and_never_leave_the_ring(
            length in 1_000_000..=86_400 * SECOND,
            buckets in 1_u16..=128,
            now in 0..=1_u64 << 62,
            step in 0..=86_400 * SECOND,
        ) {
            let shape = Shape::new(length, buckets, false);
            let index = |place: Place| u128::from(place.lap) * u128::from(buckets) + place.slot as u128;
            let (one, two) = (shape.place(now), shape.place(now + step));
            prop_assert!(one.slot < usize::from(buckets) && two.slot < usize::from(buckets));
            // As many buckets further as the step is long, give or take one, and
            // what the rounding of the inverse adds.
            let steps = index(two) - index(one);
            let exact = u128::from(step) * u128::from(buckets) / u128::from(length);
            prop_assert!(steps + 1 >= exact && steps <= exact + 2 + exact / 100_000);
        }

        #[test]
        fn a_pace_covers_its_bucket_and_nothing_after_it(
            length in 1_000_000..=86_400 * SECOND,
            buckets in 1_u16..=128,
            now in 0..=1_u64 << 62,
        ) {
            let shape = Shape::new(length, buckets, true);
            let place = shape.place(now);
            let end = shape.end(place);
            // Of the division two nanoseconds may be lost.
            prop_assert!(shape.place(end + 2) != place && shape.place(end.saturating_sub(2)) == place);
            let pace = Pace::until(end, place.slot, true);
            prop_assert_eq!((pace.slot(), pace.is_large()), (place.slot, true));
            prop_assert!(!pace.covers(end) && pace.covers(end - 1024) && pace.covers(0));
        }

        #[test]
        fn a_bucket_keeps_its_counts_and_its_tag_apart(
            generation in any::<u32>(), lap in any::<u64>(), calls in 0..FULL, failed in 0..FULL,
        ) {
            let tag = Tag::new(generation, lap);
            let bucket = Bucket::new(tag, calls, failed);
            prop_assert!(bucket.is(tag) && !bucket.is_full());
            prop_assert_eq!((bucket.calls(), bucket.failed()), (calls, failed));
            prop_assert!(!bucket.is(Tag::new(generation.wrapping_add(1), lap)));
            prop_assert!(!bucket.is(Tag::new(generation, lap.wrapping_add(1))));
            let more = Bucket(bucket.0 + CALL + FAILURE);
            prop_assert_eq!((more.calls(), more.failed()), (calls + 1, failed + 1));
            let half = bucket.halved();
            prop_assert!(half.is(tag));
            prop_assert_eq!((half.calls(), half.failed()), (calls.div_ceil(2), failed.div_ceil(2)));
        }
    }

    #[test]
    fn what_overflows_is_noticed_long_before_it_reaches_the_next_field() {
        let bucket = Bucket::new(Tag::new(1, 1), FULL - 1, FULL - 1);
        assert!(!bucket.is_full());
        let full = Bucket(bucket.0 + CALL + FAILURE);
        assert!(full.is_full() && !full.halved().is_full());
        assert_eq!(full.failed(), FULL);
        assert!(full.is(Tag::new(1, 1)));
    }
}
