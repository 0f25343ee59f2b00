//! What somebody may have meant.

use std::vec::Vec;

use crate::{Code, Registry};

/// How many suggestions are made.
const MOST: usize = 5;
/// Longer texts are no misspelt names.
const LONGEST: usize = 80;

/// Codes whose number or name is like `asked`, the likeliest first.
pub(super) fn near(registry: &Registry, asked: &str) -> Vec<Code> {
    if asked.is_empty() || asked.len() > LONGEST {
        return Vec::new();
    }
    let number = asked.bytes().all(|byte| byte.is_ascii_digit());
    let mut found: Vec<(usize, Code)> = registry
        .codes()
        .filter_map(|code| {
            let far = if number {
                far(asked.as_bytes(), std::format!("{}", code.number()).as_bytes(), 1)?
            } else {
                far_name(asked, code.name())?
            };
            Some((far, code))
        })
        .collect();
    found.sort_by_key(|(far, code)| (*far, code.number()));
    found.into_iter().take(MOST).map(|(_, code)| code).collect()
}

fn far_name(asked: &str, name: &str) -> Option<usize> {
    let allowed = (asked.len() / 4).clamp(1, 4);
    far(asked.as_bytes(), name.as_bytes(), allowed)
        // One word of a name is often all that somebody remembers.
        .or_else(|| (asked.len() > 2 && name.contains(asked)).then_some(LONGEST))
}

/// How many letters must be put in, left out, replaced or swapped with their
/// neighbour to make `b` of `a`, if at most `allowed`.
#[expect(
    clippy::indexing_slicing,
    reason = "a row has a place for each letter of `b` and one more, and no index goes beyond"
)]
fn far(a: &[u8], b: &[u8], allowed: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = std::vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|far| *far <= allowed)
}

#[cfg(test)]
mod tests {
    use super::far;

    #[test]
    fn a_slip_of_the_finger_is_one_step() {
        for (a, b, steps) in [
            ("STOCK_BUSY", "STOCK_BUSY", Some(0)),
            ("STOCK_BSUY", "STOCK_BUSY", Some(1)),
            ("STOK_BUSY", "STOCK_BUSY", Some(1)),
            ("STOCKK_BUSY", "STOCK_BUSY", Some(1)),
            ("STOCK_BUSX", "STOCK_BUSY", Some(1)),
            ("STUCK_BUZY", "STOCK_BUSY", Some(2)),
            ("SHELF_BUSY", "STOCK_BUSY", None),
            ("", "AB", Some(2)),
            ("ABC", "", None),
        ] {
            assert_eq!(far(a.as_bytes(), b.as_bytes(), 2), steps, "{a}");
        }
    }
}
