/// By which edition of which plan a state is to be read. The lowest bit is the
/// state's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(pub(crate) u64);

impl Tag {
    #[inline]
    pub(crate) fn new(edition: u32, plan: usize) -> Self {
        Tag(u64::from(edition) << 32 | (plan as u64) << 1)
    }

    #[inline]
    pub(crate) fn edition(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline]
    pub(crate) fn plan(self) -> usize {
        ((self.0 & 0xffff_ffff) >> 1) as usize
    }

    /// Whether the settings of this tag take the place of those of `old`.
    pub(crate) fn replaces(self, old: Tag) -> bool {
        let newer = self.edition().wrapping_sub(old.edition());
        (newer == 0 && self.plan() != old.plan()) || (newer != 0 && newer < u32::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_newer_edition_or_another_plan_of_the_same_one_takes_the_place() {
        let old = Tag::new(7, 1);
        assert_eq!((old.edition(), old.plan()), (7, 1));
        assert!(Tag::new(8, 1).replaces(old) && Tag::new(7, 0).replaces(old));
        assert!(
            Tag::new(6, u32::MAX as usize >> 1).replaces(Tag::new(u32::MAX, 0)),
            "it goes round"
        );
        assert!(!old.replaces(old) && !Tag::new(6, 0).replaces(old));
        assert!(!Tag::new(u32::MAX, 0).replaces(old));
    }
}
