//! The order is that of the list in the form. Every value is from the service's own help pages, named at
//! each row.

use super::{Preset, PresetLogin, Published, Selector, Server, SpfBy};
use crate::mail::Security;

const fn selector(name: &'static str) -> Selector {
    Selector { name, target: None }
}

const fn leads_to(name: &'static str, target: &'static str) -> Selector {
    Selector { name, target: Some(target) }
}

const fn starttls(host: &'static str, login: PresetLogin) -> Server {
    Server { host, port: 587, security: Security::StartTls, login }
}

const UNKNOWN: Published = Published { spf: SpfBy::Addresses, dkim: &[] };

// support.google.com/a/answer/176600, /a/answer/174124
const GOOGLE: Published = Published { spf: SpfBy::Include("_spf.google.com"), dkim: &[selector("google")] };

// learn.microsoft.com: "Set up SPF", "Set up DKIM". The targets hold the customer's own names.
const MICROSOFT: Published = Published {
    spf: SpfBy::Include("spf.protection.outlook.com"),
    dkim: &[selector("selector1"), selector("selector2")],
};

// www.ionos.de/hilfe: "E-Mail-Authentifizierung mit DKIM"
const IONOS_KEYS: &[Selector] = &[
    leads_to("s1-ionos", "s1.dkim.ionos.com"),
    leads_to("s2-ionos", "s2.dkim.ionos.com"),
    leads_to("s42582890", "s42582890.dkim.ionos.com"),
];

const IONOS_EU: Published = Published { spf: SpfBy::Include("_spf-eu.ionos.com"), dkim: IONOS_KEYS };
const IONOS_US: Published = Published { spf: SpfBy::Include("_spf-us.ionos.com"), dkim: IONOS_KEYS };

// docs.aws.amazon.com/ses: "SMTP endpoints"; "Easy DKIM": three random names a customer; the return address
// is of amazonses.com unless the customer sets up a "custom MAIL FROM domain".
const AMAZON: Published = Published { spf: SpfBy::OwnReturnAddress, dkim: &[] };

const fn amazon(
    key: &'static str,
    name: &'static str,
    host: &'static str,
    mx: &'static [&'static str],
) -> Preset {
    Preset {
        key,
        name,
        server: Some(starttls(host, PresetLogin::Own)),
        hint: "provider-hint-amazon-ses",
        dns: AMAZON,
        mx,
        own_domains: &[],
    }
}

const fn ionos(
    key: &'static str,
    name: &'static str,
    host: &'static str,
    dns: Published,
    mx: &'static [&'static str],
) -> Preset {
    let server = Some(starttls(host, PresetLogin::Sender));
    Preset { key, name, server, hint: "provider-hint-ionos", dns, mx, own_domains: &[] }
}

