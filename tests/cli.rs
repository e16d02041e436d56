//! The program `posthorn` from outside: its commands, what it says and how it ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "portal/support/database.rs"]
mod database;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use tempfile::TempDir;

fn posthorn(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posthorn"));
    command.current_dir(folder).args(arguments).env_clear();
    command
}

/// Runs a command to its end.
fn run(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    posthorn(folder, arguments).envs(settings.iter().copied()).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[track_caller]
fn good(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output)
}

/// What it says on standard error when it does not do what it was told.
#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}{}", out(output), err(output));
    let said = err(output);
    assert!(said.starts_with("posthorn: ") && !said.contains("panicked"), "{said}");
    said
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A process that serves until it is told to stop, or the test ends.
struct Serving(Child);

impl Serving {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
    }

    /// SIGTERM; how it ended and how long that took.
    fn terminate(mut self) -> (Option<i32>, Duration) {
        let started = Instant::now();
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        while started.elapsed() < Duration::from_secs(15) {
            if let Some(status) = self.0.try_wait().unwrap() {
                return (status.code(), started.elapsed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it does not end");
    }

    #[track_caller]
    fn ends_well(self) {
        let (code, took) = self.terminate();
        assert_eq!(code, Some(0));
        assert!(took < Duration::from_secs(10), "{took:?}");
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn get(port: u16, host: &str, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}:{port}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer))
}

#[track_caller]
fn wait_until_it_answers(port: u16) {
    let started = Instant::now();
    while get(port, "localhost", "/healthz").is_none_or(|(status, _)| status != 200) {
        assert!(started.elapsed() < Duration::from_secs(20), "nothing answers on port {port}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_generated_key_is_its_owners_and_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let said = good(&run(folder.path(), &[], &["keys", "generate", "--output", "master.key"]));
    assert!(said.contains("master.key"));
    let path = folder.path().join("master.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let key = fs::read_to_string(&path).unwrap();
    assert_eq!(base64::engine::general_purpose::STANDARD.decode(key.trim()).unwrap().len(), 32);
    assert!(!said.contains(key.trim()));

    let said = refused(&run(folder.path(), &[], &["keys", "generate", "--output", "master.key"]));
    assert!(said.contains("master.key"), "{said}");
    assert_eq!(fs::read_to_string(&path).unwrap(), key);
    refused(&run(folder.path(), &[], &["keys", "generate", "--output", "no/such/folder/key"]));
    good(&run(folder.path(), &[], &["keys", "generate", "--output", "other.key"]));
    assert_ne!(fs::read_to_string(folder.path().join("other.key")).unwrap(), key);
}

/// A database as the tests of the portal have it: on SQLite or on a PostgreSQL server.
fn on_a_database(test: impl FnOnce(&Path, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(database::Database::create(folder.path()));
    let outcome =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| test(folder.path(), &database.url)));
    let file = folder.path().join("posthorn.sqlite3");
    let is_there = !database.is_sqlite() || file.exists();
    runtime.block_on(database.drop());
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
    assert!(is_there);
}

#[test]
fn from_an_empty_folder_to_a_person_who_sets_a_password() {
    on_a_database(|folder, url| {
        let port = free_port();
        let (listen, base) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
        let settings = [
            ("POSTHORN_DATABASE_URL", url),
            ("POSTHORN_LISTEN", &listen),
            ("POSTHORN_BASE_URL", &base),
            ("POSTHORN_MASTER_KEY_FILE", "master.key"),
        ];
        let run = |arguments: &[&str]| run(folder, &settings, arguments);

        // each step says what it waits for
        assert!(refused(&run(&["serve"])).contains("keys generate --output master.key"));
        good(&run(&["keys", "generate", "--output", "master.key"]));
        for early in
            [&["serve"][..], &["tenant", "create", "acme", "--name", "Acme", "--admin", "a@acme.example"]]
        {
            assert!(refused(&run(early)).contains("run `posthorn migrate` first"));
        }
        good(&run(&["migrate"]));
        assert!(good(&run(&["migrate"])).contains("0 migrations"));

        let create = [
            "tenant",
            "create",
            "acme",
            "--name",
            "Acme Ltd",
            "--locale",
            "de",
            "--admin",
            "alice@acme.example",
        ];
        let said = good(&run(&create));
        let link = said.lines().last().unwrap().to_owned();
        assert!(link.starts_with(&format!("http://acme.localhost:{port}/welcome/")), "{said}");
        assert!(refused(&run(&create)).contains("there is already a tenant `acme`"));
        let user = ["user", "create", "ben@acme.example", "--tenant", "acme", "--name", "Ben Baker"];
        let said = good(&run(&user));
        assert!(said.contains("ben@acme.example sets the password here"), "{said}");
        let dead_link_of_ben = said.lines().last().unwrap().to_owned();
        let said = good(&run(&["user", "link", "ben@acme.example", "--tenant", "acme"]));
        let link_of_ben = said.lines().last().unwrap().to_owned();
        assert_ne!(link_of_ben, dead_link_of_ben);
        let none = refused(&run(&["user", "reset-second-factor", "acme", "ben@acme.example"]));
        assert!(none.contains("the user has no second factor"), "{none}");
        let said = good(&run(&["tenant", "allow-passwords", "acme"]));
        assert!(said.contains("Everybody of acme"), "{said}");
        let nobody = run(&["user", "link", "nobody@acme.example", "--tenant", "acme"]);
        assert!(refused(&nobody).contains("there is no user nobody@acme.example"));
        assert!(refused(&run(&user)).contains("there is already a user ben@acme.example"));

        // what is malformed is refused with its name, before anything is written
        for (arguments, words) in [
            (&["tenant", "create", "a_b", "--name", "A", "--admin", "a@x.org"][..], "a_b"),
            (&["tenant", "create", "b", "--name", "B", "--admin", "no address"], "no address"),
            (
                &["tenant", "create", "b", "--name", "B", "--admin", "a@x.org", "--locale", "fr"],
                "--locale fr",
            ),
            (&["tenant", "create", "b", "--name", " ", "--admin", "a@x.org"], "a name has"),
            (&["user", "create", "c@x.org", "--tenant", "nobody"], "there is no tenant `nobody`"),
            (&["user", "create", "c@x.org", "--tenant", "acme", "--role", "root"], "--role root"),
        ] {
            let said = refused(&run(arguments));
            assert!(said.contains(words), "{arguments:?}: {said}");
        }

        let serving = Serving::start(posthorn(folder, &["serve"]).envs(settings));
        wait_until_it_answers(port);
        assert_eq!(get(port, "localhost", "/readyz").unwrap().0, 200);
        for (link, name) in [(link, "alice@acme.example"), (link_of_ben, "Ben Baker")] {
            let path = link.split_once(&port.to_string()).unwrap().1;
            let (status, page) = get(port, "acme.localhost", path).unwrap();
            assert!(status == 200 && page.contains(name), "{page}");
            assert!(page.contains("<html lang=\"de\">"), "--locale de");
        }
        assert_eq!(get(port, "b.localhost", "/").unwrap().0, 404, "a refused command creates nothing");
        // a second one on the same port
        assert!(refused(&run(&["serve"])).contains(&format!("POSTHORN_LISTEN: cannot listen on {listen}")));
        serving.ends_well();
    });
}

#[test]
fn the_audit_log_is_proved_tenant_by_tenant_and_a_broken_one_ends_with_1() {
    on_a_database(|folder, url| {
        let settings = [("POSTHORN_DATABASE_URL", url)];
        let run = |arguments: &[&str]| run(folder, &settings, arguments);
        assert!(refused(&run(&["audit", "verify"])).contains("run `posthorn migrate` first"));
        good(&run(&["migrate"]));
        for slug in ["acme", "globex"] {
            good(&run(&["tenant", "create", slug, "--name", slug, "--admin", "a@acme.example"]));
        }
        let said = good(&run(&["audit", "verify"]));
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines.len(), 2, "{said}");
        assert!(lines[0].starts_with("acme: entries 1 to 2 are as recorded; head 2 "), "{said}");
        assert_eq!(lines[0].rsplit(' ').next().unwrap().len(), 64, "{said}");
        let one = good(&run(&["audit", "verify", "--tenant", "globex"]));
        assert_eq!(one.trim_end(), lines[1]);
        let nobody = run(&["audit", "verify", "--tenant", "nobody"]);
        assert!(refused(&nobody).contains("there is no tenant `nobody`"));
        let said = good(&run(&["audit", "prune", "--older-than", "1"]));
        assert!(said.starts_with("0 entries of the audit log were older than 1 days"), "{said}");
        for days in ["0", "-1", "x"] {
            assert_eq!(run(&["audit", "prune", "--older-than", days]).status.code(), Some(2), "{days}");
        }
        assert_eq!(good(&run(&["audit", "verify"])).lines().collect::<Vec<_>>(), lines);

        let sql = "UPDATE audit_entries SET client = '192.0.2.9' WHERE seq = 2 AND tenant_id = \
                   (SELECT id FROM tenants WHERE slug = 'acme')";
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let db = sea_orm::Database::connect(url).await.unwrap();
            sea_orm::ConnectionTrait::execute_unprepared(&db, sql).await.unwrap();
            db.close().await.unwrap();
        });
        let output = run(&["audit", "verify"]);
        assert!(refused(&output).contains("that of 1 of 2 tenants"), "{}", err(&output));
        assert_eq!(
            out(&output).lines().collect::<Vec<_>>(),
            ["acme: BROKEN at entry 2: it was altered", lines[1]]
        );
        good(&run(&["audit", "verify", "--tenant", "globex"]));
    });
}

