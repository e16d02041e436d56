//! The chain of the audit log: what is recorded can be proved, and whatever is done to it behind our back is
//! found and named.

use std::time::Duration;

use posthorn::audit::{self, By, Event, Fault, Limit, Proof};
use posthorn::db::Tx;
use posthorn::outbox;
use posthorn::portal;
use posthorn::values::TenantId;
use posthorn_migrations::Migrator;
use sea_orm::{ConnectionTrait as _, Statement};
use sea_orm_migration::MigratorTrait as _;
use serde_json::json;

use crate::support::{ALICE, BEN, GRETA, TestPortal};

const DAY: Duration = Duration::from_secs(24 * 3600);

async fn proof(portal: &TestPortal, slug: &str) -> Proof {
    audit::verify(portal.state.db.read(), portal.tenant(slug).await).await.unwrap()
}

#[track_caller]
fn assert_whole(proof: &Proof, entries: i64) {
    assert_eq!((proof.broken, proof.proved.seq), (None, entries), "{proof:?}");
}

fn event(number: i64) -> Event {
    Event { name: "outbox.released", details: json!({ "number": number }) }
}

/// Records so many deeds of nobody, one transaction each.
async fn record(portal: &TestPortal, tenant: TenantId, count: i64) {
    for number in 0..count {
        let tx = portal.state.db.write().await.unwrap();
        let now = portal.state.clock.now();
        audit::record(&*tx, tenant, By::Operator, event(number), now).await.unwrap();
        tx.commit().await.unwrap();
    }
}

async fn run(tx: &Tx, sql: &str) {
    tx.execute_raw(Statement::from_string(tx.get_database_backend(), sql)).await.unwrap();
}

/// What is found after those statements, which are then taken back.
async fn found(portal: &TestPortal, tenant: TenantId, statements: &[&str]) -> Option<(i64, Fault)> {
    let tx = portal.state.db.write().await.unwrap();
    for sql in statements {
        run(&tx, sql).await;
    }
    audit::verify(&*tx, tenant).await.unwrap().broken
}

