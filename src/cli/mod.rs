//! The command line: parses it, starts telemetry, runs the command.

mod audit;
mod check;
mod load;
mod manage;
mod outbox;
mod run;
mod staff;
mod tenants;

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, Problem};
use crate::demo;
use crate::portal;

/// A multi-tenant administration portal through which each tenant's mail leaves through the tenant's
/// own e-mail provider.
#[derive(Debug, Parser)]
#[command(name = "posthorn", version)]
pub struct CommandLine {
    /// The configuration file (TOML); the environment variables `POSTHORN_…` win over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try Posthorn on this machine: sample tenants, a mail catcher, a stand-in for Microsoft 365
    Demo {
        /// Where the portal listens (loopback only)
        #[arg(long, default_value = demo::LISTEN, value_name = "ADDR")]
        listen: SocketAddr,
        /// The demo's folder; it is created
        #[arg(long, default_value = "data/demo", value_name = "DIR")]
        data: PathBuf,
        /// Forget what is in the folder and start over
        #[arg(long)]
        fresh: bool,
        /// Print one line of JSON in place of the table
        #[arg(long)]
        json: bool,
        /// The port of the mail catcher's SMTP server [default: 2525, or a free one with another --listen]
        #[arg(long, value_name = "PORT")]
        catcher_smtp_port: Option<u16>,
        /// The port of the mail catcher's page [default: 8025, or a free one with another --listen]
        #[arg(long, value_name = "PORT")]
        catcher_web_port: Option<u16>,
        /// The port of the stand-in for Microsoft 365 [default: 8026, or a free one with another --listen]
        #[arg(long, value_name = "PORT")]
        microsoft365_port: Option<u16>,
    },
    /// Serve the portal, and send the outbox's mail
    Serve {
        /// Serve the portal only; `posthorn worker` sends the mail
        #[arg(long)]
        no_worker: bool,
    },
    /// Send the outbox's mail, without a portal
    Worker {
        /// End when nothing is due any more, and print how many messages are in which state, as one line of
        /// JSON
        #[arg(long)]
        until_empty: bool,
    },
    /// Mail that waits: hold it, say what becomes of it, or fill the outbox for measurements
    #[command(subcommand)]
    Outbox(Outbox),
    /// Bring the database's schema up to date
    Migrate,
    /// Make a master key
    #[command(subcommand)]
    Keys(Keys),
    /// Say what is unsafe or missing before launch
    Check,
    /// Create, list, suspend and delete tenants, or let their people sign in with passwords again
    #[command(subcommand)]
    Tenant(Tenant),
    /// The support staff and operators of this installation
    #[command(subcommand)]
    Staff(Staff),
    /// Create a user, give one a new link to set the password with, or reset a second factor
    #[command(subcommand)]
    User(User),
    /// The audit log: prove that it is as recorded, delete what is old
    #[command(subcommand)]
    Audit(Audit),
    /// Print every route: method, path, who may
    Routes,
}

