//! The catalogue in its three forms, and `explain`.
#![cfg(feature = "catalogue")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::io;

use proptest::prelude::*;
use seawall_errors::catalogue::{self, Found, JSON_SCHEMA, explain};
use seawall_errors::{Code, FAMILY};
use serde_json::Value;

mod orders {
    seawall_errors::codes! {
        pub domain "orders.acme.com" = 210;

        /// No order has this `id`.
        ///
        /// Ids are never reused,
        /// not even by accident.
        ///
        /// # Cause
        /// The id was mistyped.
        /// # Action
        /// Try
        /// - another id;
        /// - another tenant.
        ORDER_NOT_FOUND = 1 => NotFound.keys(&["order_id"]).since("1.0");

        /// Same name as in another domain.
        SAME_NAME = 7 => Internal;

        /// Too busy.
        #[deprecated(note = "use another")]
        STOCK_BUSY = 4 => Throttled.successor("SAME_NAME");

        /// It was so once.
        ORDER_GONE = 3 retired;
        ORDER_LOST = 2 retired;
    }
}

/// What an author may write without thinking of tables, tags and strings.
mod odd {
    seawall_errors::codes! {
        pub domain "odd.acme.com" = 310;

        /// A|B <script>alert("1")</script> & 'c' `d|e` *f* [g](h) \ "
        ///
        /// Two ``a ` b``, one ` alone, <!-- and --> and ]]>, emoji 🦀, 中文,  .
        ///
        /// 1. is no list, and
        /// # Cause
        /// + plus
        ///
        /// #hash `<script>code()</script>`
        SAME_NAME = 1 => Internal.since("<script>since()</script>");

        /// Use another.
        #[deprecated(note = "use `x\n\n# Injected\n\n<b>` instead")]
        ODD_NOTE = 99 => Internal;

        /// A sentence that
        /// goes on.
        TWO_LINES = 2 => Dependency;
    }
}

seawall_errors::registry! { static CODES = [odd::CODES, orders::CODES, FAMILY]; }
seawall_errors::registry! { static REORDERED = [FAMILY, odd::CODES, orders::CODES]; }
seawall_errors::registry! { static SMALL = [orders::CODES]; }
seawall_errors::registry! { static EMPTY = []; }

fn numbers() -> Vec<u32> {
    let retired = CODES.retired().map(|retired| retired.number());
    CODES.codes().map(Code::number).chain(retired).collect()
}

#[test]
fn every_code_has_its_anchor_once_and_every_link_has_a_target() {
    let page = catalogue::html(&CODES).to_string();
    let ids = after(&page, " id=\"");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "an id stands twice");
    for number in numbers() {
        assert!(ids.contains(&&*number.to_string()), "{number}");
    }
    let links = after(&page, "href=\"#");
    assert!(links.len() > 2 * FAMILY.codes().count());
    for link in links {
        assert!(ids.contains(&link), "#{link}");
    }
    let markdown = catalogue::markdown(&CODES).to_string();
    let ids = after(&markdown, "<a id=\"");
    assert_eq!(ids.len(), numbers().len());
    for number in numbers() {
        assert!(ids.contains(&&*number.to_string()), "{number} in Markdown");
    }
}

