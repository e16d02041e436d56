use serde::Deserialize;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, ObjectBuilder};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::i18n::Text;
use crate::messages::html::{self, HtmlRejected};
use crate::messages::message::{MAX_SUBJECT, MESSAGES, RECIPIENTS, RECIPIENTS_OF_ALL};
use crate::messages::{Draft, To};
use crate::outbox::{File, Priority};
use crate::values::{EmailAddress, EmailAddressProblem};
use crate::web::api::{self, Problem, ValidationErrors};

/// So many bytes the words of a batch may have in all, when they are ready to be sent.
const BYTES_OF_ALL: usize = 8 * 1024 * 1024;

/// A message. At least one of `text` and `html` is needed; the other is made of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewMessage {
    subject: String,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    html: Option<String>,
    recipients: Vec<NewRecipient>,
    #[serde(default)]
    priority: NewPriority,
}

/// The fields of a message.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MessageFields)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
struct Fields {
    /// The subject, in one line.
    #[schema(min_length = 1, max_length = 255, pattern = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]+$")]
    subject: String,
    /// For programs that show no HTML. Missing: it is made of `html`, with the addresses of the links below.
    #[schema(nullable = false, required = false, min_length = 1, pattern = r"^[^\u0000]+$")]
    text: Option<String>,
    /// Missing: it is made of `text`. Scripts, style sheets, forms, frames, handlers and whatever is loaded from
    /// elsewhere are taken out; pictures stay as `data:` URLs (PNG, JPEG, GIF, WebP), links as http, https, mailto and
    /// tel, and `style` attributes as far as they are about letters, colours and spaces. At most 20,000 elements, and
    /// at most 100 within each other; something must be left. Beyond 128 KiB without its pictures `text` is needed as well.
    #[schema(nullable = false, required = false, min_length = 1)]
    html: Option<String>,
    /// To whom. Each person gets a mail of their own, and sees no other recipient. Whoever is named twice gets one.
    #[schema(min_items = 1, max_items = 100, value_type = Vec<RecipientFields>)]
    recipients: Vec<NewRecipient>,
    #[schema(required = false)]
    priority: NewPriority,
}

/// A recipient: a user of the tenant, or an address of a domain that is allowed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewRecipient {
    #[serde(default)]
    user_id: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// The recipient, by identifier or by address.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = MessageRecipient)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum RecipientFields {
    #[schema(title = "A user")]
    User(UserRecipient),
    #[schema(title = "An address")]
    Address(AddressRecipient),
}

/// A user of the tenant who is not deactivated. The mail goes to their present address.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = MessageRecipientUser)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
struct UserRecipient {
    #[schema(format = "uuid")]
    user_id: String,
}

/// An address of a domain that an administrator has allowed under *Administration > API keys > Recipients*.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MessageRecipientAddress)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
struct AddressRecipient {
    #[schema(format = Email, max_length = 254)]
    email: String,
}

/// Who waits for it: `interactive` goes before everything that is `bulk`.
#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = MessagePriority, default = "interactive")]
enum NewPriority {
    /// A person, in front of a screen.
    #[default]
    Interactive,
    /// Nobody waits for it; it leaves after interactive mail.
    Bulk,
}

/// Messages that are handed in together: all of them, or none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewBatch {
    /// At most 10,000 recipients in all.
    #[schema(min_items = 1, max_items = 1000)]
    messages: Vec<NewMessage>,
}

/// A message with files.
#[derive(ToSchema)]
#[schema(as = MessageWithFiles)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
pub(super) struct NewParts {
    /// The message as JSON.
    #[schema(inline = false)]
    message: NewMessage,
    /// Files, each in a part of its own with a `filename`. At most 20.
    #[schema(required = false, max_items = 20, value_type = Vec<String>, format = Binary)]
    attachments: Vec<Vec<u8>>,
}

impl ToSchema for NewMessage {
    fn name() -> std::borrow::Cow<'static, str> {
        "NewMessage".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        Fields::schemas(schemas);
    }
}

/// The fields, and that one of two is needed, which a `derive` cannot say.
impl PartialSchema for NewMessage {
    fn schema() -> RefOr<Schema> {
        let needs = |name: &str| ObjectBuilder::new().required(name).build();
        let body = AnyOfBuilder::new().item(needs("text")).item(needs("html"));
        let description = "A message. At least one of `text` and `html` is needed; the other is made of it.";
        let all =
            AllOfBuilder::new().item(Fields::schema()).item(body).description(Some(description)).build();
        RefOr::T(Schema::AllOf(all))
    }
}

impl NewMessage {
    /// The draft, or a note of everything that is wrong. `at` is where it stands in the body.
    fn parse(self, at: &str, files: Vec<File>, input: &mut ValidationErrors) -> Option<Draft> {
        let subject = input.take(format!("{at}/subject"), subject(self.subject));
        let words = words(at, self.text, self.html, input);
        let recipients = recipients(at, self.recipients, input);
        let priority = match self.priority {
            NewPriority::Interactive => Priority::Interactive,
            NewPriority::Bulk => Priority::Bulk,
        };
        let (text, html) = words?;
        Some(Draft { subject: subject?, text, html, files, priority, recipients: recipients? })
    }

