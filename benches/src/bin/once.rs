//! Runs one case so many times: `once limiter/allow/governor 100000`.
//! With `--allocations` instead of a number, prints how many one operation makes.

use std::process::ExitCode;

use seawall_benches::case::Run;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(id), Some(what)) = (arguments.next(), arguments.next()) else {
        eprintln!("once GROUP/NAME COUNT | once GROUP/NAME --allocations");
        return ExitCode::FAILURE;
    };
    let Ok(runtime) = seawall_benches::runtime() else { return ExitCode::FAILURE };
    let _inside = runtime.enter();
    let cases = seawall_benches::all();
    let Some(case) = cases.iter().find(|case| case.id() == id) else {
        eprintln!("there is no case {id}");
        return ExitCode::FAILURE;
    };
    let run = (case.make)();
    if what == "--allocations" {
        run(1_000);
        let count = seawall_kit::alloc::allocations(|| run(1_000));
        println!("{}.{:03}", count / 1_000, count % 1_000);
        return ExitCode::SUCCESS;
    }
    let Ok(count) = what.parse() else {
        eprintln!("{what} is no number");
        return ExitCode::FAILURE;
    };
    run(1_000);
    counted(&run, count);
    ExitCode::SUCCESS
}

/// What a profiler is told to look at: some peers calibrate a clock when they
/// are made, for as long as it takes.
#[inline(never)]
fn counted(run: &Run, count: u64) {
    run(count);
    std::hint::black_box(());
}
