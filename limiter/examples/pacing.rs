//! A nightly job sends messages through somebody else's service, which takes fifty a second, and says so
//! when it has had enough. All workers share one `LeakyQueue`: their calls leave evenly, however many are
//! ready at once, and when the service asks one of them for a pause, all of them keep it.
//!
//! `cargo run -p seawall-limiter --features tokio --example pacing`

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use parking_lot::Mutex;
use seawall_errors::Rejected;
use seawall_limiter::{LeakyQueue, Quota};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

const RATE: u32 = 50;
const MESSAGES: u32 = 40;
const WORKERS: usize = 4;
const PAUSE: Duration = Duration::from_millis(400);

/// One of the workers.
async fn work(job: Arc<Job>) -> Result<(), Rejected> {
    while let Some(message) = job.next() {
        loop {
            job.pace.acquire().await?;
            match job.mailer.send(message, job.pace.now()) {
                Ok(()) => break,
                // Said to one, meant for all. The message is sent again after the pause.
                Err(Busy { retry_after }) => job.pace.block_for(retry_after),
            }
        }
    }
    Ok(())
}

/// What the workers share.
struct Job {
    pace: LeakyQueue,
    mailer: Mailer,
    taken: AtomicU32,
}

impl Job {
    fn next(&self) -> Option<u32> {
        Some(self.taken.fetch_add(1, Relaxed)).filter(|message| *message < MESSAGES)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    // Nobody looks on, so a call may wait long; what would wait longer ends the job with an error.
    let quota = Quota::per_second(RATE).with_max_wait(Duration::from_secs(30)).with_name("mail");
    let pace = LeakyQueue::new(quota)?;
    let job = Arc::new(Job { pace, mailer: Mailer::default(), taken: AtomicU32::new(0) });

    let start = job.pace.now();
    let workers: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(work(Arc::clone(&job)))).collect();
    for worker in workers {
        worker.await??;
    }
    let took = job.pace.now().saturating_sub(start);

    let log = job.mailer.0.lock();
    let most = most_in(&log.sent, Duration::from_millis(100));
    println!("{} messages by {WORKERS} workers in {took:.1?}, {RATE} a second", log.sent.len());
    println!("at most {most} in any tenth of a second");
    println!("asked for a pause of {PAUSE:?}; called {} times in it", log.refused);

    let mut messages: Vec<u32> = log.sent.iter().map(|(message, _)| *message).collect();
    messages.sort_unstable();
    assert!(messages.into_iter().eq(0..MESSAGES), "each one is sent once");
    // The last one leaves after 39 intervals and the pause; ten milliseconds may be caught up.
    let least = Duration::from_secs(1) / RATE * (MESSAGES - 1) + PAUSE;
    assert!(took + Duration::from_millis(10) >= least, "{took:?} is less than {least:?}");
    // Five and the one at the edge; one more if the log was written late.
    assert!(most <= 7, "{most} at once");
    // The call that was told, and no more than were let out before it was.
    assert!((1..=WORKERS).contains(&log.refused), "{} calls in the pause", log.refused);
    Ok(())
}

/// How many were sent within so short a time, at most.
fn most_in(sent: &[(u32, Duration)], window: Duration) -> usize {
    let from = |first: Duration| {
        sent.iter().filter(|(_, at)| (first..first + window).contains(at)).count()
    };
    sent.iter().map(|(_, at)| from(*at)).max().unwrap_or(0)
}

/// Somebody else's service, which has had enough after ten messages.
#[derive(Default)]
struct Mailer(Mutex<Log>);

#[derive(Default)]
struct Log {
    sent: Vec<(u32, Duration)>,
    closed_until: Option<Duration>,
    refused: usize,
}

struct Busy {
    retry_after: Duration,
}

impl Mailer {
    fn send(&self, message: u32, now: Duration) -> Result<(), Busy> {
        let mut log = self.0.lock();
        if log.closed_until.is_none() && log.sent.len() == 10 {
            log.closed_until = Some(now + PAUSE);
        }
        let retry_after = log.closed_until.unwrap_or_default().saturating_sub(now);
        if retry_after.is_zero() {
            log.sent.push((message, now));
            return Ok(());
        }
        log.refused += 1;
        Err(Busy { retry_after })
    }
}