pub const PRESETS: &[Preset] = &[
    Preset {
        key: "own",
        name: "",
        server: None,
        hint: "provider-hint-own",
        dns: UNKNOWN,
        mx: &[],
        own_domains: &[],
    },
    // support.google.com/a/answer/176600: "Send email from a printer, scanner or app"
    Preset {
        key: "google",
        name: "Google Workspace, Gmail",
        server: Some(starttls("smtp.gmail.com", PresetLogin::Sender)),
        hint: "provider-hint-google",
        dns: GOOGLE,
        mx: &["google.com", "googlemail.com"],
        own_domains: &["gmail.com", "googlemail.com"],
    },
    Preset {
        key: "google-relay",
        name: "Google Workspace: SMTP relay",
        server: Some(starttls("smtp-relay.gmail.com", PresetLogin::Nobody)),
        hint: "provider-hint-google-relay",
        dns: GOOGLE,
        mx: &[],
        own_domains: &[],
    },
    // another kind of provider: the form says so and leads there
    Preset {
        key: "microsoft365",
        name: "Microsoft 365",
        server: None,
        hint: "provider-exchange-online",
        dns: MICROSOFT,
        mx: &["mail.protection.outlook.com", "mx.microsoft"],
        own_domains: &["outlook.com", "hotmail.com", "live.com", "onmicrosoft.com"],
    },
    ionos("ionos-de", "IONOS (ionos.de)", "smtp.ionos.de", IONOS_EU, &["ionos.de", "kundenserver.de"]),
    ionos("ionos-uk", "IONOS (ionos.co.uk)", "smtp.ionos.co.uk", IONOS_EU, &["ionos.co.uk"]),
    ionos("ionos-fr", "IONOS (ionos.fr)", "smtp.ionos.fr", IONOS_EU, &["ionos.fr"]),
    ionos("ionos-es", "IONOS (ionos.es)", "smtp.ionos.es", IONOS_EU, &["ionos.es"]),
    ionos("ionos-com", "IONOS (ionos.com)", "smtp.ionos.com", IONOS_US, &["ionos.com", "perfora.net"]),
    // www.strato.de/faq: "SMTP-Server"; its names are those that Strato sets in its own zones
    Preset {
        key: "strato",
        name: "Strato",
        server: Some(Server {
            host: "smtp.strato.de",
            port: 465,
            security: Security::Tls,
            login: PresetLogin::Sender,
        }),
        hint: "provider-hint-strato",
        dns: Published {
            spf: SpfBy::Include("_spf.strato.com"),
            dkim: &[
                leads_to("strato-dkim-0002", "strato-dkim-0002._domainkey.rzone.de"),
                leads_to("strato-dkim-0003", "strato-dkim-0003._domainkey.rzone.de"),
            ],
        },
        mx: &["rzone.de", "strato.de"],
        own_domains: &[],
    },
    // hilfe.gmx.net and hilfe.web.de: "SMTP-Server"; mail must be allowed for other programs
    Preset {
        key: "gmx",
        name: "GMX",
        server: Some(starttls("mail.gmx.net", PresetLogin::Sender)),
        hint: "provider-hint-gmx",
        dns: UNKNOWN,
        mx: &["gmx.net"],
        own_domains: &["gmx.de", "gmx.net", "gmx.at", "gmx.ch"],
    },
    Preset {
        key: "web-de",
        name: "WEB.DE",
        server: Some(starttls("smtp.web.de", PresetLogin::Sender)),
        hint: "provider-hint-gmx",
        dns: UNKNOWN,
        mx: &["web.de"],
        own_domains: &["web.de"],
    },
    // documentation.mailgun.com: "Sending messages via SMTP"
    Preset {
        key: "mailgun-eu",
        name: "Mailgun (EU)",
        server: Some(starttls("smtp.eu.mailgun.org", PresetLogin::Own)),
        hint: "provider-hint-mailgun",
        dns: Published { spf: SpfBy::Include("mailgun.org"), dkim: &[] },
        mx: &["eu.mailgun.org"],
        own_domains: &["mailgun.org"],
    },
    Preset {
        key: "mailgun",
        name: "Mailgun (US)",
        server: Some(starttls("smtp.mailgun.org", PresetLogin::Own)),
        hint: "provider-hint-mailgun",
        dns: Published { spf: SpfBy::Include("mailgun.org"), dkim: &[] },
        mx: &["mailgun.org"],
        own_domains: &["mailgun.org"],
    },
    // docs.sendgrid.com: "Integrating with the SMTP API"; with "automated security" the return address is
    // of a name of its own below the sender's domain
    Preset {
        key: "sendgrid",
        name: "SendGrid",
        server: Some(starttls("smtp.sendgrid.net", PresetLogin::Fixed("apikey"))),
        hint: "provider-hint-sendgrid",
        dns: Published { spf: SpfBy::OwnReturnAddress, dkim: &[selector("s1"), selector("s2")] },
        mx: &["sendgrid.net"],
        own_domains: &["sendgrid.net"],
    },
    Preset {
        key: "sendgrid-eu",
        name: "SendGrid (EU)",
        server: Some(starttls("smtp.eu.sendgrid.net", PresetLogin::Fixed("apikey"))),
        hint: "provider-hint-sendgrid",
        dns: Published { spf: SpfBy::OwnReturnAddress, dkim: &[selector("s1"), selector("s2")] },
        mx: &[],
        own_domains: &[],
    },
    amazon(
        "amazon-ses-eu-central-1",
        "Amazon SES (eu-central-1)",
        "email-smtp.eu-central-1.amazonaws.com",
        &["inbound-smtp.eu-central-1.amazonaws.com"],
    ),
    amazon(
        "amazon-ses-eu-central-2",
        "Amazon SES (eu-central-2)",
        "email-smtp.eu-central-2.amazonaws.com",
        &[],
    ),
    amazon(
        "amazon-ses-eu-west-1",
        "Amazon SES (eu-west-1)",
        "email-smtp.eu-west-1.amazonaws.com",
        &["inbound-smtp.eu-west-1.amazonaws.com"],
    ),
    amazon(
        "amazon-ses-eu-west-2",
        "Amazon SES (eu-west-2)",
        "email-smtp.eu-west-2.amazonaws.com",
        &["inbound-smtp.eu-west-2.amazonaws.com"],
    ),
    amazon("amazon-ses-eu-west-3", "Amazon SES (eu-west-3)", "email-smtp.eu-west-3.amazonaws.com", &[]),
    amazon("amazon-ses-eu-north-1", "Amazon SES (eu-north-1)", "email-smtp.eu-north-1.amazonaws.com", &[]),
    amazon("amazon-ses-eu-south-1", "Amazon SES (eu-south-1)", "email-smtp.eu-south-1.amazonaws.com", &[]),
    amazon(
        "amazon-ses-us-east-1",
        "Amazon SES (us-east-1)",
        "email-smtp.us-east-1.amazonaws.com",
        &["inbound-smtp.us-east-1.amazonaws.com"],
    ),
    amazon("amazon-ses-us-east-2", "Amazon SES (us-east-2)", "email-smtp.us-east-2.amazonaws.com", &[]),
    amazon(
        "amazon-ses-us-west-2",
        "Amazon SES (us-west-2)",
        "email-smtp.us-west-2.amazonaws.com",
        &["inbound-smtp.us-west-2.amazonaws.com"],
    ),
    amazon(
        "amazon-ses-ca-central-1",
        "Amazon SES (ca-central-1)",
        "email-smtp.ca-central-1.amazonaws.com",
        &[],
    ),
    amazon(
        "amazon-ses-ap-northeast-1",
        "Amazon SES (ap-northeast-1)",
        "email-smtp.ap-northeast-1.amazonaws.com",
        &[],
    ),
    amazon(
        "amazon-ses-ap-southeast-1",
        "Amazon SES (ap-southeast-1)",
        "email-smtp.ap-southeast-1.amazonaws.com",
        &[],
    ),
    amazon(
        "amazon-ses-ap-southeast-2",
        "Amazon SES (ap-southeast-2)",
        "email-smtp.ap-southeast-2.amazonaws.com",
        &[],
    ),
];
