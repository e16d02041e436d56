use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::mail::{Cause, Security, SmtpFailure, SmtpMailer};

/// A server that says nothing for so long expects TLS, or is none.
const GREETING: Duration = Duration::from_secs(3);
/// And so long everything may take with one of them.
const A_TRY: Duration = Duration::from_secs(8);

/// A port on which a mail server answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OpenPort {
    pub port: u16,
    pub security: Security,
}

/// Tries all of them at once.
pub(super) async fn try_all(mailer: &SmtpMailer, ports: &[u16], until: Instant) -> Vec<OpenPort> {
    join_all(ports.iter().map(|port| try_one(mailer, *port, until))).await.into_iter().flatten().collect()
}

/// First the security that is usual there, then the other. Never unencrypted: that is nothing to propose.
async fn try_one(mailer: &SmtpMailer, port: u16, until: Instant) -> Option<OpenPort> {
    let securities = if port == Security::Tls.usual_port() {
        [Security::Tls, Security::StartTls]
    } else {
        [Security::StartTls, Security::Tls]
    };
    for security in securities {
        match answers(mailer, OpenPort { port, security }, until).await {
            Ok(()) => return Some(OpenPort { port, security }),
            Err(failure) if speaks(&failure.cause) => return Some(OpenPort { port, security }),
            // it does not speak that; whoever is not there does not speak the other one either
            Err(failure) if is_there(&failure.cause) => {}
            Err(_) => return None,
        }
    }
    None
}

async fn answers(mailer: &SmtpMailer, at: OpenPort, until: Instant) -> Result<(), Box<SmtpFailure>> {
    let mailer = mailer.at(at.port, at.security);
    let until = until.min(Instant::now() + A_TRY);
    let mut conversation = mailer.conversation(until.saturating_duration_since(Instant::now()));
    conversation.keep_transcript(false);
    conversation.resolve().await?;
    conversation.connect().await?;
    if at.security == Security::Tls {
        conversation.encrypt().await?;
    }
    conversation.set_deadline(until.min(Instant::now() + GREETING));
    conversation.greet().await?;
    conversation.set_deadline(until);
    if at.security == Security::StartTls {
        conversation.encrypt().await?;
    }
    tokio::spawn(conversation.quit());
    Ok(())
}

/// Whether a server that fails like this speaks what was tried: the next check says what else is wrong.
fn speaks(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::CertificateExpired
            | Cause::CertificateNotYetValid
            | Cause::CertificateWrongName { .. }
            | Cause::CertificateUnknownIssuer
            | Cause::CertificateOther { .. }
    )
}

/// Whether somebody is there who may speak the other.
fn is_there(cause: &Cause) -> bool {
    matches!(
        cause,
        Cause::SilentGreeting
            | Cause::NotTls
            | Cause::NotSmtp
            | Cause::TlsHandshake { .. }
            | Cause::ConnectionLost
            | Cause::StartTlsNotOffered
            | Cause::Slow
            | Cause::Timeout
    )
}
