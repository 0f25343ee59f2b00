use std::fmt;
use std::vec::Vec;

use super::prose::{Part, Span, beyond_title, parts, spans};
use super::words::{Place, advice, breaker, executed, fault, overload};
use super::{Count, Domain};
use crate::{Code, Retired, Section};

pub(super) struct Page(pub(super) Vec<Domain>);

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes = self.0.iter().map(|domain| domain.codes.len()).sum();
        let retired: usize = self.0.iter().map(|domain| domain.retired.len()).sum();
        f.write_str(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>Error codes</title>\n",
        )?;
        writeln!(f, "<style>\n{}</style>\n</head>\n<body>", include_str!("page.css"))?;
        write!(f, "<header>\n<div class=\"head\"><h1>Error codes</h1>\n<p>")?;
        write!(f, "{} in {}", Count(codes, "code"), Count(self.0.len(), "domain"))?;
        if retired > 0 {
            write!(f, ", {retired} retired")?;
        }
        f.write_str(
            "</p></div>\n<form id=\"search\" role=\"search\" hidden>\
             <input type=\"search\" id=\"words\" aria-label=\"Search the codes\" \
             placeholder=\"Number, name or any word\" autocomplete=\"off\" autocapitalize=\"off\" \
             spellcheck=\"false\"><output id=\"count\" for=\"words\"></output></form>\n</header>\n\
             <div class=\"columns\">\n<nav aria-label=\"All codes\">\n<details open id=\"index\">\
             <summary>Index</summary>\n",
        )?;
        for domain in &self.0 {
            index(f, domain)?;
        }
        f.write_str("</details>\n</nav>\n<main>\n")?;
        f.write_str(
            "<p id=\"nothing\" hidden>No code has all these words. \
             <button type=\"button\" id=\"clear\">Show all</button></p>\n",
        )?;
        for domain in &self.0 {
            section(f, domain)?;
        }
        f.write_str(include_str!("legend.html"))?;
        f.write_str("</main>\n</div>\n")?;
        writeln!(f, "<script>\n{}</script>\n</body>\n</html>", include_str!("page.js"))
    }
}

fn index(f: &mut fmt::Formatter<'_>, domain: &Domain) -> fmt::Result {
    writeln!(f, "<div class=\"group\"><h2>{}</h2>\n<ul>", Escaped(domain.name))?;
    for code in &domain.codes {
        let number = code.number();
        let class = if code.deprecated().is_some() { " class=\"old\"" } else { "" };
        writeln!(
            f,
            "<li data-of=\"{number}\"{class}><a href=\"#{number}\"><b>{number}</b> {}</a></li>",
            Name(code.name())
        )?;
    }
    for retired in &domain.retired {
        let number = retired.number();
        writeln!(
            f,
            "<li data-of=\"{number}\" class=\"old\"><a href=\"#{number}\"><b>{number}</b> {}</a></li>",
            Name(retired.name())
        )?;
    }
    writeln!(f, "</ul></div>")
}

fn section(f: &mut fmt::Formatter<'_>, domain: &Domain) -> fmt::Result {
    let name = Escaped(domain.name);
    writeln!(f, "<section id=\"domain-{name}\">\n<h2>{name}</h2>")?;
    for code in &domain.codes {
        entry(f, domain, *code)?;
    }
    for retired in &domain.retired {
        gone(f, domain, retired)?;
    }
    writeln!(f, "</section>")
}

fn entry(f: &mut fmt::Formatter<'_>, domain: &Domain, code: Code) -> fmt::Result {
    heading(f, domain, code.number(), code.name(), "")?;
    writeln!(f, "<p class=\"title\">{}</p>", Inline(code.title()))?;
    deprecated(f, domain, code)?;
    let grpc = code.grpc();
    write!(f, "<ul class=\"chips\"><li>HTTP <b>{}</b></li>", code.http())?;
    write!(f, "<li>gRPC <b>{}</b> {}</li>", grpc.number(), Name(grpc.as_str()))?;
    write!(f, "<li>fault: <b>{}</b></li>", code.fault().as_str())?;
    write!(f, "<li>retry: <b>{}</b></li>", code.retry().as_str())?;
    if code.is_overload() {
        f.write_str("<li class=\"hot\"><b>overload</b></li>")?;
    }
    writeln!(f, "</ul>")?;
    text(f, &beyond_title(code))?;
    part(f, "Cause", code.cause())?;
    part(f, "Action", code.action())?;
    writeln!(f, "<h4>May I repeat the call?</h4>\n<p>{}</p>", Escaped(&advice(code)))?;

    writeln!(f, "<dl>")?;
    fact(f, "Fault", Escaped(fault(code)))?;
    fact(f, "Executed", Escaped(executed(code)))?;
    fact(f, "Breaker", Escaped(breaker(code)))?;
    fact(f, "Overload", Escaped(overload(code)))?;
    if !code.keys().is_empty() {
        fact(f, "Keys", Keys(code.keys()))?;
    }
    if let Some(since) = code.since() {
        fact(f, "Since", Escaped(since))?;
    }
    let place = std::format!("{}", Place(code.declared_at()));
    fact(f, "Declared", Escaped(&place))?;
    writeln!(f, "</dl>\n</article>")
}

