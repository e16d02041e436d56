//! A message that does not fit into a request, by way of a draft ("Attach large files to Outlook messages").

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_RANGE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use tokio::time::Instant;
use uuid::Uuid;

use super::answer::Redactor;
use super::delivery::{Delivery, Failed, LARGEST_REQUEST};
use super::draft_json as json;
use super::exchange::{Exchange, Request, request_headers};
use super::http::{self, Http};
use super::limits::Place;
use super::stage::Stage;
use super::{Microsoft365Answer, Microsoft365Cause};
use crate::mail::{Attachment, Direction, Message};

/// Graph takes files up to that size, and all of them together are no more.
const LARGEST_FILES: usize = 150 * 1024 * 1024;
/// Smaller files go as a whole: 3 MiB, of which base64 makes a full request, but for what stands around it.
const LARGE_FILE: usize = 3 * 1024 * 1024 - 4 * 1024;
/// Parts are a multiple of 320 KiB, as upload sessions elsewhere in Graph want them, and below 4 MB.
const PART: usize = 12 * 320 * 1024;
/// Nothing is sent if less of the deadline is left: a request that is cut short leaves its outcome unknown.
const FOR_SENDING: Duration = Duration::from_secs(3);
/// A draft that was not sent is deleted within that time.
const DELETING: Duration = Duration::from_secs(30);
/// A shorter piece of an upload's address cannot be told from ordinary words.
const PIECE: usize = 12;

/// What a draft is made of, but for the files.
pub(super) struct Parts {
    draft: Bytes,
    text: Bytes,
}

impl Parts {
    /// Of that message, unless it is too large even so.
    pub(super) fn of(message: &Message) -> Result<Self, Microsoft365Cause> {
        let files = message.content().attachments.iter().map(|file| file.bytes.len()).sum();
        let (draft, text) = (json::draft(message), json::text(message));
        let (Some(draft), Some(text)) = (draft, text) else { return Err(Microsoft365Cause::MessageRefused) };
        match exceeded(files, text.len()) {
            Some(limit) => {
                Err(Microsoft365Cause::TooLarge { limit: u64::try_from(limit).unwrap_or(u64::MAX) })
            }
            None => Ok(Self { draft, text }),
        }
    }
}

/// The limit that is exceeded by files of that size together, or by a request for the text.
fn exceeded(files: usize, text: usize) -> Option<usize> {
    [(files, LARGEST_FILES), (text, LARGEST_REQUEST)]
        .into_iter()
        .find(|(size, limit)| size > limit)
        .map(|it| it.1)
}

impl Delivery<'_> {
    /// Makes the draft, fills and sends it. A draft that is not sent is deleted.
    pub(super) async fn send_draft(
        &mut self,
        parts: Parts,
        place: &Arc<Place>,
    ) -> Result<Microsoft365Answer, Failed> {
        let url = self.gateway.endpoints.drafts(self.account.cloud, &self.account.mailbox.to_string());
        let url = url.ok_or_else(|| self.failed(Microsoft365Cause::MailboxUnknown))?;
        let heard = self.ask(post(Stage::Draft, url, parts.draft)).await?;
        let id = json::draft_id(&heard.answer).filter(|id| self.at(id, "").is_some());
        let id = id.ok_or_else(|| self.strange(Microsoft365Cause::UnexpectedAnswer, &heard))?;
        let mut leftover = self.leftover(&id, &heard, place);

        self.ask(Request { method: Method::PATCH, success: 200, ..self.fill(&id, "", parts.text)? }).await?;
        for file in self.message.content().attachments.clone() {
            if file.bytes.len() < LARGE_FILE {
                let body = json::file(&file).unwrap_or_default();
                self.ask(self.fill(&id, "/attachments", body)?).await?;
            } else {
                self.upload(&id, &file).await?;
            }
        }
        if self.until.saturating_duration_since(Instant::now()) < FOR_SENDING {
            return Err(self.failed(Microsoft365Cause::Timeout));
        }
        // whoever goes away now does not know whether it is sent
        leftover.is_doomed = false;
        let send = self.fill(&id, "/send", Bytes::new())?;
        let sent =
            self.ask(Request { stage: Stage::SendDraft, content_type: None, success: 202, ..send }).await;
        leftover.is_doomed = sent.as_ref().is_err_and(|failure| !failure.outcome_unknown());
        Ok(sent?.said)
    }

    /// Uploads a file in parts. Whoever has the address may write the file, so nobody sees it, and no token
    /// goes there.
    async fn upload(&mut self, draft: &str, file: &Attachment) -> Result<(), Failed> {
        let body = json::upload(file).unwrap_or_default();
        let heard = self.ask(self.fill(draft, "/attachments/createUploadSession", body)?).await?;
        let named = json::upload_url(&heard.answer);
        let named = named.ok_or_else(|| self.strange(Microsoft365Cause::UploadFailed, &heard))?;
        let Some(url) = self.gateway.endpoints.upload(self.account.cloud, &named) else {
            self.said.add(Direction::Event, "files go to Microsoft only, and this upload would go elsewhere");
            return Err(self.strange(Microsoft365Cause::UploadFailed, &heard));
        };
        let redactor = redactor(&url, self.account.client_secret.expose());
        let total = file.bytes.len();
        let mut from = 0;
        while from < total {
            let to = total.min(from + PART);
            let range = format!("bytes {from}-{}/{total}", to - 1);
            let mut headers = http::headers("application/octet-stream");
            let value = HeaderValue::from_str(&range);
            headers.insert(CONTENT_RANGE, value.map_err(|_| self.failed(Microsoft365Cause::UploadFailed))?);
            let words = format!("PUT to {}, {range}", url.host_str().unwrap_or_default());
            self.said.add(Direction::Sent, &words);
            let began = Instant::now();
            let part = file.bytes.slice(from..to);
            let answer = self.hear(Stage::Upload, Method::PUT, url.clone(), headers, part).await?;
            let success = if to == total { 201 } else { 200 };
            let said = self.judge(Stage::Upload, success, &answer, &redactor, began)?;
            if to < total && json::next_expected(&answer).is_some_and(|next| next != to) {
                let step = super::Microsoft365Step::Send;
                return Err(self.failure(step, Microsoft365Cause::UploadFailed, Some(said)));
            }
            from = to;
        }
        Ok(())
    }

    fn at(&self, draft: &str, tail: &str) -> Option<Url> {
        let mailbox = self.account.mailbox.to_string();
        self.gateway.endpoints.draft(self.account.cloud, &mailbox, draft, tail)
    }

    fn fill(&self, draft: &str, tail: &str, body: Bytes) -> Result<Request, Failed> {
        let url = self.at(draft, tail).ok_or_else(|| self.failed(Microsoft365Cause::UnexpectedAnswer))?;
        Ok(post(Stage::Filling, url, body))
    }

    /// An answer that succeeds and says nothing that can be used.
    fn strange(&self, cause: Microsoft365Cause, heard: &Exchange) -> Failed {
        self.failure(super::Microsoft365Step::Send, cause, Some(heard.said.clone()))
    }

    fn leftover(&self, draft: &str, heard: &Exchange, place: &Arc<Place>) -> Leftover {
        let headers = request_headers(&heard.token, &Uuid::now_v7(), None);
        Leftover {
            http: self.gateway.http.clone(),
            request: self.at(draft, "").zip(headers),
            place: place.clone(),
            is_doomed: true,
        }
    }
}

