/// Declares the texts of a block of codes in one language.
///
/// ```
/// # mod code { seawall_errors::codes! {
/// #     pub domain "orders.acme.com" = 210;
/// #     /// No order has this id.
/// #     ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
/// #     /// Stock is being recounted.
/// #     STOCK_BUSY = 2 => Unavailable;
/// # } }
/// seawall_errors::messages! {
///     pub static DE = "de" for code::CODES {
///         ORDER_NOT_FOUND => "Keine solche Bestellung", "Es gibt keine Bestellung {order_id}.";
///         STOCK_BUSY => "Der Bestand wird neu gezählt.";
///     }
/// }
///
/// assert_eq!((DE.tag(), DE.lacking().count()), ("de", 0));
/// ```
///
/// Of two texts the first is the title, the same for every occurrence, and the second the message, with
/// placeholders for the keys that the code declares. One text without braces is both; one with
/// braces is the message alone, and the title stays that of the code. `{{` and `}}` are braces.
///
/// # What is refused, in `cargo check`
///
/// A tag that is none; a name that is no code of the block, or is retired; a code twice; a
/// placeholder that is no declared key; a brace without its partner; an empty text; a title with
/// braces beside a message.
///
/// Codes without a text are no error: [`Messages::lacking`](crate::Messages::lacking) lists them, for a test.
#[macro_export]
macro_rules! messages {
    (
        $(#[$attribute:meta])*
        $vis:vis static $table:ident = $tag:literal for $block:path {
            $($name:ident => $first:literal $(, $second:literal)? $(,)?;)*
        } $(;)?
    ) => {
        $(#[$attribute])*
        #[doc = $crate::__private::concat!("Texts in `", $tag, "`.")]
        #[allow(long_running_const_eval)]
        $vis static $table: $crate::Messages = {
            const BLOCK: &$crate::Block = &$block;
            const SITE: $crate::__private::Site = $crate::__private::Site::__new(
                $crate::__private::option_env!("CARGO_PKG_NAME"),
                $crate::__private::module_path!(),
                $crate::__private::option_env!("CARGO_PKG_VERSION"),
                $crate::__private::file!(),
                $crate::__private::line!(),
            );
            const HEAD: $crate::__private::TableHead =
                $crate::__private::TableHead::__new($tag, BLOCK, SITE);
            #[allow(long_running_const_eval)]
            const TEXTS: &[$crate::__private::Text] = &$crate::__private::Text::__all(
                HEAD,
                &[$((
                    $crate::__private::stringify!($name),
                    $first,
                    $crate::__second!($($second)?),
                )),*],
            );
            $crate::Messages::__new($tag, BLOCK, TEXTS, SITE)
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __second {
    () => {
        $crate::__private::None
    };
    ($second:literal) => {
        $crate::__private::Some($second)
    };
}
