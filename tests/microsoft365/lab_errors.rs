//! Every refusal that the stand-in knows: cause, verdict, sentence and details.

use posthorn::i18n::Language;
use posthorn::mail::{Microsoft365Cause as Cause, Microsoft365Step as Step, Recovery, SendError, Verdict};

use crate::support::lab::{CONTOSO, Lab, PORTAL, PORTAL_SECRET, fresh, portal};
use crate::support::{account, cause, detail, of_microsoft, said, send};

const BY_PERSON: Verdict = Verdict::ProviderBroken(Recovery::ByPerson);
const BY_ITSELF: Verdict = Verdict::ProviderBroken(Recovery::ByItself);

fn assert_told(error: &SendError, expected: &Cause, verdict: Verdict, code: &str, words: &str) {
    assert_eq!(cause(error), expected);
    assert_eq!(error.verdict(), verdict, "{expected:?}");
    assert_eq!(error.failure.speaks_of_provider(), verdict != Verdict::GiveUp);
    let said = said(&error.failure);
    assert!(said.contains(words), "{words:?} is not in {said:?}");
    assert_eq!(detail(&error.failure, "Error code").as_deref(), Some(code));
    for name in ["HTTP status", "Time"] {
        assert!(detail(&error.failure, name).is_some_and(|value| !value.is_empty()), "{code}: {name}");
    }
    let german = error.failure.what_to_do().say(Language::German);
    assert!(!german.is_empty() && german != error.failure.what_to_do().say(Language::English));
    assert!(error.failure.answer().unwrap().contains(code), "{:?}", error.failure.answer());
    assert!(error.transcript.to_text().contains(code));
}

#[tokio::test]
async fn every_refusal_of_the_sign_in_is_told_with_what_microsofts_support_asks_for() {
    let Some(lab) = Lab::find().await else { return };
    let network = lab.network();
    for (tenant, client, secret, expected, code, words) in [
        (
            CONTOSO,
            PORTAL,
            "wrong",
            Cause::SecretRefused,
            "AADSTS7000215",
            "Copy the value (not the secret ID)",
        ),
        (CONTOSO, PORTAL, "", Cause::SecretMissing, "AADSTS7000216", "No client secret arrived"),
        (
            CONTOSO,
            "7d3e8b4f-6a15-4c2d-8f90-3e5a7c1b9d02",
            "lab~Q8expired.Contoso-Expired_0003xyzC",
            Cause::SecretExpired,
            "AADSTS7000222",
            "has expired. Create a new one",
        ),
        (
            CONTOSO,
            "9e4f7a5b-2c86-4d13-b7a1-5f6b8d0c2e14",
            "lab~Q8disabled.Contoso-Off_0004xyzD",
            Cause::ClientDisabled,
            "AADSTS7000112",
            "Enterprise applications > your app > Properties",
        ),
        (
            CONTOSO,
            "00000000-7e52-4a98-b0d4-2c8e9f1a7b63",
            PORTAL_SECRET,
            Cause::ClientUnknown,
            "AADSTS700016",
            "The client ID 00000000-7e52-4a98-b0d4-2c8e9f1a7b63 does not exist in the Microsoft tenant 8f2b",
        ),
        // tenant and client ID swapped
        (
            PORTAL,
            CONTOSO,
            PORTAL_SECRET,
            Cause::TenantUnknown,
            "AADSTS90002",
            "does not know the tenant ID 3b6f",
        ),
        ("contoso", PORTAL, PORTAL_SECRET, Cause::TenantUnknown, "AADSTS900023", "copy the tenant ID from"),
        ("common", PORTAL, PORTAL_SECRET, Cause::TenantUnknown, "AADSTS50059", "copy the tenant ID from"),
    ] {
        let account = account(tenant, client, secret, "sender@contoso.example");
        let error = send(account, &network, "bob@contoso.example").await.unwrap_err();
        assert_eq!(of_microsoft(&error).step, Step::SignIn);
        assert_told(&error, &expected, BY_PERSON, code, words);
        for name in ["Trace ID", "Correlation ID"] {
            assert!(detail(&error.failure, name).is_some_and(|id| id.len() == 36), "{code}: {name}");
        }
    }
}

