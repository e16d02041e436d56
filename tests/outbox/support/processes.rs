//! The program as a process, with the outbox's configuration.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Outbox;
use super::sink::Sink;

pub(crate) fn posthorn(outbox: &Outbox, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posthorn"));
    command.args(arguments).env_clear().envs(&outbox.environment).current_dir(outbox.folder.path());
    command.env("POSTHORN_LOG", "warn").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A process that goes on until it is ended, or the test.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn spawn(mut command: Command) -> Self {
        // nobody reads while it runs, and a full pipe would stop it
        Self(command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap())
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// As a virtual machine that is paused.
    pub(crate) fn freeze(&self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-STOP", &id]).status().unwrap().success());
    }

    /// Tells it to end, as an operator does, and expects that it does so in time and well.
    pub(crate) async fn end(mut self) {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < Duration::from_secs(15), "it does not end");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert!(status.success(), "{status}");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Fills the outbox with messages of three tenants for that server; their Message-IDs, sorted.
pub(crate) async fn load(outbox: &Outbox, sink: &Sink, messages: usize) -> Vec<String> {
    let (smtp, messages) = (format!("127.0.0.1:{}", sink.port), messages.to_string());
    let arguments = [
        "outbox",
        "load",
        "--messages",
        &messages,
        "--tenants",
        "3",
        "--size",
        "1500",
        "--smtp",
        &smtp,
        "--ids",
        "ids",
    ];
    let mut command = posthorn(outbox, &arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ids = std::fs::read_to_string(outbox.folder.path().join("ids")).unwrap();
    let mut ids: Vec<String> = ids.lines().map(str::to_owned).collect();
    ids.sort();
    ids
}

/// Empties the outbox by a process; its counts.
pub(crate) async fn until_empty(outbox: &Outbox) -> serde_json::Value {
    let mut command = posthorn(outbox, &["worker", "--until-empty"]);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The Message-IDs that arrived, each once, sorted.
pub(crate) fn arrived(sink: &Sink) -> Vec<String> {
    let mut ids = sink.message_ids();
    ids.sort();
    ids.dedup();
    ids
}
