//! Prints what each case costs beside its peer: `table [FILTER]`.
//!
//! Nanoseconds are those of the median round, in parentheses those of the best;
//! the ratios likewise. On a machine with neighbours the best ones say more.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use seawall_benches::Case;
use seawall_benches::measure::{Figures, in_turn};

const ROUNDS: usize = 151;

fn main() -> std::io::Result<()> {
    let runtime = seawall_benches::runtime()?;
    let _inside = runtime.enter();
    let filter = std::env::args().nth(1).unwrap_or_default();
    let mut cases = seawall_benches::all();
    cases.retain(|case| case.id().contains(&filter));

    println!("| case | ns | × peer | ns, two threads | × peer | instructions | allocations |");
    println!("|---|---:|---:|---:|---:|---:|---:|");
    let mut groups: Vec<&str> = cases.iter().map(|case| case.group).collect();
    groups.dedup();
    for group in groups {
        let of_group: Vec<&Case> = cases.iter().filter(|case| case.group == group).collect();
        table(&of_group);
    }
    Ok(())
}

fn table(cases: &[&Case]) {
    let measure = |threads: usize| {
        let able: Vec<bool> = cases.iter().map(|case| threads == 1 || case.is_shared).collect();
        let runs: Vec<_> = cases
            .iter()
            .zip(&able)
            .filter(|(_, able)| **able)
            .map(|(case, _)| (case.make)())
            .collect();
        let mut figures = in_turn(&runs, threads, ROUNDS).into_iter();
        able.into_iter().map(|able| able.then(|| figures.next()).flatten()).collect::<Vec<_>>()
    };
    let (one, two) = (measure(1), measure(2));
    let peer = cases.iter().position(|case| case.is_peer);
    for (i, case) in cases.iter().enumerate() {
        let cells = |figures: &[Option<Figures>]| {
            let own = figures.get(i).and_then(Option::as_ref);
            let peer = peer.and_then(|peer| figures.get(peer)?.as_ref());
            (
                own.map_or_else(String::new, |own| {
                    format!("{:.1} ({:.1})", own.median(), own.best())
                }),
                own.zip(peer).map_or_else(String::new, |(own, peer)| {
                    format!("{:.2} ({:.2})", own.ratio(peer), own.best() / peer.best())
                }),
            )
        };
        let (ns, ratio) = cells(&one);
        let (ns_two, ratio_two) = cells(&two);
        println!(
            "| {} | {ns} | {ratio} | {ns_two} | {ratio_two} | {} | {} |",
            case.id(),
            instructions(case).map_or_else(String::new, |count| format!("{count:.0}")),
            allocations(case).unwrap_or_default(),
        );
    }
}

/// The other program, which stands beside this one.
fn once() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.with_file_name("once")).filter(|path| Path::exists(path))
}

/// Instructions per operation, by valgrind: repeatable, whatever else the machine does.
fn instructions(case: &Case) -> Option<f64> {
    const COUNT: u32 = 100_000;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=once::counted")
        .arg(once()?)
        .args([case.id(), COUNT.to_string()])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = said.lines().find(|line| line.contains("Collected :"))?;
    Some(line.rsplit(' ').next()?.parse::<f64>().ok()? / f64::from(COUNT))
}

fn allocations(case: &Case) -> Option<String> {
    let output = Command::new(once()?).args([&case.id(), "--allocations"]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
