use std::future::pending;
use std::time::{Duration, Instant};

use posthorn::outbox::deliveries::{self, BulkAction, Filter};
use posthorn::outbox::worker::{self, Limits};
use posthorn::outbox::{IN_FLIGHT, MessageStatus};

use crate::support::sink::{Does, Moment, Sink};
use crate::support::{Outbox, actor, eventually, is_long, repeats, short_or_long};

#[tokio::test]
async fn two_workers_share_the_work_and_send_everything_once() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    let mut tenants = vec![outbox.acme, outbox.globex];
    for number in 0..6 {
        tenants.push(outbox.tenant(&format!("tenant-{number}")).await);
    }
    for tenant in &tenants {
        outbox.use_server(*tenant, sink.port).await;
        outbox.enqueue_many(*tenant, 250).await;
    }
    // little room, so that queues wait for their turn and change hands
    let limits = Limits { starts: 2, moves: 1, turn_messages: 40, ..outbox.limits() };
    let other = outbox.another_process().await;
    let (one, two) = tokio::join!(
        worker::until_empty(outbox.state.clone(), limits, pending()),
        worker::until_empty(other, limits, pending()),
    );
    one.unwrap();
    two.unwrap();
    // one of them may have gone while the other still worked
    outbox.deliver().await;
    assert_eq!((sink.len(), repeats(&sink)), (2000, 0));
    outbox.done().await;
}

#[tokio::test]
async fn the_lane_of_a_silent_worker_is_taken_over_and_that_of_a_living_one_is_not() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    for tenant in [outbox.acme, outbox.globex] {
        outbox.use_server(tenant, sink.port).await;
        outbox.enqueue(tenant, "anna@example.org").await;
    }
    // take in, then let another machine have the queues
    let none = Limits { starts: 0, ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let taking_in = tokio::spawn(worker::run(outbox.state.clone(), none, async { drop(stopped.await) }));
    eventually("the arrivals are taken in", async || outbox.count("outbox_arrivals").await == 0).await;
    drop(stop);
    taking_in.await.unwrap();
    outbox.sql("UPDATE outbox_lanes SET lease_owner = 'elsewhere/pid/1/1/x'").await;
    let counts = outbox.deliver().await;
    assert_eq!((sink.len(), counts.due), (0, 2), "another's queues are counted, not waited for");

    let limits = Limits { lease: Duration::from_millis(1500), ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(outbox.state.clone(), limits, async { drop(stopped.await) }));
    let started = Instant::now();
    while sink.len() < 1 {
        assert!(started.elapsed() < Duration::from_secs(60), "the silent one's queue is taken over");
        outbox
            .sql(&format!(
                "UPDATE outbox_lanes SET lease_beat = lease_beat + 1 WHERE lease_owner = 'elsewhere/pid/1/1/x' \
                 AND tenant_id = {}",
                uuid(&outbox, &outbox.globex.to_string())
            ))
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert_eq!(outbox.counts(outbox.globex).await.due, 1, "the living one keeps its queue");
    eventually("the other falls silent too", async || sink.len() == 2).await;
    drop(stop);
    running.await.unwrap();
    assert_eq!(repeats(&sink), 0);
    outbox.done().await;
}

fn uuid(outbox: &Outbox, id: &str) -> String {
    if outbox.is_sqlite() { format!("x'{}'", id.replace('-', "")) } else { format!("'{id}'") }
}

/// Runs a worker that is busy with the tenants of a server that never speaks, then enqueues one message for a
/// server that does, and waits until it has left.
async fn one_message_beside(outbox: &Outbox, hanging: &Sink, limits: Limits) {
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(outbox.state.clone(), limits, async { drop(stopped.await) }));
    eventually("the first that hangs", async || hanging.connections() > 0).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    let enqueued = Instant::now();
    eventually("the message of the tenant whose server answers", async || sink.len() == 1).await;
    let elapsed = enqueued.elapsed();
    println!("it left after {elapsed:?}");
    // a machine that is busy with other tests is not measured
    assert!(!is_long() || elapsed < Duration::from_secs(5), "it left after {elapsed:?}");
    drop(stop);
    running.await.unwrap();
    assert_eq!(hanging.len(), 0);
}

async fn hanging() -> Sink {
    Sink::playing(|moment| match moment {
        Moment::Connected => Does::Hangs,
        _ => Does::Well,
    })
    .await
}

#[tokio::test]
async fn servers_that_hang_hold_up_nobody_else() {
    let outbox = Outbox::start().await;
    let hanging = hanging().await;
    for number in 0..short_or_long(40, 500) {
        let tenant = outbox.tenant(&format!("tenant-{number}")).await;
        outbox.use_server(tenant, hanging.port).await;
        outbox.enqueue_many(tenant, 30).await;
    }
    // less room than hanging servers
    let limits = Limits { starts: short_or_long(8, outbox.limits().starts), ..outbox.limits() };
    one_message_beside(&outbox, &hanging, limits).await;
    outbox.done().await;
}

