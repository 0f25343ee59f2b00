#![expect(
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "the checks run in the compiler only; every other index comes from a binary search or is a count of entries"
)]

use crate::block::{Block, Entry, Retired, twice};
use crate::code::{Code, Head, hash, hash_of};
use crate::message::Message;
use crate::spec::same;

/// All codes of a program, checked against each other by the compiler.
///
/// Made by [`registry!`](crate::registry). It is a plain static: nothing runs
/// before `main`, and looking a code up is a binary search.
#[derive(Debug)]
pub struct Registry {
    blocks: &'static [&'static Block],
    by_number: &'static [Code],
    /// Sorted by the hash of domain and name.
    by_name: &'static [Code],
}

impl Registry {
    #[doc(hidden)]
    pub const fn __new<const N: usize>(
        blocks: &'static [&'static Block],
        sorted: &'static Sorted<N>,
    ) -> Self {
        Registry { blocks, by_number: &sorted.by_number, by_name: &sorted.by_name }
    }

    /// The code with this number.
    pub fn by_number(&self, number: u32) -> Option<Code> {
        let at = self.by_number.binary_search_by_key(&number, |code| code.number()).ok()?;
        Some(self.by_number[at])
    }

    /// The code with this name in this domain.
    pub fn by_name(&self, domain: &str, name: &str) -> Option<Code> {
        self.by_hash(hash_of(domain, name), domain, name)
    }

    fn by_hash(&self, hash: u64, domain: &str, name: &str) -> Option<Code> {
        let from = self.by_name.partition_point(|code| code.def().hash < hash);
        self.by_name[from..]
            .iter()
            .take_while(|code| code.def().hash == hash)
            .find(|code| code.domain() == domain && code.name() == name)
            .copied()
    }

    /// All codes, sorted by number.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = Code> + Clone + use<> {
        self.by_number.iter().copied()
    }

    /// All retired numbers and names, block by block.
    pub fn retired(&self) -> impl Iterator<Item = Retired> + Clone + use<> {
        self.blocks.iter().flat_map(|block| block.retired())
    }

    /// The blocks, in the order in which they are listed.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = &'static Block> + Clone + use<> {
        self.blocks.iter().copied()
    }

    /// How many codes there are.
    pub const fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Whether there is no code at all.
    pub const fn is_empty(&self) -> bool {
        self.by_number.is_empty()
    }
}

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
    by_number: [Code; N],
    by_name: [Code; N],
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

/// Lists the code blocks of a program and has the compiler check them against
/// each other: in `cargo check`, across crates, naming both places.
///
/// ```
/// # mod orders { pub mod code { seawall_errors::codes! {
/// #     pub domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound;
/// # } } }
/// # mod billing { pub mod code { seawall_errors::codes! {
/// #     pub domain "billing.acme.com" = 220;
/// #     /// The invoice is paid already.
/// #     INVOICE_PAID = 1 => FailedPrecondition;
/// # } } }
/// seawall_errors::registry! {
///     pub static CODES = [seawall_errors::FAMILY, orders::code::CODES, billing::code::CODES];
/// }
///
/// assert_eq!(CODES.by_number(220_001), Some(billing::code::INVOICE_PAID));
/// assert_eq!(CODES.by_name("orders.acme.com", "ORDER_NOT_FOUND").unwrap().number(), 210_001);
/// assert_eq!(CODES.by_number(999_999), None);
/// ```
///
/// # What is refused
///
/// A number or a name of a domain that stands in two blocks, also where one of them is
/// retired; a prefix that two domains claim; a block listed twice; a successor that its
/// domain does not have. A domain may have several blocks and several prefixes.
///
/// A block that nobody lists is not seen. With the feature `inventory`, meant
/// for tests, `CODES.assert_complete()` names it.
///
/// # What it costs
///
/// Compile time, about that of the codes themselves; at run time 16 bytes per code.
#[macro_export]
macro_rules! registry {
    (
        $(#[$attribute:meta])*
        $vis:vis static $name:ident = [$($block:expr),* $(,)?] $(;)?
    ) => {
        $(#[$attribute])*
        #[doc = "All error codes, checked against each other by the compiler."]
        #[allow(long_running_const_eval)]
        $vis static $name: $crate::Registry = {
            const __SEAWALL_BLOCKS: &[&$crate::Block] = &[$(&$block),*];
            const __SEAWALL_COUNT: (usize, usize) = $crate::__private::__count(__SEAWALL_BLOCKS);
            #[allow(long_running_const_eval)]
            const __SEAWALL_SORTED: &$crate::__private::Sorted<{ __SEAWALL_COUNT.0 }> =
                &$crate::__private::__sort::<{ __SEAWALL_COUNT.0 }, { __SEAWALL_COUNT.1 }>(__SEAWALL_BLOCKS);
            $crate::Registry::__new(__SEAWALL_BLOCKS, __SEAWALL_SORTED)
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Def, Title};
    use crate::family;

    /// A code whose name has the hash 7, whatever it is.
    fn with_hash_7(def: &Def, name: &'static str) -> Code {
        extern crate std;
        let def = Def {
            hash: 7,
            name,
            number: def.number,
            domain: def.domain,
            doc: def.doc,
            spec: def.spec,
            site: def.site,
        };
        Code { __title: Title { def: std::boxed::Box::leak(std::boxed::Box::new(def)) } }
    }

    #[test]
    fn names_with_one_hash_are_told_apart() {
        extern crate std;
        let [a, b, c] = ["AAA", "BBB", "CCC"].map(|name| with_hash_7(family::UNKNOWN.def(), name));
        let by_name: &'static [Code] = std::vec![family::INTERNAL, a, b, c].leak();
        // Hashes of real names are above 7 but for a miracle.
        let by_name = {
            let mut sorted = by_name.to_vec();
            sorted.sort_by_key(|code| code.def().hash);
            sorted.leak()
        };
        let registry = Registry { blocks: &[], by_number: &[], by_name };
        for code in [a, b, c] {
            assert_eq!(
                registry.by_hash(7, "seawall", code.name()).map(Code::name),
                Some(code.name())
            );
        }
        assert_eq!(registry.by_hash(7, "seawall", "DDD"), None);
        assert_eq!(registry.by_hash(7, "other", "AAA"), None);
        assert_eq!(registry.by_hash(8, "seawall", "AAA"), None);
        assert_eq!(registry.by_name("seawall", "INTERNAL"), Some(family::INTERNAL));
    }
}
