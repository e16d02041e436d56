use super::{PortTrial, ProviderCheck};
use crate::email_provider::{Settings, SignIn, SmtpSettings, is_exchange_online};
use crate::i18n::Text;
use crate::mail::{Cause, Failure, OpenPort, Security, SmtpFailure};
use crate::values::Host;

/// At most that many names of a certificate are offered.
const NAMES: usize = 3;

/// A change that puts a failure right. It fills the form in; the administrator looks at it and saves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuickFix {
    /// The security that the port speaks.
    Security(Security),
    /// A port at which the server answers.
    Port(OpenPort),
    /// The name that the certificate is for.
    Host(String),
    /// The sender's address as the user name.
    SenderAsUser,
    /// The provider Microsoft 365 in place of its SMTP server.
    Microsoft365,
}

/// What the form is filled in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mended {
    Smtp(SmtpSettings),
    /// A new form for Microsoft 365 with that sender.
    Microsoft365 {
        sender: String,
    },
}

impl QuickFix {
    /// What would put the check's failure right, the surest first.
    pub fn of(check: &ProviderCheck) -> Vec<QuickFix> {
        let Some(failure) = check.failure() else { return Vec::new() };
        let open = check.ports.as_ref().and_then(|trial: &PortTrial| trial.open.as_deref());
        of(&check.settings, failure, open.unwrap_or_default())
    }

    /// What would put a failure of a message or a check right, if it was with these settings.
    pub fn of_failure(settings: &Settings, failure: &Failure) -> Vec<QuickFix> {
        match (settings, failure) {
            (Settings::Smtp(smtp), Failure::Smtp(failed))
                if (&smtp.server_address, smtp.server_port) == (&failed.host, failed.port)
                    && smtp.security == failed.security
                    && smtp.username() == failed.username =>
            {
                of(settings, failure, &[])
            }
            _ => Vec::new(),
        }
    }

    /// The mend of that name, if it is one of the check's. A link names it and nothing else: what is filled
    /// in comes from the check.
    pub fn find(check: &ProviderCheck, key: &str) -> Option<QuickFix> {
        Self::of(check).into_iter().find(|mend| mend.key() == key)
    }

    /// Its name in links.
    pub fn key(&self) -> String {
        match self {
            QuickFix::Security(security) => security.as_str().to_owned(),
            QuickFix::Port(OpenPort { port, .. }) => format!("port-{port}"),
            QuickFix::Host(name) => format!("server-{name}"),
            QuickFix::SenderAsUser => "sender-as-user".to_owned(),
            QuickFix::Microsoft365 => "microsoft365".to_owned(),
        }
    }

    /// The settings with the change.
    pub fn apply(&self, smtp: &SmtpSettings) -> Mended {
        let mut mended = smtp.clone();
        match self {
            QuickFix::Security(security) => mended.security = *security,
            QuickFix::Port(open) => (mended.server_port, mended.security) = (open.port, open.security),
            QuickFix::Host(name) => mended.server_address.clone_from(name),
            QuickFix::SenderAsUser => mended.sign_in = SignIn::Sender,
            QuickFix::Microsoft365 => return Mended::Microsoft365 { sender: smtp.sender_address.clone() },
        }
        Mended::Smtp(mended)
    }

    /// What the button says.
    pub fn button(&self) -> Text {
        match self {
            QuickFix::Security(security) => {
                Text::new("provider-mend-security").with_text("security", security_name(*security))
            }
            QuickFix::Port(OpenPort { port, security }) => Text::new("provider-mend-port")
                .with("port", port)
                .with_text("security", security_name(*security)),
            QuickFix::Host(name) => Text::new("provider-mend-server").with("server", name),
            QuickFix::SenderAsUser => Text::new("provider-mend-sender-as-user"),
            QuickFix::Microsoft365 => Text::new("provider-set-up-microsoft365"),
        }
    }

