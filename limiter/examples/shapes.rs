//! Draws what each limiter lets through of the same demand.
//!
//! `cargo run -p seawall-limiter --example shapes > limiter/shapes.svg`

use std::time::Duration;

use seawall_limiter::{
    FixedWindow, InvalidQuota, LeakyQueue, Limit, Quota, SlidingCounter, SlidingWindow, Ticket,
    TokenBucket, Turn,
};

/// Milliseconds in the picture, and in one bar.
const LENGTH: u64 = 6000;
const BAR: u64 = 50;

/// Calls that come in one millisecond: a few all the time, a crowd on either
/// side of the first second, another after a rest.
fn demand(now: u64) -> u32 {
    let crowd = match now {
        900 | 1050 => 30,
        4000 => 40,
        _ => 0,
    };
    crowd + u32::from(now < 3000 && now % 200 == 0)
}

/// What passes in each bar if nobody waits.
fn passes(limit: &dyn Limit) -> Vec<u32> {
    let mut bars = vec![0; usize::try_from(LENGTH / BAR).unwrap_or(0)];
    for now in 0..LENGTH {
        let passed = limit.try_acquire_up_to_at(demand(now), Duration::from_millis(now));
        add(&mut bars, now, passed);
    }
    bars
}

/// The same if all wait.
fn flows(queue: &LeakyQueue) -> Vec<u32> {
    let mut bars = vec![0; usize::try_from(LENGTH / BAR).unwrap_or(0)];
    let mut waiting: Vec<Ticket<'_>> = Vec::new();
    for now in 0..LENGTH {
        let at = Duration::from_millis(now);
        let wait = Duration::from_millis(2500);
        waiting.extend((0..demand(now)).filter_map(|_| queue.join_at(1, wait, at).ok()));
        waiting.retain_mut(|ticket| match ticket.poll_at(None, at) {
            Turn::Granted => {
                add(&mut bars, now, 1);
                false
            }
            Turn::Refused(_) => false,
            Turn::NotBefore(_) => true,
        });
    }
    bars
}

fn add(bars: &mut [u32], now: u64, n: u32) {
    if let Some(bar) = usize::try_from(now / BAR).ok().and_then(|i| bars.get_mut(i)) {
        *bar += n;
    }
}

fn panel(top: u32, title: &str, colour: &str, bars: &[u32]) {
    let base = top + 78;
    println!("<text x=\"10\" y=\"{}\">{title}</text>", top + 14);
    println!("<path class=\"axis\" d=\"M10 {base}H730\"/>");
    for (x, bar) in (10_u32..).step_by(6).zip(bars) {
        if *bar > 0 {
            // One is still to be seen, forty do not leave the panel.
            let height = 3 + bar * 3 / 2;
            let y = base.saturating_sub(height);
            println!(
                "<rect x=\"{x}\" y=\"{y}\" width=\"5\" height=\"{height}\" fill=\"{colour}\"/>"
            );
        }
    }
}

fn main() -> Result<(), InvalidQuota> {
    let quota = Quota::per_second(20);
    let demand: Vec<u32> =
        (0..LENGTH / BAR).map(|bar| (bar * BAR..(bar + 1) * BAR).map(demand).sum()).collect();
    let panels = [
        ("what comes: a crowd around 1 s, another at 4 s", "#8a8f98", demand),
        (
            "FixedWindow 20/s: twice the limit around the edge",
            "#d9822b",
            passes(&FixedWindow::new(quota)?),
        ),
        ("SlidingCounter 20/s: about the limit", "#b07cd8", passes(&SlidingCounter::new(quota)?)),
        (
            "SlidingWindow 20/s: never more than 20 in any second",
            "#2f9e73",
            passes(&SlidingWindow::new(quota)?),
        ),
        (
            "TokenBucket 20/s, burst 10: a small burst, then the rate",
            "#3b82d6",
            passes(&TokenBucket::new(quota.with_burst(10))?),
        ),
        (
            "LeakyQueue 20/s: all wait in line and leave evenly",
            "#cf4f6b",
            flows(&LeakyQueue::new(quota)?),
        ),
    ];
    println!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 590\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<style>text{{fill:#57606a}}\
         .axis{{stroke:#8a8f98;fill:none}}@media(prefers-color-scheme:dark){{text{{fill:#c9d1d9}}}}\
         </style>"
    );
    for (top, (title, colour, bars)) in (5_u32..).step_by(95).zip(&panels) {
        panel(top, title, colour, bars);
    }
    for second in 0..=6 {
        println!(
            "<text x=\"{}\" y=\"584\" text-anchor=\"middle\">{second} s</text>",
            14 + second * 118
        );
    }
    println!("</svg>");
    Ok(())
}
