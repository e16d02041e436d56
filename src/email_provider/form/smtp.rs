use zeroize::Zeroizing;

use super::{MAX_CREDENTIAL, credential};
use crate::email_provider::Provider;
use crate::email_provider::settings::{SecretChange, Settings, SignIn, SmtpSettings};
use crate::email_provider::{Autoconfig, PresetLogin, Server};
use crate::i18n::Text;
use crate::mail::Security;
use crate::values::{EmailAddress, EmailAddressProblem, Host, HostProblem, Secret};
use crate::web::FormErrors;

const MAX_NAME: usize = 100;

/// A field of the SMTP form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email_provider) enum SmtpField {
    ServerAddress,
    ServerPort,
    Security,
    SenderAddress,
    SenderName,
    Username,
    Password,
}

impl SmtpField {
    /// The name of the input, and the anchor that the summary of problems leads to.
    pub(in crate::email_provider) fn name(self) -> &'static str {
        match self {
            SmtpField::ServerAddress => "server_address",
            SmtpField::ServerPort => "server_port",
            SmtpField::Security => "security",
            SmtpField::SenderAddress => "sender_address",
            SmtpField::SenderName => "sender_name",
            SmtpField::Username => "username",
            SmtpField::Password => "password",
        }
    }
}

/// What a program says of an SMTP server.
pub(in crate::email_provider) struct ProgramSmtp {
    pub server_address: String,
    pub server_port: String,
    pub security: &'static str,
    pub sender_address: String,
    pub sender_name: String,
    pub username: Option<String>,
}

/// The SMTP form as it was sent. It has no `Debug`: there is a password in it.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
pub(in crate::email_provider) struct SmtpForm {
    /// The revision that the editor saw, `none` for none; left out by scripts that insist.
    pub revision: Option<String>,
    pub server_address: String,
    pub server_port: String,
    pub security: String,
    pub sender_address: String,
    pub sender_name: String,
    pub username_same_as_sender: Option<String>,
    pub username: String,
    password: Zeroizing<String>,
}

impl SmtpForm {
    /// The form as it shows when nothing is stored: StartTLS on its usual port, as most servers want it.
    pub(in crate::email_provider) fn empty() -> Self {
        Self {
            server_port: Security::StartTls.usual_port().to_string(),
            security: Security::StartTls.as_str().to_owned(),
            username_same_as_sender: Some("on".to_owned()),
            ..Self::default()
        }
    }

    /// The form as it shows what is stored. The password is not in it.
    pub(in crate::email_provider) fn of(smtp: &SmtpSettings) -> Self {
        Self {
            server_address: smtp.server_address.clone(),
            server_port: smtp.server_port.to_string(),
            security: smtp.security.as_str().to_owned(),
            sender_address: smtp.sender_address.clone(),
            sender_name: smtp.sender_name.clone().unwrap_or_default(),
            username_same_as_sender: (smtp.sign_in == SignIn::Sender).then(|| "on".to_owned()),
            username: match &smtp.sign_in {
                SignIn::User(name) => name.clone(),
                SignIn::Nobody | SignIn::Sender => String::new(),
            },
            ..Self::default()
        }
    }

    /// The form as a program fills it in. Without a user name, whoever has a password signs in as the sender; an
    /// empty one says that nobody signs in.
    pub(in crate::email_provider) fn from_api(
        smtp: ProgramSmtp,
        password: Zeroizing<String>,
        stored: Option<&Provider>,
    ) -> Self {
        let ProgramSmtp { server_address, server_port, security, sender_address, sender_name, username } =
            smtp;
        let signs_in = !password.is_empty() || stored.is_some_and(Provider::has_smtp_password);
        let same = username.as_deref().map_or(signs_in, |name| !name.is_empty() && name == sender_address);
        Self {
            revision: None,
            server_address,
            server_port,
            security: security.to_owned(),
            sender_address,
            sender_name,
            username_same_as_sender: same.then(|| "on".to_owned()),
            username: username.unwrap_or_default(),
            password,
        }
    }

