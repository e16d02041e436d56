//! Genuine answers of servers and services, as they are published or were seen, and who is to blame. Where a row names
//! no other source, the words are those of the product's documentation or source.

use super::super::Step::{Greeting, Message, Recipient, Sender, SignIn};
use super::super::{Capabilities, Cause, Reply, Step, reading::cause_of};
use super::Context;

/// Names a cause without its particulars.
fn name(cause: &Cause) -> String {
    let text = format!("{cause:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}

fn judged(step: Step, reply: &str) -> String {
    let context = Context {
        sender: Some("portal@acme.example"),
        recipient: Some("ben@partner.example"),
        ehlo_name: "portal.acme.example",
    };
    let code: u16 = reply[..3].parse().unwrap();
    let lines = reply.lines().map(|line| line[4..].to_owned()).collect();
    name(&cause_of(step, &Reply::new(code, lines), &Capabilities::default(), &context))
}

#[rustfmt::skip]
const ANSWERS: &[(Step, &str, &str)] = &[
    // Postfix
    (Recipient, "550 5.1.1 <ben@partner.example>: Recipient address rejected: User unknown in local recipient table", "RecipientRefused"),
    (Recipient, "550 5.1.1 <ben@partner.example>: Recipient address rejected: User unknown in virtual mailbox table", "RecipientRefused"),
    (Recipient, "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.9", "BlockListed"),
    (Recipient, "554 5.7.1 <unknown[192.0.2.9]>: Client host rejected: cannot find your reverse hostname, [192.0.2.9]", "ReverseNameMissing"),
    (Recipient, "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.9]", "ReverseNameMissing"),
    (Recipient, "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.9]", "ReverseNameMissing"),
    (Recipient, "504 5.5.2 <portal>: Helo command rejected: need fully-qualified hostname", "HeloRefused"),
    (Recipient, "450 4.7.1 <portal>: Helo command rejected: Host not found", "HeloRefused"),
    (Recipient, "550 5.7.1 <portal.acme.example>: Helo command rejected: Access denied", "HeloRefused"),
    (Recipient, "554 5.7.1 <ben@partner.example>: Relay access denied", "RelayDenied"),
    (Recipient, "454 4.7.1 <ben@partner.example>: Relay access denied", "RelayDenied"),
    (Recipient, "553 5.7.1 <portal@acme.example>: Sender address rejected: not owned by user svc", "SenderRefused"),
    (Recipient, "450 4.1.8 <portal@acme.example>: Sender address rejected: Domain not found", "SenderRefused"),
    (Recipient, "421 4.1.2 <ben@partner.example>: Recipient address rejected: Domain not found", "RecipientDomainUnknown"),
    (Recipient, "550 5.7.1 Message content rejected by policy", "MessageRefused"),
    (Recipient, "450 4.2.0 <ben@partner.example>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/", "Greylisted"),
    (Recipient, "450 4.7.1 <ben@partner.example>: Recipient address rejected: please try later", "Greylisted"),
    (Recipient, "554 5.7.1 <ben@partner.example>: Recipient address rejected: blocked by administrator", "RecipientDeclined"),
    (Recipient, "554 5.7.1 <ben@partner.example>: Recipient address rejected: Access denied", "RecipientDeclined"),
    (Message, "552 5.3.4 Error: message file too big", "TooLarge"),
    (Message, "550 5.7.1 Error: content rejected", "MessageRefused"),
    (Greeting, "554 5.7.1 Service unavailable; Client host [192.0.2.9] blocked using bl.spamcop.net", "BlockListed"),
    (Sender, "450 4.7.1 Error: too much mail from 192.0.2.9", "TemporaryRefusal"),
    // Dovecot, with Postfix as submission
    (Recipient, "552 5.2.2 <ben@partner.example> Quota exceeded (mailbox for user is full)", "MailboxFull"),
    (Recipient, "452 4.2.2 Mailbox full", "MailboxFull"),
    // Exim
    (Recipient, "550 Unrouteable address", "RecipientDomainUnknown"),
    (Recipient, "550 relay not permitted", "RelayDenied"),
    (Greeting, "550 Syntactically invalid HELO argument(s)", "HeloRefused"),
    (Greeting, "501 5.5.4 Invalid domain name", "HeloRefused"),
    (Recipient, "550 Sender verify failed", "SenderRefused"),
    (Message, "550 This message contains malware (Eicar-Test-Signature)", "TakenForSpam"),
    (Message, "550 Header From: address is not authorised", "SenderRefused"),
    (Recipient, "550 domain acme.example has exceeded the max emails per hour (200/200 (100%)) allowed. Message discarded.", "SendingLimit"),
    // Exchange on premises and Exchange Online
    (Recipient, "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ben@partner.example not found by SMTP address lookup", "RecipientRefused"),
    (Recipient, "550 5.4.1 Recipient address rejected: Access denied. [AM7EUR03FT0012.eop-EUR03.prod.protection.outlook.com]", "RecipientDeclined"),
    (Recipient, "550 5.7.1 Unable to relay", "RelayDenied"),
    (Message, "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. For more information please go to http://go.microsoft.com/fwlink/?LinkId=526653 AS(7230)", "Distrusted"),
    (Message, "550 5.7.606 Access denied, banned sending IP [192.0.2.9]", "BlockListed"),
    (Recipient, "550 5.7.1 Service unavailable, Client host [192.0.2.9] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.9", "BlockListed"),
    (Message, "550 5.1.8 Access denied, bad outbound sender AS(42003)", "SenderBlocked"),
    (Message, "554 5.2.252 SendAsDenied; portal@acme.example not allowed to send as x@acme.example", "SenderRefused"),
    (Message, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "SenderRefused"),
    (Message, "554 5.2.2 mailbox full", "MailboxFull"),
    (Message, "550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient", "RecipientDeclined"),
    (Message, "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required", "RecipientDeclined"),
    (Message, "550 5.7.509 Access denied, sending domain acme.example does not pass DMARC verification and has a DMARC policy of reject.", "DomainNotAuthorised"),
    (Message, "451 4.7.500 Server busy. Please try again later from [192.0.2.9]. (S77719)", "TemporaryRefusal"),
    (Sender, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "TooBusy"),
    (Sender, "530 5.7.57 Client not authenticated to send mail. [FR0P281CA0001.DEUP281.PROD.OUTLOOK.COM]", "AuthRequired"),
    (Sender, "550 5.7.1 Service unavailable; Client was not authenticated to send anonymous mail during MAIL FROM", "AuthRequired"),
    (Message, "554 5.2.0 STOREDRV.Submission.Exception:OutboundSpamException; Failed to process message due to a permanent exception with message [BeginDiagnosticData]WASCL UserAction verdict is not None. Actual verdict is RefuseQuota. 5.2.522", "SenderBlocked"),
    // Gmail and the Workspace relay (support.google.com/a/answer/3726730)
    (Recipient, "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550-5.1.1 double-checking the recipient's email address for typos or\n550 5.1.1 unnecessary spaces. gsmtp", "RecipientRefused"),
    (Recipient, "550-5.2.1 The email account that you tried to reach is inactive.\n550 5.2.1 https://support.google.com/mail/?p=DisabledUser gsmtp", "RecipientRefused"),
    (Recipient, "452-4.2.2 The recipient's inbox is out of storage space and inactive.\n452 4.2.2 https://support.google.com/mail/?p=OverQuotaTemp gsmtp", "MailboxFull"),
    (Recipient, "450-4.2.1 The user you are trying to contact is receiving mail too quickly.\n450 4.2.1 Please resend your message at a later time. gsmtp", "RecipientDeclined"),
    (Message, "550-5.7.26 Your email has been blocked because the sender is\n550-5.7.26 unauthenticated. Gmail requires all senders to authenticate with\n550 5.7.26 either SPF or DKIM. gsmtp", "DomainNotAuthorised"),
    (Message, "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating\n421-4.7.28 from your IP address. To protect our users from spam, mail has been\n421 4.7.28 temporarily rate limited. gsmtp", "Distrusted"),
    (Message, "550-5.7.1 [192.0.2.9 12] Our system has detected that this message is likely\n550-5.7.1 unsolicited mail. To reduce the amount of spam sent to Gmail, this\n550 5.7.1 message has been blocked. gsmtp", "TakenForSpam"),
    (Message, "550-5.7.25 The IP address sending this message does not have a PTR record setup,\n550 5.7.25 or the corresponding forward DNS entry does not point to the sending IP. gsmtp", "ReverseNameMissing"),
    (Sender, "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\n550 5.4.5 sending limits go to https://support.google.com/a/answer/166852 gsmtp", "SendingLimit"),
    (Sender, "550-5.7.1 Invalid credentials for relay [192.0.2.9]. The IP address you've\n550 5.7.1 registered in your G Suite SMTP Relay service doesn't match the domain. gsmtp", "SenderRefused"),
    (SignIn, "535-5.7.8 Username and Password not accepted. For more information, go to\n535 5.7.8 https://support.google.com/mail/?p=BadCredentials gsmtp", "AppPasswordNeeded"),
    (SignIn, "534-5.7.14 Please log in via your web browser and then try again.\n534 5.7.14 https://support.google.com/mail/answer/78754 gsmtp", "AccountLocked"),
    // Amazon SES (docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html)
    (Message, "554 Message rejected: Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: portal@acme.example", "SenderNotVerified"),
    (Message, "454 Throttling failure: Daily message quota exceeded.", "SendingLimit"),
    (Message, "454 Throttling failure: Maximum sending rate exceeded.", "SendingLimit"),
    (Message, "554 Message rejected: Sending paused for this account.", "AccountLocked"),
    (SignIn, "535 Authentication Credentials Invalid", "AuthRefused"),
    // SendGrid
    (Message, "550 The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.", "SenderUnverified"),
    (SignIn, "451 Authentication failed: Maximum credits exceeded", "AuthUnavailable"),
    // Mailgun
    (Message, "550 5.7.1 Domain sandbox.mailgun.org is not allowed to send: Free accounts are for test purposes only. Please upgrade or add the address to authorized recipients. Your account is disabled.", "AccountLocked"),
    // Brevo
    (SignIn, "525 5.7.1 Unauthorized IP address", "AuthRefused"),
    (Message, "502 5.7.0 Your SMTP account is not yet activated. Please contact us", "AccountLocked"),
    // Postmark
    (Sender, "550 5.7.1 The 'From' address you supplied (portal@acme.example) is not a Sender Signature on your account. Please add and confirm this address in order to be able to use it", "SenderUnverified"),
    // Mimecast
    (Message, "550 Rejected by header based Anti-Spoofing policy: portal@acme.example - https://community.mimecast.com/docs/DOC-1369#550 [abc]", "TakenForForgery"),
    (Message, "554 Email rejected due to security policies - https://community.mimecast.com/docs/DOC-1369#554", "MessageRefused"),
    (Recipient, "451 Internal resources are temporarily unavailable - https://community.mimecast.com/docs/DOC-1369#451", "TemporaryRefusal"),
    // Proofpoint
    (Greeting, "550 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.9 (your IP is blocked)", "BlockListed"),
    (Recipient, "554 5.7.1 Your IP address has a poor reputation", "Distrusted"),
    // Barracuda
    (Recipient, "554 Service unavailable; Client host [192.0.2.9] blocked using Barracuda Reputation; http://www.barracudanetworks.com/reputation/?pr=1&ip=192.0.2.9", "BlockListed"),
    (Message, "550 permanent failure for one or more recipients (ben@partner.example:blocked)", "MessageRefused"),
    // IONOS, GMX, WEB.DE (postmaster.gmx.net/en/error-messages)
    (Sender, "550-Requested action not taken: mailbox unavailable\n550 Sender address is not allowed.", "SenderRefused"),
    (Greeting, "554-gmx.net (mxgmx001) Nemesis ESMTP Service not available\n554-No SMTP service\n554-Bad DNS PTR resource record.\n554 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.9&c=rdns", "ReverseNameMissing"),
    (Greeting, "554-gmx.net (mxgmx001) Nemesis ESMTP Service not available\n554-No SMTP service\n554-IP address is block listed.\n554 For explanation visit https://postmaster.gmx.net/en/error-messages?ip=192.0.2.9&c=bl", "BlockListed"),
    (Sender, "450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.", "SendingLimit"),
    (Recipient, "550-Requested action not taken: mailbox unavailable\n550 For explanation visit https://postmaster.1und1.de/en/error-messages", "RecipientRefused"),
    (SignIn, "550-Requested action not taken: mailbox unavailable\n550 Account is locked. Log in to the web interface to unlock it.", "AccountLocked"),
    // Strato
    (Message, "550 5.7.0 From address is not one of your addresses", "SenderRefused"),
    (Sender, "550 5.7.1 Absenderadresse nicht erlaubt", "SenderRefused"),
    // Yahoo
    (Sender, "421 4.7.0 [TSS04] Messages from 192.0.2.9 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes", "Distrusted"),
    (Message, "554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes", "RecipientDeclined"),
    (Recipient, "554 delivery error: dd This user doesn't have a yahoo.com account (ben@partner.example) [0]", "RecipientRefused"),
    // iCloud
    (Message, "550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137", "MessageRefused"),
    (Recipient, "552 5.2.2 <ben@partner.example>: user is over quota", "MailboxFull"),
    // Zoho
    (Recipient, "553 Relaying disallowed. Invalid Domain - acme.example", "SenderRefused"),
    (Sender, "553 Relaying disallowed as portal@acme.example", "SenderRefused"),
    (Message, "550 5.4.6 Unusual sending activity detected. Please try after sometime. Your account is blocked for outgoing mail", "AccountLocked"),
    // OVH
    (Message, "550 5.7.1 [SPAM] Message rejected because of spam content (B_SPF_SoftFail)", "TakenForSpam"),
    (Recipient, "550 5.1.1 Utilisateur inconnu - user not found", "RecipientRefused"),
    // Rackspace, Symantec, Trend Micro
    (Recipient, "553-Message filtered. Refer to the Troubleshooting page at\n553 5.7.1 http://www.symanteccloud.com/troubleshooting for more information. (#5.7.1)", "RecipientDeclined"),
    (Greeting, "550 5.7.1 Mail from IP 192.0.2.9 was rejected due to listing in Trend Micro Email Reputation Services; your IP is listed in our blocklist", "BlockListed"),
    // nothing but a code
    (Recipient, "550 no", "RecipientDeclined"),
    (Recipient, "550 5.7.1 rejected", "RecipientDeclined"),
    (Message, "554 Transaction failed", "MessageRefused"),
    (Sender, "550 denied", "SenderRefused"),
    (Greeting, "554 No SMTP service here", "ServiceRefused"),
    (Greeting, "421 too busy", "TooBusy"),
];

#[test]
fn genuine_answers_are_blamed_on_whom_they_concern() {
    let wrong: Vec<String> = ANSWERS
        .iter()
        .filter_map(|(step, reply, expected)| {
            let found = judged(*step, reply);
            (found != *expected).then(|| format!("{step:?} {reply}\n    expected {expected}, found {found}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), ANSWERS.len(), wrong.join("\n"));
    assert!(ANSWERS.len() >= 80);
}