/// Takes out the address, each part of its path, and what in its query grants access.
fn redactor(url: &Url, client_secret: &str) -> Redactor {
    let query = url.query().unwrap_or_default();
    let values = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(_, value)| value.to_owned());
    let decoded = url.query_pairs().map(|(_, value)| value.into_owned());
    let segments = url.path_segments().into_iter().flatten().map(str::to_owned);
    let pieces: Vec<String> = values.chain(decoded).chain(segments).filter(|it| it.len() >= PIECE).collect();
    let whole = [url.as_str(), url.path(), query, client_secret].into_iter();
    Redactor::new(whole.chain(pieces.iter().map(String::as_str)))
}

fn post(stage: Stage, url: Url, body: Bytes) -> Request {
    let content_type = Some("application/json");
    Request { stage, method: Method::POST, url, content_type, body, success: 201 }
}

/// A draft that is deleted when it is dropped, unless it is (or may be) sent: also when whoever sends goes
/// away. As well as it can be done, and at the place at Microsoft's counter that the delivery has.
struct Leftover {
    http: Arc<Http>,
    request: Option<(Url, HeaderMap)>,
    place: Arc<Place>,
    is_doomed: bool,
}

impl Drop for Leftover {
    fn drop(&mut self) {
        let Some((url, headers)) = self.request.take().filter(|_| self.is_doomed) else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (http, place) = (self.http.clone(), self.place.clone());
        runtime.spawn(async move {
            let until = Instant::now() + DELETING;
            let answer = http.request(Method::DELETE, url, headers, Bytes::new(), until).await;
            let status = answer.map(|answer| answer.status).ok();
            tracing::debug!(target: "posthorn::mail", status, "a draft that was not sent was deleted");
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_even_so_is_known_before() {
        let mib = 1024 * 1024;
        assert_eq!(exceeded(150 * mib, 4 * mib), None);
        assert_eq!(exceeded(150 * mib + 1, 0), Some(150 * mib));
        assert_eq!(exceeded(0, 4 * mib + 1), Some(4 * mib));
    }

    #[test]
    fn parts_and_whole_files_keep_within_microsofts_limits() {
        assert!(PART < 4_000_000 && PART.is_multiple_of(320 * 1024));
        let file = |name: String, length| Attachment {
            name,
            content_type: "application/pdf".to_owned(),
            bytes: vec![0; length].into(),
        };
        let whole = json::file(&file("\u{1}".repeat(255), LARGE_FILE - 1)).unwrap();
        assert!(whole.len() <= LARGEST_REQUEST, "{}", whole.len());
    }

    #[test]
    fn what_grants_access_to_an_upload_is_taken_out_of_what_is_kept() {
        let token = "eyJhbGciOiJSUzI1NiJ9.canary%2Fcanary-canary.c2lnbmF0dXJl";
        let url =
            format!("https://outlook.office.com/api/v2.0/AttachmentSessions('c')?authtoken={token}&a=b");
        let redactor = redactor(&Url::parse(&url).unwrap(), "client~secret");
        for echo in [url.as_str(), token, "canary/canary-canary", "AttachmentSessions('c')", "client~secret"]
        {
            let kept = redactor.clean(&format!("You asked {echo}!"), 500);
            assert!(!kept.contains("canary") && !kept.contains("Sessions('c')"), "{kept}");
            assert!(kept.contains("***"), "{kept}");
        }
    }
}