#[test]
fn a_request_under_way_does_not_hold_the_end_up_for_more_than_ten_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let serving = demo(folder.path(), &["--listen", &listen]).0;
    // a request that never comes to its end, and a connection that says nothing
    let mut slow = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(slow, "POST /sign-in HTTP/1.1\r\nhost: acme.localhost:{port}\r\ncontent-length: 10\r\n\r\nx")
        .unwrap();
    let _idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    serving.ends_well();
}

#[test]
fn check_says_before_launch_what_is_unsafe() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // nothing is set up
    let output = run(folder, &[], &["check"]);
    let said = out(&output);
    refused(&output);
    assert!(said.contains("wrong     POSTHORN_MASTER_KEY_FILE: posthorn.key cannot be read"), "{said}");
    assert!(said.contains("doubtful  POSTHORN_BASE_URL: it is not https"), "{said}");

    good(&run(folder, &[], &["keys", "generate", "--output", "posthorn.key"]));
    let output = run(folder, &[], &["check"]);
    assert!(out(&output).contains("run `posthorn migrate`"), "{}", out(&output));
    refused(&output);
    good(&run(folder, &[], &["migrate"]));
    assert!(good(&run(folder, &[], &["check"])).ends_with("0 wrong, 1 doubtful\n"));

    let https = ("POSTHORN_BASE_URL", "https://portal.example");
    let said = good(&run(folder, &[https], &["check"]));
    assert!(said.contains("doubtful  POSTHORN_TRUSTED_PROXIES: it is empty"), "{said}");
    let proxy = ("POSTHORN_TRUSTED_PROXIES", "127.0.0.1");
    assert_eq!(good(&run(folder, &[https, proxy], &["check"])), "0 wrong, 0 doubtful\n");
    let mut few_files = Command::new("sh");
    few_files.args(["-c", "ulimit -n 512 && exec \"$0\" check", env!("CARGO_BIN_EXE_posthorn")]);
    let said = good(&few_files.current_dir(folder).env_clear().envs([https, proxy]).output().unwrap());
    let words = "800 connections to mail servers want 1700 open files, and this process may have 512. Until then 206 are \
                 for mail servers and 206 for visitors";
    assert!(said.contains(words), "{said}");
    for (setting, value, words) in [
        (
            "POSTHORN_TRUSTED_PROXIES",
            "0.0.0.0/0",
            "wrong     POSTHORN_TRUSTED_PROXIES: 0.0.0.0/0 lets everybody",
        ),
        ("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "::/0", "wrong     POSTHORN_ALLOWED_PRIVATE_NETWORKS: ::/0"),
        ("POSTHORN_DATABASE_URL", "postgres://u:canary@127.0.0.1:1/x", "(POSTHORN_DATABASE_URL)"),
        ("POSTHORN_EXTRA_CA_FILE", "no-such.pem", "POSTHORN_EXTRA_CA_FILE: no-such.pem"),
    ] {
        let output = run(folder, &[https, proxy, (setting, value)], &["check"]);
        refused(&output);
        let said = out(&output);
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("canary") && !err(&output).contains("canary"), "{said}");
    }
    let login = ("POSTHORN_MICROSOFT365_LOGIN_URL", "http://127.0.0.1:8026");
    let graph = ("POSTHORN_MICROSOFT365_GRAPH_URL", "https://graph.test");
    let said = good(&run(folder, &[https, proxy, login, graph], &["check"]));
    assert!(
        said.contains(
            "doubtful  POSTHORN_MICROSOFT365_LOGIN_URL: Microsoft 365 mail goes to https://graph.test"
        ),
        "{said}"
    );
    let clear = ("POSTHORN_MICROSOFT365_GRAPH_URL", "http://graph.test");
    let output = run(folder, &[https, proxy, login, clear], &["check"]);
    refused(&output);
    assert!(out(&output).contains("wrong     POSTHORN_MICROSOFT365_LOGIN_URL: without https"));
    let loopback = ("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "127.0.0.0/8");
    let said = good(&run(folder, &[https, proxy, loopback], &["check"]));
    assert!(said.contains("doubtful  POSTHORN_ALLOWED_PRIVATE_NETWORKS: 127.0.0.0/8"), "{said}");
}