fn heading(
    f: &mut fmt::Formatter<'_>,
    domain: &Domain,
    number: u32,
    name: &str,
    class: &str,
) -> fmt::Result {
    let words = Escaped(domain.name);
    let (plain, name) = (Escaped(name), Name(name));
    writeln!(f, "<article id=\"{number}\"{class} data-words=\"{words}/{plain}\">")?;
    writeln!(f, "<h3><a href=\"#{number}\">{number}</a> <span>{name}</span></h3>")
}

fn gone(f: &mut fmt::Formatter<'_>, domain: &Domain, retired: &Retired) -> fmt::Result {
    heading(f, domain, retired.number(), retired.name(), " class=\"gone\"")?;
    writeln!(
        f,
        "<p class=\"warn\"><b>Retired.</b> Nothing raises this code any more, and neither its number nor its name comes back.</p>"
    )?;
    text(f, &parts(retired.meaning()))?;
    writeln!(f, "</article>")
}

fn deprecated(f: &mut fmt::Formatter<'_>, domain: &Domain, code: Code) -> fmt::Result {
    let successor = domain.successor_of(code);
    if code.deprecated().is_none() && successor.is_none() {
        return Ok(());
    }
    f.write_str("<p class=\"warn\">")?;
    if let Some(note) = code.deprecated() {
        let colon = if note.is_empty() { "." } else { ":" };
        let end = if successor.is_some() { "<br>" } else { "" };
        write!(f, "<b>Deprecated{colon}</b> {}{end}", Inline(note))?;
    }
    if let Some(code) = successor {
        let (number, name) = (code.number(), Name(code.name()));
        write!(f, "Use instead: <a href=\"#{number}\">{number} {name}</a>.")?;
    }
    writeln!(f, "</p>")
}

fn part(f: &mut fmt::Formatter<'_>, heading: &str, section: Section) -> fmt::Result {
    if section.is_empty() {
        return Ok(());
    }
    writeln!(f, "<h4>{heading}</h4>")?;
    text(f, &parts(section))
}

fn text(f: &mut fmt::Formatter<'_>, parts: &[Part]) -> fmt::Result {
    for part in parts {
        match part {
            Part::Paragraph(text) => writeln!(f, "<p>{}</p>", Inline(text))?,
            Part::List(items) => {
                writeln!(f, "<ul>")?;
                for item in items {
                    writeln!(f, "<li>{}</li>", Inline(item))?;
                }
                writeln!(f, "</ul>")?;
            }
        }
    }
    Ok(())
}

fn fact(f: &mut fmt::Formatter<'_>, what: &str, fact: impl fmt::Display) -> fmt::Result {
    writeln!(f, "<div><dt>{what}</dt><dd>{fact}</dd></div>")
}

struct Keys(&'static [&'static str]);

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, key) in self.0.iter().enumerate() {
            write!(f, "{}<code>{}</code>", if i == 0 { "" } else { ", " }, Escaped(key))?;
        }
        Ok(())
    }
}

/// A line in which only code is marked up.
struct Inline<'a>(&'a str);

impl fmt::Display for Inline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for span in spans(self.0) {
            match span {
                Span::Text(text) => Escaped(text).fmt(f)?,
                Span::Code(code) => write!(f, "<code>{}</code>", Escaped(code))?,
            }
        }
        Ok(())
    }
}

/// A name that may break after its underscores, or a phone would have to scroll sideways.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, word) in self.0.split('_').enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { "_<wbr>" }, Escaped(word))?;
        }
        Ok(())
    }
}

/// Safe between tags and in quoted attributes.
#[derive(Clone, Copy)]
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c if c.is_control() => f.write_str(" ")?,
                c => fmt::Write::write_char(f, c)?,
            }
        }
        Ok(())
    }
}
