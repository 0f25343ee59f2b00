//! Counts heap allocations.
//!
//! The count is that of the current thread, so tests may run in parallel; work
//! that is handed to another thread is not seen. Linking this crate replaces
//! the global allocator.

/// Calls before the first that counts: lazy state is made, vectors grow.
const WARM_UP: u32 = 16;

/// The number of allocations that `run` makes on this thread.
///
/// ```
/// use seawall_kit::alloc::allocations;
///
/// assert_eq!(allocations(|| drop(std::hint::black_box(Box::new(1)))), 1);
/// assert_eq!(allocations(|| ()), 0);
/// ```
pub fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

/// The most bytes that `run` holds at one time on this thread: what a hostile
/// input costs.
///
/// ```
/// use seawall_kit::alloc::peak_bytes;
///
/// assert_eq!(peak_bytes(|| drop(std::hint::black_box(vec![0_u8; 1000]))), 1000);
/// ```
pub fn peak_bytes(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).bytes_max
}

/// What `make` answers, and the bytes that it took on this thread and did not give
/// back: what the answer keeps.
///
/// ```
/// use seawall_kit::alloc::kept_bytes;
///
/// let (list, bytes) = kept_bytes(|| {
///     drop(std::hint::black_box(vec![0_u8; 1000]));
///     vec![0_u64; 10]
/// });
/// assert_eq!((list.len(), bytes), (10, 80));
/// ```
pub fn kept_bytes<T>(make: impl FnOnce() -> T) -> (T, u64) {
    let mut kept = None;
    let counted = allocation_counter::measure(|| kept = Some(make()));
    let Some(kept) = kept else { unreachable!("it was run") };
    (kept, u64::try_from(counted.bytes_current).unwrap_or(0))
}

/// Runs `run` a few times to warm up, then `times` times that must not
/// allocate.
///
/// # Panics
///
/// If it does; the message has `name` and the count.
#[track_caller]
pub fn assert_no_allocations(name: &str, times: u32, mut run: impl FnMut()) {
    for _ in 0..WARM_UP {
        run();
    }
    let count = allocations(|| {
        for _ in 0..times {
            run();
        }
    });
    assert!(count == 0, "{name}: {count} allocations in {times} runs, expected none");
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn a_box_is_counted_and_nothing_is_not() {
        assert_eq!(allocations(|| ()), 0);
        assert_eq!(allocations(|| drop(black_box(Box::new(1_u32)))), 1);
        assert_eq!(allocations(|| drop(black_box(vec![Box::new(1_u32), Box::new(2)]))), 3);
    }

    #[test]
    fn what_is_made_once_is_no_allocation_per_run() {
        let mut kept = None;
        assert_no_allocations("lazy", 100, || {
            kept.get_or_insert_with(|| Box::new(1_u32));
        });
    }

    #[test]
    #[should_panic(expected = "boxes: 10 allocations in 10 runs")]
    fn one_box_per_run_is_found() {
        assert_no_allocations("boxes", 10, || drop(black_box(Box::new(1_u32))));
    }

    #[test]
    #[should_panic(expected = "rare: 1 allocations in 10 runs")]
    fn one_box_in_a_late_run_is_found() {
        let mut run = 0;
        assert_no_allocations("rare", 10, || {
            run += 1;
            if run == WARM_UP + 10 {
                drop(black_box(Box::new(1_u32)));
            }
        });
    }
}
