#![expect(clippy::indexing_slicing, reason = "the indices come from a binary search")]

use crate::Code;
use crate::block::{Block, Retired};
use crate::def::hash_of;
use crate::sort::Sorted;

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
    use crate::code::Title;
    use crate::def::Def;
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