#[tokio::test]
async fn ten_thousand_messages_for_a_server_that_hangs_hold_up_nobody_else() {
    let outbox = Outbox::start().await;
    let hanging = hanging().await;
    outbox.use_server(outbox.globex, hanging.port).await;
    outbox.enqueue_many(outbox.globex, 10_000).await;
    // as if there were no room for two
    one_message_beside(&outbox, &hanging, Limits { starts: 1, ..outbox.limits() }).await;
    outbox.done().await;
}

#[tokio::test]
async fn servers_that_take_one_message_and_then_hang_hold_up_nobody_else() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let mut hanging = Vec::new();
    for number in 0..4 {
        let mut dots = 0;
        let server = Sink::playing(move |moment| match moment {
            Moment::Dot(_) => {
                dots += 1;
                if dots == 1 { Does::Well } else { Does::Hangs }
            }
            _ => Does::Well,
        })
        .await;
        let tenant = outbox.tenant(&format!("tenant-{number}")).await;
        outbox.use_server(tenant, server.port).await;
        outbox.enqueue_many(tenant, 20).await;
        hanging.push(server);
    }
    // one queue moves at a time, so each must give that up
    let limits = Limits { moves: 1, ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(outbox.state.clone(), limits, async { drop(stopped.await) }));
    let dots = |server: &Sink| server.count(|moment| matches!(moment, Moment::Dot(_)));
    eventually("they all hang", async || hanging.iter().all(|server| dots(server) > 1)).await;
    outbox.enqueue_many(outbox.acme, 20).await;
    eventually("the mail of the tenant whose server answers", async || sink.len() == 20).await;
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}

#[tokio::test]
async fn a_lane_whose_server_is_slow_needs_no_room_to_move() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 20).await;
    // no room at all, and whatever time an answer takes is long
    let limits = Limits { moves: 0, slow: Duration::ZERO, ..outbox.limits() };
    let delivered = worker::until_empty(outbox.state.clone(), limits, pending());
    let counts = tokio::time::timeout(Duration::from_secs(60), delivered).await.unwrap().unwrap();
    assert_eq!((counts.accepted, sink.len()), (20, 20));
    outbox.done().await;
}

#[tokio::test]
async fn servers_that_never_answer_a_whole_message_hold_up_nobody_else() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let silent = Sink::playing(|moment| match moment {
        Moment::Dot(_) => Does::Hangs,
        _ => Does::Well,
    })
    .await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = worker::run(outbox.state.clone(), outbox.limits(), async { drop(stopped.await) });
    let running = tokio::spawn(worker);
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    eventually("a server that is known to be prompt", async || sink.len() == 1).await;
    for number in 0..IN_FLIGHT + 6 {
        let tenant = outbox.tenant(&format!("tenant-{number}")).await;
        outbox.use_server(tenant, silent.port).await;
        outbox.enqueue_many(tenant, 3).await;
    }
    let dots = || silent.count(|moment| matches!(moment, Moment::Dot(_)));
    eventually("they have all the places that they can have", async || dots() == IN_FLIGHT / 2).await;
    outbox.enqueue(outbox.acme, "ben@example.org").await;
    let enqueued = Instant::now();
    eventually("the message of the tenant whose server answers", async || sink.len() == 2).await;
    let elapsed = enqueued.elapsed();
    assert!(!is_long() || elapsed < Duration::from_secs(5), "it left after {elapsed:?}");
    // and among themselves they do not wait for minutes
    eventually("one gives its place up", async || dots() > IN_FLIGHT / 2).await;
    eventually("which is said", async || {
        outbox.count("outbox_messages WHERE may_have_arrived_twice").await > 0
    })
    .await;
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_finishes_and_repeats_nothing() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 3000).await;
    for _ in 0..5 {
        let before = sink.len();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let running =
            tokio::spawn(worker::run(outbox.state.clone(), outbox.limits(), async { drop(stopped.await) }));
        eventually("some mail", async || sink.len() > before + 50).await;
        drop(stop);
        running.await.unwrap();
        outbox.balances().await;
    }
    assert!(sink.len() < 3000, "the test stops it under way");
    outbox.deliver().await;
    assert_eq!((sink.len(), repeats(&sink)), (3000, 0));
    outbox.done().await;
}

#[tokio::test]
async fn a_message_is_sent_soon_after_it_was_enqueued_elsewhere() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    let worker = outbox.another_process().await;
    // a poll that never comes: the bell alone must do on PostgreSQL, and polling on SQLite
    let poll = if outbox.is_sqlite() { Duration::from_millis(500) } else { Duration::from_secs(3600) };
    let limits = Limits { poll, ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(worker, limits, async { drop(stopped.await) }));
    // the worker must be listening first
    tokio::time::sleep(Duration::from_secs(1)).await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    eventually("the mail", async || sink.len() == 1).await;
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}

