//! The database goes away under load, and comes back: stopped, or its disk full.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use posthorn::db::Trouble;
use posthorn::outbox::{self, IN_FLIGHT, NewMail, SendOptions};

use crate::support::cluster::Cluster;
use crate::support::database::{Database, admin_url};
use crate::support::processes::{Running, arrived, load, posthorn};
use crate::support::sink::Sink;
use crate::support::{Outbox, content, eventually, recipient, repeats, short_or_long};

#[tokio::test]
async fn a_database_that_is_stopped_and_started_again_loses_and_repeats_nothing() {
    if admin_url().is_none() {
        println!("skipped: it is about PostgreSQL");
        return;
    }
    let Some(cluster) = Cluster::start() else {
        println!("skipped: there is no PostgreSQL server to start one's own with");
        return;
    };
    let database = Database::create_on(cluster.admin_url()).await;
    let outbox = Outbox::start_on(database, tempfile::tempdir().unwrap()).await;
    let sink = Sink::start().await;
    let ids = load(&outbox, &sink, short_or_long(4000, 40_000)).await;
    let worker = Running::spawn(posthorn(&outbox, &["worker"]));
    for mode in ["fast", "immediate"] {
        let before = sink.len();
        eventually("some mail", async || sink.len() > before + 200).await;
        cluster.stop(mode);
        let at_the_stop = sink.len();
        assert!(at_the_stop < ids.len(), "it is stopped under load");
        tokio::time::sleep(Duration::from_secs(short_or_long(2, 30))).await;
        let meanwhile = sink.len() - at_the_stop;
        assert!(meanwhile <= IN_FLIGHT, "{meanwhile} left without a database to note it");
        cluster.start_again();
    }
    eventually("everything that was enqueued", async || arrived(&sink).len() == ids.len()).await;
    // every connection of this test's own pool is from before the stop
    tokio::time::sleep(Duration::from_secs(1)).await;
    eventually("its being noted", async || {
        outbox.count("outbox_messages WHERE state <> 'accepted'").await == 0
    })
    .await;
    worker.end().await;
    assert_eq!((arrived(&sink), repeats(&sink)), (ids, 0));
    outbox.done().await;
}

/// A small disk of one's own.
struct Disk(PathBuf);

impl Disk {
    /// None if this may not be done here.
    fn mount(at: &Path, mebibytes: u32) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let size = format!("size={mebibytes}m");
        let mut command = Command::new("mount");
        let mounted = command.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).output().unwrap();
        mounted.status.success().then(|| Self(at.to_owned()))
    }

    /// Leaves no room at all.
    fn fill(&self) {
        let mut file = File::create(self.0.join("ballast")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}

#[tokio::test]
async fn a_full_disk_is_said_saves_nothing_by_halves_and_needs_no_restart() {
    let below = tempfile::tempdir().unwrap();
    let place = below.path().join("disk");
    let is_sqlite = admin_url().is_none();
    let mebibytes = if is_sqlite { short_or_long(16, 48) } else { short_or_long(64, 96) };
    let Some(disk) = Disk::mount(&place, mebibytes) else {
        println!("skipped: a small disk cannot be mounted here; it needs root");
        return;
    };
    let cluster = if is_sqlite { None } else { Cluster::start() };
    let database = match &cluster {
        Some(cluster) => {
            cluster.put_new_databases_in(&place.join("tables")).await;
            Database::create_on(cluster.admin_url()).await
        }
        None if is_sqlite => Database::create(&place).await,
        None => {
            println!("skipped: there is no PostgreSQL server to start one's own with");
            return;
        }
    };
    let outbox = Outbox::start_on(database, tempfile::tempdir().unwrap()).await;
    let sink = Sink::start().await;
    let ids = load(&outbox, &sink, short_or_long(4000, 16_000)).await;
    // on SQLite a checkpoint at the end of that process has emptied the log
    disk.fill();

    // a process that enqueues
    let smtp = format!("127.0.0.1:{}", sink.port);
    let arguments = ["outbox", "load", "--messages", "10000", "--smtp", &smtp];
    let mut command = posthorn(&outbox, &arguments);
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("the disk on which the database lies is full; nothing was saved"), "{said}");
    // and one that goes on
    let many: Vec<_> = (0..10_000).map(|n| recipient(&format!("user-{n}@example.org"))).collect();
    let tx = outbox.state.db.write().await.unwrap();
    let mail = NewMail::new(content(), SendOptions::BULK, many);
    let refused = outbox::enqueue(&*tx, &outbox.state, outbox.acme, &[mail]).await;
    let refused = match refused {
        Ok(_) => tx.commit().await.is_err(),
        Err(_) => true,
    };
    assert!(refused, "there was no room");
    assert_eq!(outbox.count("outbox_messages").await, i64::try_from(ids.len()).unwrap());
    assert_eq!(outbox.count("outbox_contents").await, 3, "nothing is saved by halves");

    // on PostgreSQL the log lies elsewhere, and takes it
    let full = is_sqlite.then_some(Trouble::Full);
    assert_eq!(outbox.state.db.trouble_with_writing().await, full);

    let worker = Running::spawn(posthorn(&outbox, &["worker"]));
    tokio::time::sleep(Duration::from_secs(short_or_long(3, 20))).await;
    let accepted = outbox.count("outbox_messages WHERE state = 'accepted'").await;
    println!("with the disk full, {} left, {accepted} are noted", sink.len());
    let unnoted = sink.len() - usize::try_from(accepted).unwrap();
    assert!(unnoted <= IN_FLIGHT, "{unnoted} left that could not be noted");
    assert!(sink.len() < ids.len(), "the disk is not small enough for this test");
    disk.make_room();
    eventually("everything that was enqueued", async || arrived(&sink).len() == ids.len()).await;
    eventually("its being noted", async || {
        outbox.count("outbox_messages WHERE state <> 'accepted'").await == 0
    })
    .await;
    worker.end().await;
    assert_eq!((arrived(&sink), repeats(&sink)), (ids, 0));
    assert_eq!(outbox.state.db.trouble_with_writing().await, None);
    assert_eq!(outbox.enqueue_many(outbox.acme, 1000).await.len(), 1000, "there is room again");
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.deliver().await;
    assert_eq!(repeats(&sink), 0);
    outbox.done().await;
}
