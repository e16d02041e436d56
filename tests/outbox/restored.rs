//! A backup is restored: what had waited in it leaves only when somebody says so.

use crate::support::processes::{posthorn, until_empty};
use crate::support::sink::Sink;
use crate::support::{Outbox, actor};
use posthorn::outbox;

/// Runs `posthorn outbox …`; what it says.
async fn outbox_command(outbox: &Outbox, arguments: &[&str]) -> String {
    let mut command = posthorn(outbox, &[&["outbox"], arguments].concat());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Two tenants with mail, some of it taken in by a worker and some not, as a backup has it.
async fn restored() -> (Outbox, Sink) {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.enqueue_many(outbox.acme, 5).await;
    outbox.deliver().await;
    // their queue was leased when the backup was made
    outbox.sql("UPDATE outbox_lanes SET lease_owner = 'another machine', hold = NULL").await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.use_server(outbox.globex, sink.port).await;
    outbox.enqueue_many(outbox.globex, 3).await;
    (outbox, sink)
}

#[tokio::test]
async fn what_waits_in_a_backup_leaves_only_when_it_is_released() {
    let (outbox, sink) = restored().await;
    let said = outbox_command(&outbox, &["hold"]).await;
    assert!(said.starts_with("The mail of 2 tenants is held"), "{said}");
    outbox.enqueue(outbox.acme, "new@example.org").await;
    let counts = until_empty(&outbox).await;
    assert_eq!((sink.len(), counts["held"].as_i64()), (0, Some(9)), "what is to come is held as well");
    // no administrator and no other provider releases it
    outbox::release(&outbox.state, &actor(outbox.acme)).await.unwrap();
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.deliver_minute_by_minute(35).await;
    assert_eq!(sink.len(), 0);

    let said = outbox_command(&outbox, &["release", "--tenant", "globex"]).await;
    assert!(said.contains("globex is no longer held"), "{said}");
    until_empty(&outbox).await;
    assert_eq!((sink.len(), outbox.counts(outbox.acme).await.held), (3, 6));
    outbox_command(&outbox, &["release"]).await;
    until_empty(&outbox).await;
    assert_eq!((sink.len(), outbox.counts(outbox.acme).await.accepted), (9, 6));
    assert_eq!(outbox_command(&outbox, &["release"]).await, "Nothing is held by `posthorn outbox hold`.\n");
    outbox.done().await;
}

#[tokio::test]
async fn what_waits_in_a_backup_can_be_cancelled() {
    let (outbox, sink) = restored().await;
    outbox_command(&outbox, &["hold", "--tenant", "globex"]).await;
    outbox_command(&outbox, &["hold", "--tenant", "acme"]).await;
    let said = outbox_command(&outbox, &["release", "--cancel"]).await;
    assert_eq!(said, "The mail of 2 tenants is no longer held; 8 messages were cancelled.\n");
    outbox.enqueue(outbox.acme, "new@example.org").await;
    let counts = until_empty(&outbox).await;
    assert_eq!((sink.len(), counts["cancelled"].as_i64(), counts["waiting"].as_i64()), (1, Some(8), Some(0)));
    outbox.done().await;
}