/// What stands in a text between `start` and the next quote.
fn after<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    text.split(start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn the_order_of_the_list_does_not_matter() {
    let all = |codes| {
        let (markdown, html, json) =
            (catalogue::markdown(codes), catalogue::html(codes), catalogue::json(codes));
        [markdown.to_string(), html.to_string(), json.to_string()]
    };
    assert_eq!(all(&CODES), all(&REORDERED));
    let page = catalogue::markdown(&CODES).to_string();
    let at = |text: &str| page.find(text).unwrap();
    assert!(at("## seawall") < at("## orders.acme.com") && at("## orders") < at("## odd"));
}

#[test]
fn no_text_leaves_its_place_in_the_page() {
    let page = catalogue::html(&CODES).to_string();
    assert_eq!(page.matches("<script>").count(), 1, "our own");
    assert_eq!(page.matches("<!--").count(), 0);
    for tag in
        ["article", "section", "p", "dl", "div", "ul", "li", "code", "nav", "main", "details"]
    {
        let open =
            page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(open, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
    assert!(page.contains(
        "A|B &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;c&#39; <code>d|e</code> *f* [g](h) \\ &quot;"
    ));
    assert!(page.contains("Two <code>a ` b</code>, one ` alone, &lt;!-- and"), "{page}");
    assert!(page.contains("Use instead: <a href=\"#210007\">210007 SAME_<wbr>NAME</a>."));
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "nothing is loaded from elsewhere"
    );
}

#[test]
fn pipes_backticks_and_tags_are_harmless_in_markdown() {
    let page = catalogue::markdown(&CODES).to_string();
    assert!(page.contains(r"A\|B &lt;script&gt;alert("));
    assert!(page.contains(r"`d\|e` \*f\* \[g\](h) \\"), "{page}");
    assert!(
        page.contains(r"Two `` a ` b ``, one \` alone, &lt;!-- and --&gt; and \]\]&gt;"),
        "{page}"
    );
    assert!(!page.contains("\n# Injected") && page.contains("`x  # Injected  <b>`"), "{page}");
    assert!(page.contains("\n1\\. is no list, and\n"), "{page}");
    assert!(page.contains("\n\\+ plus\n\n\\#hash `<script>"), "{page}");
    for row in page.lines().filter(|line| line.starts_with('|')) {
        let cells = row.replace("\\|", "").matches('|').count() - 1;
        assert!(cells == 2 || cells == 4, "{row}");
    }
}

#[test]
fn a_title_that_is_half_a_sentence_is_followed_by_the_whole() {
    for page in [catalogue::html(&CODES).to_string(), catalogue::markdown(&CODES).to_string()] {
        assert!(page.contains("A sentence that goes on."), "{page}");
        assert_eq!(page.matches("Too busy.").count() - page.matches("| Too busy. |").count(), 1);
    }
}

#[test]
fn an_empty_registry_is_an_empty_catalogue() {
    assert_eq!(catalogue::markdown(&EMPTY).to_string(), "# Error codes\n");
    assert!(catalogue::html(&EMPTY).to_string().contains("0 codes in 0 domains"));
    assert_valid(&serde_json::from_str(&catalogue::json(&EMPTY).to_string()).unwrap());
    assert_eq!(*explain(&EMPTY, "100001").found(), Found::Nothing);
}

#[test]
fn the_markdown_of_a_small_block_is_this() {
    let place = |code: Code| {
        format!(
            "seawall-errors {}, {}:{}",
            env!("CARGO_PKG_VERSION"),
            file!(),
            code.declared_at().line
        )
    };
    let page = catalogue::markdown(&SMALL).to_string();
    let expected = r"# Error codes

## orders.acme.com

3 codes.

| number | name | HTTP | meaning |
|---|---|---|---|
| [210001](#210001) | `ORDER_NOT_FOUND` | 404 | No order has this `id`. |
| [210004](#210004) | `STOCK_BUSY` | 429 | Too busy. |
| [210007](#210007) | `SAME_NAME` | 500 | Same name as in another domain. |

### <a id='210001'></a>210001 `ORDER_NOT_FOUND`

**No order has this `id`.**

Ids are never reused, not even by accident.

#### Cause

The id was mistyped.

#### Action

Try

- another id;
- another tenant.

| | |
|---|---|
| Domain | orders.acme.com |
| HTTP | 404 |
| gRPC | 5 NOT_FOUND |
| Fault | caller: it asked for something that cannot be had |
| Retry | Do not repeat the call as it is: it would fail again. |
| Executed | no: nothing was done |
| Overload | no |
| Breaker | success: the backend answered as it should |
| Keys | order_id |
| Since | 1.0 |
| Declared | @1 |

### <a id='210004'></a>210004 `STOCK_BUSY`

**Too busy.**

**Deprecated**: use another

Use instead: [210007 `SAME_NAME`](#210007).

| | |
|---|---|
| Domain | orders.acme.com |
| HTTP | 429 |
| gRPC | 8 RESOURCE_EXHAUSTED |
| Fault | caller: it asked for something that cannot be had |
| Retry | Repeat the call after the delay that the error names; that is safe for any call, since nothing was executed. |
| Executed | no: nothing was done |
| Overload | yes: send less |
| Breaker | neutral: it says nothing about the backend's health |
| Declared | @2 |

### <a id='210007'></a>210007 `SAME_NAME`

**Same name as in another domain.**

| | |
|---|---|
| Domain | orders.acme.com |
| HTTP | 500 |
| gRPC | 13 INTERNAL |
| Fault | service: the one that raised the code |
| Retry | Do not repeat the call. |
| Executed | unknown: the work may have been done |
| Overload | no |
| Breaker | failure: it counts against the backend that sent it |
| Declared | @3 |

### Retired

These numbers and names never come back.

- <a id='210002'></a>210002 `ORDER_LOST`
- <a id='210003'></a>210003 `ORDER_GONE`: It was so once.
";
    #[expect(deprecated, reason = "the catalogue shows it, too")]
    let busy = orders::STOCK_BUSY;
    let expected = expected
        .replace('\'', "\"")
        .replace("backend\"s", "backend's")
        .replace("@1", &place(orders::ORDER_NOT_FOUND))
        .replace("@2", &place(busy))
        .replace("@3", &place(orders::SAME_NAME));
    assert_eq!(page, expected);
}

#[test]
fn the_json_is_as_its_schema_says_and_holds_everything() {
    let document: Value = serde_json::from_str(&catalogue::json(&CODES).to_string()).unwrap();
    assert_valid(&document);
    let codes = document["codes"].as_array().unwrap();
    assert_eq!(codes.len(), CODES.len());
    for (value, code) in codes.iter().zip(CODES.codes()) {
        assert_eq!(value["number"], code.number());
        assert_eq!(value["name"], code.name());
        assert_eq!(value["domain"], code.domain());
        assert_eq!(value["title"], code.title());
        assert_eq!(value["meaning"], code.meaning().to_string());
        let or_null = |text: String| if text.is_empty() { Value::Null } else { text.into() };
        assert_eq!(value["cause"], or_null(code.cause().to_string()));
        assert_eq!(value["action"], or_null(code.action().to_string()));
        assert_eq!(value["http"], code.http());
        assert_eq!(value["grpc"]["number"], code.grpc().number());
        assert_eq!(value["grpc"]["name"], code.grpc().as_str());
        assert_eq!(value["fault"], code.fault().as_str());
        assert_eq!(value["retry"], code.retry().as_str());
        assert_eq!(value["executed"], code.executed().as_str());
        assert_eq!(value["overload"], code.is_overload());
        assert_eq!(value["breaker"], code.outcome().as_str());
        assert_eq!(value["keys"], Value::from(code.keys()));
        assert_eq!(value["since"], Value::from(code.since()));
        assert_eq!(value["deprecated"], Value::from(code.deprecated()));
        assert_eq!(value["successor"], Value::from(code.successor()));
        assert_eq!(value["line"], code.declared_at().line);
    }
    assert_eq!(document["retired"][0]["meaning"], Value::Null);
    assert_eq!(document["retired"][1]["number"], 210_003);
    assert_eq!(document["retired"][1]["domain"], "orders.acme.com");
    assert_eq!(document["retired"][1]["meaning"], "It was so once.");
}

#[test]
fn the_schema_would_find_a_fault() {
    let document = catalogue::json(&CODES).to_string();
    let good: Value = serde_json::from_str(&document).unwrap();
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    for (pointer, bad) in [
        ("/format", Value::from("seawall-errors/2")),
        ("/codes/0/http", 200.into()),
        ("/codes/0/retry", "sometimes".into()),
        ("/codes/0/keys/0", 7.into()),
        ("/codes/0/grpc", Value::Null),
        ("/retired/0/number", 1.5.into()),
        ("/retired/0", serde_json::json!({})),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = bad;
        assert!(!faults(&schema, &document, "").is_empty(), "{pointer}");
    }
    assert!(!faults(&schema, &serde_json::json!([]), "").is_empty());
}

fn assert_valid(document: &Value) {
    let schema: Value = serde_json::from_str(JSON_SCHEMA).unwrap();
    assert_eq!(faults(&schema, document, ""), [""; 0]);
}

/// As much of JSON Schema as ours uses. A word that this does not know is a
/// fault of its own, or it would check less than it seems.
fn faults(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (word, rule) in schema.as_object().unwrap() {
        let holds = match &**word {
            "$schema" | "title" | "description" => true,
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_f64().is_some_and(|it| it >= rule.as_f64().unwrap()),
            "maximum" => value.as_f64().is_some_and(|it| it <= rule.as_f64().unwrap()),
            "type" => {
                let is = |name: &Value| match name.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("unknown type {other}"),
                };
                rule.as_array().map_or_else(|| is(rule), |names| names.iter().any(is))
            }
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(faults(schema, value, &format!("{at}/{name}")));
                    }
                }
                // Ours writes what it documents and nothing else.
                value.as_object().is_some_and(|it| it.keys().all(|name| rule.get(name).is_some()))
            }
            "items" => {
                for (i, value) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(rule, value, &format!("{at}/{i}")));
                }
                true
            }
            other => panic!("unknown word {other}"),
        };
        if !holds {
            found.push(format!("{at}: {word}"));
        }
    }
    found
}