#[test]
fn in_production_it_does_not_start_with_a_missing_short_or_open_key() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = folder.join("posthorn.key");
    let listen = format!("127.0.0.1:{}", free_port());
    let settings = [("POSTHORN_BASE_URL", "https://portal.example"), ("POSTHORN_LISTEN", &listen)];
    good(&run(folder, &settings, &["migrate"]));
    let serve = || refused(&run(folder, &settings, &["serve"]));

    assert!(serve().contains("POSTHORN_MASTER_KEY_FILE: posthorn.key cannot be read"));
    good(&run(folder, &[], &["keys", "generate", "--output", "posthorn.key"]));
    let whole = fs::read_to_string(&key).unwrap();
    for bad in [
        "",
        "\n# only a comment\n",
        "c2hvcnQ=\n",
        "not base64 at all\n",
        &whole[4..],
        &format!("{}\n", "A".repeat(64)),
    ] {
        fs::write(&key, bad).unwrap();
        let said = serve();
        assert!(said.contains("posthorn.key") && said.contains("posthorn keys generate"), "{bad:?}: {said}");
        assert!(bad.trim().is_empty() || !said.contains(bad.trim()), "the key is shown: {said}");
    }
    fs::write(&key, &whole).unwrap();
    for mode in [0o644, 0o604, 0o606, 0o601] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let said = serve();
        assert!(said.contains("POSTHORN_MASTER_KEY_FILE") && said.contains("chmod 600"), "{mode:o}: {said}");
    }
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let port = listen.rsplit_once(':').unwrap().1.parse().unwrap();
    let serving = Serving::start(posthorn(folder, &["serve"]).envs(settings));
    wait_until_it_answers(port);
    serving.ends_well();
}