    /// What the form says of the change.
    pub fn notice(&self, smtp: &SmtpSettings) -> Text {
        match self {
            QuickFix::Security(security) => Text::new("provider-mended-security")
                .with_text("former", security_name(smtp.security))
                .with_text("security", security_name(*security)),
            QuickFix::Port(OpenPort { port, security }) => Text::new("provider-mended-port")
                .with("former", smtp.server_port)
                .with("port", port)
                .with_text("security", security_name(*security)),
            QuickFix::Host(name) => {
                Text::new("provider-mended-server").with("former", &smtp.server_address).with("server", name)
            }
            QuickFix::SenderAsUser => Text::new("provider-mended-sender-as-user")
                .with("former", smtp.username().unwrap_or_default())
                .with("sender", &smtp.sender_address),
            QuickFix::Microsoft365 => Text::new("provider-mended-microsoft365"),
        }
    }
}

fn of(settings: &Settings, failure: &Failure, open: &[OpenPort]) -> Vec<QuickFix> {
    let (Settings::Smtp(smtp), Failure::Smtp(failed)) = (settings, failure) else { return Vec::new() };
    let mut mends = of_smtp(smtp, failed, open);
    let is_microsofts =
        matches!(failed.cause, Cause::AuthDisabledByMicrosoft | Cause::AuthRefusedByMicrosoft)
            || (is_exchange_online(&smtp.server_address) && failure.is_about_settings());
    if is_microsofts {
        mends.push(QuickFix::Microsoft365);
    }
    mends
}

