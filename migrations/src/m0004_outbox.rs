//! The outbox: what is to be said, to whom, what became of it, and the lanes in which it is sent.
//!
//! Contents, arrivals and messages are only inserted by whoever has something to say: nothing that
//! enqueues waits for another, or for the worker. Lanes and tallies are the workers' alone.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn uuid(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

fn text(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).text().not_null().take()
}

fn long(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

fn small(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

fn flag(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

fn to_tenant(table: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create()
        .from(table, "tenant_id")
        .to("tenants", "id")
        .on_delete(ForeignKeyAction::Cascade)
        .take()
}

fn key(columns: &[&'static str]) -> IndexCreateStatement {
    let mut key = Index::create();
    for column in columns {
        key.col(*column);
    }
    key.primary().take()
}

/// Partial indexes: most messages are through and most lanes asleep, and neither should cost those who
/// look for work. Queries must repeat the condition word for word, not as a parameter.
const INDEXES: [&str; 9] = [
    // the next to be sent
    "CREATE INDEX outbox_messages_due ON outbox_messages (tenant_id, priority, due_at, id) WHERE state = 'due'",
    // whose life ends, also where a lane is held
    "CREATE INDEX outbox_messages_expiry ON outbox_messages (expires_at) WHERE state = 'due'",
    // a repeat of the same event is harmless
    "CREATE UNIQUE INDEX outbox_messages_idempotency ON outbox_messages (tenant_id, idempotency_key) \
     WHERE idempotency_key IS NOT NULL",
    // the administrator's filters
    "CREATE INDEX outbox_messages_state ON outbox_messages (tenant_id, state, id)",
    "CREATE INDEX outbox_messages_recipient ON outbox_messages (tenant_id, recipient_key, id)",
    // whether anything still refers to a content
    "CREATE INDEX outbox_messages_content ON outbox_messages (tenant_id, content_id)",
    "CREATE INDEX outbox_lanes_waiting ON outbox_lanes (due_at) WHERE lease_owner IS NULL AND due_at IS NOT NULL",
    "CREATE INDEX outbox_lanes_leased ON outbox_lanes (lease_owner) WHERE lease_owner IS NOT NULL",
    "CREATE INDEX outbox_lanes_held ON outbox_lanes (tenant_id) WHERE hold IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    #[allow(clippy::too_many_lines, reason = "a schema reads best in one piece")]
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("outbox_contents")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    // which templates say it, such as `announcement`; also one of the administrator's filters
                    .col(text("kind"))
                    // JSON of the kind's particulars; the words are made of them when a message is sent
                    .col(text("data"))
                    .col(long("created_at"))
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("outbox_contents"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("outbox_messages")
                    .col(uuid("tenant_id"))
                    // UUIDv7 of the time of enqueuing: lists are in order of it
                    .col(uuid("id"))
                    // of outbox_contents; no foreign key, since checking it costs more than the row
                    .col(uuid("content_id"))
                    // the content's, repeated: a filter must not join
                    .col(text("kind"))
                    .col(text("recipient"))
                    // the address in lower case: what is searched for and suppressed
                    .col(text("recipient_key"))
                    .col(text("language"))
                    // 0 a person waits for it, 1 bulk
                    .col(small("priority"))
                    // due, accepted, failed, unknown, cancelled, expired; `held` is due in a held lane
                    .col(text("state"))
                    .col(long("created_at"))
                    // when it may be tried (again); its meaning ends with state `due`
                    .col(long("due_at"))
                    // when it is given up as expired
                    .col(long("expires_at"))
                    // how often it was tried
                    .col(small("attempts"))
                    // chosen by whoever enqueued it
                    .col(ColumnDef::new("idempotency_key").text().null())
                    // with angle brackets, fixed for ever; its left half also makes the MIME boundary
                    .col(text("message_id"))
                    // an answer to the whole message never came, once at least
                    .col(flag("may_have_arrived_twice"))
                    // JSON of the last failure
                    .col(ColumnDef::new("failure").text().null())
                    // when it took its present state for good
                    .col(ColumnDef::new("finished_at").big_integer().null())
                    // the server's answer to the accepted attempt, in one line
                    .col(ColumnDef::new("answer").text().null())
                    // the server, as host:port
                    .col(ColumnDef::new("server").text().null())
                    // under which number the server queued it
                    .col(ColumnDef::new("queue_id").text().null())
                    // what the accepted attempt said as Date and From (JSON): with them it can be made again
                    .col(ColumnDef::new("sent_date").big_integer().null())
                    .col(ColumnDef::new("sent_from").text().null())
                    // SHA-256 of the bytes of the accepted attempt, before dots are doubled
                    .col(ColumnDef::new("sent_sha256").binary().null())
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("outbox_messages"))
                    .take(),
            )
            .await?;

        // Attempts that did not end in acceptance; the accepted one is told by the message itself, so that
        // the usual case costs one row.
        manager
            .create_table(
                Table::create()
                    .table("outbox_attempts")
                    .col(uuid("tenant_id"))
                    .col(uuid("message_id"))
                    // counted from 1
                    .col(small("number"))
                    .col(long("at"))
                    // put_off, provider_broken, given_up, unknown, suppressed, unbuildable
                    .col(text("verdict"))
                    // JSON; null: no provider was asked
                    .col(ColumnDef::new("failure").text().null())
                    .primary_key(&mut key(&["tenant_id", "message_id", "number"]))
                    .foreign_key(
                        ForeignKey::create()
                            .from("outbox_attempts", ("tenant_id", "message_id"))
                            .to("outbox_messages", ("tenant_id", "id"))
                            .on_delete(ForeignKeyAction::Cascade),
                    )
                    .take(),
            )
            .await?;

        // What was enqueued and no worker has taken in. Rows live for a moment.
        manager
            .create_table(
                Table::create()
                    .table("outbox_arrivals")
                    .col(uuid("tenant_id"))
                    .col(uuid("id"))
                    // how many new messages; 0: it only wakes the lane
                    .col(long("messages"))
                    .col(long("at"))
                    // when the first of them is due
                    .col(long("due_at"))
                    .primary_key(&mut key(&["tenant_id", "id"]))
                    .foreign_key(&mut to_tenant("outbox_arrivals"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("outbox_lanes")
                    .col(uuid("tenant_id").primary_key())
                    // when it wants to be served, and its place in the line; null: nothing to do, or only a
                    // person releases it
                    .col(ColumnDef::new("due_at").big_integer().null())
                    // the process that serves it: machine, process and a random part
                    .col(ColumnDef::new("lease_owner").text().null())
                    // goes up while the owner lives: others judge by it with their own clocks
                    .col(long("lease_beat"))
                    // why nothing is sent: paused, by_itself, by_person, no_provider, unusable
                    .col(ColumnDef::new("hold").text().null())
                    // JSON of the failure behind it, if a server said or did something
                    .col(ColumnDef::new("hold_failure").text().null())
                    .col(ColumnDef::new("hold_since").big_integer().null())
                    // the provider it is about: another one releases the lane
                    .col(ColumnDef::new("hold_revision").uuid().null())
                    // tries in a row that failed
                    .col(small("hold_tries"))
                    .foreign_key(&mut to_tenant("outbox_lanes"))
                    .take(),
            )
            .await?;

        // How many messages went which way in an hour: what the charts and counts are read from. Hour 0 holds
        // what was taken back (deleted, tried again) and former hours, so the sums are true at any time.
        manager
            .create_table(
                Table::create()
                    .table("outbox_tallies")
                    .col(uuid("tenant_id"))
                    // the hour's first microsecond
                    .col(long("hour"))
                    .col(long("enqueued"))
                    .col(long("accepted"))
                    .col(long("failed"))
                    .col(long("unknown"))
                    .col(long("cancelled"))
                    .col(long("expired"))
                    // deleted by retention
                    .col(long("deleted"))
                    // attempts put off; not a state
                    .col(long("retried"))
                    .primary_key(&mut key(&["tenant_id", "hour"]))
                    .foreign_key(&mut to_tenant("outbox_tallies"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                Table::create()
                    .table("outbox_suppressions")
                    .col(uuid("tenant_id"))
                    // in lower case
                    .col(text("recipient_key"))
                    // permanent refusals of the address; from the third on nothing is sent to it
                    .col(small("refusals"))
                    // JSON of the last one
                    .col(text("failure"))
                    .col(long("last_at"))
                    // null: not suppressed yet
                    .col(ColumnDef::new("suppressed_at").big_integer().null())
                    .primary_key(&mut key(&["tenant_id", "recipient_key"]))
                    .foreign_key(&mut to_tenant("outbox_suppressions"))
                    .take(),
            )
            .await?;

        for index in INDEXES {
            manager.get_connection().execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "outbox_suppressions",
            "outbox_tallies",
            "outbox_lanes",
            "outbox_arrivals",
            "outbox_attempts",
            "outbox_messages",
            "outbox_contents",
        ] {
            manager.drop_table(Table::drop().table(table).take()).await?;
        }
        Ok(())
    }
}