#[test]
fn explain_finds_a_code_by_whatever_somebody_has_at_hand() {
    for asked in [
        "210001",
        "#210001",
        " 210001\n",
        "ORDER_NOT_FOUND",
        "order_not_found",
        "order-not-found",
        "order not found",
        "orders.acme.com/ORDER_NOT_FOUND",
        "Orders.Acme.com/order_not_found",
        &orders::ORDER_NOT_FOUND.to_string(),
    ] {
        assert_eq!(
            *explain(&CODES, asked).found(),
            Found::Code(orders::ORDER_NOT_FOUND),
            "{asked}"
        );
    }
    for code in CODES.codes() {
        let full = format!("{}/{}", code.domain(), code.name());
        for asked in [full, code.number().to_string(), format!("x ({})", code.number())] {
            assert_eq!(*explain(&CODES, &asked).found(), Found::Code(code), "{asked}");
        }
    }
}

#[test]
fn the_explanation_of_a_code_is_this() {
    let expected = format!(
        "\
210001 orders.acme.com/ORDER_NOT_FOUND

No order has this `id`.

Ids are never reused,
not even by accident.

Cause: The id was mistyped.
Action: Try
- another id;
- another tenant.

HTTP      404
gRPC      5 NOT_FOUND
Fault     caller: it asked for something that cannot be had
Retry     Do not repeat the call as it is: it would fail again.
Executed  no: nothing was done
Overload  no
Breaker   success: the backend answered as it should
Keys      order_id
Since     1.0
Declared  seawall-errors {}, {}:{}
",
        env!("CARGO_PKG_VERSION"),
        file!(),
        orders::ORDER_NOT_FOUND.declared_at().line
    );
    assert_eq!(explain(&CODES, "210001").to_string(), expected);
    let busy = explain(&CODES, "stock_busy").to_string();
    assert!(
        busy.starts_with(
            "210004 orders.acme.com/STOCK_BUSY\n\nDeprecated: use another\n\
             Use instead: 210007 orders.acme.com/SAME_NAME\n\nToo busy.\n\nHTTP "
        ),
        "{busy}"
    );
}

