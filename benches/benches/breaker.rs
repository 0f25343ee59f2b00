//! Criterion over the cases of the breaker.
#![allow(missing_docs, reason = "criterion's macros document nothing")]

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

fn breaker(criterion: &mut Criterion) {
    let Ok(runtime) = seawall_benches::runtime() else { return };
    let _inside = runtime.enter();
    for case in seawall_benches::breaker::cases() {
        let run = (case.make)();
        criterion
            .benchmark_group(case.group)
            .warm_up_time(Duration::from_millis(300))
            .measurement_time(Duration::from_secs(1))
            .bench_function(case.name, |bencher| {
                bencher.iter_custom(|count| seawall_benches::measure::time(&run, count));
            });
    }
}

criterion_group!(benches, breaker);
criterion_main!(benches);