    /// The form with a service's server. Who is to sign in stays if the server is the same already.
    pub(in crate::email_provider) fn with_server(mut self, server: &Server) -> Self {
        let is_same = self.server_address == server.host;
        server.host.clone_into(&mut self.server_address);
        self.server_port = server.port.to_string();
        server.security.as_str().clone_into(&mut self.security);
        if is_same {
            return self;
        }
        self.with_sign_in(match server.login {
            PresetLogin::Sender => SignIn::Sender,
            PresetLogin::Own | PresetLogin::Nobody => SignIn::Nobody,
            PresetLogin::Fixed(name) => SignIn::User(name.to_owned()),
        })
    }

    /// The form with what a domain says of its server.
    pub(in crate::email_provider) fn with_autoconfig(mut self, config: &Autoconfig) -> Self {
        self.server_address = config.host.to_string();
        self.server_port = config.port.to_string();
        config.security.as_str().clone_into(&mut self.security);
        self.with_sign_in(config.sign_in.clone())
    }

    fn with_sign_in(mut self, sign_in: SignIn) -> Self {
        self.username_same_as_sender = (sign_in == SignIn::Sender).then(|| "on".to_owned());
        self.username = match sign_in {
            SignIn::User(name) => name,
            SignIn::Nobody | SignIn::Sender => String::new(),
        };
        self
    }

    /// Whether the box is ticked.
    pub(in crate::email_provider) fn same_as_sender(&self) -> bool {
        super::is_ticked(self.username_same_as_sender.as_deref())
    }

    /// The settings and what becomes of the secret, or all problems.
    pub(in crate::email_provider) fn parse(
        &self,
        stored: Option<&Provider>,
    ) -> Result<(Settings, SecretChange), FormErrors<SmtpField>> {
        let mut errors = FormErrors::default();
        let server_address = errors
            .take(SmtpField::ServerAddress, Host::parse(&self.server_address).map_err(HostProblem::text));
        let server_port = errors.take(SmtpField::ServerPort, port(&self.server_port));
        let security = Security::parse(&self.security).ok_or(Text::new("provider-security-missing"));
        let security = errors.take(SmtpField::Security, security);
        let sender_address = EmailAddress::parse(&self.sender_address).map_err(EmailAddressProblem::text);
        let sender_address = errors.take(SmtpField::SenderAddress, sender_address);
        let sender_name = errors.take(SmtpField::SenderName, sender_name(&self.sender_name));
        let username =
            errors.take(SmtpField::Username, credential(&self.username, "provider-username-malformed"));
        let password = if self.password.contains('\0') || self.password.chars().count() > MAX_CREDENTIAL {
            Err(Text::new("provider-password-malformed").with_number("most", MAX_CREDENTIAL))
        } else {
            Ok(())
        };
        errors.take(SmtpField::Password, password);
        let sign_in = match (self.same_as_sender(), self.username.is_empty(), self.password.is_empty()) {
            (true, _, _) | (false, true, false) => SignIn::Sender,
            (false, true, true) => SignIn::Nobody,
            (false, false, _) => SignIn::User(username.unwrap_or_default()),
        };
        let (
            Some(server_address),
            Some(server_port),
            Some(security),
            Some(sender_address),
            Some(sender_name),
        ) = (server_address, server_port, security, sender_address, sender_name)
        else {
            // whether the stored password may stay cannot be said of half a destination; whether one
            // is missing altogether can
            if sign_in != SignIn::Nobody
                && self.password.is_empty()
                && !stored.is_some_and(Provider::has_smtp_password)
            {
                errors.add(SmtpField::Password, Text::new("provider-password-missing"));
            }
            return Err(errors);
        };
        let smtp = SmtpSettings {
            server_address: server_address.to_string(),
            server_port,
            security,
            sender_address: sender_address.to_string(),
            sender_name,
            sign_in,
        };
        let signs_in = smtp.sign_in != SignIn::Nobody;
        let settings = Settings::Smtp(smtp);
        let secret = errors.take(SmtpField::Password, self.secret(signs_in, &settings, stored));
        match secret {
            Some(secret) if errors.is_empty() => Ok((settings, secret)),
            _ => Err(errors),
        }
    }