#[test]
fn at_each_start_the_log_says_that_microsoft_is_stood_in_for() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    good(&run(folder, &[], &["keys", "generate", "--output", "posthorn.key"]));
    good(&run(folder, &[], &["migrate"]));
    let usual = [("POSTHORN_BASE_URL", "https://portal.example"), ("POSTHORN_LISTEN", &listen)];
    let elsewhere = [
        ("POSTHORN_MICROSOFT365_LOGIN_URL", "http://127.0.0.1:1"),
        ("POSTHORN_MICROSOFT365_GRAPH_URL", "http://127.0.0.1:2"),
    ];
    let log_of = |more: &[(&str, &str)]| {
        let mut command = posthorn(folder, &["serve"]);
        let mut serving = Serving::start(command.envs(usual).envs(more.iter().copied()));
        wait_until_it_answers(port);
        let mut log = serving.0.stderr.take().unwrap();
        serving.ends_well();
        let mut said = String::new();
        log.read_to_string(&mut said).unwrap();
        said
    };
    let words = "Microsoft 365 mail goes to http://127.0.0.1:2 instead of Microsoft";
    let said = log_of(&elsewhere);
    assert!(said.lines().any(|line| line.contains("WARN") && line.contains(words)), "{said}");
    let said = log_of(&[]);
    assert!(!said.contains("instead of Microsoft"), "{said}");
}

