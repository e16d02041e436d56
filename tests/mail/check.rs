//! The staged check against servers that follow a script: each step failing once, and no mail ever.

use std::sync::Arc;
use std::time::{Duration, Instant};

use posthorn::i18n::Language;
use posthorn::mail::{
    Cause, CheckOutcome, CheckStep, CheckedStep, Failure, Login, Mailer, Network, Security, Seen, SmtpServer,
};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::server::{FakeServer, Talk};
use crate::support::{login, message, network, smtp_server};

const PATIENCE: Duration = Duration::from_secs(1);

async fn check(server: SmtpServer, network: Arc<Network>) -> (Option<Failure>, Vec<CheckedStep>) {
    let (tell, mut told) = mpsc::unbounded_channel();
    let mailer = Mailer::smtp(server, network);
    let message = message("portal@acme.example", "anna@example.org");
    let failure = mailer.check(&message, Duration::from_secs(5), tell).await.err().map(|failure| *failure);
    let mut steps = Vec::new();
    while let Some(step) = told.recv().await {
        steps.push(step);
    }
    (failure, steps)
}

fn names(steps: &[CheckedStep]) -> Vec<CheckStep> {
    steps.iter().map(|step| step.step).collect()
}

/// What is seen and said at every step, to be searched.
fn everything(steps: &[CheckedStep]) -> String {
    serde_json::to_string(steps).unwrap()
}

const OFFERS: [&str; 4] = ["AUTH PLAIN LOGIN", "SIZE 10485760", "PIPELINING", "8BITMIME"];

async fn up_to_sign_in(talk: &mut Talk) {
    talk.greet(&["STARTTLS"]).await;
    talk.start_tls().await;
    talk.offer(&OFFERS).await;
    talk.hear("AUTH PLAIN").await;
}

fn with_login(port: u16, security: Security) -> SmtpServer {
    smtp_server("localhost", port, security, Some(login("portal", "canary-password")))
}

#[tokio::test]
async fn every_step_is_taken_and_no_mail_is_sent() {
    let server = FakeServer::start(|mut talk| async move {
        up_to_sign_in(&mut talk).await;
        talk.say("235 2.7.0 welcome canary-password").await;
        talk.hear("MAIL FROM:<portal@acme.example>").await;
        talk.say("250 ok").await;
        talk.hear("RCPT TO:<anna@example.org>").await;
        talk.say("250 ok").await;
        talk.hear("RSET").await;
        talk.say("250 ok").await;
        talk.hear("QUIT").await;
        talk.say("221 bye").await;
    })
    .await;
    let (port, network) = (server.port, network(PATIENCE, Some(&server.root)));
    let (failure, steps) = check(with_login(port, Security::StartTls), network).await;
    assert_eq!(failure, None);
    assert_eq!(names(&steps), CheckStep::by_smtp(Security::StartTls));
    assert!(steps.iter().all(|step| step.outcome == CheckOutcome::Passed));
    let heard = server.done().await;
    assert!(!heard.iter().any(|line| line.starts_with("DATA")), "{heard:?}");
    assert_eq!(heard.last().map(String::as_str), Some("QUIT"));

    let seen = |step: CheckStep| &steps.iter().find(|taken| taken.step == step).unwrap().seen;
    assert_eq!(*seen(CheckStep::Resolve), [Seen::Addresses { addresses: vec!["127.0.0.1".to_owned()] }]);
    assert_eq!(*seen(CheckStep::Greeting), [Seen::Greeting { words: "fake.test ESMTP".to_owned() }]);
    let encrypt = seen(CheckStep::Encrypt);
    assert!(matches!(&encrypt[0], Seen::Encryption { protocol } if protocol.starts_with("TLSv1_3")));
    let Seen::Certificate { certificate, own: true } = &encrypt[1] else { panic!("{encrypt:?}") };
    assert_eq!(certificate.names, ["localhost", "127.0.0.1"]);
    assert!(certificate.self_signed && certificate.from < certificate.until);
    let abilities = seen(CheckStep::Abilities);
    assert_eq!(abilities[0], Seen::SignInMethods { methods: vec!["PLAIN".to_owned(), "LOGIN".to_owned()] });
    assert_eq!(abilities[1], Seen::SizeLimit { bytes: Some(10_485_760) });
    let Seen::Extensions { missing, .. } = &abilities[2] else { panic!("{abilities:?}") };
    assert_eq!(missing, &["SMTPUTF8"]);
    let all = everything(&steps);
    assert!(all.contains("AUTH PLAIN ***") && all.contains("welcome ***"));
    assert!(!all.contains("canary-password"), "{all}");
}

