//! Draws the states of a breaker and what leads from one to another.
//!
//! `cargo run -p seawall-breaker --example states > breaker/states.svg`
//!
//! The labels are what a breaker says when it is driven through each
//! transition, so the picture cannot show one that does not exist.

use std::time::Duration;

use seawall_breaker::{Breaker, Event, InvalidPolicy, Mode, Policy, Reason, State};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Drives a breaker through all that it can do.
fn drive() -> Result<Vec<Event>, InvalidPolicy> {
    let policy = Policy::new().with_consecutive(2).with_probes(1).with_jitter(0.0);
    let breaker = Breaker::new(policy.with_open_time(s(1)).with_growth(1.0, s(1)))?;
    let mut events = breaker.subscribe(99);
    let fail = |now| {
        let _ = breaker.try_acquire_at(s(now)).map(|permit| permit.fail_at(s(now)));
    };
    let succeed = |now| {
        let _ = breaker.try_acquire_at(s(now)).map(|permit| permit.succeed_at(s(now)));
    };
    fail(1);
    fail(1);
    fail(2);
    std::mem::forget(breaker.try_acquire_at(s(3)));
    // Nobody has heard of that probe since.
    fail(60);
    succeed(61);
    breaker.set_mode_at(Mode::ForcedOpen, s(62));
    breaker.set_mode_at(Mode::Normal, s(62));
    breaker.set_mode_at(Mode::ForcedClosed, s(62));
    breaker.set_mode_at(Mode::Normal, s(62));
    Ok(std::iter::from_fn(|| events.try_next()).collect())
}

/// Where a state stands, and its colour.
fn place(state: State) -> Option<(i32, i32, &'static str)> {
    match state {
        State::Closed => Some((130, 150, "#2f9e73")),
        State::Open => Some((560, 150, "#cf4f6b")),
        State::HalfOpen => Some((345, 300, "#d9822b")),
        State::ForcedOpen => Some((560, 40, "#8a8f98")),
        State::ForcedClosed => Some((130, 40, "#8a8f98")),
        _ => None,
    }
}

/// What stands beside an arrow.
fn label(reason: Reason) -> &'static str {
    match reason {
        Reason::Errors | Reason::Slow | Reason::Consecutive => "too many failures or slow calls",
        Reason::OpenTimeOver => "the open time is over",
        Reason::ProbeFailed => "a probe failed",
        Reason::ProbesSilent => "or none came back in time",
        Reason::ProbesSucceeded => "all probes succeeded",
        Reason::Forced => "forced",
        Reason::Released => "released",
        _ => "",
    }
}

/// The arrow of a transition: its path and where its label stands.
fn arrow(from: State, to: State, second: bool) -> Option<(&'static str, i32, i32)> {
    Some(match (from, to) {
        (State::Closed, State::Open) => ("M190 150H500", 345, 140),
        (State::Open, State::HalfOpen) => ("M535 176 Q500 260 412 287", 560, 262),
        (State::HalfOpen, State::Open) if second => ("", 345, 235),
        (State::HalfOpen, State::Open) => ("M385 276 Q430 215 502 170", 345, 217),
        (State::HalfOpen, State::Closed) => ("M280 290 Q175 260 140 178", 140, 262),
        (State::Closed, State::ForcedOpen) => ("M180 130 Q330 55 497 45", 345, 60),
        (State::Closed, State::ForcedClosed) => ("M118 122V66", 90, 98),
        (State::ForcedClosed, State::Closed) => ("M142 66V122", 180, 98),
        (State::ForcedOpen, State::Closed) => ("M505 58 Q340 75 190 138", 400, 100),
        _ => return None,
    })
}

fn main() -> Result<(), InvalidPolicy> {
    println!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 700 345\" \
         font-family=\"sans-serif\" font-size=\"13\" text-anchor=\"middle\">\n\
         <style>text{{fill:#57606a}}.on{{fill:#fff;font-weight:bold}}path{{fill:none;stroke:#8a8f98;\
         stroke-width:1.5}}@media(prefers-color-scheme:dark){{text{{fill:#c9d1d9}}}}</style>\n\
         <defs><marker id=\"a\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" refY=\"4\" \
         orient=\"auto\"><path d=\"M1 1L7 4L1 7\"/></marker></defs>"
    );
    let events = drive()?;
    let mut drawn: Vec<(State, State, &str)> = Vec::new();
    for event in &events {
        let said = label(event.reason);
        if drawn.contains(&(event.from, event.to, said)) {
            continue;
        }
        let second = drawn.iter().any(|(from, to, _)| (*from, *to) == (event.from, event.to));
        drawn.push((event.from, event.to, said));
        if let Some((path, x, y)) = arrow(event.from, event.to, second) {
            if !path.is_empty() {
                println!("<path d=\"{path}\" marker-end=\"url(#a)\"/>");
            }
            println!("<text x=\"{x}\" y=\"{y}\">{said}</text>");
        }
    }
    for state in State::ALL {
        if let Some((x, y, colour)) = place(state) {
            let name = state.as_str().replace('_', " ");
            println!(
                "<rect x=\"{}\" y=\"{}\" width=\"120\" height=\"48\" rx=\"10\" fill=\"{colour}\"/>\
                 <text class=\"on\" x=\"{x}\" y=\"{}\">{name}</text>",
                x - 60,
                y - 24,
                y + 5
            );
        }
    }
    println!("</svg>");
    Ok(())
}
