use crate::clock::Timestamp;
use crate::mail::{Attachment, Compose, ComposeProblem, Message, Sender};
use crate::mail_types::MailBody;
use crate::values::{EmailAddress, OutboxMessageId};

/// From whom to whom a message goes, and when.
pub(super) struct Envelope {
    pub id: OutboxMessageId,
    pub message_id: String,
    pub from: Sender,
    pub to: EmailAddress,
    pub date: Timestamp,
}

/// Composes a message, to be sent or to be compared with what was sent: the same body, envelope and files always give
/// the same bytes.
pub(super) fn compose(
    body: MailBody,
    envelope: Envelope,
    attachments: Vec<Attachment>,
) -> Result<Message, ComposeProblem> {
    let MailBody { subject, text, html, extras } = body;
    let Envelope { id, message_id, from, to, date } = envelope;
    let parts =
        Compose { id: id.uuid(), from, to, subject, text, html, date, auto_submitted: true, attachments };
    Message::compose_with(message_id, parts, &extras)
}
