//! Titles and messages in other languages.
#![cfg(feature = "language")]

use proptest::prelude::*;
use seawall_errors::{Code, Error, FAMILY, Languages, Rejected, family, messages};

mod code {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;
        /// No order has this id.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id", "tenant"]);
        /// Stock is being recounted.
        STOCK_BUSY = 2 => Unavailable;
        /// Only in English.
        NOT_TRANSLATED = 3 => Internal;
        ORDER_GONE = 4 retired;
    }
}

messages! {
    /// With a doc comment of its own.
    pub(crate) static ZH = "zh" for code::CODES {
        ORDER_NOT_FOUND => "没有这个订单", "没有订单 {order_id}（{tenant}）";
        STOCK_BUSY => "库存盘点中";
    }
}
messages! {
    static ZH_HANT = "zh-Hant" for code::CODES {
        ORDER_NOT_FOUND => "沒有訂單 {order_id}";
    }
}
messages! {
    static DE = "de" for code::CODES {
        STOCK_BUSY => "Inventur {{läuft}}}}{{";
        ORDER_NOT_FOUND => "Keine Bestellung", "{order_id}{order_id}, {{order_id}}",;
    }
}
messages! {
    static HE = "he" for code::CODES {
        ORDER_NOT_FOUND => "אין הזמנה", "אין הזמנה {order_id} אצל {tenant}.";
    }
}
messages! {
    static ZH_FAMILY = "ZH" for FAMILY {
        RATE_LIMITED => "请求过多", "请求过多：上限 {limit}，剩余 {remaining}";
    }
}

static LANGUAGES: Languages = Languages::new(&[&ZH, &ZH_HANT, &DE, &HE, &ZH_FAMILY]);

static HANT_ONLY: Languages = Languages::new(&[&ZH_HANT]);

seawall_errors::registry! { static CODES = [code::CODES]; }

fn not_found() -> Error {
    Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 7).with_arg("tenant", "acme")
}

#[test]
fn a_tag_is_shortened_until_a_text_is_found() {
    for (tag, message, title) in [
        ("zh", "没有订单 7（acme）", "没有这个订单"),
        ("zh-CN", "没有订单 7（acme）", "没有这个订单"),
        // That table has no title, so the next in the chain gives it.
        ("zh-Hant", "沒有訂單 7", "没有这个订单"),
        ("zh-Hant-TW", "沒有訂單 7", "没有这个订单"),
        ("ZH_hant_tw", "沒有訂單 7", "没有这个订单"),
        ("de-AT-1996", "77, {order_id}", "Keine Bestellung"),
        ("en", "No order has this id.", "No order has this id."),
        ("fr-FR", "No order has this id.", "No order has this id."),
        ("zha", "No order has this id.", "No order has this id."),
        ("", "No order has this id.", "No order has this id."),
    ] {
        assert_eq!(LANGUAGES.message(&not_found(), tag), message, "{tag}");
        assert_eq!(LANGUAGES.title(code::ORDER_NOT_FOUND, tag), title, "{tag}");
    }
    assert_eq!(LANGUAGES.title(code::STOCK_BUSY, "zh-Hant-TW"), "库存盘点中");
    assert_eq!(LANGUAGES.title(code::NOT_TRANSLATED, "zh"), "Only in English.");
}

#[test]
fn one_text_without_braces_is_title_and_message() {
    let busy = Error::new(code::STOCK_BUSY);
    assert_eq!(LANGUAGES.message(&busy, "zh"), "库存盘点中");
    assert_eq!(LANGUAGES.message(&busy, "de"), "Inventur {läuft}}{");
    assert_eq!(LANGUAGES.title(code::STOCK_BUSY, "de"), "Stock is being recounted.");
}

#[test]
fn a_missing_argument_leaves_a_mark_and_not_the_name_of_the_key() {
    let error = Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", 7);
    assert_eq!(LANGUAGES.message(&error, "zh"), "没有订单 7（…）");
    assert_eq!(LANGUAGES.message(&Error::new(code::ORDER_NOT_FOUND), "zh-Hant"), "沒有訂單 …");
}

#[test]
fn braces_in_a_value_are_text() {
    let error = Error::new(code::ORDER_NOT_FOUND)
        .with_arg("order_id", "{tenant} {{x}} }{")
        .with_arg("tenant", "{order_id}");
    assert_eq!(LANGUAGES.message(&error, "zh"), "没有订单 {tenant} {{x}} }{（{order_id}）");
}

#[test]
fn text_from_right_to_left_stays_as_it_was_written() {
    assert_eq!(LANGUAGES.message(&not_found(), "he-IL"), "אין הזמנה 7 אצל acme.");
}

#[test]
fn a_given_message_holds_only_where_there_is_no_translation() {
    let error = not_found().with_message("No order 7 here.");
    assert_eq!(LANGUAGES.message(&error, "zh-Hant"), "沒有訂單 7");
    assert_eq!(LANGUAGES.message(&error, "fr"), "No order 7 here.");
}

#[test]
fn no_undeclared_argument_can_get_out() {
    let error = not_found().with_arg("password", "hunter2");
    for table in LANGUAGES.tables() {
        assert!(!LANGUAGES.message(&error, table.tag()).contains("hunter2"));
    }
}

