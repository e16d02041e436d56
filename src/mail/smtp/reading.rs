//! What a server's refusal means. The code says how bad it is, the enhanced code what about, and only where those two
//! leave it open do the words decide: large providers have words of their own. Who is to blame stands in `blame.rs`.

use super::blame::{Context, by_table};
use super::{Capabilities, Cause, Reply, Step};

/// The cause that a refusing reply at that step stands for.
pub(super) fn cause_of(step: Step, reply: &Reply, offers: &Capabilities, context: &Context<'_>) -> Cause {
    if reply.is_positive() {
        return Cause::UnexpectedReply;
    }
    match step {
        Step::Resolve | Step::Connect | Step::Greeting => at_greeting(reply, context),
        Step::Encrypt => Cause::StartTlsRefused,
        Step::SignIn => at_sign_in(reply, offers, context),
        Step::Sender | Step::Recipient | Step::Message => in_transaction(step, reply, offers, context),
    }
}

fn at_greeting(reply: &Reply, context: &Context<'_>) -> Cause {
    by_table(Step::Greeting, reply, context).unwrap_or_else(|| match reply.code {
        501 if reply.mentions(&["domain", "hostname", "name", "argument", "syntax"]) => {
            Cause::HeloRefused { name: context.ehlo_name.to_owned() }
        }
        421 => Cause::TooBusy,
        _ if reply.is_permanent() => Cause::ServiceRefused,
        _ => busy_or_temporary(reply),
    })
}

fn at_sign_in(reply: &Reply, offers: &Capabilities, context: &Context<'_>) -> Cause {
    let mentions = |words: &[&str]| reply.mentions(words);
    if let Some(cause) = by_table(Step::SignIn, reply, context) {
        return cause;
    }
    if reply.code == 421 {
        return Cause::TooBusy;
    }
    if !reply.is_permanent() {
        // 432 4.3.2 is Exchange Online's "concurrent connections limit exceeded"
        return if is_busy(reply) { Cause::TooBusy } else { Cause::AuthUnavailable };
    }
    if reply.code == 538
        || reply.is(5, 7, 11)
        || (reply.code == 530 && mentions(&["starttls", "tls", "encrypt"]))
    {
        return Cause::EncryptionRequired;
    }
    if reply.is(5, 7, 139) || reply.is(5, 7, 30) || mentions(&["smtpclientauthentication is disabled"]) {
        return Cause::AuthDisabledByMicrosoft;
    }
    if reply.is(5, 7, 3) && mentions(&["authentication unsuccessful"]) {
        return Cause::AuthRefusedByMicrosoft;
    }
    if reply.is(5, 7, 9)
        || mentions(&[
            "app password",
            "application-specific password",
            "app-specific",
            "username and password not accepted",
        ])
    {
        return Cause::AppPasswordNeeded;
    }
    match reply.code {
        504 => Cause::NoCommonMechanism { offered: offers.auth.clone() },
        500 | 502 | 503 => Cause::AuthNotOffered,
        _ => Cause::AuthRefused,
    }
}

/// MAIL, RCPT and DATA together, because servers say the same thing at different places: Postfix
/// keeps its opinion on the sender until RCPT, Exchange Online until the final dot.
fn in_transaction(step: Step, reply: &Reply, offers: &Capabilities, context: &Context<'_>) -> Cause {
    if let Some(cause) = conditions(reply) {
        return cause;
    }
    if !reply.is_permanent() && names_greylisting(reply) {
        return Cause::Greylisted { after_seconds: wanted_delay(&reply.lines.join(" ")) };
    }
    match by_table(step, reply, context) {
        Some(Cause::TooLarge { .. }) => return Cause::TooLarge { limit: offers.size_limit },
        Some(cause) => return cause,
        None => {}
    }
    if reply.code == 421 {
        return Cause::TooBusy;
    }
    if !reply.is_permanent() {
        return temporary(step, reply);
    }
    match (reply.code, step) {
        (552, _) => Cause::TooLarge { limit: offers.size_limit },
        (_, Step::Sender) => Cause::SenderRefused,
        // nothing says that there is no such mailbox, so the address stays as good as it was
        (_, Step::Recipient) => Cause::RecipientDeclined,
        _ => Cause::MessageRefused,
    }
}