#[tokio::test]
async fn with_tls_from_the_first_byte_encryption_comes_first_and_a_relay_needs_no_sign_in() {
    let server = FakeServer::start(|mut talk| async move {
        talk.encrypt().await;
        talk.greet(&[]).await;
        talk.hear("MAIL FROM").await;
        talk.say("250 ok").await;
        talk.hear("RCPT TO").await;
        talk.say("250 ok").await;
        talk.hear_the_rest().await;
    })
    .await;
    let network = network(PATIENCE, Some(&server.root));
    let (failure, steps) = check(smtp_server("localhost", server.port, Security::Tls, None), network).await;
    assert_eq!(failure, None);
    assert_eq!(names(&steps), CheckStep::by_smtp(Security::Tls));
    let outcome = |step| &steps.iter().find(|taken| taken.step == step).unwrap().outcome;
    assert_eq!(*outcome(CheckStep::SignIn), CheckOutcome::NotNeeded);
    assert_eq!(*outcome(CheckStep::Encrypt), CheckOutcome::Passed);
}

type Script = Box<dyn FnOnce(Talk) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

fn script<F: Future<Output = ()> + Send + 'static>(play: impl FnOnce(Talk) -> F + Send + 'static) -> Script {
    Box::new(|talk| Box::pin(play(talk)))
}

