//! Language tags, as BCP 47 writes them, as far as finding a text needs it.

/// The longest tag that is looked at. Real ones have at most 35 bytes.
const LONGEST: usize = 64;

/// Whether it is a language, two to eight letters, with parts of one to eight
/// letters and digits behind it.
#[expect(
    clippy::indexing_slicing,
    reason = "const code cannot iterate; the index is below the length"
)]
pub(super) const fn is_tag(tag: &str) -> bool {
    let bytes = tag.as_bytes();
    let (mut part, mut first) = (0, true);
    let mut i = 0;
    while i <= bytes.len() {
        if i == bytes.len() || bytes[i] == b'-' {
            if part == 0 || part > 8 || (first && part < 2) {
                return false;
            }
            part = 0;
            first = false;
        } else if bytes[i].is_ascii_alphabetic() || (!first && bytes[i].is_ascii_digit()) {
            part += 1;
        } else {
            return false;
        }
        i += 1;
    }
    bytes.len() <= 35
}

/// Whether two tags are one, whatever their case; `zh_TW`, as some systems write it, is `zh-TW`.
pub(super) fn same(a: &str, b: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    a.bytes().map(plain).eq(b.bytes().map(plain))
}

/// Whether `tag` is `range` or begins with its parts: `zh` holds `zh-Hant`.
pub(super) fn holds(range: &str, tag: &str) -> bool {
    tag.get(..range.len()).is_some_and(|start| same(start, range))
        && matches!(tag.as_bytes().get(range.len()), None | Some(b'-' | b'_'))
}

/// The tag and what is left of it part by part, as RFC 4647 (3.4) shortens it: a single letter
/// goes with the part behind it.
pub(super) fn chain(tag: &str) -> impl Iterator<Item = &str> {
    let tag = tag.trim();
    let first = (!tag.is_empty() && tag.len() <= LONGEST).then_some(tag);
    std::iter::successors(first, |tag| {
        let (shorter, _) = tag.rsplit_once(['-', '_'])?;
        let single = shorter.rsplit_once(['-', '_']).filter(|(_, part)| part.len() == 1);
        Some(single.map_or(shorter, |(shorter, _)| shorter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn a_tag_is_shortened_part_by_part() {
        for (tag, expected) in [
            ("zh-Hant-TW", &["zh-Hant-TW", "zh-Hant", "zh"][..]),
            ("de", &["de"]),
            ("zh_TW", &["zh_TW", "zh"]),
            ("zh-Hant-x-private", &["zh-Hant-x-private", "zh-Hant", "zh"]),
            ("", &[]),
            ("-", &["-", ""]),
        ] {
            assert_eq!(chain(tag).collect::<Vec<_>>(), expected, "{tag}");
        }
        assert_eq!(chain(&"a-".repeat(1000)).count(), 0);
    }

    #[test]
    fn only_tags_are_tags() {
        for tag in ["zh", "zh-Hant-TW", "de-1996", "sr-Latn", "es-419", "gsw", "en-x-a"] {
            assert!(is_tag(tag), "{tag}");
        }
        for tag in [
            "",
            "z",
            "zh-",
            "-zh",
            "zh--TW",
            "zh_TW",
            "z1",
            "123",
            "zh-hundredths",
            "中文",
            "*",
            "zh TW",
        ] {
            assert!(!is_tag(tag), "{tag}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_with_its_parts() {
        assert!(holds("zh", "zh") && holds("ZH", "zh-Hant") && holds("zh-hant", "zh-Hant-TW"));
        assert!(!holds("zh", "zha") && !holds("zh-Hant", "zh") && !holds("zh", "中文"));
    }
}
