use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::answer::security_of;
use crate::email_provider::form::{ProgramSmtp, SmtpField, SmtpForm};
use crate::email_provider::{Provider, SecretChange, Settings, SmtpSettings};
use crate::i18n::Text;
use crate::web::api::{Problem, ValidationErrors};

/// One step of a JSON Patch (RFC 6902). It has no `Debug`: its value may be a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldPatch {
    /// `replace`, `add` or `remove`; missing, or the literal `replace, remove, add`: `replace`.
    #[serde(default)]
    #[schema(value_type = Option<PatchOp>)]
    op: Option<String>,
    /// The field that changes, as a JSON pointer.
    #[schema(value_type = PatchPath)]
    path: String,
    /// Its new value. `remove` needs none.
    #[serde(default)]
    #[schema(value_type = Option<PatchValueSchema>)]
    value: Option<PatchValue>,
}

/// What to do with a field.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum PatchOp {
    #[schema(rename = "replace")]
    Replace,
    #[schema(rename = "add")]
    Add,
    #[schema(rename = "remove")]
    Remove,
    #[schema(rename = "replace, remove, add")]
    Literal,
}

/// The fields that can change.
#[derive(ToSchema)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum PatchPath {
    #[schema(rename = "/username")]
    Username,
    #[schema(rename = "/serverAddress")]
    ServerAddress,
    #[schema(rename = "/serverPort")]
    ServerPort,
    #[schema(rename = "/securityType")]
    SecurityType,
    #[schema(rename = "/emailAddress")]
    EmailAddress,
    #[schema(rename = "/emailPassword")]
    EmailPassword,
}

/// A text; the port may be a number, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum PatchValue {
    Text(Zeroizing<String>),
    Number(u32),
}

/// A text; the port may be a number, too.
#[derive(ToSchema)]
#[schema(as = PatchValue)]
#[serde(untagged)]
#[allow(dead_code, reason = "a schema is made of it, and nothing else")]
enum PatchValueSchema {
    Text(String),
    Number(u32),
}

impl PatchValue {
    fn into_text(self) -> Zeroizing<String> {
        match self {
            PatchValue::Text(text) => text,
            PatchValue::Number(number) => Zeroizing::new(number.to_string()),
        }
    }
}

const PASSWORD: &str = "/emailPassword";

/// Where the secret is patched.
pub(super) fn secret_pointer() -> &'static str {
    PASSWORD
}

fn pointer(field: SmtpField) -> &'static str {
    match field {
        SmtpField::ServerAddress => "/serverAddress",
        SmtpField::ServerPort => "/serverPort",
        SmtpField::Security => "/securityType",
        SmtpField::SenderAddress | SmtpField::SenderName => "/emailAddress",
        SmtpField::Username => "/username",
        SmtpField::Password => PASSWORD,
    }
}

/// The settings with all steps taken, and what becomes of the secret, or all problems.
pub(super) fn apply(
    patches: Vec<FieldPatch>,
    smtp: &SmtpSettings,
    stored: &Provider,
) -> Result<(Settings, SecretChange), Problem> {
    let mut next = ProgramSmtp {
        server_address: smtp.server_address.clone(),
        server_port: smtp.server_port.to_string(),
        security: smtp.security.as_str(),
        sender_address: smtp.sender_address.clone(),
        sender_name: smtp.sender_name.clone().unwrap_or_default(),
        // what is patched is what is read: another sender does not sign in as another user
        username: Some(smtp.username().unwrap_or_default()),
    };
    let mut password = Zeroizing::new(String::new());
    let mut input = ValidationErrors::default();
    for (number, FieldPatch { op, path, value }) in patches.into_iter().enumerate() {
        let value = match op.as_deref().unwrap_or("replace") {
            "replace" | "add" | "replace, remove, add" => match value {
                Some(value) => value.into_text(),
                None => {
                    let missing = Text::new("api-field-missing").with("name", "value");
                    input.at(format!("/{number}/value"), missing);
                    continue;
                }
            },
            "remove" => Zeroizing::default(),
            _ => {
                input.at(format!("/{number}/op"), Text::new("provider-api-patch-op"));
                continue;
            }
        };
        match path.as_str() {
            "/username" => next.username = Some(value.to_string()),
            "/serverAddress" => next.server_address = value.to_string(),
            "/serverPort" => next.server_port = value.to_string(),
            "/securityType" => match security_of(&value) {
                Some(security) => next.security = security.as_str(),
                None => input.at(format!("/{number}/value"), Text::new("provider-api-security")),
            },
            "/emailAddress" => next.sender_address = value.to_string(),
            PASSWORD => password = value,
            _ => input.at(format!("/{number}/path"), Text::new("provider-api-patch-path")),
        }
    }
    input.check()?;
    let form = SmtpForm::from_api(next, password, Some(stored));
    form.parse(Some(stored)).map_err(|errors| super::put::input(&errors, pointer))
}