/// A step, the server that fails there, the cause, and what is said of it.
type Failing = (CheckStep, Security, Script, fn(&Cause) -> bool, &'static str);

/// Each step with a server that fails there; the words are those of real servers.
fn failing_at() -> Vec<Failing> {
    vec![
        (
            CheckStep::Greeting,
            Security::StartTls,
            script(|mut talk| async move { talk.say("554 5.7.1 No SMTP service here").await }),
            |cause| *cause == Cause::ServiceRefused,
            "does not want to talk to this installation",
        ),
        (
            CheckStep::Encrypt,
            Security::StartTls,
            script(|mut talk| async move {
                talk.greet(&OFFERS).await;
                talk.hear_the_rest().await;
            }),
            |cause| *cause == Cause::StartTlsNotOffered,
            "offers no encryption with StartTLS",
        ),
        (
            CheckStep::Encrypt,
            Security::Tls,
            script(|mut talk| async move {
                talk.say("220 fake.test ESMTP").await;
                talk.piece_of_handshake().await;
            }),
            |cause| *cause == Cause::NotTls,
            "does not speak SSL/TLS on port",
        ),
        (
            CheckStep::SignIn,
            Security::StartTls,
            script(|mut talk| async move {
                up_to_sign_in(&mut talk).await;
                talk.say("535 5.7.8 Error: authentication failed: canary-password").await;
                talk.hear_the_rest().await;
            }),
            |cause| *cause == Cause::AuthRefused,
            "refused the user name or the password",
        ),
        (
            CheckStep::Sender,
            Security::StartTls,
            script(|mut talk| async move {
                up_to_sign_in(&mut talk).await;
                talk.say("235 ok").await;
                talk.hear("MAIL").await;
                talk.say("553 5.7.1 Sender address rejected: not owned by user portal").await;
                talk.hear_the_rest().await;
            }),
            |cause| *cause == Cause::SenderRefused,
            "portal may not send as portal@acme.example",
        ),
        (
            CheckStep::Recipient,
            Security::StartTls,
            script(|mut talk| async move {
                up_to_sign_in(&mut talk).await;
                talk.say("235 ok").await;
                talk.hear("MAIL").await;
                talk.say("250 ok").await;
                talk.hear("RCPT").await;
                talk.say("550 5.1.1 <anna@example.org>: Recipient address rejected: User unknown").await;
                talk.hear_the_rest().await;
            }),
            |cause| *cause == Cause::RecipientRefused,
            "refused the recipient anna@example.org",
        ),
    ]
}

#[tokio::test]
async fn the_check_stops_at_the_step_that_fails_and_says_why() {
    for (step, security, play, is_cause, words) in failing_at() {
        let server = FakeServer::start(play).await;
        let network = network(PATIENCE, Some(&server.root));
        let (failure, steps) = check(with_login(server.port, security), network).await;
        let Some(Failure::Smtp(failure)) = failure else { panic!("{step:?} passed") };
        assert!(is_cause(&failure.cause), "{step:?}: {failure}");
        assert_eq!(steps.last().unwrap().step, step);
        assert_eq!(steps.last().unwrap().outcome, CheckOutcome::Failed(Box::new(failure.clone().into())));
        let order = CheckStep::by_smtp(security);
        assert_eq!(names(&steps), &order[..steps.len()], "nothing is told of what was not reached");
        let said = failure.what().say(Language::English);
        assert!(said.contains(words), "{said}");
        assert_ne!(said, failure.what().say(Language::German));
        let all = everything(&steps);
        assert!(!all.contains("canary-password"), "{all}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_there_and_a_port_that_is_shut_are_told_before_any_word() {
    let network = network(PATIENCE, None);
    let server = |host, port, login: Option<Login>| smtp_server(host, port, Security::StartTls, login);
    let (failure, steps) = check(server("no-such-host.invalid", 587, None), network.clone()).await;
    assert!(matches!(failure, Some(Failure::Smtp(failure)) if failure.cause == Cause::NotReachable));
    assert_eq!(names(&steps), [CheckStep::Resolve]);
    assert!(steps[0].seen.is_empty());

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (failure, steps) = check(server("localhost", free, None), network).await;
    assert!(matches!(failure, Some(Failure::Smtp(failure)) if failure.cause == Cause::ConnectRefused));
    assert_eq!(names(&steps), [CheckStep::Resolve, CheckStep::Connect]);
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_shown_all_the_same() {
    let server = FakeServer::start_as(&["mail.other.example"], |mut talk| async move {
        talk.greet(&["STARTTLS"]).await;
        talk.hear("STARTTLS").await;
        talk.say("220 go ahead").await;
        talk.encrypt_if_trusted().await;
    })
    .await;
    let network = network(PATIENCE, Some(&server.root));
    let (failure, steps) = check(with_login(server.port, Security::StartTls), network).await;
    let Some(Failure::Smtp(failure)) = failure else { panic!() };
    let wrong_name = Cause::CertificateWrongName { names: vec!["mail.other.example".to_owned()] };
    assert_eq!(failure.cause, wrong_name);
    let last = steps.last().unwrap();
    let Some(Seen::Certificate { certificate, own: true }) = last.seen.first() else { panic!("{last:?}") };
    assert_eq!(certificate.names, ["mail.other.example"]);
}

#[tokio::test]
async fn a_self_signed_certificate_is_shown_with_its_issuer() {
    let server = FakeServer::start(|mut talk| async move {
        talk.encrypt_if_trusted().await;
    })
    .await;
    let (failure, steps) = check(with_login(server.port, Security::Tls), network(PATIENCE, None)).await;
    let Some(Failure::Smtp(failure)) = failure else { panic!() };
    assert_eq!(failure.cause, Cause::CertificateUnknownIssuer);
    let last = steps.last().unwrap();
    let Some(Seen::Certificate { certificate, .. }) = last.seen.first() else { panic!("{last:?}") };
    assert!(certificate.self_signed);
}

#[tokio::test]
async fn whatever_hangs_the_check_ends_by_its_deadline() {
    let scripts = [
        script(|talk| async move { talk.hang().await }),
        script(|mut talk| async move {
            talk.greet(&["STARTTLS"]).await;
            talk.hear("STARTTLS").await;
            talk.say("220 go ahead").await;
            talk.hang().await;
        }),
        script(|mut talk| async move {
            up_to_sign_in(&mut talk).await;
            talk.hang().await;
        }),
    ];
    for play in scripts {
        let server = FakeServer::start(play).await;
        // patient beyond the check
        let network = network(Duration::from_mins(5), Some(&server.root));
        let (tell, _told) = mpsc::unbounded_channel();
        let mailer = Mailer::smtp(with_login(server.port, Security::StartTls), network);
        let message = message("portal@acme.example", "anna@example.org");
        let began = Instant::now();
        let result = mailer.check(&message, Duration::from_millis(1500), tell).await;
        assert!(result.is_err());
        assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    }
}