#[test]
fn the_numbers_of_a_refusal_are_arguments() {
    let refused = Rejected::new(family::RATE_LIMITED, "api").with_numbers(&[10, 0]);
    assert_eq!(LANGUAGES.message(&refused.into(), "zh-CN"), "请求过多：上限 10，剩余 0");
}

#[test]
fn beyond_the_language_of_the_doc_comments_nothing_is_looked_for() {
    static OURS: Languages = Languages::new(&[&ZH]).with_default("zh-Hant");
    assert_eq!(OURS.title(code::STOCK_BUSY, "zh-Hant-TW"), "Stock is being recounted.");
    assert_eq!(OURS.title(code::STOCK_BUSY, "zh"), "库存盘点中");
    assert_eq!(OURS.pick("zh-Hant-HK"), "zh-Hant");
}

#[test]
fn the_header_is_read_by_its_weights() {
    for (header, tag) in [
        ("de", "de"),
        ("DE-at", "de"),
        ("fr, de;q=0.5", "de"),
        ("zh;q=0.5, de;q=0.8", "de"),
        ("zh;q=0.8,de;q=0.8", "zh"),
        ("fr;q=1, en;q=0.9, de;q=0.8", "en"),
        ("zh-Hant-TW, zh;q=0.9", "zh-Hant"),
        ("zh-TW, de;q=0.9", "zh"),
        ("en-GB", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("en;q=0, *", "zh"),
        ("zh;q=0, en;q=0, *;q=0.5", "de"),
        ("zh;q=0, zh-Hant", "zh-Hant"),
        ("zh-Hant;q=0, zh-Hant-TW", "zh"),
        ("de;q=0", "en"),
        ("de;q=0, de;q=0.1", "de"),
        ("zh-TW;q=0", "en"),
        ("de;q=0.0001, zh;q=0.2", "zh"),
        ("de;level=1, zh;q=0.2", "zh"),
        ("de;q=1;q=0", "en"),
        ("", "en"),
        (",,;;==,*;", "en"),
        ("  he  ;  q = 1 ", "he"),
    ] {
        assert_eq!(LANGUAGES.pick(header), tag, "{header}");
    }
    assert_eq!(HANT_ONLY.pick("zh"), "zh-Hant", "a range takes what begins with it");
    assert_eq!(Languages::new(&[]).pick("de"), "en");
}

#[test]
fn of_a_header_without_an_end_only_the_start_is_read() {
    let many = format!("{}de", "fr,".repeat(40));
    assert_eq!(LANGUAGES.pick(&many), "en", "after 32 parts");
    let long = format!("{}, de", "x".repeat(2000));
    assert_eq!(LANGUAGES.pick(&long), "en", "after 1024 bytes");
    assert_eq!(LANGUAGES.pick(&format!("{}de", "fr,".repeat(20))), "de");
    assert_eq!(LANGUAGES.pick(&"é".repeat(1 << 20)), "en");
    assert_eq!(
        LANGUAGES.title(code::STOCK_BUSY, &"zh-".repeat(1 << 20)),
        "Stock is being recounted."
    );
}

#[test]
fn what_is_not_translated_is_listed() {
    let lacking: Vec<_> = LANGUAGES.lacking(&CODES).collect();
    // "ZH" is the language of "zh", and `zh-Hant` falls back on it.
    assert_eq!(
        lacking,
        [
            ("zh", code::NOT_TRANSLATED),
            ("zh-Hant", code::NOT_TRANSLATED),
            ("de", code::STOCK_BUSY),
            ("de", code::NOT_TRANSLATED),
            ("he", code::STOCK_BUSY),
            ("he", code::NOT_TRANSLATED),
        ]
    );
    let of_table: Vec<Code> = ZH_HANT.lacking().collect();
    assert_eq!(of_table, [code::ORDER_NOT_FOUND, code::STOCK_BUSY, code::NOT_TRANSLATED]);
}

proptest! {
    #[test]
    fn any_header_and_any_tag_are_harmless(text in "(?s).{0,80}", value in "(?s).{0,40}") {
        let tag = LANGUAGES.pick(&text);
        prop_assert!(tag == "en" || LANGUAGES.tables().any(|table| table.tag() == tag));
        let error = Error::new(code::ORDER_NOT_FOUND).with_arg("order_id", &value);
        prop_assert!(!LANGUAGES.message(&error, &text).is_empty());
        prop_assert_eq!(LANGUAGES.message(&error, "zh-Hant"), format!("沒有訂單 {value}"));
    }

    #[test]
    fn any_weights_give_a_language_that_there_is(
        parts in prop::collection::vec(
            ("(zh|zh-Hant|de|en|fr|\\*)(-[A-Z]{2})?", "(;q=(0|1)(\\.[0-9]{1,4})?)?"), 0..6,
        ),
    ) {
        let header: Vec<String> = parts.iter().map(|(tag, q)| format!("{tag}{q}")).collect();
        let tag = LANGUAGES.pick(&header.join(","));
        prop_assert!(["zh", "zh-Hant", "de", "he", "ZH", "en"].contains(&tag));
    }
}