/// What the server wants first.
fn conditions(reply: &Reply) -> Option<Cause> {
    if reply.code == 538 || (reply.code == 530 && reply.mentions(&["starttls", "tls", "encrypt"])) {
        return Some(Cause::EncryptionRequired);
    }
    if reply.is(5, 7, 30) {
        return Some(Cause::AuthDisabledByMicrosoft);
    }
    let anonymous = [
        "client was not authenticated",
        "client not authenticated",
        "authentication required",
        "not authenticated to send anonymous mail",
        "must authenticate",
        "authentication is required",
    ];
    // a group of Exchange that takes mail from its own people only
    if reply.is(5, 7, 133) {
        return None;
    }
    let wants_login = matches!(reply.code, 530 | 535) || reply.is(5, 7, 57);
    (wants_login || (reply.is_permanent() && reply.mentions(&anonymous))).then_some(Cause::AuthRequired)
}

fn temporary(step: Step, reply: &Reply) -> Cause {
    // 4.7.1 at RCPT is greylisting if nothing else is said
    if step == Step::Recipient && reply.is(4, 7, 1) && !is_busy(reply) {
        return Cause::Greylisted { after_seconds: wanted_delay(&reply.lines.join(" ")) };
    }
    busy_or_temporary(reply)
}

fn names_greylisting(reply: &Reply) -> bool {
    reply.mentions(&[
        "greylist",
        "graylist",
        "grey-list",
        "gray-list",
        "grey list",
        "gray list",
        "postgrey",
        "first time sender",
        "first-time sender",
    ])
}

fn busy_or_temporary(reply: &Reply) -> Cause {
    if is_busy(reply) { Cause::TooBusy } else { Cause::TemporaryRefusal }
}

fn is_busy(reply: &Reply) -> bool {
    reply.is(4, 3, 2)
        || reply.is(4, 5, 3)
        || reply.mentions(&[
            "too many",
            "rate limit",
            "rate exceeded",
            "concurrent",
            "connection limit",
            "throttl",
        ])
}