#[test]
fn a_name_in_two_domains_is_told_with_both() {
    let answer = explain(&CODES, "same_name");
    assert_eq!(*answer.found(), Found::Ambiguous(vec![orders::SAME_NAME, odd::SAME_NAME]));
    let text = answer.to_string();
    assert!(text.contains("  210007 orders.acme.com/SAME_NAME: Same name"), "{text}");
    assert!(text.contains("  310001 odd.acme.com/SAME_NAME: A|B"), "{text}");
    assert_eq!(*explain(&CODES, "odd.acme.com/same_name").found(), Found::Code(odd::SAME_NAME));
}

#[test]
fn a_retired_code_is_told_to_be_one() {
    let gone = Found::Retired { domain: "orders.acme.com", number: 210_003, name: "ORDER_GONE" };
    for asked in ["210003", "order_gone", "orders.acme.com/ORDER_GONE", "ORDER_GONE (210003)"] {
        let answer = explain(&CODES, asked);
        assert_eq!(*answer.found(), gone, "{asked}");
        let text = answer.to_string();
        assert!(text.starts_with("210003 orders.acme.com/ORDER_GONE\n\nRetired: "), "{text}");
        assert!(text.ends_with("\nIt was so once.\n"), "{text}");
    }
}

#[test]
fn a_near_miss_is_answered_with_what_was_meant() {
    for (asked, first) in [
        ("ORDER_NOT_FOUMD", orders::ORDER_NOT_FOUND),
        ("ordernotfound", orders::ORDER_NOT_FOUND),
        ("order.acme.com/ORDER_NOT_FOUND", orders::ORDER_NOT_FOUND),
        ("201001", orders::ORDER_NOT_FOUND),
        ("21001", orders::ORDER_NOT_FOUND),
        ("timeout", seawall_errors::family::QUEUE_TIMEOUT),
        ("RATE_LIMITED_", seawall_errors::family::RATE_LIMITED),
    ] {
        let answer = explain(&CODES, asked);
        let Found::Near(near) = answer.found() else { panic!("{asked}: {answer:?}") };
        assert_eq!(near[0], first, "{asked}");
        assert!(near.len() <= 5, "{asked}");
        let text = answer.to_string();
        assert!(
            text.contains("did you mean") && text.contains(&near[0].number().to_string()),
            "{text}"
        );
    }
}

