//! The linked block that nobody listed is found.
#![cfg(feature = "inventory")]

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound;
    }
}
mod forgotten {
    seawall_errors::codes! {
        pub domain "forgotten.acme.com" = 220;
        /// Nobody thinks of it.
        NOBODY_KNOWS = 1 => NotFound;
    }
}

seawall_errors::registry! { static SOME = [seawall_errors::FAMILY, orders::CODES]; }
seawall_errors::registry! { static ALL = [seawall_errors::FAMILY, orders::CODES, forgotten::CODES]; }

#[test]
fn a_block_that_is_linked_but_not_listed_is_named_with_its_place() {
    let missing: Vec<_> = SOME.missing().map(seawall_errors::Block::domain).collect();
    assert_eq!(missing, ["forgotten.acme.com"]);

    let panic = std::panic::catch_unwind(|| SOME.assert_complete()).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    let line = forgotten::CODES.declared_at().line;
    let place = format!(
        "crate seawall-errors {} ({}:{line}) declares the codes of forgotten.acme.com",
        env!("CARGO_PKG_VERSION"),
        file!()
    );
    assert!(message.contains(&place), "{message}");
}

#[test]
fn a_complete_registry_is_complete_and_more_than_is_linked_does_no_harm() {
    ALL.assert_complete();
}
