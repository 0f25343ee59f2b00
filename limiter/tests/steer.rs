//! What is done to a limiter while it runs, to the last number.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may fail")]

use std::time::Duration;

use seawall_limiter::{Quota, TokenBucket};

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_change_of_quota_at_a_late_reading_stalls_nobody_for_what_was_booked() {
    let quota = Quota::per_second(10).with_burst(1);
    let bucket = TokenBucket::new(quota).unwrap();
    let now = ms(2_000_000);
    bucket.try_acquire_at(now).unwrap();
    let booked = bucket.reserve_at(1, ms(1000), now).unwrap();
    assert_eq!(booked.starts_at(), now + ms(100));
    bucket.update_at(Quota::per_second(1).with_burst(1), ms(1_992_000)).unwrap();
    // One permit is owed, and one was booked.
    let fits = bucket.fits_in_at(1, now).unwrap();
    assert!(fits >= ms(1900) && fits < ms(4000), "{fits:?}");
}

#[test]
fn a_debt_that_is_settled_at_a_late_reading_is_owed() {
    let bucket = TokenBucket::new(Quota::per_second(10).with_burst(5)).unwrap();
    let charge = bucket.charge_at(5, ms(10_000)).unwrap();
    charge.settle_at(8, ms(2000));
    let fits = bucket.fits_in_at(1, ms(10_000));
    assert_eq!(fits, Some(ms(400)), "three more than there were");
}