#[test]
fn what_is_like_nothing_is_nothing() {
    let long = "A".repeat(1 << 20);
    for asked in [
        "",
        "#",
        "x",
        "999999",
        "0",
        "-1",
        "4294967296",
        "ZEBRA_CROSSING",
        "/",
        "//",
        "()",
        "(210001",
        &long,
        "\u{1b}[31m",
    ] {
        let answer = explain(&CODES, asked);
        assert_eq!(*answer.found(), Found::Nothing, "{asked}");
        let text = answer.to_string();
        assert!(text.starts_with("there is no code"), "{text}");
        assert!(text.len() < 1000 && !text.contains('\u{1b}'), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_can_be_asked(asked in "(?s).{0,200}") {
        prop_assert!(!explain(&CODES, &asked).to_string().is_empty());
    }
}

/// Takes a few bytes and then wants no more.
struct Reader(usize, io::ErrorKind);

impl io::Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(self.1.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error_and_a_full_disk_is() {
    for taken in [0, 1, 100, 10_000] {
        let mut closed = Reader(taken, io::ErrorKind::BrokenPipe);
        catalogue::write(&mut closed, catalogue::html(&CODES)).unwrap();
        catalogue::write(&mut closed, explain(&CODES, "210001")).unwrap();
        let mut full = Reader(taken, io::ErrorKind::StorageFull);
        let error = catalogue::write(&mut full, catalogue::html(&CODES)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
    let mut whole = Vec::new();
    catalogue::write(&mut whole, catalogue::json(&CODES)).unwrap();
    assert_eq!(String::from_utf8(whole).unwrap(), catalogue::json(&CODES).to_string());
}
