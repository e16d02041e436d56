//! The roles that docs/operations.md sets up on PostgreSQL: the portal works under its own, and can neither change
//! nor delete what was recorded. The statements are read from the page.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use posthorn::audit;
use posthorn::db::Db;
use posthorn::portal;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use uuid::Uuid;

use crate::support::{ALICE, BEN, TestPortal, admin_url};

/// The statements of the page, for roles that no other test has.
fn statements(suffix: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("\n## Roles on PostgreSQL\n").expect("the section");
    let (_, rest) = rest.split_once("\n```sql\n").expect("its statements");
    let sql = rest.split("\n```").next().unwrap();
    let sql: Vec<&str> = sql.lines().filter(|line| !line.starts_with("--")).collect();
    let sql = sql.join("\n");
    for role in ["posthorn_portal", "posthorn_retention"] {
        assert!(sql.contains(role), "{sql}");
    }
    let sql = sql.replace("posthorn_portal", &format!("posthorn_portal_{suffix}"));
    let sql = sql.replace("posthorn_retention", &format!("posthorn_retention_{suffix}"));
    sql.split(';').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect()
}

#[test]
fn the_page_says_what_the_portal_must_not_do() {
    let all = statements("x").join(";\n");
    assert!(
        all.contains("REVOKE UPDATE, DELETE ON audit_entries, audit_chains FROM posthorn_portal_x"),
        "{all}"
    );
}

async fn refused(db: &Db, sql: &str) {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let error = db.read().execute_raw(statement).await.expect_err(sql).to_string();
    assert!(error.contains("permission denied"), "{sql}: {error}");
}

#[tokio::test]
async fn the_portal_works_under_its_own_role_and_cannot_touch_what_was_recorded() {
    let Some(admin) = admin_url() else { return };
    let test = TestPortal::start().await;
    let suffix = Uuid::now_v7().simple().to_string();
    for sql in statements(&suffix) {
        test.sql(&sql).await;
    }
    // the same server and database, as somebody else
    let own = test.state.config.database_url.expose().to_owned();
    let (_, server) = admin.rsplit_once('@').unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    let (_, database) = own.rsplit_once('/').unwrap();
    let as_role = async |role: &str| {
        let url = format!("postgres://posthorn_{role}_{suffix}:change-this-{role}@{server}/{database}");
        Db::open(&url).await.unwrap()
    };
    let (portal_role, retention) = (as_role("portal").await, as_role("retention").await);
    assert_eq!(portal_role.pending_migrations().await.unwrap(), 0);

    let mut state = test.state.clone();
    state.db = portal_role.clone();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    let server = portal::serve(state.clone(), socket).unwrap();
    let handle = server.handle();
    let serving = tokio::spawn(server);
    let mut alice = test.visitor("acme").through(port);
    alice.sign_in(&ALICE).await;
    test.visitor("acme").through(port).sign_in(&BEN).await;
    test.save_provider(&mut alice).await;
    test.send_test(&mut alice, "anna@example.org").await.expect(200);
    let page = alice.open("/administration/audit-log").await.expect(200);
    let form = page.form("/administration/audit-log/export").forge("format", "json");
    alice.submit(form).await.expect(200);
    let id = test.enqueue("acme", "anna@example.org", "<p>x</p>").await;
    let page = alice.open(&format!("/administration/deliveries/{id}")).await.expect(200);
    alice.submit(page.form(&format!("/administration/deliveries/{id}/cancel"))).await.expect(200);
    portal::sweep(&state).await.unwrap();
    let tenant = test.tenant("acme").await;
    let proof = audit::verify(portal_role.read(), tenant).await.unwrap();
    assert_eq!((proof.broken, proof.proved.seq), (None, 6));

    for sql in [
        "UPDATE audit_entries SET actor_name = 'x'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_chains SET anchor_seq = 3",
        "DELETE FROM audit_chains",
        "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
        "DROP TABLE audit_entries",
        "UPDATE seaql_migrations SET version = 'x'",
    ] {
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let error = portal_role.read().execute_raw(statement).await.expect_err(sql).to_string();
        assert!(error.contains("permission denied") || error.contains("must be owner"), "{sql}: {error}");
    }
    // the retention's role deletes old entries, and does nothing else
    for sql in [
        "UPDATE audit_entries SET actor_name = 'x'",
        "UPDATE audit_chains SET head_seq = 3",
        "DELETE FROM audit_chains",
        "SELECT password_hash FROM users",
        "INSERT INTO audit_chains SELECT * FROM audit_chains",
    ] {
        refused(&retention, sql).await;
    }
    let now = test.state.clock.now();
    let error = audit::prune(&portal_role, now.plus(std::time::Duration::from_secs(1))).await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    assert_eq!(retention.pending_migrations().await.unwrap(), 0);
    let deleted = audit::prune(&retention, now.plus(std::time::Duration::from_secs(1))).await.unwrap();
    assert_eq!(deleted, 6);
    let proof = audit::verify(retention.read(), tenant).await.unwrap();
    assert_eq!((proof.broken, proof.anchor.seq, proof.proved.seq), (None, 6, 6));

    // a tenant that goes takes its log along: the database does that by itself
    let gone = Statement::from_string(DbBackend::Postgres, "DELETE FROM tenants WHERE slug = 'acme'");
    portal_role.read().execute_raw(gone).await.unwrap();
    assert_eq!(test.count("audit_chains").await, 0);

    handle.stop(false).await;
    serving.await.unwrap().unwrap();
    drop((portal_role, retention, state));
    for role in ["portal", "retention"] {
        test.sql(&format!("DROP OWNED BY posthorn_{role}_{suffix}")).await;
        test.sql(&format!("DROP ROLE posthorn_{role}_{suffix}")).await;
    }
}