#[tokio::test]
async fn what_people_do_on_the_portal_becomes_a_chain() {
    let portal = TestPortal::start().await;
    assert_whole(&proof(&portal, "acme").await, 0);
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    portal.signed_in(&BEN).await;
    portal.signed_in(&GRETA).await;
    assert_whole(&proof(&portal, "acme").await, 4);
    assert_whole(&proof(&portal, "globex").await, 1);
    let numbers = "SELECT seq FROM audit_entries e JOIN tenants t ON t.id = e.tenant_id WHERE t.slug = 'acme' \
                   ORDER BY e.id";
    let numbers: Vec<i64> =
        portal.rows(numbers).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[tokio::test]
async fn whatever_is_altered_removed_swapped_or_added_is_found_and_named() {
    let portal = TestPortal::start().await;
    let tenant = portal.tenant("acme").await;
    portal.signed_in(&ALICE).await;
    record(&portal, tenant, 5).await;
    assert_whole(&proof(&portal, "acme").await, 6);
    let found = async |statements: &[&str]| found(&portal, tenant, statements).await;
    let other_id = if portal.is_sqlite() { "randomblob(16)" } else { "gen_random_uuid()" };
    let zeros = if portal.is_sqlite() { "zeroblob(32)" } else { "decode(repeat('00', 32), 'hex')" };

    for change in [
        &format!("id = {other_id}"),
        "at = at + 1",
        "actor = NULL",
        "actor_name = 'Somebody Else'",
        "support_staff = tenant_id",
        "support_name = ''",
        "diagnosis = tenant_id",
        "client = '192.0.2.9'",
        "request_id = ''",
        "event = 'auth.signed_out'",
        "details = '{\"a\":1}'",
        &format!("hash = {zeros}"),
    ] {
        let sql = format!("UPDATE audit_entries SET {change} WHERE seq = 1");
        assert_eq!(found(&[&sql]).await, Some((1, Fault::Altered)), "{change}");
    }
    let (in_the_middle, at_the_end) =
        ("DELETE FROM audit_entries WHERE seq = 3", "DELETE FROM audit_entries WHERE seq >= 5");
    assert_eq!(found(&[in_the_middle]).await, Some((3, Fault::Missing)));
    assert_eq!(found(&["DELETE FROM audit_entries WHERE seq = 1"]).await, Some((1, Fault::Missing)));
    assert_eq!(found(&[at_the_end]).await, Some((5, Fault::CutAtTheEnd(6))));
    assert_eq!(found(&["DELETE FROM audit_entries"]).await, Some((1, Fault::CutAtTheEnd(6))));
    let swapped = [
        "UPDATE audit_entries SET seq = -1 WHERE seq = 2",
        "UPDATE audit_entries SET seq = 2 WHERE seq = 5",
        "UPDATE audit_entries SET seq = 5 WHERE seq = -1",
    ];
    assert_eq!(found(&swapped).await, Some((2, Fault::SwappedWith(5))));
    // one that is taken out, with the later ones moved up
    let moved_up = [in_the_middle, "UPDATE audit_entries SET seq = 3 WHERE seq = 4"];
    assert_eq!(found(&moved_up).await, Some((3, Fault::Altered)));

    // the ends
    let former = "(SELECT hash FROM audit_entries WHERE seq = 4)";
    let back = format!("UPDATE audit_chains SET head_seq = 4, head_hash = {former}");
    assert_eq!(found(&[&back]).await, Some((5, Fault::BehindTheHead)));
    assert_eq!(found(&[&back, at_the_end]).await, None, "only a head that was noted elsewhere tells this");
    let head = format!("UPDATE audit_chains SET head_hash = {zeros}");
    assert_eq!(found(&[&head]).await, Some((6, Fault::Head)));
    let anchor = format!("UPDATE audit_chains SET anchor_seq = 4, anchor_hash = {former}");
    assert_eq!(found(&[&anchor]).await, Some((1, Fault::BeforeTheAnchor)));
    let anchor = format!("UPDATE audit_chains SET anchor_hash = {former}");
    assert_eq!(found(&[&anchor]).await, Some((1, Fault::Altered)));
    assert_eq!(found(&["DELETE FROM audit_chains"]).await, Some((1, Fault::NoEnds)));

    // another tenant's chain is untouched by all this, and ours is whole again
    assert_whole(&proof(&portal, "acme").await, 6);
    assert_whole(&proof(&portal, "globex").await, 0);
}

#[tokio::test]
async fn deeds_side_by_side_make_one_chain_also_the_very_first() {
    let portal = TestPortal::start().await;
    let tenant = portal.tenant("globex").await;
    let mut tasks = Vec::new();
    for number in 0..20 {
        let state = portal.state.clone();
        tasks.push(tokio::spawn(async move {
            let tx = state.db.write().await.unwrap();
            let events = vec![event(number), event(number)];
            audit::record_all(&*tx, tenant, By::Operator, events, state.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_whole(&proof(&portal, "globex").await, 40);
    // those of one transaction stand together
    let pairs = "audit_entries a JOIN audit_entries b ON b.tenant_id = a.tenant_id AND b.seq = a.seq + 1 \
                 AND b.details = a.details WHERE a.seq % 2 = 1";
    assert_eq!(portal.count(pairs).await, 20);
}

#[tokio::test]
async fn a_limit_counts_what_is_recorded_side_by_side_and_leaves_nothing_of_what_is_refused() {
    let portal = TestPortal::start().await;
    let tenant = portal.tenant("acme").await;
    let limit = Limit { most: 3, within: Duration::from_secs(60), together_with: &[] };
    let mut tasks = Vec::new();
    for number in 0..8 {
        let state = portal.state.clone();
        tasks.push(tokio::spawn(async move {
            let tx = state.db.write().await.unwrap();
            let now = state.clock.now();
            let may =
                audit::record_within(&*tx, tenant, By::Operator, event(number), now, limit).await.unwrap();
            if may {
                tx.commit().await.unwrap();
            }
            usize::from(may)
        }));
    }
    let mut allowed = 0;
    for task in tasks {
        allowed += task.await.unwrap();
    }
    assert_eq!(allowed, 3);
    assert_whole(&proof(&portal, "acme").await, 3);
    // retention does not disturb it
    audit::prune(&portal.state.db, portal.state.clock.now().minus(DAY)).await.unwrap();
    let tx = portal.state.db.write().await.unwrap();
    let now = portal.state.clock.now();
    assert!(!audit::record_within(&*tx, tenant, By::Operator, event(9), now, limit).await.unwrap());
}

#[tokio::test]
async fn a_test_message_that_is_refused_leaves_no_trace() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    for _ in 0..10 {
        portal.send_test(&mut alice, "anna@example.org").await.expect(200);
    }
    portal.send_test(&mut alice, "anna@example.org").await.expect(429);
    assert_eq!(portal.count("test_messages").await, 10);
    assert_whole(&proof(&portal, "acme").await, 12);
}

#[tokio::test]
async fn retention_deletes_from_the_beginning_and_the_rest_can_still_be_proved() {
    let portal = TestPortal::start().await;
    let (acme, globex) = (portal.tenant("acme").await, portal.tenant("globex").await);
    record(&portal, acme, 7).await;
    portal.wind(40 * DAY);
    record(&portal, acme, 3).await;
    record(&portal, globex, 2).await;
    let a_month_ago = portal.state.clock.now().minus(30 * DAY);
    assert_eq!(audit::prune(&portal.state.db, a_month_ago).await.unwrap(), 7);
    assert_eq!(audit::prune(&portal.state.db, a_month_ago).await.unwrap(), 0);
    let acme_now = proof(&portal, "acme").await;
    assert_whole(&acme_now, 10);
    assert_eq!(acme_now.anchor.seq, 7);
    assert_whole(&proof(&portal, "globex").await, 2);
    assert_eq!(portal.count("audit_entries").await, 5);
    // what the anchor hides cannot be cut further unseen
    let broken = found(&portal, acme, &["DELETE FROM audit_entries WHERE seq = 8"]).await;
    assert_eq!(broken, Some((8, Fault::Missing)));

    // all of it, and on
    portal.wind(40 * DAY);
    assert_eq!(audit::prune(&portal.state.db, portal.state.clock.now()).await.unwrap(), 5);
    assert_whole(&proof(&portal, "acme").await, 10);
    record(&portal, acme, 1).await;
    assert_whole(&proof(&portal, "acme").await, 11);

    // many steps; and what is broken is neither covered up nor tried for ever
    for _ in 0..3 {
        let tx = portal.state.db.write().await.unwrap();
        let events = (0..700).map(event).collect();
        audit::record_all(&*tx, acme, By::Operator, events, portal.state.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    portal.wind(40 * DAY);
    portal.sql("UPDATE audit_entries SET client = 'x' WHERE seq = 2000").await;
    assert_eq!(audit::prune(&portal.state.db, portal.state.clock.now()).await.unwrap(), 1999 - 10);
    assert_eq!(proof(&portal, "acme").await.broken, Some((2000, Fault::Altered)));
    assert_eq!(audit::prune(&portal.state.db, portal.state.clock.now()).await.unwrap(), 0);
}

#[tokio::test]
async fn the_housekeeping_deletes_only_if_it_was_told_to() {
    for (settings, left) in [(&[][..], 2), (&[("POSTHORN_AUDIT_RETENTION_DAYS", "30")], 1)] {
        let portal = TestPortal::start_with(settings).await;
        let tenant = portal.tenant("acme").await;
        record(&portal, tenant, 1).await;
        portal.wind(31 * DAY);
        record(&portal, tenant, 1).await;
        portal::sweep(&portal.state).await.unwrap();
        assert_eq!(portal.count("audit_entries").await, left, "{settings:?}");
        assert_whole(&proof(&portal, "acme").await, 2);
    }
}

#[tokio::test]
async fn what_was_recorded_before_there_was_a_chain_is_chained_by_the_migration() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    portal.signed_in(&GRETA).await;
    // two of the same moment, and more than the migration reads at once
    let tx = portal.state.db.write().await.unwrap();
    let (acme, now) = (portal.tenant("acme").await, portal.state.clock.now());
    audit::record_all(&*tx, acme, By::Operator, (0..1500).map(event).collect(), now).await.unwrap();
    tx.commit().await.unwrap();
    let db = portal.state.db.clone();
    let all =
        "SELECT CAST(at AS TEXT) || actor_name || client || event || details FROM audit_entries ORDER BY id";
    let texts = async || -> Vec<String> {
        portal.rows(all).await.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    };
    let before = texts().await;

    let migrations = Migrator::migrations();
    let place = migrations.iter().position(|one| one.name() == "m0010_audit_chain").unwrap();
    let steps = u32::try_from(migrations.len() - place).unwrap();
    Migrator::down(db.read(), Some(steps)).await.unwrap();
    assert_eq!(texts().await, before, "down loses no entry");
    db.migrate().await.unwrap();
    assert_eq!(texts().await, before, "up neither");
    assert_whole(&proof(&portal, "acme").await, 1502);
    assert_whole(&proof(&portal, "globex").await, 1);

    // and it goes on from there
    portal.signed_in(&BEN).await;
    let id = portal.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    let page = alice.open(&format!("/administration/deliveries/{id}")).await.expect(200);
    alice.submit(page.form(&format!("/administration/deliveries/{id}/cancel"))).await.expect(200);
    assert_whole(&proof(&portal, "acme").await, 1504);
    assert_eq!(outbox::counts(db.read(), acme).await.unwrap().cancelled, 1);
}