#[test]
fn all_problems_of_the_configuration_are_said_at_once_with_the_name_of_the_setting() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.toml"), "listen = \"here\"\nproduct_name = \"\\n\"\nnonsense = 1\n")
        .unwrap();
    let settings = [
        ("POSTHORN_BASE_URL", "ftp://x"),
        ("POSTHORN_DATABASE_URL", "mysql://root:canary@db/x"),
        ("POSTHORN_ALLOWED_PRIVATE_NETWORKS", "10.0.0.0/8,everything"),
        ("POSTHORN_TRUSTED_PROXIES", "proxy"),
        ("POSTHORN_LOG_FORMAT", "xml"),
        ("POSTHORN_MICROSOFT365_LOGIN_URL", "http://user:canary@127.0.0.1"),
        ("POSTHORN_MICROSOFT365_CONCURRENT_REQUESTS", "5"),
        ("POSTHORN_SESION_IDLE_MINUTES", "30"),
    ];
    for command in ["serve", "check", "migrate"] {
        let said = refused(&run(folder.path(), &settings, &["--config", "p.toml", command]));
        for name in [
            "POSTHORN_LISTEN:",
            "POSTHORN_PRODUCT_NAME:",
            "POSTHORN_CONFIG: there is no setting `nonsense`",
            "POSTHORN_BASE_URL:",
            "POSTHORN_DATABASE_URL:",
            "POSTHORN_ALLOWED_PRIVATE_NETWORKS: `everything`",
            "POSTHORN_TRUSTED_PROXIES: `proxy`",
            "POSTHORN_LOG_FORMAT:",
            "POSTHORN_MICROSOFT365_LOGIN_URL: expected",
            "POSTHORN_MICROSOFT365_GRAPH_URL: it is missing",
            "POSTHORN_MICROSOFT365_CONCURRENT_REQUESTS: expected a whole number from 1 to 4",
            "POSTHORN_SESION_IDLE_MINUTES: there is no such setting",
        ] {
            assert!(said.contains(name), "{name} is missing in {said}");
        }
        assert!(!said.contains("canary"), "{said}");
    }
    let said = refused(&run(folder.path(), &[], &["--config", "no-such.toml", "check"]));
    assert!(said.contains("POSTHORN_CONFIG: no-such.toml cannot be read"), "{said}");
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("p.toml"), "database_url = \"sqlite:of-the-file.sqlite3\"\n").unwrap();
    let file = ("POSTHORN_CONFIG", "p.toml");
    good(&run(folder.path(), &[file], &["migrate"]));
    assert!(folder.path().join("of-the-file.sqlite3").exists());
    good(&run(folder.path(), &[file, ("POSTHORN_DATABASE_URL", "sqlite:other.sqlite3")], &["migrate"]));
    assert!(folder.path().join("other.sqlite3").exists());
}

