//! Calls of a language model are paid by the token, and what one costs is known only afterwards.
//! Each tenant has a budget: a call takes its estimate, is settled to what it used, and
//! given back if it failed; so calls under way cannot overdraw it together.
//!
//! `cargo run -p seawall-limiter --features keyed --example budget`

use futures::future::join_all;
use seawall_errors::{Rejected, family::COST_ABOVE_LIMIT};
use seawall_limiter::{Keyed, Keys, Quota};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Asks the model on behalf of a tenant, for an answer of at most `longest` tokens.
///
/// Dropped while the model works, it keeps the estimate: the tokens may have been used.
async fn ask(
    budgets: &Keyed<str>,
    tenant: &str,
    prompt: &str,
    longest: u32,
) -> Result<Answer, Failure> {
    let charge = budgets.charge(tenant, tokens(prompt).saturating_add(longest))?;
    match generate(prompt, longest).await {
        Ok(answer) => {
            charge.settle(answer.used);
            Ok(answer)
        }
        Err(error) => {
            charge.refund();
            Err(error)
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let quota = Quota::per_day(10_000).with_name("tokens");
    let budgets = Keyed::<str>::new(quota, Keys::new(10_000))?;

    // Seven at once do not fit by their estimates, so one is refused before it costs anything …
    let asked = (0..7).map(|_| ask(&budgets, "acme", "why is the sea salty", 1_500));
    let answers = join_all(asked).await;
    let answered = answers.iter().flatten().count();
    let used: u32 = answers.iter().flatten().map(|answer| answer.used).sum();
    let left = budgets.remaining("acme");
    println!("acme: {answered} of 7 at once, {used} tokens used, {left} left");
    assert_eq!(answered, 6);
    assert!(answers.iter().flatten().all(|answer| answer.text.starts_with("because")));
    assert_left(left, 10_000 - used);

    // … and fits once the others are settled, since they used much less.
    ask(&budgets, "acme", "why is the sea salty", 1_500).await?;

    // A call that fails costs nothing.
    let before = budgets.remaining("acme");
    let failed = ask(&budgets, "acme", "fail", 2_000).await;
    println!("acme: a call that failed left {} of {before}", budgets.remaining("acme"));
    assert!(matches!(failed, Err(Failure::Model)));
    assert_left(budgets.remaining("acme"), before);

    // Who has used up his budget is told when the next call fits; others do not notice.
    while ask(&budgets, "acme", "why is the sea salty", 1_500).await.is_ok() {}
    let refused = ask(&budgets, "acme", "why is the sea salty", 1_500).await;
    let Err(Failure::Refused(refused)) = refused else { return Err("has to be refused".into()) };
    println!("acme: {refused}");
    assert!(refused.retry_after().is_some());
    let other = ask(&budgets, "bolt", "why is the sea salty", 1_500).await?;
    println!("bolt: {} tokens used, {} left", other.used, budgets.remaining("bolt"));

    // What never fits is no matter of waiting.
    let above = ask(&budgets, "bolt", "write a novel", 200_000).await;
    let Err(Failure::Refused(above)) = above else { return Err("has to be refused".into()) };
    println!("bolt: {above}");
    assert_eq!((above.code(), above.retry_after()), (COST_ABOVE_LIMIT, None));
    Ok(())
}

/// Meanwhile the budget has grown by what a few seconds give, at most.
fn assert_left(left: u32, expected: u32) {
    assert!((expected..expected + 10).contains(&left), "{left} left, not {expected}");
}

struct Answer {
    text: &'static str,
    used: u32,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the model did not answer")]
    Model,
    #[error(transparent)]
    Refused(#[from] Rejected),
}

/// Stands for the model: answers with a tenth of the length that it may.
async fn generate(prompt: &str, longest: u32) -> Result<Answer, Failure> {
    tokio::task::yield_now().await;
    if prompt == "fail" {
        return Err(Failure::Model);
    }
    Ok(Answer { text: "because of the rivers", used: tokens(prompt) + longest / 10 })
}

/// About how many tokens a prompt has.
fn tokens(prompt: &str) -> u32 {
    u32::try_from(prompt.split_whitespace().count()).unwrap_or(u32::MAX)
}
