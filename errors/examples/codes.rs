//! All codes of a program as a page, as data, and one by one: four subcommands
//! that any binary can have.
//!
//! ```text
//! cargo run -p seawall-errors --features catalogue --example codes -- html > errors.html
//! cargo run -p seawall-errors --features catalogue --example codes -- explain circuit_open
//! ```

use std::io;
use std::process::ExitCode;

use seawall_errors::catalogue::{self, Found};

mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this id.
        ///
        /// Ids are never reused, so a deleted order stays unknown.
        ///
        /// # Cause
        /// The id was mistyped, or belongs to another tenant.
        /// # Action
        /// Check `order_id`.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]).since("1.0");

        /// Stock is being recounted; the order was not placed.
        ///
        /// # Action
        /// Try again:
        /// - at once, at another warehouse;
        /// - or in a minute, here.
        STOCK_RECOUNT = 2 => Unavailable.not_executed().keys(&["warehouse"]).since("1.4");

        /// The warehouse is busy.
        #[deprecated(note = "it did not say with what")]
        STOCK_BUSY = 3 => Unavailable.successor("STOCK_RECOUNT");

        /// The order was older than a year.
        ORDER_TOO_OLD = 4 retired;
    }
}

seawall_errors::registry! { static CODES = [seawall_errors::FAMILY, code::CODES]; }

const USAGE: &str = "usage: codes markdown | html | json | explain NUMBER-OR-NAME\n";

fn main() -> io::Result<ExitCode> {
    let out = &mut io::stdout().lock();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["markdown"] => catalogue::write(out, catalogue::markdown(&CODES))?,
        ["html"] => catalogue::write(out, catalogue::html(&CODES))?,
        ["json"] => catalogue::write(out, catalogue::json(&CODES))?,
        ["explain", asked] => {
            let answer = catalogue::explain(&CODES, asked);
            catalogue::write(out, &answer)?;
            if matches!(answer.found(), Found::Nothing | Found::Near(_)) {
                return Ok(ExitCode::FAILURE);
            }
        }
        [] => catalogue::write(out, USAGE)?,
        _ => {
            catalogue::write(&mut io::stderr().lock(), USAGE)?;
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
