//! The gate before a message's first byte, behind which it has a place in flight: no message, and no part of
//! a draft, leaves before it opens.

use std::future::{Future, pending, ready};
use std::sync::Arc;
use std::time::Duration;

use posthorn::mail::{
    Mailer, Message, Microsoft365Account, Microsoft365Limits, Network, SendOutcome, Verdict,
};
use tokio::sync::oneshot;
use wiremock::{MockServer, ResponseTemplate};

use crate::support::drafts::{Drafts, large_message, writer};
use crate::support::fake::{Fake, canary};
use crate::support::{SEND, UNHURRIED, network};

/// A message that fits into a request, and one that goes as a draft with an upload; each with a Microsoft
/// that takes one recipient in 24 hours.
struct Case {
    account: Microsoft365Account,
    message: Message,
    server: MockServer,
    network: Arc<Network>,
    /// How many requests it takes, with the one for a token.
    requests: usize,
}

async fn cases() -> [Case; 2] {
    let limits = Microsoft365Limits { recipients_a_day: 1, ..UNHURRIED };
    let whole = Fake::start(ResponseTemplate::new(202)).await.server;
    let drafts = Drafts::start().await.server;
    let small = crate::support::message("sender@contoso.example", "anna@acme.example");
    let network = |server: &MockServer| network(&server.uri(), &server.uri(), limits, None);
    [
        Case { account: canary(), message: small, network: network(&whole), server: whole, requests: 2 },
        // the draft, its text, the session, two parts, and the last step
        Case {
            account: writer(),
            message: large_message(),
            network: network(&drafts),
            server: drafts,
            requests: 7,
        },
    ]
}

impl Case {
    async fn send(&self, deadline: Duration, gate: impl Future<Output = bool> + Send) -> SendOutcome {
        let mailer = Mailer::microsoft365(self.account.clone(), self.network.clone());
        mailer.connect().send(&self.message, None, deadline, gate, std::future::pending()).await
    }

    async fn heard(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

#[tokio::test]
async fn nothing_of_a_message_leaves_before_the_gate_opens() {
    for case in cases().await {
        let (open, opened) = oneshot::channel::<()>();
        let gate = async move { opened.await.is_ok() };
        let watch = async {
            while case.heard().await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(case.heard().await, 1, "the token only");
            open.send(()).unwrap();
        };
        let (handed, ()) = tokio::join!(case.send(SEND, gate), watch);
        assert!(matches!(handed, SendOutcome::Accepted(_)), "{handed:?}");
        assert_eq!(case.heard().await, case.requests);
    }
}

#[tokio::test]
async fn a_message_that_is_called_back_has_left_nothing_behind_and_counts_for_nothing() {
    for case in cases().await {
        let handed = case.send(SEND, ready(false)).await;
        assert!(matches!(handed, SendOutcome::CalledBack), "{handed:?}");
        assert_eq!(case.heard().await, 1, "the token only");
        let handed = case.send(SEND, ready(true)).await;
        assert!(
            matches!(handed, SendOutcome::Accepted(_)),
            "the one recipient of the day is still free: {handed:?}"
        );
    }
}

/// A request that is begun shortly before the deadline is cut short, and then nobody knows whether the
/// message was sent.
#[tokio::test]
async fn a_message_whose_gate_opens_too_late_is_not_begun() {
    for case in cases().await {
        let late = async {
            tokio::time::sleep(Duration::from_millis(1_900)).await;
            true
        };
        let deadline = Duration::from_secs(2);
        let both: [std::pin::Pin<Box<dyn Future<Output = bool> + Send>>; 2] =
            [Box::pin(late), Box::pin(pending())];
        for gate in both {
            let SendOutcome::Failed(failure) = case.send(deadline, gate).await else {
                panic!("it was begun")
            };
            assert!(failure.is_own_limit() && !failure.outcome_unknown(), "{failure:?}");
            assert_eq!(failure.verdict(), Verdict::RetryAfter(Duration::from_secs(1)));
        }
        assert_eq!(case.heard().await, 1, "the token only");
    }
}
