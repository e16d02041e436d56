//! What an administrator is told for every situation that is known of SMTP servers, in both languages. **A new
//! one is one more row**: the step, the server's genuine words, and what must stand in the sentences.

use std::io;

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use super::{Capabilities, Cause, Reply, SmtpFailure, Step, reading};
use crate::i18n::Language;
use crate::mail::{Security, tls};

/// What happened: a reply, or something else.
enum Sign {
    Said(Step, u16, &'static str),
    Tls(rustls::Error),
    Otherwise(Step, Cause),
}
use Sign::{Otherwise, Said, Tls};

/// What must be said in English and in German.
type Row = (Sign, &'static [&'static str], &'static [&'static str]);

fn failure(sign: Sign) -> SmtpFailure {
    let offers = Capabilities { auth: vec!["CRAM-MD5".to_owned()], ..Capabilities::default() };
    let (step, cause, reply) = match sign {
        Said(step, code, text) => {
            let reply = Reply::new(code, vec![text.to_owned()]);
            (step, reading::cause_of(step, &reply, &offers, &super::blame::Context::default()), Some(reply))
        }
        Tls(error) => (Step::Encrypt, tls::cause_of(&io::Error::other(error)), None),
        Otherwise(step, cause) => (step, cause, None),
    };
    SmtpFailure {
        step,
        cause,
        host: "smtp.acme.example".to_owned(),
        port: 587,
        security: Security::StartTls,
        username: Some("svc@acme.example".to_owned()),
        sender: Some("reports@acme.example".to_owned()),
        recipient: Some("anna@example.org".to_owned()),
        reply,
    }
}