#[test]
fn routes_prints_method_path_and_who_may_between_tabs() {
    let folder = tempfile::tempdir().unwrap();
    let said = good(&run(folder.path(), &[], &["routes"]));
    let rows: Vec<Vec<&str>> = said.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(rows.len(), posthorn::portal::routes().len());
    for row in &rows {
        assert_eq!(row.len(), 3, "{row:?}");
        let is_call = row[1].starts_with("/api/v1/");
        let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let methods = if is_call { &methods[..] } else { &methods[..2] };
        assert!(methods.contains(&row[0]) && row[1].starts_with('/'), "{row:?}");
        let people = ["anyone", "member", "tenant-admin", "staff", "support", "operator"];
        assert!(people.contains(&row[2]) || (is_call && row[2] == "program"), "{row:?}");
    }
    assert!(rows.contains(&vec!["GET", "/administration/settings", "tenant-admin"]));
    assert!(rows.contains(&vec!["POST", "/administration/settings/email-provider/smtp", "tenant-admin"]));
}

#[test]
fn an_unknown_command_is_a_mistake_in_usage() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&[][..], &["swerve"], &["tenant", "create"], &["demo", "--listen", "here"]] {
        let output = run(folder.path(), &[], arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = err(&output);
        assert!(said.contains("Usage:") || said.contains("--help"), "{said}");
    }
    assert!(good(&run(folder.path(), &[], &["--version"])).starts_with("posthorn "));
    assert!(good(&run(folder.path(), &[], &["--help"])).contains("demo"));
}

