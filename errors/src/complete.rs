use core::fmt;

use crate::{Block, Registry};

/// A block that is linked into this program.
#[doc(hidden)]
#[derive(Debug)]
pub struct Linked(pub &'static Block);

inventory::collect!(Linked);

impl Registry {
    /// The blocks that are linked into this program but not listed here.
    ///
    /// Only for tests: the linker collects them, and it drops a crate of which
    /// nothing is used. A crate that is used at all is found.
    pub fn missing(&self) -> impl Iterator<Item = &'static Block> {
        inventory::iter::<Linked>
            .into_iter()
            .map(|linked| linked.0)
            .filter(|linked| !self.blocks().any(|listed| listed.is_at(linked)))
    }

    /// Panics, naming package, file and line, where a block is linked into this
    /// program but not listed here. Put it into a test of the binary.
    ///
    /// ```standalone_crate
    /// # mod orders { seawall_errors::codes! {
    /// #     pub domain "orders.acme.com" = 210;
    /// #     /// No order has this id.
    /// #     ORDER_NOT_FOUND = 1 => NotFound;
    /// # } }
    /// seawall_errors::registry! {
    ///     pub static CODES = [seawall_errors::FAMILY, orders::CODES];
    /// }
    /// CODES.assert_complete();
    /// ```
    ///
    /// # Panics
    ///
    /// That is what it is for.
    #[track_caller]
    pub fn assert_complete(&self) {
        assert!(
            self.missing().next().is_none(),
            "this registry does not list all error codes that are linked in:{}",
            Missing(self)
        );
    }
}

struct Missing<'a>(&'a Registry);

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for block in self.0.missing() {
            let site = block.declared_at();
            write!(
                f,
                "\n  crate {} {} ({}:{}) declares the codes of {}",
                site.package,
                site.version,
                site.file,
                site.line,
                block.domain()
            )?;
        }
        Ok(())
    }
}
