//! The program `posthorn`: parses the command line and runs the command.

use std::process::ExitCode;

use clap::Parser as _;
use posthorn::cli::{self, CommandLine};

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            #[allow(clippy::print_stderr, reason = "the one place that speaks of a failed command")]
            {
                eprintln!("posthorn: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}
