//! Reads `Accept-Language` (RFC 9110, 12.5.4). It comes from anybody.

use std::vec::Vec;

use super::{Languages, Messages, tag};
use crate::foreign::bounds::cut;

const LONGEST: usize = 1024;
const PARTS: usize = 32;

/// A part of the header: a range of languages, and its weight in thousandths.
struct Range<'a> {
    tag: &'a str,
    weight: u16,
}

pub(super) fn pick(languages: &Languages, header: &str) -> &'static str {
    let mut ranges: Vec<Range<'_>> =
        cut(header, LONGEST).split(',').take(PARTS).filter_map(range).collect();
    // Stable: of two with one weight the first wins.
    ranges.sort_by_key(|range| std::cmp::Reverse(range.weight));

    let refused = |tag: &str| {
        let of_weight = |zero: bool| ranges.iter().filter(move |it| (it.weight == 0) == zero);
        let longest = |zero| {
            of_weight(zero).filter(|it| tag::holds(it.tag, tag)).map(|it| it.tag.len()).max()
        };
        // The range that says most of a language decides about it.
        longest(true).is_some_and(|no| longest(false).is_none_or(|yes| yes < no))
    };
    let known = || {
        std::iter::once(languages.default)
            .chain(languages.tables().map(Messages::tag))
            .filter(|tag| !refused(tag))
    };
    let wanted = ranges.iter().filter(|range| range.weight > 0).find_map(|range| {
        if range.tag == "*" {
            return known().next();
        }
        let shortened = tag::chain(range.tag).find_map(|tag| known().find(|it| tag::same(it, tag)));
        shortened.or_else(|| known().find(|it| tag::holds(range.tag, it)))
    });
    wanted.unwrap_or(languages.default)
}

fn range(part: &str) -> Option<Range<'_>> {
    let mut parts = part.split(';');
    let tag = parts.next()?.trim();
    if tag != "*" && !tag::is_tag(tag) {
        return None;
    }
    let weight = match parts.next() {
        Some(parameter) => weight(parameter.trim())?,
        None => 1000,
    };
    parts.next().is_none().then_some(Range { tag, weight })
}

/// `q=0.8`: at most three digits, and nothing above 1.
fn weight(parameter: &str) -> Option<u16> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, rest) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let places = rest.bytes().map(|byte| u16::from(byte - b'0')).zip([100, 10, 1]);
    let thousandths: u16 = places.map(|(digit, place)| digit * place).sum();
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn a_weight_has_at_most_three_digits_and_is_at_most_one() {
        for (text, expected) in [
            ("q=1", Some(1000)),
            ("q=1.000", Some(1000)),
            ("Q = 0.8", Some(800)),
            ("q=0.05", Some(50)),
            ("q=0.", Some(0)),
            ("q=0", Some(0)),
            ("q=1.001", None),
            ("q=2", None),
            ("q=-1", None),
            ("q=.5", None),
            ("q=0.1234", None),
            ("q=0.1e1", None),
            ("q=nan", None),
            ("v=1", None),
            ("", None),
        ] {
            assert_eq!(weight(text), expected, "{text}");
        }
    }
}
