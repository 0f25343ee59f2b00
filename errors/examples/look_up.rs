//! Step 3: look a code up by what somebody read to you over the phone.
//!
//! `cargo run -p seawall-errors --example look_up -- 100011`

use seawall_errors::FAMILY;

seawall_errors::registry! { static CODES = [FAMILY]; }

fn main() {
    let asked = std::env::args().nth(1).unwrap_or_else(|| "RATE_LIMITED".into());
    let found = match asked.parse() {
        Ok(number) => CODES.by_number(number),
        Err(_) => CODES.by_name("seawall", &asked),
    };
    let Some(code) = found else {
        println!("there is no code {asked}");
        std::process::exit(1);
    };
    println!("{} {}/{}\n", code.number(), code.domain(), code.name());
    println!("{}\n\nCause: {}\nAction: {}\n", code.meaning(), code.cause(), code.action());
    println!("HTTP {}, gRPC {} ({})", code.http(), code.grpc().number(), code.grpc().as_str());
    println!("fault: {}", code.fault().as_str());
    println!("retry: {}", code.retry().as_str());
    println!("executed: {}", code.executed().as_str());
}
