//! The database is away, locked or read-only: a sentence and a time, and nobody is told that all is well.

use posthorn::db::Db;
use sea_orm::ConnectionTrait as _;

use crate::support::{ALICE, Page, TestPortal, Visitor};

/// It says that it passes, and when to come back.
#[track_caller]
fn passes(page: &Page, sentence: &str) {
    assert_eq!((page.status, page.header("retry-after")), (503, Some("10")), "{}", page.text());
    assert!(page.text().contains(sentence), "{}", page.text());
    assert!(!page.text().contains("sqlx") && !page.text().contains("PRAGMA"), "{}", page.text());
}

const ENGLISH: &str = "The portal is not available at the moment";
const GERMAN: &str = "Das Portal ist zurzeit nicht verfügbar";
const PROGRAM: &str = "Nothing can be read or saved at the moment";

/// With a session and without, what monitoring is told.
async fn is_not_ready(portal: &TestPortal, alice: &mut Visitor, why: &str) {
    for visitor in [&mut portal.visitor("acme"), alice] {
        let page = visitor.get("/readyz").await;
        assert_eq!((page.status, page.html.as_str()), (503, format!("not ready: {why}\n").as_str()));
        assert_eq!(visitor.get("/healthz").await.expect(200).html, "ok\n");
    }
}

#[tokio::test]
async fn without_a_database_people_and_programs_are_told_that_it_passes() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let mut program = portal.able_program(&ALICE).await;
    let mut stranger = portal.visitor("acme");
    let form = stranger.get("/sign-in").await.expect(200).form("/sign-in");
    assert_eq!(alice.get("/readyz").await.expect(200).html, "ready\n");
    portal.state.db.read().close_by_ref().await.unwrap();
    passes(&alice.get("/home").await, "vailable");
    passes(&stranger.send_form(&form.fill("email", ALICE.email).fill("password", "x")).await, ENGLISH);
    stranger.language = "de";
    passes(&stranger.get("/sign-in").await, GERMAN);
    let answer = program.get("/api/v1/transports/email-config").await;
    passes(&answer, PROGRAM);
    assert_eq!(answer.code(), "HTTP-503");
    is_not_ready(&portal, &mut alice, "the database does not answer").await;
}

#[tokio::test]
async fn a_file_that_another_process_keeps_locked_is_no_fault_of_ours() {
    let portal = TestPortal::start().await;
    if !portal.is_sqlite() {
        println!("skipped: it is about SQLite");
        return;
    }
    let mut alice = portal.signed_in(&ALICE).await;
    let mut stranger = portal.visitor("acme");
    let form = stranger.get("/sign-in").await.expect(200).form("/sign-in");
    let another = Db::open(portal.state.config.database_url.expose()).await.unwrap();
    let tx = another.write().await.unwrap();
    let page = stranger.send_form(&form.fill("email", ALICE.email).fill("password", "x")).await;
    passes(&page, ENGLISH);
    is_not_ready(&portal, &mut alice, "the database is locked").await;
    drop(tx);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(alice.get("/readyz").await.expect(200).html, "ready\n");
}

#[tokio::test]
async fn a_server_that_takes_no_changes_is_not_ready() {
    let portal = TestPortal::start().await;
    if portal.is_sqlite() {
        println!("skipped: it is about PostgreSQL");
        return;
    }
    let mut alice = portal.signed_in(&ALICE).await;
    let mut stranger = portal.visitor("acme");
    let form = stranger.get("/sign-in").await.expect(200).form("/sign-in");
    assert_eq!(alice.get("/readyz").await.expect(200).html, "ready\n");
    let name: String = portal.one("SELECT current_database()").await;
    let another = Db::open(portal.state.config.database_url.expose()).await.unwrap();
    let another = another.read();
    // as after a failover: what was connected is connected anew, to a standby
    another
        .execute_unprepared(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"))
        .await
        .unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
               AND pid <> pg_backend_pid()";
    another.execute_unprepared(end).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    is_not_ready(&portal, &mut alice, "the database is read-only").await;
    passes(&stranger.send_form(&form.fill("email", ALICE.email).fill("password", "x")).await, ENGLISH);
}