#[tokio::test]
async fn every_refusal_of_graph_is_told_with_what_microsofts_support_asks_for() {
    let Some(lab) = Lab::find().await else { return };
    let network = lab.network();
    let no_role = |mailbox: &str| {
        let secret = "lab~Q8noroles.Contoso-None_0002xyzB";
        account(CONTOSO, "5c1a9d2e-0f43-4b7c-a6e8-91d0c2b3f4a5", secret, mailbox)
    };
    let (_, to) = fresh();
    for (account, expected, verdict, code, words) in [
        (
            no_role("sender@contoso.example"),
            Cause::MayNotSend,
            BY_ITSELF,
            "ErrorAccessDenied",
            "Application permissions > Mail.Send and choose \"Grant admin consent\"",
        ),
        (
            portal("blocked"),
            Cause::MailboxExcluded,
            BY_ITSELF,
            "ErrorAccessDenied",
            "may send mail, but not as blocked@contoso.example",
        ),
        (
            portal("nobody"),
            Cause::MailboxUnknown,
            BY_PERSON,
            "ErrorInvalidUser",
            "no user nobody@contoso.example in this Microsoft tenant. Enter the user principal name",
        ),
        (
            // another tenant's mailbox
            account(CONTOSO, PORTAL, PORTAL_SECRET, "sender@fabrikam.example"),
            Cause::MailboxUnknown,
            BY_PERSON,
            "ErrorInvalidUser",
            "sender@fabrikam.example",
        ),
        (
            portal("nomailbox"),
            Cause::MailboxMissing,
            BY_ITSELF,
            "MailboxNotEnabledForRESTAPI",
            "nomailbox@contoso.example has no mailbox in Exchange Online",
        ),
        (portal("onprem"), Cause::MailboxMissing, BY_ITSELF, "MailboxNotEnabledForRESTAPI", "a licence"),
        (
            portal("expired"),
            Cause::TokenRefused,
            BY_ITSELF,
            "InvalidAuthenticationToken",
            "signs the app in and then does not accept its own token",
        ),
    ] {
        let error = send(account, &network, &to).await.unwrap_err();
        assert_eq!(of_microsoft(&error).step, Step::Send);
        assert_told(&error, &expected, verdict, code, words);
        for name in ["Request ID", "Client request ID"] {
            assert!(detail(&error.failure, name).is_some_and(|id| id.len() == 36), "{code}: {name}");
        }
    }
    assert!(lab.inbox(&to).is_empty());
}

#[tokio::test]
async fn a_sender_that_is_not_the_mailbox_and_a_bad_recipient_are_told_apart() {
    let Some(lab) = Lab::find().await else { return };
    let (mailbox, to) = fresh();
    let mailer = posthorn::mail::Mailer::microsoft365(portal(&mailbox), lab.network());
    let foreign = crate::support::message("somebody@contoso.example", &to);
    let error = mailer.send(&foreign, crate::support::SEND).await.unwrap_err();
    assert_told(
        &error,
        &Cause::SendAsDenied,
        BY_PERSON,
        "ErrorSendAsDenied",
        "the address of the mailbox itself",
    );

    let fault = serde_json::json!({ "target": "sendMail", "status": 400, "mailbox": format!("{mailbox}@contoso.example") });
    lab.fault(fault).await;
    let error = send(portal(&mailbox), &lab.network(), &to).await.unwrap_err();
    assert_told(
        &error,
        &Cause::MessageRefused,
        Verdict::GiveUp,
        "UnknownError",
        "Microsoft refused the message",
    );
    assert!(lab.inbox(&to).is_empty());
}