    fn secret(
        &self,
        signs_in: bool,
        settings: &Settings,
        stored: Option<&Provider>,
    ) -> Result<SecretChange, Text> {
        if !signs_in {
            return Ok(SecretChange::Nothing);
        }
        if !self.password.is_empty() {
            return Ok(SecretChange::Replace(self.password_for(settings)));
        }
        match stored.filter(|stored| stored.has_smtp_password()) {
            None => Err(Text::new("provider-password-missing")),
            Some(stored) if stored.settings.destination() == settings.destination() => Ok(SecretChange::Keep),
            Some(_) => Err(Text::new("provider-password-again")),
        }
    }

    /// Google shows an app password in four groups with blanks between, and takes it without them. Anybody else's blanks
    /// belong to the password.
    fn password_for(&self, settings: &Settings) -> Secret {
        let is_google = matches!(settings, Settings::Smtp(smtp) if is_google(&smtp.server_address));
        let bare = Zeroizing::new(self.password.split_whitespace().collect::<String>());
        let is_app_password = bare.len() == 16 && bare.bytes().all(|byte| byte.is_ascii_lowercase());
        Secret::new(if is_google && is_app_password { bare.as_str() } else { self.password.as_str() })
    }
}

fn is_google(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    ["gmail.com", "googlemail.com", "google.com"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

fn port(text: &str) -> Result<u16, Text> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port != 0).ok_or(Text::new("provider-port-malformed"))
}

fn sender_name(text: &str) -> Result<Option<String>, Text> {
    let text = text.trim();
    if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'))
        || text.chars().count() > MAX_NAME
    {
        return Err(Text::new("provider-sender-name-malformed").with_number("most", MAX_NAME));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(host: &str, password: &str) -> String {
        let form = SmtpForm {
            server_address: host.to_owned(),
            server_port: "587".to_owned(),
            security: "starttls".to_owned(),
            sender_address: "anna@acme.example".to_owned(),
            username: "anna\u{a0}".to_owned(),
            password: Zeroizing::new(password.to_owned()),
            ..SmtpForm::default()
        };
        let Ok((Settings::Smtp(smtp), SecretChange::Replace(secret))) = form.parse(None) else {
            panic!("{host}, {password:?} was not taken");
        };
        assert_eq!(smtp.sign_in, SignIn::User("anna".to_owned()));
        secret.expose().to_owned()
    }

    /// Field case 2.7.
    #[test]
    fn an_app_password_of_google_is_taken_as_it_is_shown() {
        for shown in
            ["abcd efgh ijkl mnop", "abcd\u{a0}efgh\u{a0}ijkl\u{a0}mnop", " abcdefghijklmnop\u{202f}"]
        {
            assert_eq!(saved("smtp.gmail.com", shown), "abcdefghijklmnop");
            assert_eq!(saved("SMTP-relay.GMAIL.com", shown), "abcdefghijklmnop");
            assert_eq!(saved("smtp.acme.example", shown), shown);
            assert_eq!(saved("smtp.notgmail.com", shown), shown);
        }
        for other in ["abcd efgh ijkl mno", "my own pass phrase", "Abcd efgh ijkl mnop"] {
            assert_eq!(saved("smtp.gmail.com", other), other);
        }
    }

    #[test]
    fn hidden_characters_in_a_user_name_are_told() {
        let form = SmtpForm { username: "an\u{200b}na".to_owned(), ..SmtpForm::default() };
        let Err(errors) = form.parse(None) else { panic!("it was taken") };
        let said = errors.at(SmtpField::Username).unwrap().say(crate::i18n::Language::English);
        assert!(said.contains("hidden character"), "{said}");
    }
}