/// The seconds in "try again in 300 seconds", "please retry in 5 minutes" and the like.
fn wanted_delay(text: &str) -> Option<u64> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.windows(2).find_map(|pair| {
        let [number, unit] = pair else { return None };
        let number: u64 = number.parse().ok().filter(|n| *n <= 100_000)?;
        match unit.as_str() {
            "s" | "sec" | "secs" | "second" | "seconds" => Some(number),
            "m" | "min" | "mins" | "minute" | "minutes" => Some(number * 60),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(step: Step, code: u16, text: &str) -> Cause {
        let offers = Capabilities { auth: vec!["CRAM-MD5".to_owned()], ..Capabilities::default() };
        cause_of(step, &Reply::new(code, vec![text.to_owned()]), &offers, &Context::default())
    }

    #[test]
    fn words_of_real_servers_at_sign_in() {
        let offered = vec!["CRAM-MD5".to_owned()];
        for (code, text, expected) in [
            (535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", Cause::AuthRefused),
            (
                535,
                "5.7.8 Username and Password not accepted. For more information, go to https://support.google.com/mail/?p=BadCredentials",
                Cause::AppPasswordNeeded,
            ),
            (534, "5.7.9 Application-specific password required.", Cause::AppPasswordNeeded),
            (
                535,
                "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
                Cause::AuthDisabledByMicrosoft,
            ),
            (
                535,
                "5.7.139 Authentication unsuccessful, user is locked by your organization's security defaults policy.",
                Cause::AuthDisabledByMicrosoft,
            ),
            (
                550,
                "5.7.30 Basic authentication is not supported for Client Submission.",
                Cause::AuthDisabledByMicrosoft,
            ),
            (
                535,
                "5.7.3 Authentication unsuccessful [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]",
                Cause::AuthRefusedByMicrosoft,
            ),
            (504, "5.7.4 Unrecognized authentication type", Cause::NoCommonMechanism { offered }),
            (
                454,
                "4.7.0 Temporary authentication failure: Connection lost to authentication server",
                Cause::AuthUnavailable,
            ),
            (432, "4.3.2 Concurrent connections limit exceeded.", Cause::TooBusy),
            (530, "5.7.0 Must issue a STARTTLS command first", Cause::EncryptionRequired),
            (
                538,
                "5.7.11 Encryption required for requested authentication mechanism",
                Cause::EncryptionRequired,
            ),
            (503, "5.5.1 Error: authentication not enabled", Cause::AuthNotOffered),
            (421, "4.7.0 Too many failures", Cause::TooBusy),
        ] {
            assert_eq!(cause(Step::SignIn, code, text), expected, "{code} {text}");
        }
    }

    #[test]
    fn words_of_real_servers_in_a_transaction() {
        let greylisted = |after_seconds| Cause::Greylisted { after_seconds };
        for (step, code, text, expected) in [
            (Step::Sender, 530, "5.7.0 Must issue a STARTTLS command first", Cause::EncryptionRequired),
            (Step::Sender, 530, "5.7.0 Authentication required", Cause::AuthRequired),
            (Step::Sender, 530, "5.7.57 Client not authenticated to send mail.", Cause::AuthRequired),
            (
                Step::Sender,
                550,
                "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
                Cause::AuthRequired,
            ),
            (Step::Sender, 550, "mailbox unavailable", Cause::SenderRefused),
            (Step::Sender, 552, "5.3.4 Message size exceeds fixed limit", Cause::TooLarge { limit: None }),
            (Step::Sender, 451, "4.3.0 Try later", Cause::TemporaryRefusal),
            (
                Step::Recipient,
                553,
                "5.7.1 <x@y.org>: Sender address rejected: not owned by user z",
                Cause::SenderRefused,
            ),
            (Step::Recipient, 554, "5.7.1 <x@y.org>: Relay access denied", Cause::RelayDenied),
            (
                Step::Recipient,
                550,
                "5.1.1 <x@y.org>: Recipient address rejected: User unknown",
                Cause::RecipientRefused,
            ),
            (Step::Recipient, 450, "4.7.1 Greylisted, try again in 300 seconds", greylisted(Some(300))),
            (Step::Recipient, 451, "4.7.1 Please wait 5 minutes and try again", greylisted(Some(300))),
            (Step::Recipient, 451, "4.7.1 Service unavailable", greylisted(None)),
            (Step::Recipient, 450, "4.2.1 Mailbox disabled for now", Cause::TemporaryRefusal),
            (Step::Recipient, 452, "4.2.2 Mailbox full", Cause::MailboxFull),
            (Step::Recipient, 552, "5.2.2 over quota", Cause::MailboxFull),
            (Step::Recipient, 452, "4.5.3 Too many recipients", Cause::TooBusy),
            (
                Step::Recipient,
                550,
                "5.7.26 Unauthenticated email from acme.example is not accepted due to domain's DMARC policy.",
                Cause::DomainNotAuthorised,
            ),
            (
                Step::Message,
                554,
                "5.2.252 SendAsDenied; a@x.org not allowed to send as b@x.org",
                Cause::SenderRefused,
            ),
            (
                Step::Message,
                554,
                "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied",
                Cause::SenderRefused,
            ),
            (
                Step::Message,
                550,
                "5.7.60 SMTP; Client does not have permissions to send as this sender",
                Cause::SenderRefused,
            ),
            (Step::Message, 550, "5.1.8 Access denied, bad outbound sender AS(42003)", Cause::SenderBlocked),
            (
                Step::Message,
                554,
                "Message rejected: Email address is not verified. The following identities failed",
                Cause::SenderNotVerified,
            ),
            (
                Step::Message,
                554,
                "Access denied: User is not authorized to perform `ses:SendRawEmail'",
                Cause::SenderNotVerified,
            ),
            (Step::Message, 554, "5.6.0 content rejected", Cause::MessageRefused),
            (Step::Message, 451, "4.3.0 queue file write error", Cause::TemporaryRefusal),
            (Step::Message, 421, "4.3.2 shutting down", Cause::TooBusy),
            (Step::Message, 200, "what?", Cause::UnexpectedReply),
        ] {
            assert_eq!(cause(step, code, text), expected, "{step:?} {code} {text}");
        }
    }
}