/// Starts a demo and reads its first line.
fn demo(folder: &Path, more: &[&str]) -> (Serving, serde_json::Value) {
    let mut arguments = vec!["demo", "--json", "--data", "demo"];
    arguments.extend(more);
    if !more.contains(&"--listen") {
        arguments.extend(["--listen", "127.0.0.1:0"]);
    }
    let mut serving = Serving::start(&mut posthorn(folder, &arguments));
    let mut line = String::new();
    BufReader::new(serving.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line.is_empty() {
        let mut said = String::new();
        serving.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        panic!("the demo does not start: {said}");
    }
    (serving, serde_json::from_str(&line).unwrap())
}

fn port_of(url: &str) -> u16 {
    url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap()
}

#[test]
fn the_demo_says_in_one_line_of_json_what_a_script_needs() {
    let folder = tempfile::tempdir().unwrap();
    let (serving, said) = demo(folder.path(), &[]);
    let tenants = said["tenants"].as_array().unwrap();
    let slugs: Vec<&str> = tenants.iter().map(|tenant| tenant["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["acme", "globex"]);
    for tenant in tenants {
        let url = tenant["url"].as_str().unwrap();
        let port = port_of(url);
        let host = format!("{}.localhost", tenant["slug"].as_str().unwrap());
        assert_eq!(url, format!("http://{host}:{port}/"));
        let (status, page) = get(port, &host, "/sign-in").unwrap();
        assert!(status == 200 && page.contains("name=\"password\""), "{page}");
        let key = tenant["api_key"].as_str().unwrap();
        assert!(key.starts_with("posthorn_"), "{key}");
        let accounts = tenant["members"].as_array().unwrap().iter().chain([&tenant["admin"]]);
        for account in accounts {
            assert!(account["email"].as_str().unwrap().contains('@'));
            assert!(account["password"].as_str().unwrap().len() >= 12);
        }
    }
    for name in [
        "server_address",
        "server_port",
        "security",
        "sender_address",
        "sender_name",
        "username_same_as_sender",
        "username",
        "password",
    ] {
        assert!(!said["smtp"][name].is_null(), "{name} is missing");
    }
    let smtp = u16::try_from(said["smtp"]["server_port"].as_u64().unwrap()).unwrap();
    assert_ne!(smtp, 2525, "with another --listen, the catcher takes a free port");
    let mut greeting = String::new();
    BufReader::new(TcpStream::connect(("127.0.0.1", smtp)).unwrap()).read_line(&mut greeting).unwrap();
    assert!(greeting.starts_with("220 "), "{greeting}");
    let microsoft365 = said["microsoft365"].as_object().unwrap();
    let names: Vec<&str> = microsoft365.keys().map(String::as_str).collect();
    assert_eq!(names, ["client_id", "client_secret", "sender_address", "tenant_id"]);
    assert!(microsoft365.values().all(|value| value.as_str().is_some_and(|text| !text.is_empty())));
    assert_eq!(microsoft365["sender_address"], "portal@acme.example");
    let catcher = said["catcher_url"].as_str().unwrap();
    assert_eq!(get(port_of(catcher), "localhost", "/").unwrap().0, 200);
    let key = folder.path().join("demo/master.key");
    assert_eq!(fs::metadata(key).unwrap().permissions().mode() & 0o777, 0o600);
    serving.ends_well();
}

#[test]
fn the_demos_stand_in_for_microsoft_365_listens_where_it_is_told_and_takes_the_values_shown() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let mut arguments = vec!["demo", "--data", "demo", "--listen", "127.0.0.1:0"];
    let chosen = port.to_string();
    arguments.extend(["--microsoft365-port", &chosen]);
    let mut serving = Serving::start(&mut posthorn(folder.path(), &arguments));
    let lines = BufReader::new(serving.0.stdout.take().unwrap()).lines();
    let table: Vec<String> =
        lines.map(Result::unwrap).take_while(|line| !line.contains("Find a tenant")).collect();
    // the last one is of Microsoft 365 in this order
    let value = |name: &str| {
        let row = table.iter().rev().find_map(|line| line.trim().strip_prefix(name));
        row.unwrap_or_else(|| panic!("no {name} in {table:#?}")).trim().to_owned()
    };
    assert_eq!(value("Sender address"), "portal@acme.example");
    let form = format!(
        "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id={}&\
         client_secret={}",
        value("Client ID"),
        value("Client secret").replace('%', "%25").replace('+', "%2B").replace('&', "%26"),
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(
        stream,
        "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-type: \
         application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        value("Tenant ID"),
        form.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("\"access_token\""), "{answer}");
    serving.ends_well();
}

#[test]
fn the_demo_keeps_its_data_until_it_is_told_to_start_over() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let key = || fs::read_to_string(folder.join("demo/master.key")).unwrap();
    let of_third = |said: &serde_json::Value| {
        get(port_of(said["catcher_url"].as_str().unwrap()), "localhost", "/").unwrap();
        get(port_of(said["tenants"][0]["url"].as_str().unwrap()), "third.localhost", "/sign-in").unwrap().0
    };
    let (serving, said) = demo(folder, &[]);
    let first_key = key();
    assert_eq!(of_third(&said), 404);
    let database = [("POSTHORN_DATABASE_URL", "sqlite:demo/posthorn.sqlite3")];
    good(&run(
        folder,
        &database,
        &["tenant", "create", "third", "--name", "Third", "--admin", "t@third.example"],
    ));
    assert_eq!(of_third(&said), 200);

    // one demo a folder at a time
    let second = run(folder, &[], &["demo", "--listen", "127.0.0.1:0", "--data", "demo"]);
    assert!(refused(&second).contains("another demo runs in demo"));
    let second = run(folder, &[], &["demo", "--listen", "127.0.0.1:0", "--data", "demo", "--fresh"]);
    assert!(refused(&second).contains("another demo runs in demo"));
    assert_eq!(of_third(&said), 200, "and what it has is left alone");
    serving.ends_well();

    let api_key = |said: &serde_json::Value| said["tenants"][0]["api_key"].as_str().unwrap().to_owned();
    let first_api_key = api_key(&said);
    let (serving, said) = demo(folder, &[]);
    assert_eq!((of_third(&said), key()), (200, first_key.clone()));
    // the former key cannot be told again, so there is another one, and the former counts no more
    assert_ne!(api_key(&said), first_api_key);
    for (key, status) in [(api_key(&said), 200), (first_api_key, 401)] {
        let port = port_of(said["tenants"][0]["url"].as_str().unwrap());
        let path = "/api/v1/users/me";
        let header = format!("acme.localhost:{port}\r\nauthorization: Bearer {key}\r\nx-port");
        assert_eq!(get(port, &header, path).unwrap().0, status);
    }
    // killed, it starts again all the same
    drop(serving);
    let (serving, said) = demo(folder, &[]);
    assert_eq!(of_third(&said), 200);
    serving.ends_well();

    let (serving, said) = demo(folder, &["--fresh"]);
    assert_eq!(of_third(&said), 404);
    assert_ne!(key(), first_key);
    serving.ends_well();
}

#[test]
fn the_demo_names_a_taken_port_and_how_to_choose_another() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let listen = format!("127.0.0.1:{port}");
    let said = refused(&run(folder.path(), &[], &["demo", "--data", "demo", "--listen", &listen]));
    assert!(
        said.contains(&format!("port {port} is taken")) && said.contains("--listen 127.0.0.1:PORT"),
        "{said}"
    );
    for option in ["--catcher-smtp-port", "--catcher-web-port", "--microsoft365-port"] {
        let arguments = ["demo", "--data", "demo", "--listen", "127.0.0.1:0", option, &port];
        let said = refused(&run(folder.path(), &[], &arguments));
        assert!(said.contains(&format!("port {port} is taken")) && said.contains(option), "{said}");
    }
}

#[test]
fn the_demo_is_for_this_machine_and_a_folder_of_its_own_only() {
    let folder = TempDir::new().unwrap();
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let said = refused(&run(folder.path(), &[], &["demo", "--data", "demo", "--listen", listen]));
        assert!(said.contains("the demo listens on loopback only"), "{said}");
    }
    assert!(!folder.path().join("demo").exists());

    fs::create_dir(folder.path().join("mine")).unwrap();
    fs::write(folder.path().join("mine/thesis.txt"), "years of work").unwrap();
    let arguments = ["demo", "--listen", "127.0.0.1:0", "--data", "mine", "--fresh"];
    assert!(refused(&run(folder.path(), &[], &arguments)).contains("mine holds something else than a demo"));
    assert_eq!(fs::read_to_string(folder.path().join("mine/thesis.txt")).unwrap(), "years of work");
}