    /// The draft of a message with its files.
    pub(super) fn draft(self, files: Vec<api::File>) -> Result<Vec<Draft>, Problem> {
        let mut input = ValidationErrors::default();
        let file =
            |file: api::File| File { name: file.name, media_type: file.media_type, bytes: file.bytes.into() };
        let draft = self.parse("", files.into_iter().map(file).collect(), &mut input);
        input.check()?;
        Ok(Vec::from_iter(draft))
    }
}

impl NewBatch {
    /// The drafts of all messages.
    pub(super) fn drafts(self) -> Result<Vec<Draft>, Problem> {
        let count = self.messages.len();
        if count == 0 || count > MESSAGES {
            let text = Text::new("messages-count").with_number("most", MESSAGES);
            return Err(ValidationErrors::one("/messages", text));
        }
        let recipients: usize = self.messages.iter().map(|message| message.recipients.len()).sum();
        if recipients > RECIPIENTS_OF_ALL {
            let text = Text::new("messages-recipients-of-all").with_number("most", RECIPIENTS_OF_ALL);
            return Err(ValidationErrors::one("/messages", text));
        }
        let mut input = ValidationErrors::default();
        let all = self.messages.into_iter().enumerate();
        let (mut drafts, mut bytes) = (Vec::with_capacity(count), 0);
        for (number, one) in all {
            let draft = one.parse(&format!("/messages/{number}"), Vec::new(), &mut input);
            bytes += draft.as_ref().map_or(0, |draft| draft.text.len() + draft.html.len());
            if bytes > BYTES_OF_ALL {
                let text =
                    Text::new("messages-bytes-of-all").with_number("most", BYTES_OF_ALL / (1024 * 1024));
                return Err(ValidationErrors::one("/messages", text));
            }
            drafts.extend(draft);
        }
        input.check()?;
        Ok(drafts)
    }
}

fn subject(subject: String) -> Result<String, Text> {
    let is_line = !subject.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    if is_line && (1..=MAX_SUBJECT).contains(&subject.chars().count()) {
        Ok(subject)
    } else {
        Err(Text::new("api-subject").with_number("most", MAX_SUBJECT))
    }
}

/// Text and HTML, each made of the other if it is missing.
fn words(
    at: &str,
    text: Option<String>,
    html: Option<String>,
    input: &mut ValidationErrors,
) -> Option<(String, String)> {
    if text.is_none() && html.is_none() {
        input.at(at, Text::new("messages-body-missing"));
        return None;
    }
    if text.as_deref().is_some_and(|text| text.is_empty() || text.contains('\0')) {
        input.at(format!("{at}/text"), Text::new("messages-text"));
        return None;
    }
    let html = match html.map(|html| html::clean(&html)).transpose() {
        Ok(html) => html,
        Err(unfit) => {
            input.at(format!("{at}/html"), unfit_text(unfit));
            return None;
        }
    };
    match (text, html) {
        (Some(text), Some(html)) => Some((text, html)),
        (Some(text), None) => {
            let html = html::of_text(&text);
            Some((text, html))
        }
        (None, Some(html)) => match html::text_of(&html) {
            Some(text) => Some((text, html)),
            None => {
                input.at(format!("{at}/text"), Text::new("messages-text-needed"));
                None
            }
        },
        (None, None) => None,
    }
}

fn unfit_text(unfit: HtmlRejected) -> Text {
    let (elements, depth) = HtmlRejected::LIMITS;
    match unfit {
        HtmlRejected::Empty => Text::new("messages-html-empty"),
        HtmlRejected::TooComplex => {
            let text = Text::new("messages-html-complex").with_number("elements", elements);
            text.with_number("depth", depth)
        }
    }
}

fn recipients(at: &str, given: Vec<NewRecipient>, input: &mut ValidationErrors) -> Option<Vec<To>> {
    let at = format!("{at}/recipients");
    if given.is_empty() || given.len() > RECIPIENTS {
        input.at(at, Text::new("messages-recipients-count").with_number("most", RECIPIENTS));
        return None;
    }
    let count = given.len();
    let mut all = Vec::with_capacity(count);
    for (number, one) in given.into_iter().enumerate() {
        let at = format!("{at}/{number}");
        let to = match (one.user_id, one.email) {
            (Some(user), None) => {
                let user = user.parse().map_err(|_| Text::new("messages-no-user"));
                input.take(format!("{at}/userId"), user).map(To::User)
            }
            (None, Some(email)) => {
                let address = EmailAddress::parse(&email).map_err(EmailAddressProblem::text);
                input.take(format!("{at}/email"), address).map(To::Address)
            }
            _ => {
                input.at(at, Text::new("messages-recipient-one"));
                None
            }
        };
        all.extend(to);
    }
    (all.len() == count).then_some(all)
}
