/// Declares error codes: each a constant of type [`Code`](crate::Code), all of
/// them together as a [`Block`](crate::Block) named `CODES`.
///
/// ```
/// pub mod code {
///     seawall_errors::codes! {
///         pub domain "orders.acme.com" = 210;
///
///         /// No order has this id.
///         ///
///         /// # Cause
///         /// The id was mistyped, or belongs to another tenant.
///         /// # Action
///         /// Check the id. Ids are never reused.
///         ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]);
///
///         /// Stock is being recounted; the order was not placed.
///         STOCK_BUSY = 2 => Unavailable.not_executed().since("1.4");
///
///         ORDER_GONE = 3 retired;
///     }
/// }
/// use seawall_errors::{Executed, Grpc};
///
/// let code = code::ORDER_NOT_FOUND;
/// assert_eq!((code.number(), code.name()), (210_001, "ORDER_NOT_FOUND"));
/// assert_eq!((code.http(), code.grpc()), (404, Grpc::NotFound));
/// assert_eq!(code.title(), "No order has this id.");
/// assert_eq!(code.action().to_string(), "Check the id. Ids are never reused.");
/// assert_eq!(code::STOCK_BUSY.executed(), Executed::No);
/// ```
///
/// # The head
///
/// `domain "NAME" = PREFIX;` or, where one module holds two blocks,
/// `domain "NAME" = PREFIX as OTHER_CODES;`. The domain is globally unique, as
/// a host name is; the prefix, 100 to 999, belongs to one domain in the whole
/// program. A visibility before `domain` applies to everything declared.
///
/// # An entry
///
/// `NAME = n => expression;` with n from 1 to 999. The number `PREFIX * 1000 + n` and
/// the name are for ever. To the right stands a constant expression of type
/// [`Spec`](crate::Spec), usually one of the [`kinds`](crate::kinds), which are in scope
/// together with the enums that the setters take.
///
/// The doc comment is mandatory. Its first line is the title, which anybody
/// may see; `# Cause` and `# Action` are for whoever looks the code up.
/// `#[deprecated(note = "…")]` works as everywhere.
///
/// # Taking a code back
///
/// Replace the right side by the word `retired` and leave the line:
/// `NAME = n retired;`. The compiler then refuses the number and the name to
/// whoever tries to use them again.
///
/// # What is refused, in `cargo check`
///
/// A number or a name twice, retired ones included; a number out of range; a
/// name that is not `UPPER_SNAKE`; an HTTP status outside 400 to 599; an entry
/// without a doc comment; a setting that does not exist; `#[cfg]` on an entry,
/// because a code exists whatever the features.
#[macro_export]
macro_rules! codes {
    ($vis:vis domain $domain:literal = $prefix:literal; $($entries:tt)*) => {
        $crate::codes! { $vis domain $domain = $prefix as CODES; $($entries)* }
    };
    (
        $vis:vis domain $domain:literal = $prefix:literal as $block:ident;
        $(
            $(#[$key:ident $($attribute:tt)*])*
            $name:ident = $n:literal $($mark:ident)? $(=> $spec:expr)?;
        )*
    ) => {
        // In the namespace of types, so that it shares the name with the
        // constant. The compiler's own E0081 points at two equal numbers,
        // E0428 at two equal names, retired ones included.
        #[doc(hidden)]
        #[allow(non_camel_case_types, dead_code, clippy::all, clippy::pedantic)]
        #[repr(i64)]
        enum $block {
            $($name = $n,)*
            __Unused = -1_000_000,
        }

        impl $block {
            /// Once per block: what all its entries have in common.
            const __HEAD: $crate::__private::Head = $crate::__private::Head::__new(
                $domain,
                $prefix,
                $crate::__private::Site::__new(
                    $crate::__private::option_env!("CARGO_PKG_NAME"),
                    $crate::__private::module_path!(),
                    $crate::__private::option_env!("CARGO_PKG_VERSION"),
                    $crate::__private::file!(),
                    $crate::__private::line!(),
                ),
            );
        }

        $(
            $crate::__entry! {
                $block [$(#[$key $($attribute)*])*] [$vis] $name $n [$($mark)?] [$($spec)?]
            }
        )*

        #[doc = $crate::__private::concat!("The error codes of `", $domain, "`.")]
        #[allow(deprecated, dead_code)]
        $vis const $block: $crate::Block = $crate::Block::__new(
            $block::__HEAD,
            $crate::__private::concat!(
                $crate::__private::module_path!(),
                "::",
                $crate::__private::stringify!($block)
            ),
            const {
                &[$($crate::__listed! {
                    $block [$(#[$key $($attribute)*])*] $name $n [$($mark)?]
                }),*]
            },
        );

        $crate::__submit!($block);
    };
    ($($other:tt)*) => {
        $crate::__private::compile_error!(
            "`codes!` takes a head, `pub domain \"orders.acme.com\" = 210;`, and then entries, each with a doc comment above it: `NAME = 1 => NotFound;`, or `NAME = 1 retired;` without a right side; each ends with a semicolon"
        );
    };
}

/// The item of one entry.
#[doc(hidden)]
#[macro_export]
macro_rules! __entry {
    (
        $block:ident [$(#[$key:ident $($attribute:tt)*])*] [$vis:vis]
        $name:ident $n:literal [] [$spec:expr]
    ) => {
        $(#[$key $($attribute)*])*
        $vis const $name: $crate::Code = $crate::Code {
            __title: $crate::__private::Title {
                def: &$crate::__private::Def::__new(
                    $block::__HEAD,
                    $crate::__private::stringify!($name),
                    $n,
                    $crate::__private::concat!($($crate::__doc!($key $($attribute)*)),*),
                    {
                        #[allow(unused_imports, clippy::wildcard_imports, clippy::enum_glob_use)]
                        use $crate::kinds::*;
                        $spec
                    },
                ),
            },
        };
    };
    ($block:ident [$($attributes:tt)*] [$vis:vis] $name:ident $n:literal [retired] []) => {};
    (
        $block:ident [$($attributes:tt)*] [$vis:vis]
        $name:ident $n:literal [$($mark:ident)?] [$($spec:expr)?]
    ) => {
        $crate::__private::compile_error!($crate::__private::concat!(
            "error code ",
            $crate::__private::stringify!($name),
            " needs a right side: `=> NotFound` or another kind, or `retired` alone where it is no longer raised",
        ));
    };
}

/// The place of one entry in its block.
#[doc(hidden)]
#[macro_export]
macro_rules! __listed {
    ($block:ident [$(#[doc $($text:tt)*])*] $name:ident $n:literal []) => {
        $crate::__private::Entry::Live($name)
    };
    // Where a `cfg` has removed the constant, `__doc!` says why that cannot be.
    ($block:ident [$(#[$key:ident $($attribute:tt)*])*] $name:ident $n:literal []) => {{
        let _ = $crate::__private::concat!($($crate::__doc!($key $($attribute)*)),*);
        $crate::__private::Entry::Live($name)
    }};
    (
        $block:ident [$(#[$key:ident $($attribute:tt)*])*] $name:ident $n:literal [$mark:ident]
    ) => {
        $crate::__private::Entry::Retired($crate::__private::Retired::__new(
            $block::__HEAD,
            $crate::__private::stringify!($name),
            $n,
            $crate::__private::concat!($($crate::__doc!($key $($attribute)*)),*),
        ))
    };
}

/// What one attribute adds to the text that is kept of an entry: a doc line
/// itself, the note of `deprecated` between two NULs. One string for all, since
/// every further constant costs compile time in each of thousands of entries.
#[doc(hidden)]
#[macro_export]
macro_rules! __doc {
    (doc = $text:expr) => {
        $crate::__private::concat!($text, "\n")
    };
    (deprecated) => {
        "\0\0"
    };
    (deprecated = $note:literal) => {
        $crate::__private::concat!("\0", $note, "\0")
    };
    (deprecated ($(since = $since:literal,)? note = $note:literal $(, since = $after:literal)? $(,)?)) => {
        $crate::__private::concat!("\0", $note, "\0")
    };
    (deprecated ($($other:tt)*)) => {
        "\0\0"
    };
    (cfg $($condition:tt)*) => {
        $crate::__private::compile_error!(
            "an error code cannot depend on `cfg`: its number and name are for ever, whatever the features"
        )
    };
    (cfg_attr $($condition:tt)*) => {
        $crate::__private::compile_error!(
            "an error code cannot depend on `cfg_attr`: its text would differ from build to build"
        )
    };
    ($($other:tt)*) => {
        ""
    };
}

#[cfg(not(feature = "inventory"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($block:ident) => {};
}

#[cfg(feature = "inventory")]
#[doc(hidden)]
#[macro_export]
macro_rules! __submit {
    ($block:ident) => {
        $crate::__private::inventory::submit! { $crate::__private::Linked(&$block) }
    };
}