#[test]
fn log_lines_are_json_when_asked_for_and_hold_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let port = free_port();
    let (listen, base) = (format!("127.0.0.1:{port}"), format!("http://localhost:{port}"));
    let settings = [
        ("POSTHORN_LISTEN", listen.as_str()),
        ("POSTHORN_BASE_URL", &base),
        ("POSTHORN_LOG_FORMAT", "json"),
        ("POSTHORN_LOG", "trace"),
    ];
    good(&run(folder, &[], &["keys", "generate", "--output", "posthorn.key"]));
    good(&run(folder, &[], &["migrate"]));
    let said = good(&run(
        folder,
        &settings,
        &["tenant", "create", "acme", "--name", "A", "--admin", "a@acme.example"],
    ));
    let token = said.trim().rsplit('/').next().unwrap().to_owned();
    let mut serving = Serving::start(posthorn(folder, &["serve"]).envs(settings));
    let mut log = serving.0.stderr.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
    wait_until_it_answers(port);
    assert_eq!(get(port, "acme.localhost", &format!("/welcome/{token}")).unwrap().0, 200);
    serving.ends_well();
    let log = reading.join().unwrap();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect();
    let answered = lines
        .iter()
        .find(|line| line["fields"]["message"] == "answered" && line["span"]["route"] == "/welcome/{token}");
    let answered = answered.unwrap_or_else(|| panic!("no line tells of the request: {log}"));
    assert_eq!(answered["fields"]["status"], 200);
    assert!(!answered["span"]["id"].as_str().unwrap().is_empty());
    assert!(!log.contains(&token), "a one-time link stands in the log");
}
