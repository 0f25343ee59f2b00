//! Checks the blocks of a registry against each other, and sorts their codes.
#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "runs in the compiler only, where a panic is a compile error"
)]

use crate::Code;
use crate::block::{Block, Entry, twice};
use crate::def::{Head, hash};
use crate::message::Message;
use crate::spec::same;

/// How many codes the blocks hold, and how many entries with the retired ones.
#[doc(hidden)]
pub const fn __count(blocks: &[&Block]) -> (usize, usize) {
    let (mut live, mut all) = (0, 0);
    let mut b = 0;
    while b < blocks.len() {
        let entries = blocks[b].entries;
        let mut i = 0;
        while i < entries.len() {
            all += 1;
            if !entries[i].is_retired() {
                live += 1;
            }
            i += 1;
        }
        b += 1;
    }
    (live, all)
}

#[doc(hidden)]
#[derive(Debug)]
pub struct Sorted<const N: usize> {
    pub(crate) by_number: [Code; N],
    pub(crate) by_name: [Code; N],
}

/// Checks the blocks against each other and sorts their codes. Panics, in the
/// compiler, where two of them cannot both be.
#[doc(hidden)]
#[track_caller]
pub const fn __sort<const LIVE: usize, const ALL: usize>(
    blocks: &'static [&'static Block],
) -> Sorted<LIVE> {
    check_prefixes(blocks);
    let (numbers, names) = keys::<ALL>(blocks);
    let numbers = merge_sort(numbers);
    let names = merge_sort(names);

    let mut sorted = Sorted {
        by_number: [crate::family::UNKNOWN; LIVE],
        by_name: [crate::family::UNKNOWN; LIVE],
    };
    let (mut at_number, mut at_name) = (0, 0);
    let mut i = 0;
    while i < ALL {
        let (block, entry) = entry(blocks, numbers[i]);
        if i > 0 && (numbers[i - 1] >> 32) == (numbers[i] >> 32) {
            let (before, first) = self::entry(blocks, numbers[i - 1]);
            clash(before, first, block, entry);
        }
        if let Entry::Live(code) = entry {
            sorted.by_number[at_number] = *code;
            at_number += 1;
        }

        let (block, entry) = self::entry(blocks, names[i]);
        if i > 0 && (names[i - 1] >> 32) == (names[i] >> 32) {
            let (before, first) = self::entry(blocks, names[i - 1]);
            // Two names with one hash are no clash: look-up compares the text.
            if same(first.name(), entry.name()) && same(before.domain, block.domain) {
                clash(before, first, block, entry);
            }
        }
        if let Entry::Live(code) = entry {
            sorted.by_name[at_name] = *code;
            at_name += 1;
        }
        i += 1;
    }
    check_successors(&sorted.by_number);
    sorted
}

/// A successor is a code of the same domain that is still raised.
#[track_caller]
const fn check_successors(codes: &[Code]) {
    let mut i = 0;
    while i < codes.len() {
        let code = codes[i].def();
        if let Some(successor) = code.spec.successor {
            let mut j = 0;
            while j < codes.len()
                && !(same(codes[j].def().name, successor)
                    && same(codes[j].def().domain, code.domain))
            {
                j += 1;
            }
            if j == codes.len() {
                Message::new("error code ")
                    .text(code.name)
                    .at(&code.site)
                    .text(" names ")
                    .text(successor)
                    .text(" as its successor, which is no code of ")
                    .text(code.domain)
                    .fail();
            }
        }
        i += 1;
    }
}

/// The sort keys of all entries: number or hash above, place (16 bits of block,
/// 16 of entry) in the low 32 bits.
const fn keys<const ALL: usize>(blocks: &[&Block]) -> ([u128; ALL], [u128; ALL]) {
    let mut numbers = [0; ALL];
    let mut names = [0; ALL];
    let mut at = 0;
    let mut b = 0;
    while b < blocks.len() {
        let entries = blocks[b].entries;
        let domain = Head::__new(blocks[b].domain, 0, blocks[b].site).hash;
        let mut i = 0;
        while i < entries.len() {
            let place = ((b as u128) << 16) | i as u128;
            numbers[at] = ((entries[i].number() as u128) << 32) | place;
            let hash = match &entries[i] {
                Entry::Live(code) => code.def().hash,
                Entry::Retired(retired) => hash(domain, retired.name()),
            };
            names[at] = ((hash as u128) << 32) | place;
            at += 1;
            i += 1;
        }
        b += 1;
    }
    (numbers, names)
}

const fn entry(blocks: &[&'static Block], key: u128) -> (&'static Block, &'static Entry) {
    let place = key as u32;
    let block = blocks[(place >> 16) as usize];
    (block, &block.entries[(place & 0xffff) as usize])
}

#[track_caller]
const fn clash(a: &Block, first: &Entry, b: &Block, second: &Entry) -> ! {
    if a.is_at(b) && first.number() == second.number() && same(first.name(), second.name()) {
        Message::new("the error codes of ")
            .text(a.domain)
            .at(&a.site)
            .text(" are listed twice")
            .fail();
    }
    twice(a, first, b, second)
}

#[track_caller]
const fn check_prefixes(blocks: &[&Block]) {
    if blocks.len() > 0xffff {
        Message::new("a registry holds at most 65535 blocks of error codes").fail();
    }
    let mut owner: [Option<&Block>; 1000] = [None; 1000];
    let mut i = 0;
    while i < blocks.len() {
        let block = blocks[i];
        match owner[block.prefix as usize] {
            None => owner[block.prefix as usize] = Some(block),
            Some(first) if !same(first.domain, block.domain) => {
                Message::new("error-code prefix ")
                    .number(block.prefix as u64)
                    .text(" is claimed by two domains: ")
                    .text(first.domain)
                    .at(&first.site)
                    .text(" and ")
                    .text(block.domain)
                    .at(&block.site)
                    .fail();
            }
            Some(_) => {}
        }
        i += 1;
    }
}

/// Bottom-up, since const code can neither recurse over slices nor sort.
const fn merge_sort<const N: usize>(mut from: [u128; N]) -> [u128; N] {
    let mut to = from;
    let mut width = 1;
    while width < N {
        let mut start = 0;
        while start < N {
            let middle = if start + width < N { start + width } else { N };
            let end = if middle + width < N { middle + width } else { N };
            let (mut left, mut right, mut at) = (start, middle, start);
            while at < end {
                if left < middle && (right == end || from[left] <= from[right]) {
                    to[at] = from[left];
                    left += 1;
                } else {
                    to[at] = from[right];
                    right += 1;
                }
                at += 1;
            }
            start = end;
        }
        let sorted = to;
        to = from;
        from = sorted;
        width *= 2;
    }
    from
}
