use std::borrow::Cow;
use std::format;
use std::string::{String, ToString};

use ::http::header::{CONTENT_TYPE, RETRY_AFTER};
use ::http::{HeaderValue, Response, StatusCode};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::{ERROR_CODE, retry_after};
use crate::foreign::bounds::{ARGS, TEXT, VALUE, cut, fits};
use crate::{Code, Coded, Error, Foreign, Grpc, Identity};

/// A tag identifies for ever and claims no page that nobody wrote. The year is part of it: whoever owns the
/// name in that year owns the tag.
pub(super) const TYPE_URL: &str = "tag:{domain},2026:{name}";

/// The one word that an error says of itself in the place of its code.
pub(super) const NEVER: &str = crate::RetryClass::Never.as_str();

/// What the member `made_up` says of the status.
pub(super) const MADE_UP_STATUS: &str = "status";

/// What is no problem of a known type.
const BLANK: &str = "about:blank";

/// An error on its way into an HTTP response. Made by [`Problems::problem`](super::Problems::problem).
///
/// ```
/// # use seawall_errors::{Error, FAMILY, family, http::Problems};
/// # seawall_errors::registry! { static CODES = [FAMILY]; }
/// # const PROBLEMS: Problems = Problems::new(&CODES);
/// let error = Error::new(family::CLOSED);
/// let problem = PROBLEMS.problem(&error).with_instance("/orders/7");
///
/// assert_eq!(problem.status(), 503);
/// assert!(problem.to_json().contains(r#""instance":"/orders/7""#));
/// let response: http::Response<String> = problem.response();
/// assert_eq!(response.headers()["content-type"], "application/problem+json");
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Problem<'a> {
    error: &'a Error,
    type_url: &'static str,
    instance: Option<&'a str>,
}

impl<'a> Problem<'a> {
    pub(super) fn new(error: &'a Error, type_url: &'static str) -> Self {
        Problem { error, type_url, instance: None }
    }

    /// The same, with a URI reference to this occurrence. **It leaves the
    /// process.** One longer than 1024 bytes is not sent.
    pub fn with_instance(mut self, uri: &'a str) -> Self {
        self.instance = Some(uri);
        self
    }

    /// The status of the response: as the code states it, or as a foreign service sent it.
    pub fn status(&self) -> StatusCode {
        let http = match self.error.identity() {
            Identity::Known(code) => code.http(),
            Identity::Foreign(foreign) => stated(foreign).unwrap_or(self.error.code().http()),
        };
        StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The body.
    pub fn to_json(&self) -> String {
        // Only a map with keys that are no strings could fail.
        serde_json::to_string(&Body(self)).unwrap_or_default()
    }

    /// The response, with its headers.
    pub fn response<B: From<String>>(&self) -> Response<B> {
        let mut response = Response::new(B::from(self.to_json()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let code =
            self.code().map(|(domain, name)| HeaderValue::try_from(format!("{domain}/{name}")));
        if let Some(Ok(code)) = code {
            headers.insert(ERROR_CODE, code);
        }
        if let Some(delay) = self.error.retry_after() {
            headers.insert(RETRY_AFTER, retry_after::header(delay));
        }
        response
    }

    fn type_of(&self) -> Cow<'a, str> {
        match self.error.identity() {
            Identity::Known(code) => type_of(self.type_url, code).into(),
            // The template for our codes would claim to know this one.
            Identity::Foreign(foreign) if foreign.type_url().is_empty() => BLANK.into(),
            Identity::Foreign(foreign) => foreign.type_url().into(),
        }
    }

    fn title(&self) -> Option<&'a str> {
        let title = match self.error.identity() {
            Identity::Known(code) => code.title(),
            Identity::Foreign(foreign) => foreign.title(),
        };
        match title {
            // The title that belongs to `about:blank`. A code would take it for its own.
            "" if self.code().is_none() => self.status().canonical_reason(),
            "" => None,
            title => Some(cut(title, TEXT)),
        }
    }

    /// The status as the member states it: not where it was made up here for
    /// the code of a gRPC service (or for one that came without any), since then the next hop would hear it as that service's word.
    fn stated(&self) -> Option<u16> {
        match self.error.identity() {
            Identity::Foreign(foreign) => stated(foreign),
            Identity::Known(code) => Some(code.http()),
        }
    }

    /// Said in so many words: a body that merely lacks the member must not silence the status
    /// line, which may be all that a proxy could say.
    fn made_up(&self) -> Option<&'static str> {
        self.stated().is_none().then_some(MADE_UP_STATUS)
    }

    fn number(&self) -> Option<u32> {
        match self.error.identity() {
            Identity::Known(code) => Some(code.number()),
            Identity::Foreign(foreign) => foreign.number(),
        }
    }

    fn grpc(&self) -> Option<u8> {
        match self.error.identity() {
            Identity::Known(code) => Some(code.grpc().number()),
            Identity::Foreign(foreign) => foreign.grpc().map(Grpc::number),
        }
    }

    /// The domain and the name, if they make a code.
    fn code(&self) -> Option<(&'a str, &'a str)> {
        let (domain, name) = (self.error.domain(), self.error.name());
        is_code(domain, name).then_some((domain, name))
    }
}

/// The template, filled. What a code holds needs no escape in a URI.
fn type_of(template: &str, code: Code) -> String {
    template
        .replace("{number}", &code.number().to_string())
        .replace("{name}", code.name())
        .replace("{domain}", code.domain())
}

fn stated(foreign: &Foreign) -> Option<u16> {
    foreign.http().and_then(error_status)
}

pub(super) fn error_status(status: u16) -> Option<u16> {
    (400..=599).contains(&status).then_some(status)
}

/// Whether a name may stand in the header: visible ASCII, of the length that
/// gRPC allows. A domain may be missing; some frameworks send none.
pub(super) fn is_code(domain: &str, name: &str) -> bool {
    let good = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
    !name.is_empty() && fits(domain, name) && good(domain) && good(name) && !name.contains('/')
}

struct Body<'a>(&'a Problem<'a>);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let problem = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &problem.type_of())?;
        if let Some(title) = problem.title() {
            map.serialize_entry("title", title)?;
        }
        if let Some(status) = problem.stated() {
            map.serialize_entry("status", &status)?;
        }
        if let Some(detail) = problem.error.sent_message() {
            map.serialize_entry("detail", cut(detail, TEXT))?;
        }
        if let Some(instance) = problem.instance.filter(|uri| uri.len() <= VALUE) {
            map.serialize_entry("instance", instance)?;
        }
        if let Some(number) = problem.number() {
            map.serialize_entry("code", &number)?;
        }
        if let Some((domain, name)) = problem.code() {
            map.serialize_entry("reason", name)?;
            map.serialize_entry("domain", domain)?;
        }
        if let Some(grpc) = problem.grpc() {
            map.serialize_entry("grpc_status", &grpc)?;
        }
        if problem.error.public_args().next().is_some() {
            map.serialize_entry("metadata", &Metadata(problem.error))?;
        }
        if let Some(made_up) = problem.made_up() {
            map.serialize_entry("made_up", made_up)?;
        }
        if problem.error.is_never() {
            map.serialize_entry("retry", NEVER)?;
        }
        if let Some(delay) = problem.error.retry_after() {
            map.serialize_entry("retry_after_ms", &retry_after::to_millis(delay))?;
        }
        map.end()
    }
}

/// Declared keys are short, and those that arrived were bounded then.
struct Metadata<'a>(&'a Error);

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let args = self.0.public_args().take(ARGS);
        for (key, value) in args {
            map.serialize_entry(key, cut(value, VALUE))?;
        }
        map.end()
    }
}