#[derive(Debug, Subcommand)]
enum Outbox {
    /// Hold what waits and what is to come, until `release`: after a backup was restored, before anything is started
    Hold {
        /// Only this tenant's, by its slug [default: all]
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// End what `hold` began: what waits is sent
    Release {
        /// Only this tenant's, by its slug [default: all]
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
        /// Cancel what waits instead; administrators can have single messages tried again
        #[arg(long)]
        cancel: bool,
    },
    /// Fill the outbox with messages of tenants load-0001 and so on (only in development)
    Load {
        /// How many messages, spread over the tenants
        #[arg(long, value_name = "N")]
        messages: u64,
        /// How many tenants
        #[arg(long, value_name = "T", default_value_t = 1)]
        tenants: u32,
        /// About how many bytes a message has
        #[arg(long, value_name = "BYTES", default_value_t = 4096)]
        size: usize,
        /// The server of all of them, without encryption and sign-in
        #[arg(long, value_name = "HOST:PORT")]
        smtp: String,
        /// Write the Message-IDs to this file, one a line
        #[arg(long, value_name = "FILE")]
        ids: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum Keys {
    /// Write a new master key to a file that does not exist yet
    Generate {
        /// The file; only its owner may read it
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Tenant {
    /// Create a tenant and its first administrator, and print the link to set the password with
    Create {
        /// The first label of the tenant's host: letters, digits, hyphens
        slug: String,
        /// The tenant's name
        #[arg(long)]
        name: String,
        /// The language of people who have chosen none; left out, their browsers decide
        #[arg(long, value_name = "de|en")]
        locale: Option<String>,
        /// The administrator's e-mail address
        #[arg(long, value_name = "EMAIL")]
        admin: String,
        /// The administrator's name [default: the address]
        #[arg(long, value_name = "NAME")]
        admin_name: Option<String>,
    },
    /// List the tenants, one a line: slug, state, name
    List,
    /// Take a tenant out of service: nobody signs in, its mail waits
    Suspend {
        /// The tenant's slug
        slug: String,
    },
    /// Put a tenant back into service
    Resume {
        /// The tenant's slug
        slug: String,
    },
    /// Delete a tenant and everything that is its, after the slug was typed once more
    Delete {
        /// The tenant's slug
        slug: String,
    },
    /// Let everybody of a tenant sign in with a password again, whose own sign-in service has failed
    AllowPasswords {
        /// The tenant's slug
        tenant: String,
    },
}

#[derive(Debug, Subcommand)]
enum Staff {
    /// Add a member and print the link to set password and second factor with
    Create {
        /// The member's e-mail address
        email: String,
        /// What they may do
        #[arg(long, value_name = "support|operator")]
        role: String,
        /// The member's name [default: the address]
        #[arg(long)]
        name: Option<String>,
    },
    /// Print a new link; the present password, second factor and sessions no longer work
    Link {
        /// The member's e-mail address
        email: String,
    },
    /// List the members
    List,
    /// Take a member's rights; their sessions end at once
    Deactivate {
        /// The member's e-mail address
        email: String,
    },
    /// Give a member's rights back
    Activate {
        /// The member's e-mail address
        email: String,
    },
}

#[derive(Debug, Subcommand)]
enum User {
    /// Print a new link to set the password with; former links of the user no longer work
    Link {
        /// The user's e-mail address
        email: String,
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
    },
    /// Take the second factor from a user who has lost it
    ResetSecondFactor {
        /// The tenant's slug
        tenant: String,
        /// The user's e-mail address
        email: String,
    },
    /// Create a user and print the link to set the password with
    Create {
        /// The user's e-mail address
        email: String,
        /// The tenant's slug
        #[arg(long, value_name = "SLUG")]
        tenant: String,
        /// The user's name [default: the address]
        #[arg(long)]
        name: Option<String>,
        /// What the user may do
        #[arg(long, default_value = "member", value_name = "member|tenant-admin")]
        role: String,
        /// The user's language; left out, the tenant's or the browser's
        #[arg(long, value_name = "de|en")]
        locale: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Prove that nothing was altered, removed, added or swapped: one line a tenant; exits with 1 if not
    Verify {
        /// Only this tenant's, by its slug [default: all]
        #[arg(long, value_name = "SLUG")]
        tenant: Option<String>,
    },
    /// Delete the entries that are older than so many days; what is left can still be proved
    Prune {
        /// So many days, at least one
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        older_than: u32,
    },
}

/// What SQLite and PostgreSQL say when there is no room.
const DISK_FULL: [&str; 2] = ["database or disk is full", "No space left on device"];

/// Why a command did not do what it was told; what to say on the terminal.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn of(error: impl std::fmt::Display) -> Self {
        let said = error.to_string();
        if DISK_FULL.iter().any(|words| said.contains(words)) {
            return Self(format!(
                "the disk on which the database lies is full; nothing was saved of what was just written. Make room \
                 and try again. ({said})"
            ));
        }
        Self(said)
    }

    fn settings(problems: &[Problem]) -> Self {
        let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
        Self(format!("the configuration is wrong:\n{}", lines.join("\n")))
    }
}

/// Runs the command of the command line.
///
/// # Errors
/// What to say on the terminal.
pub async fn run(line: CommandLine) -> Result<(), Failure> {
    let file = line.config.as_deref();
    match line.command {
        Command::Demo {
            listen,
            data,
            fresh,
            json,
            catcher_smtp_port,
            catcher_web_port,
            microsoft365_port,
        } => {
            telemetry(&read(None)?);
            let options = demo::DemoOptions {
                listen,
                data,
                fresh,
                catcher_smtp_port,
                catcher_web_port,
                microsoft365_port,
            };
            run::demo(options, json).await
        }
        Command::Serve { no_worker } => {
            let config = read(file)?;
            telemetry(&config);
            run::serve(config, !no_worker).await
        }
        Command::Worker { until_empty } => {
            let config = read(file)?;
            telemetry(&config);
            run::worker(config, until_empty).await
        }
        Command::Outbox(Outbox::Load { messages, tenants, size, smtp, ids }) => {
            let config = read(file)?;
            telemetry(&config);
            load::load(config, load::Load { messages, tenants, size, smtp, ids }).await
        }
        Command::Outbox(Outbox::Hold { tenant }) => outbox::hold(read(file)?, tenant.as_deref()).await,
        Command::Outbox(Outbox::Release { tenant, cancel }) => {
            outbox::release(read(file)?, tenant.as_deref(), cancel).await
        }
        Command::Migrate => manage::migrate(read(file)?).await,
        Command::Keys(Keys::Generate { output }) => manage::generate_key(&output),
        Command::Check => check::check(read(file)?).await,
        Command::Tenant(Tenant::Create { slug, name, locale, admin, admin_name }) => {
            manage::create_tenant(read(file)?, &slug, &name, locale.as_deref(), &admin, admin_name).await
        }
        Command::Tenant(Tenant::List) => tenants::list(read(file)?).await,
        Command::Tenant(Tenant::Suspend { slug }) => tenants::set_suspended(read(file)?, &slug, true).await,
        Command::Tenant(Tenant::Resume { slug }) => tenants::set_suspended(read(file)?, &slug, false).await,
        Command::Tenant(Tenant::Delete { slug }) => {
            let config = read(file)?;
            telemetry(&config);
            tenants::delete(config, &slug).await
        }
        Command::Staff(Staff::Create { email, role, name }) => {
            staff::create(read(file)?, &email, &role, name).await
        }
        Command::Staff(Staff::Link { email }) => staff::link(read(file)?, &email).await,
        Command::Staff(Staff::List) => staff::list(read(file)?).await,
        Command::Staff(Staff::Deactivate { email }) => staff::set_active(read(file)?, &email, false).await,
        Command::Staff(Staff::Activate { email }) => staff::set_active(read(file)?, &email, true).await,
        Command::User(User::Create { email, tenant, name, role, locale }) => {
            manage::create_user(read(file)?, &email, &tenant, name, &role, locale.as_deref()).await
        }
        Command::User(User::Link { email, tenant }) => manage::link_user(read(file)?, &email, &tenant).await,
        Command::Audit(Audit::Verify { tenant }) => audit::verify(read(file)?, tenant.as_deref()).await,
        Command::Audit(Audit::Prune { older_than }) => audit::prune(read(file)?, older_than).await,
        Command::Tenant(Tenant::AllowPasswords { tenant }) => {
            manage::allow_passwords(read(file)?, &tenant).await
        }
        Command::User(User::ResetSecondFactor { tenant, email }) => {
            manage::reset_second_factor(read(file)?, &tenant, &email).await
        }
        Command::Routes => {
            routes();
            Ok(())
        }
    }
}

fn read(file: Option<&Path>) -> Result<Config, Failure> {
    Config::read(file).map_err(|problems| Failure::settings(&problems))
}

/// Log lines go to standard error; standard output is the command's own.
fn telemetry(config: &Config) {
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = if config.log_json { builder.json().try_init() } else { builder.try_init() };
    drop(started);
}

/// Writes to standard output; a reader that has gone away is no failure.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    drop(writeln!(out, "{text}").and_then(|()| out.flush()));
}

fn routes() {
    for route in portal::routes() {
        say(&format!("{}\t{}\t{}", route.method, route.path, route.access.as_str()));
    }
}
