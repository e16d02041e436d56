use std::time::Duration;

use tokio::time::Instant;

use super::{Certificate, CheckOutcome, CheckStep, CheckedStep, Progress, Seen, took_ms};
use crate::mail::smtp::shown;
use crate::mail::{Conversation, Failure, Message, Security, SmtpFailure, SmtpMailer};

/// No step may use up the time of all. Less than ten seconds, after which some servers give up waiting for TLS:
/// that they were silent says more than that they hung up.
const A_STEP: Duration = Duration::from_secs(9);
/// At most that many characters of the server's words stand beside a step.
const WORDS: usize = 200;

/// Takes the steps of a delivery, one by one.
pub(super) async fn check(
    mailer: &SmtpMailer,
    message: &Message,
    until: Instant,
    told: &Progress,
) -> Result<(), Box<Failure>> {
    let mut conversation = mailer.conversation(until.saturating_duration_since(Instant::now()));
    conversation.about(message);
    conversation.witnessed();
    let mut result = Ok(());
    for step in CheckStep::by_smtp(mailer.security()) {
        let began = Instant::now();
        conversation.set_deadline(until.min(began + A_STEP));
        let taken = take(&mut conversation, mailer, message, *step).await;
        let took_ms = took_ms(began);
        let transcript = conversation.take_transcript();
        let seen = seen(&conversation, mailer, message, *step, &transcript);
        let outcome = match taken {
            Ok(true) => CheckOutcome::Passed,
            Ok(false) => CheckOutcome::NotNeeded,
            Err(failure) => {
                let failure = Box::new(Failure::from(*failure));
                result = Err(failure.clone());
                CheckOutcome::Failed(failure)
            }
        };
        told.send(CheckedStep { step: *step, outcome, took_ms, seen, transcript }).ok();
        if result.is_err() {
            break;
        }
    }
    if conversation.is_open() {
        // the outcome is known; nobody needs to wait for RSET and the goodbye
        tokio::spawn(async move {
            conversation.set_deadline(Instant::now() + A_STEP);
            if conversation.reset().await.is_ok() {
                conversation.quit().await;
            }
        });
    }
    result
}

/// Takes a step; `false` if this server's way does without it.
async fn take(
    conversation: &mut Conversation,
    mailer: &SmtpMailer,
    message: &Message,
    step: CheckStep,
) -> Result<bool, Box<SmtpFailure>> {
    match step {
        CheckStep::Resolve => conversation.resolve().await?,
        CheckStep::Connect => conversation.connect().await?,
        CheckStep::Greeting => conversation.greet().await?,
        CheckStep::Encrypt if mailer.security() == Security::None => return Ok(false),
        CheckStep::Encrypt => conversation.encrypt().await?,
        CheckStep::SignIn if mailer.username().is_none() => return Ok(false),
        CheckStep::SignIn => conversation.sign_in().await?,
        CheckStep::Sender => conversation.sender(message).await?,
        CheckStep::Recipient => conversation.recipient(message).await?,
        // they were told with the introduction
        _ => {}
    }
    Ok(true)
}

fn seen(
    conversation: &Conversation,
    mailer: &SmtpMailer,
    message: &Message,
    step: CheckStep,
    transcript: &crate::mail::Transcript,
) -> Vec<Seen> {
    match step {
        CheckStep::Resolve => {
            let addresses: Vec<_> =
                conversation.addresses().iter().map(|address| address.ip().to_string()).collect();
            if addresses.is_empty() { Vec::new() } else { vec![Seen::Addresses { addresses }] }
        }
        CheckStep::Greeting => {
            let heard = transcript.lines().iter().find(|line| line.text.starts_with("220"));
            let words = heard.map(|line| shown(line.text.get(4..).unwrap_or_default(), WORDS));
            words
                .filter(|words| !words.is_empty())
                .map(|words| Seen::Greeting { words })
                .into_iter()
                .collect()
        }
        CheckStep::Encrypt if mailer.security() == Security::None => vec![Seen::InClear],
        CheckStep::Encrypt => {
            let protocol = conversation.encryption().map(|protocol| Seen::Encryption { protocol });
            protocol.into_iter().chain(certificates(conversation)).collect()
        }
        CheckStep::Abilities => abilities(conversation),
        CheckStep::SignIn => vec![match mailer.username() {
            Some(username) => Seen::SignedInAs { username: username.to_owned() },
            None => Seen::NobodySignsIn,
        }],
        CheckStep::Sender => vec![Seen::Accepted { address: message.from().to_string() }],
        CheckStep::Recipient => vec![Seen::Accepted { address: message.to().to_string() }],
        _ => Vec::new(),
    }
}

fn certificates(conversation: &Conversation) -> impl Iterator<Item = Seen> + use<> {
    conversation.certificates().into_iter().enumerate().filter_map(|(place, der)| {
        Some(Seen::Certificate { certificate: Certificate::read(&der)?, own: place == 0 })
    })
}

fn abilities(conversation: &Conversation) -> Vec<Seen> {
    let offers = conversation.offers();
    let extensions = [
        ("PIPELINING", offers.pipelining),
        ("SIZE", offers.size),
        ("8BITMIME", offers.eight_bit),
        ("SMTPUTF8", offers.smtputf8),
    ];
    let (offered, missing): (Vec<_>, Vec<_>) = extensions.into_iter().partition(|(_, offered)| *offered);
    let names = |all: Vec<(&str, bool)>| all.into_iter().map(|(name, _)| name.to_owned()).collect();
    vec![
        Seen::SignInMethods { methods: offers.auth.clone() },
        Seen::SizeLimit { bytes: offers.size_limit },
        Seen::Extensions { offered: names(offered), missing: names(missing) },
    ]
}