fn of_smtp(smtp: &SmtpSettings, failure: &SmtpFailure, open: &[OpenPort]) -> Vec<QuickFix> {
    match &failure.cause {
        // what answered was the greeting of a mail server
        Cause::NotTls if smtp.security == Security::Tls && failure.reply.is_some() => {
            vec![QuickFix::Security(Security::StartTls)]
        }
        // who says nothing waits for TLS
        Cause::SilentGreeting if smtp.security != Security::Tls => vec![QuickFix::Security(Security::Tls)],
        Cause::EncryptionRequired if smtp.security == Security::None => {
            vec![QuickFix::Security(Security::StartTls)]
        }
        Cause::ConnectRefused | Cause::ConnectTimeout | Cause::NoRoute | Cause::NotTls => {
            open.iter().copied().map(QuickFix::Port).collect()
        }
        Cause::CertificateWrongName { names } => names
            .iter()
            // a name with a star is nobody's
            .filter_map(|name| match Host::parse(name) {
                Ok(Host::Name(name)) if name.contains('.') || name == "localhost" => {
                    Some(QuickFix::Host(name))
                }
                _ => None,
            })
            .take(NAMES)
            .collect(),
        Cause::AuthRefused => match &smtp.sign_in {
            SignIn::User(name) if !name.eq_ignore_ascii_case(&smtp.sender_address) => {
                vec![QuickFix::SenderAsUser]
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The name of a security, as the form has it.
fn security_name(security: Security) -> Text {
    Text::new(match security {
        Security::StartTls => "provider-starttls",
        Security::Tls => "provider-tls",
        Security::None => "provider-clear",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::i18n::Language;
    use crate::mail::{CheckOutcome, CheckStep, CheckedStep, Step, Transcript};
    use crate::values::ProviderCheckId;

    fn settings(security: Security, port: u16) -> SmtpSettings {
        SmtpSettings {
            server_address: "smtp.acme.example".to_owned(),
            server_port: port,
            security,
            sender_address: "portal@acme.example".to_owned(),
            sender_name: None,
            sign_in: SignIn::User("portal".to_owned()),
        }
    }

    fn check(smtp: SmtpSettings, cause: Cause) -> ProviderCheck {
        let failure = SmtpFailure {
            step: Step::Connect,
            cause,
            host: smtp.server_address.clone(),
            port: smtp.server_port,
            security: smtp.security,
            username: smtp.username(),
            sender: None,
            recipient: None,
            reply: None,
        };
        let step = CheckedStep {
            step: CheckStep::Connect,
            outcome: CheckOutcome::Failed(Box::new(failure.into())),
            took_ms: 1,
            seen: Vec::new(),
            transcript: Transcript::default(),
        };
        ProviderCheck {
            id: ProviderCheckId::new(),
            requested_at: Timestamp(1),
            of_form: false,
            settings: Settings::Smtp(smtp),
            recipient: "anna@example.org".to_owned(),
            steps: vec![step],
            ports: None,
            finished_at: Some(Timestamp(2)),
        }
    }

    #[test]
    fn a_certain_cause_has_its_mend_and_no_other_has_one() {
        use Security::{None as Clear, StartTls, Tls};
        let names = ["*.provider.example", "mail.provider.example", "provider", "192.0.2.1"];
        let wrong_name = Cause::CertificateWrongName { names: names.map(str::to_owned).to_vec() };
        for (security, cause, keys) in [
            (Tls, Cause::NotTls, vec![]),
            (StartTls, Cause::NotTls, vec![]),
            (StartTls, Cause::AuthDisabledByMicrosoft, vec!["microsoft365"]),
            (Tls, Cause::AuthRefusedByMicrosoft, vec!["microsoft365"]),
            (StartTls, Cause::SilentGreeting, vec!["tls"]),
            (Clear, Cause::SilentGreeting, vec!["tls"]),
            (Tls, Cause::SilentGreeting, vec![]),
            (Clear, Cause::EncryptionRequired, vec!["starttls"]),
            (StartTls, wrong_name, vec!["server-mail.provider.example"]),
            (StartTls, Cause::AuthRefused, vec!["sender-as-user"]),
            (StartTls, Cause::StartTlsNotOffered, vec![]),
            (StartTls, Cause::CertificateExpired, vec![]),
            (StartTls, Cause::ConnectRefused, vec![]),
            (StartTls, Cause::AppPasswordNeeded, vec![]),
        ] {
            let check = check(settings(security, 587), cause.clone());
            let mends: Vec<String> = QuickFix::of(&check).iter().map(QuickFix::key).collect();
            assert_eq!(mends, keys, "{security:?} {cause:?}");
            for key in keys {
                let mend = QuickFix::find(&check, key).unwrap();
                let Settings::Smtp(smtp) = &check.settings else { panic!() };
                assert_ne!(mend.apply(smtp), Mended::Smtp(smtp.clone()), "{key}");
                for text in [mend.button(), mend.notice(smtp)] {
                    let [english, german] = Language::ALL.map(|language| text.say(language));
                    assert!(english != german && !english.contains("provider-"), "{english}");
                }
            }
        }
    }

    #[test]
    fn the_port_that_answers_is_offered_and_ports_are_tried_once() {
        let mut check = check(settings(Security::StartTls, 25), Cause::ConnectTimeout);
        assert!(check.wants_ports(Timestamp(3)) && QuickFix::of(&check).is_empty());
        let open = OpenPort { port: 465, security: Security::Tls };
        check.ports = Some(PortTrial { began_at: Timestamp(3), tried: vec![465, 587], open: None });
        assert!(check.is_trying_ports(Timestamp(3)) && !check.wants_ports(Timestamp(3)));
        check.ports = Some(PortTrial { began_at: Timestamp(3), tried: vec![465], open: Some(vec![open]) });
        assert!(!check.is_under_way(Timestamp(3)) && !check.wants_ports(Timestamp(3)));
        let mends = QuickFix::of(&check);
        assert_eq!(mends, [QuickFix::Port(open)]);
        let Settings::Smtp(smtp) = &check.settings else { panic!() };
        let Mended::Smtp(mended) = mends[0].apply(smtp) else { panic!() };
        assert_eq!((mended.server_port, mended.security), (465, Security::Tls));
        assert_eq!(mended.sign_in, smtp.sign_in);
    }

    #[test]
    fn exchange_online_leads_to_microsoft_365_and_a_name_that_is_the_senders_needs_no_mend() {
        let mut smtp = settings(Security::StartTls, 587);
        smtp.server_address = "smtp.office365.com".to_owned();
        smtp.sign_in = SignIn::User("Portal@acme.example".to_owned());
        let check = check(smtp.clone(), Cause::AuthRefused);
        assert_eq!(QuickFix::of(&check), [QuickFix::Microsoft365]);
        let sender = smtp.sender_address.clone();
        assert_eq!(QuickFix::Microsoft365.apply(&smtp), Mended::Microsoft365 { sender });
        assert_eq!(QuickFix::find(&check, "server-evil.example"), None);
    }
}
