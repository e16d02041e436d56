//! A PostgreSQL cluster of one's own, to be stopped and started again.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use tempfile::TempDir;

pub(crate) struct Cluster {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    is_root: bool,
}

impl Cluster {
    /// Where Debian has the server's programs; none without it.
    fn programs() -> Option<PathBuf> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let programs = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
        programs.filter(|programs| programs.join("initdb").exists()).max()
    }

    /// Makes one and starts it. None where there is no PostgreSQL server to make it with.
    pub(crate) fn start() -> Option<Self> {
        let programs = Self::programs()?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let id = Command::new("id").arg("-u").output().unwrap();
        let is_root = id.stdout == b"0\n";
        let cluster = Self { programs, folder, port, is_root };
        let home = cluster.home();
        std::fs::create_dir(&home).unwrap();
        std::fs::write(home.join("password"), "only-for-this-test\n").unwrap();
        if is_root {
            let chown = Command::new("chown").args(["-R", "postgres:"]).arg(&home).status().unwrap();
            assert!(chown.success());
        }
        let password = format!("--pwfile={}", home.join("password").display());
        let arguments = [
            "--username=posthorn",
            &password,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ];
        assert!(cluster.call("initdb", &arguments), "initdb");
        cluster.start_again();
        Some(cluster)
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("cluster")
    }

    pub(crate) fn admin_url(&self) -> String {
        format!("postgres://posthorn:only-for-this-test@127.0.0.1:{}/postgres", self.port)
    }

    /// From now on new databases lie there; the write-ahead log does not.
    pub(crate) async fn put_new_databases_in(&self, folder: &Path) {
        std::fs::create_dir(folder).unwrap();
        if self.is_root {
            assert!(Command::new("chown").arg("postgres:").arg(folder).status().unwrap().success());
            // the way there
            for parent in folder.ancestors().skip(1).take(2) {
                std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
        let server = sea_orm::Database::connect(self.admin_url()).await.unwrap();
        for sql in [
            format!("CREATE TABLESPACE small LOCATION '{}'", folder.display()),
            "ALTER DATABASE template1 SET TABLESPACE small".to_owned(),
        ] {
            server.execute_raw(Statement::from_string(DbBackend::Postgres, sql)).await.unwrap();
        }
        server.close().await.unwrap();
    }

    /// Stops it: `fast` (connections are told) or `immediate` (as if it had crashed).
    pub(crate) fn stop(&self, mode: &str) {
        assert!(self.call("pg_ctl", &["stop", "-w", "-m", mode]), "PostgreSQL does not stop");
    }

    pub(crate) fn start_again(&self) {
        // the processes live on, so what is written is safe without fsync
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories={} -c fsync=off \
             -c log_min_messages=fatal",
            self.port,
            self.home().display(),
        );
        let log = self.home().join("log").display().to_string();
        assert!(
            self.call("pg_ctl", &["start", "-w", "-l", &log, "-o", &options]),
            "PostgreSQL does not start"
        );
    }

    /// PostgreSQL refuses to run as root.
    fn call(&self, program: &str, arguments: &[&str]) -> bool {
        let program = self.programs.join(program);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(self.home().join("data")).args(arguments).current_dir(Path::new("/"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.call("pg_ctl", &["stop", "-w", "-m", "immediate"]);
    }
}
