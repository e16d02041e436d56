//! The sample mails: announcements that wait in the outbox until the tenant has a provider. The catcher
//! refuses some of their recipients, so that every state can be seen.

use crate::i18n::Language;
use crate::outbox::{self, Announcement, NewMail, Recipient, SendOptions};
use crate::state::State;
use crate::values::{EmailAddress, TenantId};

use super::people::Error;

/// A mail, what is said in it, and to whom.
struct Sample {
    language: Language,
    terms: SendOptions,
    subject: &'static str,
    greeting: &'static str,
    paragraphs: &'static [&'static str],
    recipients: &'static [&'static str],
}

/// Three refusals suppress an address: `unknown@` has three mails here. `greylist@` is put off.
const ACME: &[Sample] = &[
    Sample {
        language: Language::English,
        terms: SendOptions::BULK,
        subject: "Maintenance on Saturday, 07:00 to 09:00",
        greeting: "Hello,",
        paragraphs: &[
            "on Saturday between 07:00 and 09:00 the portal is not available: we exchange the database server.",
            "You need not do anything. Reports that are due at that time arrive afterwards.",
        ],
        recipients: &[
            "alice@acme.example",
            "ben@acme.example",
            "carol@acme.example",
            "unknown@acme.example",
            "accounts.payable.for.the.northern.region@subsidiaries.acme.example",
        ],
    },
    Sample {
        language: Language::German,
        terms: SendOptions::BULK,
        subject: "Wartung am Samstag von 7 bis 9 Uhr",
        greeting: "Guten Tag,",
        paragraphs: &[
            "am Samstag ist das Portal von 7 bis 9 Uhr nicht erreichbar: Wir tauschen den Datenbankserver aus.",
            "Sie müssen nichts tun. Berichte, die in dieser Zeit fällig sind, kommen danach.",
        ],
        recipients: &["jana.vogel@acme.example", "moritz.engel@acme.example"],
    },
    Sample {
        language: Language::English,
        terms: SendOptions::BULK,
        subject: "Our offices are closed from 24 December to 1 January",
        greeting: "Hello,",
        paragraphs: &[
            "our offices are closed from 24 December to 1 January. The portal stays open.",
            "We wish you a peaceful end of the year.",
        ],
        recipients: &["alice@acme.example", "ben@acme.example", "carol@acme.example", "unknown@acme.example"],
    },
    Sample {
        language: Language::German,
        terms: SendOptions::BULK,
        subject: "Betriebsferien vom 24. Dezember bis zum 1. Januar",
        greeting: "Guten Tag,",
        paragraphs: &[
            "vom 24. Dezember bis zum 1. Januar sind unsere Büros geschlossen. Das Portal bleibt erreichbar.",
            "Wir wünschen Ihnen einen ruhigen Jahresausklang.",
        ],
        recipients: &["jana.vogel@acme.example", "moritz.engel@acme.example", "greylist@acme.example"],
    },
    Sample {
        language: Language::English,
        terms: SendOptions::INTERACTIVE,
        subject: "Welcome to Acme’s portal",
        greeting: "Hello,",
        paragraphs: &["your account is ready. Your administrator has sent you the address to sign in at."],
        recipients: &["carol@acme.example", "unknown@acme.example"],
    },
];

const GLOBEX: &[Sample] = &[
    Sample {
        language: Language::German,
        terms: SendOptions::BULK,
        subject: "Inventur am 30. Dezember",
        greeting: "Guten Tag,",
        paragraphs: &[
            "am 30. Dezember ist Inventur. An diesem Tag werden keine Bestellungen bearbeitet.",
            "Bestellungen, die bis zum 29. Dezember um 12 Uhr eingehen, verlassen noch am selben Tag das Haus.",
        ],
        recipients: &[
            "greta@globex.example",
            "hans@globex.example",
            "ida@globex.example",
            "unknown@globex.example",
            "kreditorenbuchhaltung.region.nord@tochtergesellschaften.globex.example",
        ],
    },
    Sample {
        language: Language::English,
        terms: SendOptions::BULK,
        subject: "Stocktaking on 30 December",
        greeting: "Hello,",
        paragraphs: &["on 30 December we take stock. No orders are handled on that day."],
        recipients: &["james.miller@globex.example", "unknown@globex.example"],
    },
    Sample {
        language: Language::German,
        terms: SendOptions::BULK,
        subject: "Neue Öffnungszeiten ab Januar",
        greeting: "Guten Tag,",
        paragraphs: &["ab Januar sind wir montags bis freitags von 8 bis 17 Uhr für Sie da."],
        recipients: &[
            "greta@globex.example",
            "hans@globex.example",
            "greylist@globex.example",
            "unknown@globex.example",
        ],
    },
];

/// Enqueues the sample mails of the tenant of that name, in the transaction that makes the tenant.
pub(super) async fn enqueue(
    state: &State,
    tx: &crate::db::Tx,
    tenant: TenantId,
    slug: &str,
) -> Result<(), Error> {
    for sample in if slug == "acme" { ACME } else { GLOBEX } {
        let address = |address| EmailAddress::parse(address).map_err(|_| Error::Sample(address));
        let recipient = |it| Ok(Recipient { address: address(it)?, language: sample.language, key: None });
        let recipients: Vec<Recipient> =
            sample.recipients.iter().copied().map(recipient).collect::<Result<_, Error>>()?;
        let mail = NewMail::new(content(sample), sample.terms, recipients);
        outbox::enqueue(&**tx, state, tenant, &[mail]).await?;
    }
    Ok(())
}

/// The words; there is nothing in them that HTML would take for its own.
fn content(sample: &Sample) -> Announcement {
    let paragraphs: Vec<&str> =
        std::iter::once(sample.greeting).chain(sample.paragraphs.iter().copied()).collect();
    let body: String = paragraphs.iter().map(|paragraph| format!("<p>{paragraph}</p>\n")).collect();
    let head = format!("<!doctype html>\n<html lang=\"{}\">\n", sample.language.code());
    Announcement {
        subject: sample.subject.to_owned(),
        text: format!("{}\n", paragraphs.join("\n\n")),
        html: format!(
            "{head}<body style=\"font-family: sans-serif; line-height: 1.5\">\n{body}</body>\n</html>\n"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_mails_need_no_escaping_and_show_a_suppression_and_a_deferral() {
        for samples in [ACME, GLOBEX] {
            let recipients: Vec<&str> = samples.iter().flat_map(|it| it.recipients).copied().collect();
            let to = |local: &str| recipients.iter().filter(|it| it.starts_with(local)).count();
            assert_eq!((to("unknown@"), to("greylist@")), (3, 1));
            for words in samples.iter().flat_map(|it| it.paragraphs) {
                assert!(!words.contains(['<', '>', '&', '"']), "{words}");
            }
            for address in recipients {
                assert!(EmailAddress::parse(address).is_ok(), "{address}");
            }
        }
    }
}
