//! What Graph reads and says about drafts ("message", "fileAttachment", "attachmentItem" and
//! "uploadSession" resource types).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::http::Answer;
use crate::mail::{Attachment, Message};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Draft<'a> {
    subject: &'a str,
    from: Recipient,
    to_recipients: [Recipient; 1],
    internet_message_headers: &'a [Header],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: Address,
}

#[derive(Serialize)]
struct Address {
    address: String,
}

#[derive(Serialize)]
struct Header {
    name: &'static str,
    value: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Text<'a> {
    internet_message_id: &'a str,
    body: Body<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    content_type: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'static str,
    name: &'a str,
    content_type: &'a str,
    content_bytes: String,
}

#[derive(Serialize)]
struct Upload<'a> {
    #[serde(rename = "AttachmentItem")]
    item: Item<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    attachment_type: &'static str,
    name: &'a str,
    content_type: &'a str,
    size: usize,
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

#[derive(Deserialize)]
struct Session {
    #[serde(rename = "uploadUrl")]
    upload_url: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Progress {
    #[serde(alias = "nextExpectedRanges", alias = "NextExpectedRanges")]
    next: Vec<String>,
}

/// What the holiday notices of Exchange heed; `Auto-Submitted` cannot travel in JSON, where the names of
/// headers begin with `x-`. Other notices, like those of failure, are to come ([MS-OXCMAIL], section
/// 2.2.3.2.14).
const NO_NOTICES: [Header; 1] = [Header { name: "X-Auto-Response-Suppress", value: "OOF, AutoReply" }];

/// A draft without its text: Graph repeats a draft when it makes one, and its ID must be found in an answer
/// of bounded size.
pub(super) fn draft(message: &Message) -> Option<Bytes> {
    let content = message.content();
    let recipient = |address: String| Recipient { email_address: Address { address } };
    json(&Draft {
        subject: &content.subject,
        from: recipient(message.from().to_string()),
        to_recipients: [recipient(message.to().to_string())],
        internet_message_headers: if content.auto_submitted { &NO_NOTICES } else { &[] },
    })
}

/// Its text and the `Message-ID`, both of which can be changed as long as it is a draft.
pub(super) fn text(message: &Message) -> Option<Bytes> {
    let body = Body { content_type: "HTML", content: &message.content().html };
    json(&Text { internet_message_id: message.message_id(), body })
}

/// A file as a whole.
pub(super) fn file(file: &Attachment) -> Option<Bytes> {
    json(&File {
        kind: "#microsoft.graph.fileAttachment",
        name: &file.name,
        content_type: &file.content_type,
        content_bytes: BASE64_STANDARD.encode(&file.bytes),
    })
}

/// A file that will come in parts.
pub(super) fn upload(file: &Attachment) -> Option<Bytes> {
    let Attachment { name, content_type, bytes } = file;
    json(&Upload { item: Item { attachment_type: "file", name, content_type, size: bytes.len() } })
}

/// The ID of the draft that was made.
pub(super) fn draft_id(answer: &Answer) -> Option<String> {
    serde_json::from_slice::<Created>(&answer.body).ok().map(|created| created.id)
}

/// Where the parts go. As good as a password for this one file.
pub(super) fn upload_url(answer: &Answer) -> Option<Zeroizing<String>> {
    serde_json::from_slice::<Session>(&answer.body).ok().map(|session| session.upload_url)
}

/// From which byte on the file is expected, if the answer says so.
pub(super) fn next_expected(answer: &Answer) -> Option<usize> {
    let progress = serde_json::from_slice::<Progress>(&answer.body).ok()?;
    progress.next.first()?.split('-').next()?.parse().ok()
}

fn json(value: &impl Serialize) -> Option<Bytes> {
    serde_json::to_vec(value).ok().map(Bytes::from)
}