fn name_mismatch() -> rustls::Error {
    rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
        expected: "smtp.acme.example".try_into().unwrap(),
        presented: vec!["DnsName(\"mail.provider.example\")".to_owned()],
    })
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn before_a_mail() -> Vec<Row> {
    vec![
        (
            Otherwise(Step::Resolve, Cause::NotReachable),
            &["smtp.acme.example cannot be found, or lies in a network that", "Check the spelling"],
            &["wurde nicht gefunden oder liegt in einem Netz", "Prüfen Sie die Schreibweise"],
        ),
        (
            Otherwise(Step::Connect, Cause::ConnectRefused),
            &["refuses connections on port 587", "587 with StartTLS and 465 with SSL/TLS"],
            &["weist Verbindungen auf Port 587 ab", "587 mit StartTLS und 465 mit SSL/TLS"],
        ),
        (
            Otherwise(Step::Connect, Cause::ConnectTimeout),
            &["does not answer on port 587", "Use port 587 or 465 rather than 25"],
            &["antwortet auf Port 587 nicht", "Port 587 oder 465 statt 25"],
        ),
        (
            Tls(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)),
            &["does not speak SSL/TLS on port 587", "Check server address and port"],
            &["kein SSL/TLS", "Erfragen Sie Serveradresse und Port"],
        ),
        (
            Otherwise(Step::Greeting, Cause::SilentGreeting),
            &[
                "and then said nothing",
                "expects SSL/TLS from the first byte. Choose SSL/TLS, or use port 587",
            ],
            &["sich dann nicht gemeldet", "Wählen Sie SSL/TLS, oder verwenden Sie Port 587"],
        ),
        (
            Otherwise(Step::Encrypt, Cause::StartTlsNotOffered),
            &["offers no encryption with StartTLS", "so nothing was sent"],
            &["keine Verschlüsselung mit StartTLS", "deshalb wurde nichts gesendet"],
        ),
        (
            Tls(rustls::Error::InvalidCertificate(CertificateError::Expired)),
            &["certificate of smtp.acme.example has expired", "administrator must renew it"],
            &["Zertifikat von smtp.acme.example ist abgelaufen", "muss es erneuern"],
        ),
        (
            Tls(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer)),
            &["is not trusted: it is self-signed", "intermediate certificates"],
            &["wird nicht vertraut: Es ist selbst signiert", "samt Zwischenzertifikaten"],
        ),
        (
            Tls(name_mismatch()),
            &["belongs to mail.provider.example", "Enter the name in the certificate as the server address"],
            &["gehört zu mail.provider.example", "Tragen Sie den Namen aus dem Zertifikat"],
        ),
        (
            Tls(rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)),
            &["supports outdated encryption only", "TLS 1.2 with forward secrecy"],
            &["nur veraltete Verschlüsselungsverfahren", "TLS 1.2 mit Forward Secrecy"],
        ),
        (
            Tls(rustls::Error::PeerIncompatible(PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig)),
            &["supports outdated encryption only"],
            &["nur veraltete Verschlüsselungsverfahren"],
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn at_sign_in() -> Vec<Row> {
    let microsoft: (&[_], &[_]) = (
        &[
            "Microsoft 365 has sign-in with a password switched off",
            "use the provider \"Microsoft 365\" here",
        ],
        &["Anmeldung mit Kennwort", "verwenden Sie hier den Anbieter „Microsoft 365“"],
    );
    let app_password: (&[_], &[_]) = (
        &["it probably wants an app password", "at Google: 16 characters, with 2-step verification"],
        &["vermutlich ein App-Kennwort", "bei Google 16 Zeichen"],
    );
    vec![
        (
            Said(Step::SignIn, 530, "5.7.0 Must issue a STARTTLS command first"),
            &["wants an encrypted connection first", "Choose StartTLS"],
            &["verlangt zuerst eine verschlüsselte Verbindung", "Wählen Sie StartTLS"],
        ),
        (
            Said(Step::SignIn, 538, "5.7.11 Encryption required for requested authentication mechanism"),
            &["wants an encrypted connection first"],
            &["verlangt zuerst eine verschlüsselte Verbindung"],
        ),
        (
            Said(Step::SignIn, 504, "5.7.4 Unrecognized authentication type"),
            &["(it offers CRAM-MD5)", "by its IP address, leave user name and password empty"],
            &["(angeboten: CRAM-MD5)", "lassen Sie Benutzername und Kennwort leer"],
        ),
        (
            Said(
                Step::SignIn,
                535,
                "5.7.8 Username and Password not accepted. For more information, go to \
                 https://support.google.com/mail/?p=BadCredentials",
            ),
            app_password.0,
            app_password.1,
        ),
        (
            Said(Step::SignIn, 534, "5.7.9 Application-specific password required."),
            app_password.0,
            app_password.1,
        ),
        (
            Said(
                Step::SignIn,
                535,
                "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. \
                 Visit https://aka.ms/smtp_auth_disabled for more information.",
            ),
            microsoft.0,
            microsoft.1,
        ),
        (
            Said(
                Step::SignIn,
                535,
                "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.",
            ),
            microsoft.0,
            microsoft.1,
        ),
        (
            Said(
                Step::SignIn,
                535,
                "5.7.139 Authentication unsuccessful, user is locked by your organization's security \
                 defaults policy. Contact your administrator.",
            ),
            microsoft.0,
            microsoft.1,
        ),
        (
            Said(
                Step::SignIn,
                535,
                "5.7.139 Authentication unsuccessful, the request did not meet the criteria to be \
                 authenticated successfully. Contact your administrator.",
            ),
            microsoft.0,
            microsoft.1,
        ),
        (
            Said(Step::SignIn, 535, "5.7.3 Authentication unsuccessful"),
            &["the password is wrong, or the account needs a second factor", "provider \"Microsoft 365\""],
            &["Das Kennwort ist falsch, oder das Konto verlangt einen zweiten Faktor", "Anbieter"],
        ),
        (
            Said(Step::SignIn, 550, "5.7.30 Basic authentication is not supported for Client Submission."),
            microsoft.0,
            microsoft.1,
        ),
        (
            Said(Step::SignIn, 535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6"),
            &["refused the user name or the password", "often the full email address", "lock the account"],
            &[
                "den Benutzernamen oder das Kennwort abgelehnt",
                "oft die vollständige E-Mail-Adresse",
                "sperren",
            ],
        ),
        (
            Said(Step::SignIn, 454, "4.7.0 Temporary authentication failure"),
            &["cannot check the user name and password at the moment", "Nothing is wrong with your settings"],
            &["derzeit nicht prüfen", "An Ihren Einstellungen ist bis hierher nichts auszusetzen"],
        ),
        (
            Said(Step::SignIn, 432, "4.3.2 Concurrent connections limit exceeded."),
            &["accepts no more connections"],
            &["nimmt keine weiteren Verbindungen an"],
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn with_a_mail() -> Vec<Row> {
    let send_as: (&[_], &[_]) = (
        &["svc@acme.example may not send as reports@acme.example", "\"Send As\""],
        &[
            "svc@acme.example darf bei smtp.acme.example nicht als reports@acme.example senden",
            "„Senden als“",
        ],
    );
    let busy: (&[_], &[_]) = (&["is overloaded at the moment"], &["derzeit überlastet"]);
    let greylisted: (&[_], &[_]) = (
        &["does not take mail from first-time senders", "This is normal. Try again in"],
        &["bisher unbekannten Absendern", "Das ist normal. Versuchen Sie es in"],
    );
    vec![
        (
            Said(Step::Sender, 530, "5.7.57 Client not authenticated to send mail."),
            &["wants a sign-in before it takes mail", "Enter user name and password"],
            &["verlangt eine Anmeldung", "Tragen Sie Benutzername und Kennwort ein"],
        ),
        (
            Said(
                Step::Sender,
                530,
                "5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM",
            ),
            &["wants a sign-in before it takes mail"],
            &["verlangt eine Anmeldung"],
        ),
        (
            Said(Step::Message, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender"),
            send_as.0,
            send_as.1,
        ),
        (
            Said(
                Step::Message,
                554,
                "5.2.252 SendAsDenied; svc@acme.example not allowed to send as reports@acme.example",
            ),
            send_as.0,
            send_as.1,
        ),
        (
            Said(Step::Message, 554, "5.2.0 STOREDRV.Submission.Exception:SendAsDeniedException"),
            send_as.0,
            send_as.1,
        ),
        (
            Said(
                Step::Recipient,
                553,
                "5.7.1 <reports@acme.example>: Sender address rejected: not owned by user svc",
            ),
            send_as.0,
            send_as.1,
        ),
        (Said(Step::Sender, 550, "mailbox unavailable"), send_as.0, send_as.1),
        (
            Said(
                Step::Message,
                554,
                "Message rejected: Email address is not verified. The following identities failed the check \
                 in region EU-WEST-1: reports@acme.example",
            ),
            &["Amazon SES", "is not verified", "leave the sandbox"],
            &["Amazon SES", "nicht verifiziert", "Freigabe aus der Sandbox"],
        ),
        (
            Said(
                Step::Message,
                554,
                "Access denied: User `arn:aws:iam::1:user/x' is not authorized to perform `ses:SendRawEmail'",
            ),
            &["Amazon SES", "check the right to send"],
            &["Amazon SES", "das Senderecht prüfen"],
        ),
        (
            Said(Step::Message, 550, "5.1.8 Access denied, bad outbound sender AS(42003)"),
            &["has blocked reports@acme.example for outgoing spam", "release the mailbox"],
            &["wegen ausgehenden Spams gesperrt", "wieder freigeben"],
        ),
        (
            Said(Step::Message, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
            busy.0,
            busy.1,
        ),
        (Said(Step::Sender, 421, "4.7.0 Try again later, closing connection."), busy.0, busy.1),
        (
            Said(
                Step::Recipient,
                450,
                "4.2.1 The user you are trying to contact is receiving mail too quickly",
            ),
            &["takes no mail for anna@example.org", "The address and your settings look right"],
            &["nimmt für anna@example.org keine E-Mails an", "Eine Regel der Empfängerseite"],
        ),
        (Said(Step::Recipient, 452, "4.5.3 Error: too many recipients"), busy.0, busy.1),
        (
            Said(Step::Recipient, 451, "4.7.1 Greylisting in action, please come back later"),
            greylisted.0,
            greylisted.1,
        ),
        (
            Said(Step::Recipient, 450, "4.7.1 Greylisted, try again in 300 seconds"),
            greylisted.0,
            greylisted.1,
        ),
        (
            Said(Step::Sender, 552, "5.3.4 Message size exceeds fixed limit"),
            &["larger than smtp.acme.example takes"],
            &["größer, als smtp.acme.example zulässt"],
        ),
        (
            Otherwise(Step::Sender, Cause::TooLarge { limit: Some(10_485_760) }),
            &["(10 MiB at most)", "Send less at once"],
            &["(höchstens 10 MiB)", "Senden Sie weniger auf einmal"],
        ),
        (
            Said(Step::Recipient, 550, "5.1.1 <anna@example.org>: Recipient address rejected: User unknown"),
            &["refused the recipient anna@example.org", "Your settings look right so far"],
            &["den Empfänger anna@example.org abgelehnt", "Einstellungen des E-Mail-Anbieters sind"],
        ),
        (
            Said(
                Step::Message,
                550,
                "5.7.26 Unauthenticated email from acme.example is not accepted due to domain's DMARC policy.",
            ),
            &["does not allow mail from smtp.acme.example", "MX, SPF, DKIM and DMARC"],
            &["keine E-Mails über smtp.acme.example zulässt", "MX, SPF, DKIM und DMARC prüfen"],
        ),
        (
            Said(Step::Message, 550, "5.7.1 SPF check failed for acme.example"),
            &["does not allow mail from smtp.acme.example"],
            &["keine E-Mails über smtp.acme.example zulässt"],
        ),
        // what nobody knows is told in the server's own words
        (
            Said(Step::Message, 554, "5.9.9 The moon is in the wrong house"),
            &["\"554 5.9.9 The moon is in the wrong house\"", "The reply says why"],
            &["„554 5.9.9 The moon is in the wrong house“", "Der Grund steht in der Antwort"],
        ),
    ]
}

#[test]
fn every_known_situation_has_its_sentences_in_both_languages() {
    let rows = before_a_mail().into_iter().chain(at_sign_in()).chain(with_a_mail());
    let mut count = 0;
    let mut missing = Vec::new();
    for (sign, english, german) in rows {
        let failure = failure(sign);
        for (language, all) in [(Language::English, english), (Language::German, german)] {
            let said = format!("{} {}", failure.what().say(language), failure.what_to_do().say(language));
            for words in all {
                if !said.contains(words) {
                    missing.push(format!("{failure}: {words:?} does not stand in {said:?}"));
                }
            }
        }
        count += 1;
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    assert!(count > 40, "only {count} rows");
}