#[tokio::test]
async fn a_tenant_with_much_mail_does_not_keep_others_waiting() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    for tenant in [outbox.acme, outbox.globex] {
        outbox.use_server(tenant, sink.port).await;
    }
    outbox.enqueue_many(outbox.acme, 2000).await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    // room for one: whoever has it must give it up
    let limits =
        Limits { starts: 1, moves: 1, slow: Duration::from_secs(600), turn_messages: 50, ..outbox.limits() };
    let time_passes = async {
        loop {
            outbox.wind(Duration::from_millis(1));
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        () = time_passes => {}
        done = worker::until_empty(outbox.state.clone(), limits, pending()) => drop(done.unwrap()),
    }
    let place = sink.mails().iter().position(|mail| mail.to == "gil@example.org").unwrap();
    assert!(place < 400, "after {place} messages of the other tenant");
    assert_eq!(sink.len(), 2001);
    outbox.done().await;
}

#[tokio::test]
async fn what_the_database_cannot_note_is_not_sent() {
    let outbox = Outbox::start().await;
    let sink = Sink::start().await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 1000).await;
    // every settlement fails
    let (make, drop) = if outbox.is_sqlite() {
        (
            "CREATE TRIGGER broken BEFORE UPDATE ON outbox_messages BEGIN SELECT RAISE(ABORT, 'broken'); END"
                .to_owned(),
            vec!["DROP TRIGGER broken"],
        )
    } else {
        outbox
            .sql(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS \
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
            )
            .await;
        (
            "CREATE TRIGGER broken BEFORE UPDATE ON outbox_messages FOR EACH ROW EXECUTE FUNCTION broken()"
                .to_owned(),
            vec!["DROP TRIGGER broken ON outbox_messages", "DROP FUNCTION broken"],
        )
    };
    outbox.sql(&make).await;
    let delivering = outbox.deliver();
    let repairing = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let sent = sink.len();
        for sql in drop {
            outbox.sql(sql).await;
        }
        sent
    };
    let (counts, sent) = tokio::join!(delivering, repairing);
    assert!((1..=posthorn::outbox::IN_FLIGHT).contains(&sent), "{sent} were sent and could not be noted");
    assert_eq!(counts.accepted, 1000, "afterwards it goes on by itself");
    assert_eq!(repeats(&sink), 0);
    outbox.done().await;
}

#[tokio::test]
async fn a_lease_that_its_process_knows_nothing_of_is_given_back() {
    let outbox = Outbox::start().await;
    let (sink, hanging) = (Sink::start().await, hanging().await);
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.use_server(outbox.globex, hanging.port).await;
    outbox.enqueue(outbox.globex, "gil@example.org").await;
    let limits = Limits { lease: Duration::from_millis(1500), ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(outbox.state.clone(), limits, async { drop(stopped.await) }));
    eventually("a lease", async || outbox.count("outbox_lanes WHERE lease_owner IS NOT NULL").await == 1)
        .await;
    // as if the answer to the commit had been lost on its way: the queue is ours, and nobody tends it
    outbox
        .sql(&format!(
            "INSERT INTO outbox_lanes (tenant_id, due_at, lease_beat, hold_tries, lease_owner) SELECT {}, 0, 1, 0, \
             lease_owner FROM outbox_lanes WHERE lease_owner IS NOT NULL",
            uuid(&outbox, &outbox.acme.to_string())
        ))
        .await;
    outbox.enqueue(outbox.acme, "anna@example.org").await;
    eventually("it is given back and served", async || sink.len() == 1).await;
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cancelled_while_its_lane_is_slow_does_not_leave() {
    let outbox = Outbox::start().await;
    let sink = Sink::playing(|moment| {
        if matches!(moment, Moment::Dot(_)) {
            std::thread::sleep(Duration::from_millis(800));
        }
        Does::Well
    })
    .await;
    outbox.use_server(outbox.acme, sink.port).await;
    outbox.enqueue_many(outbox.acme, 12).await;
    let limits = Limits { connections_per_queue: 1, ..outbox.limits() };
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(worker::run(outbox.state.clone(), limits, async { drop(stopped.await) }));
    // once the first has shown that the server works, all others are read
    eventually("the second", async || sink.len() == 2).await;
    let filter = Filter { state: Some(MessageStatus::Due), ..Filter::default() };
    let actor = actor(outbox.acme);
    let changed = deliveries::change_all(&outbox.state, &actor, BulkAction::Cancel, &filter).await.unwrap();
    assert!(changed.done >= 9, "{changed:?}");
    // a queue that is being served has no due time either: only with its lease has the turn ended
    let ended = "outbox_lanes WHERE due_at IS NULL AND lease_owner IS NULL";
    eventually("the turn ends", async || outbox.count(ended).await == 1).await;
    assert!(sink.len() <= 6, "what was read long ago is looked up again: {}", sink.len());
    drop(stop);
    running.await.unwrap();
    outbox.done().await;
}
