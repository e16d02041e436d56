# Texts of the room mail: what went wrong with a provider's server ("mail-x"), and what to do about it ("mail-x-do").

mail-step-resolve = finding the server
mail-step-connect = connecting
mail-step-greeting = greeting
mail-step-encrypt = encryption
mail-step-sign-in = sign-in
mail-step-sender = sender
mail-step-recipient = recipient
mail-step-message = message

mail-not-reachable = { $host } cannot be found, or lies in a network that this installation does not allow.
mail-not-reachable-do = Check the spelling of the server address. If the server is in an internal network, the operator of this installation can allow that network (POSTHORN_ALLOWED_PRIVATE_NETWORKS).
mail-internal-address = { $host } is not a public address, and this installation does not allow its network.
mail-internal-address-do = If the mail server really is there, the operator of this installation can allow that network (POSTHORN_ALLOWED_PRIVATE_NETWORKS).
mail-connect-refused = { $host } refuses connections on port { $port }.
mail-connect-refused-do = Check the port with your email provider. The usual ones are 587 with StartTLS and 465 with SSL/TLS.
mail-connect-timeout = { $host } does not answer on port { $port }.
mail-connect-timeout-do = A firewall probably stops the connection. Use port 587 or 465 rather than 25, which many networks block; otherwise whoever runs the mail server must let this installation in.
mail-no-route = There is no way through the network to { $host }, port { $port }.
mail-no-route-do = Check the server address. If it is right, the operator of this installation must look into its network.
mail-own-limit = This installation has no connection left at the moment; the email provider was not asked.
mail-own-limit-do = Nothing is wrong with your settings. Mail that waits is sent by itself. If this stays so, the operator of this installation must allow it more open files.
mail-silent-greeting = { $host } accepted the connection on port { $port } and then said nothing.
mail-silent-greeting-do = This port probably expects SSL/TLS from the first byte. Choose SSL/TLS, or use port 587 with StartTLS.
mail-not-smtp = What answers at { $host } on port { $port } is not a mail server.
mail-not-smtp-do = Check server address and port with your email provider. The usual ports are 587 with StartTLS and 465 with SSL/TLS.
mail-service-refused = { $host } does not want to talk to this installation: "{ $words }"
mail-service-refused-do = Whoever runs the mail server must allow connections from this installation.

mail-starttls-not-offered = { $host } offers no encryption with StartTLS on port { $port }, so nothing was sent.
mail-starttls-not-offered-do = Use port 465 with SSL/TLS if the server has it. Otherwise the mail server's administrator must turn StartTLS on; if it is on, a device on the way removes the offer.
mail-starttls-refused = { $host } offers StartTLS and then refuses it: "{ $words }"
mail-injected-after-starttls = Before the encryption with { $host } began, unencrypted replies were slipped in, so the connection was broken off.
mail-injected-after-starttls-do = The server is faulty, or somebody on the way interferes. The mail server's administrator must look into it; do not choose an unencrypted connection instead.
mail-not-tls = { $host } does not speak SSL/TLS on port { $port }.
mail-not-tls-do = This port probably speaks StartTLS. Choose StartTLS, or use port 465 with SSL/TLS.
mail-certificate-expired = The certificate of { $host } has expired.
mail-certificate-expired-do = The mail server's administrator must renew it.
mail-certificate-not-yet-valid = The certificate of { $host } is not valid yet.
mail-certificate-not-yet-valid-do = The mail server's administrator must check the certificate, and the operator of this installation its clock.
mail-certificate-wrong-name = The certificate of { $host } belongs to { $names }.
mail-certificate-other-name = The certificate of { $host } names no host in the way that counts: it has no subject alternative name.
mail-certificate-other-name-do = The mail server's administrator must get a new certificate that lists { $host } as a subject alternative name. Another server address here does not help.
mail-certificate-wrong-name-do = Enter the name in the certificate as the server address, if it is the same server; otherwise the mail server's administrator must get a certificate for { $host }.
mail-certificate-unknown-issuer = The certificate of { $host } is not trusted: it is self-signed, or its issuer is unknown here.
mail-certificate-unknown-issuer-do = The mail server's administrator must install a certificate of a public authority, with the intermediate certificates. If the authority is your organisation's own, the operator of this installation can add it.
mail-certificate-unusable = The certificate of { $host } cannot be accepted ({ $detail }).
mail-certificate-unusable-do = The mail server's administrator must replace it.
mail-tls-too-old = { $host } supports outdated encryption only.
mail-tls-too-old-do = The mail server's administrator must turn on TLS 1.3, or TLS 1.2 with forward secrecy (ECDHE). TLS 1.2 without it is not enough.
mail-tls-handshake = The encryption with { $host } could not be set up ({ $detail }).
mail-tls-handshake-do = Try again. If it stays that way, the mail server's administrator must look into it.

mail-auth-not-offered = { $host } offers no sign-in on port { $port }.
mail-auth-not-offered-do = If the server knows this installation by its IP address, leave user name and password empty. Otherwise use the port that your email provider names for sign-in, usually 587.
mail-no-common-mechanism = { $host } accepts none of the sign-in methods available here (it offers { $offered }).
mail-no-common-mechanism-do = The mail server's administrator must turn on PLAIN or LOGIN. If the server knows this installation by its IP address, leave user name and password empty.
mail-auth-refused = { $host } refused the user name or the password.
mail-auth-refused-do = Check the user name, which is often the full email address, and enter the password again. Do not try too often: many servers lock the account after a few failures.
mail-auth-unavailable = { $host } cannot check the user name and password at the moment.
mail-auth-unavailable-do = Nothing is wrong with your settings so far. Try again in a few minutes; if it stays that way, the mail server's administrator must look into it.
mail-auth-disabled-by-microsoft = Microsoft 365 has sign-in with a password switched off for this mailbox or organisation.
mail-auth-disabled-by-microsoft-do = Your Microsoft 365 administrator must turn on authenticated SMTP for the mailbox. Better still, use the provider "Microsoft 365" here, which does without the password of the mailbox.
mail-auth-refused-by-microsoft = Microsoft 365 refused the sign-in: the password is wrong, or the account needs a second factor.
mail-auth-refused-by-microsoft-do = Check user name and password. If they are right, your Microsoft 365 administrator must allow the account to sign in with a password alone. Better still, use the provider "Microsoft 365" here, which does without the password of the mailbox.
mail-app-password-needed = { $host } does not accept this password; it probably wants an app password instead of the account's own.
mail-app-password-needed-do = Create an app password in the account's security settings (at Google: 16 characters, with 2-step verification turned on) and enter it as the password.
mail-encryption-required = { $host } wants an encrypted connection first.
mail-encryption-required-do = Choose StartTLS, or port 465 with SSL/TLS.
mail-auth-required = { $host } wants a sign-in before it takes mail.
mail-auth-required-do = Enter user name and password.

mail-sender-refused = { $username } may not send as { $sender } at { $host }.
mail-sender-refused-do = Use an address that belongs to this sign-in as the sender email address, or have the mail server's administrator grant the right to send as it ("Send As").
mail-sender-refused-without-login = { $host } does not accept { $sender } as the sender.
mail-sender-refused-without-login-do = Check the sender email address. If it is right, the mail server's administrator must allow it, or you must sign in with user name and password.
mail-sender-not-released = { $host } does not accept { $sender } as the sender, although you sign in with this address.
mail-sender-not-released-do = The address has not been released or confirmed for sending at your email provider. Confirm it there, or ask the mail server’s administrator to release it.
mail-sender-unverified = { $host } does not accept { $sender } as the sender: the address or its domain has not been verified there.
mail-sender-unverified-do = Verify the sender’s address or its domain at your email provider, usually under “Senders” or “Domains”. Mail waits until then.
mail-account-locked = { $host } has locked the account that the portal sends with: “{ $words }”
mail-account-locked-do = Sign in to your email provider’s own website with this account and follow what it says there, or ask its support. The settings here are right.
mail-sending-limit = The account has reached its sending limit at { $host }: “{ $words }”
mail-sending-limit-do = Mail waits and goes on by itself once the limit is reset, within a day at the latest. Your email provider can raise the limit.
mail-helo-refused = { $host } does not accept “{ $name }”, the name by which this installation introduces itself: “{ $words }”
mail-helo-refused-do = The operator of this installation must set a full host name that exists in the DNS (POSTHORN_SMTP_CLIENT_NAME). Mail waits and goes on by itself.
mail-reverse-name-missing = { $host } does not take mail from this installation because its IP address has no matching host name in the DNS: “{ $words }”
mail-reverse-name-missing-do = The operator of this installation must have a reverse DNS entry (PTR) set for its IP address. Mail waits and goes on by itself.
mail-block-listed = { $host } does not take mail from this installation because its IP address is on a block list: “{ $words }”
mail-block-listed-do = The operator of this installation must have its IP address removed from the list that the reply names. Mail waits and goes on by itself; your settings and the recipient’s address are right.
mail-distrusted = The receiving side distrusts the server that the mail comes from: “{ $words }”
mail-distrusted-do = Whoever runs the sending server must look after its reputation: SPF, DKIM and DMARC in order, and fewer unwanted mails. The portal tries again by itself.
mail-recipient-declined = { $host } takes no mail for { $recipient }: “{ $words }”
mail-recipient-declined-do = The address and your settings look right. A rule on the receiving side keeps this mail out; its administrator can tell which.
mail-recipient-domain-unknown = The domain of { $recipient } does not exist, or takes no mail: “{ $words }”
mail-recipient-domain-unknown-do = Check the part behind the @. The email provider’s settings look right.
mail-taken-for-spam = { $host } took the message for spam or harmful content: “{ $words }”
mail-taken-for-spam-do = Set up SPF, DKIM and DMARC for the sender’s domain, and check links and attachments. The receiving side’s administrator can allow this sender.
mail-taken-for-forgery = The receiving side takes mail from { $sender } for forged: “{ $words }”
mail-taken-for-forgery-do = It protects its own domain. Its administrator must allow this server to send for the domain.
mail-sender-blocked = { $host } has blocked { $sender } for outgoing spam.
mail-sender-blocked-do = The mail service's administrator must find out why, and release the mailbox.
mail-sender-not-verified = Amazon SES does not let { $sender } send through { $host }: the address or its domain is not verified, or a right is missing.
mail-sender-not-verified-do = Whoever administers Amazon SES must verify the address or its domain, leave the sandbox, and check the right to send.
mail-relay-denied = { $host } does not forward mail to { $recipient }: "{ $words }"
mail-relay-denied-do = The mail server's administrator must allow this sign-in to send to other domains.
mail-relay-denied-without-login-do = Enter user name and password. If the server ought to know this installation by its IP address, its administrator must allow that address.
mail-recipient-refused = { $host } refused the recipient { $recipient }: "{ $words }"
mail-recipient-refused-do = Check the recipient’s address. Your settings look right so far.
mail-mailbox-full = The mailbox of { $recipient } is full.
mail-mailbox-full-do = The recipient must make room. The email provider's settings are in order.
mail-greylisted = { $host } does not take mail from first-time senders at once.
mail-greylisted-do = { $minutes ->
    [one] This is normal. Try again in one minute.
   *[other] This is normal. Try again in { $minutes } minutes.
}
mail-domain-not-authorised = The receiving side says that the domain of { $sender } does not allow mail from { $host }: "{ $words }"
mail-domain-not-authorised-do = Open “Check MX, SPF, DKIM and DMARC” on the settings page: it shows the lines that whoever administers the DNS of the sender’s domain must add.
mail-temporary-refusal = { $host } did not take the message for now: "{ $words }"
mail-message-refused = { $host } refused the message: "{ $words }"
mail-message-refused-do = The reply says why. If it does not, the mail server's administrator can find the reason in the server's log.
mail-too-large = The message is larger than { $host } takes ({ $limit } at most).
mail-too-large-without-limit = The message is larger than { $host } takes.
mail-too-large-do = Send less at once, or have the mail server's administrator raise the limit.
mail-smtputf8-not-offered = { $host } cannot carry the address { $address }, which has letters beyond ASCII before the @.
mail-smtputf8-not-offered-do = Use another address of the same person, or a mail server that offers SMTPUTF8.

mail-too-busy = { $host } is overloaded at the moment, or accepts no more connections.
mail-too-busy-do = Try again in a few minutes. If it happens often, the mail server's administrator can raise the limits for this installation.
mail-reply-too-long = { $host } answers endlessly on port { $port }, so the connection was broken off.
mail-reply-malformed = { $host } answers on port { $port } in a way that mail servers do not.
mail-unexpected-reply = { $host } gave an answer that makes no sense here: "{ $words }"
mail-strange-server-do = Check server address and port. If they are right, the mail server's administrator must look into it.
mail-connection-lost = The connection to { $host } was lost (step: { $step }).
mail-outcome-unknown = The message was handed to the connection with { $host }, but its receipt was not confirmed: it may have been accepted or not.
mail-outcome-unknown-do = Look whether it has arrived before you send it again. If this happens often, the mail server's administrator must look into it.
mail-timeout = { $host } did not answer in time (step: { $step }).
mail-slow = { $host } answers, but so slowly that the time of this attempt ran out (step: { $step }).
mail-slow-do = A test waits less long than a delivery, so mail probably leaves all the same. The mail server's administrator can find out why it is slow.
mail-envelope-unanswered = { $host } answered neither sender nor recipient in time.
mail-try-later-do = Try again in a few minutes. If it stays that way, the mail server's administrator must look into it.

# Microsoft 365. The words for screens are those of Microsoft's own pages.
mail-microsoft365-not-reachable = There is no connection to { $host }.
mail-microsoft365-not-reachable-do = The operator of this installation must let it connect to { $host } on port 443.
mail-microsoft365-not-trusted = The encrypted connection to { $host } is not trusted: its certificate is not Microsoft's, or has expired.
mail-microsoft365-not-trusted-do = A proxy or firewall that opens encrypted connections is the usual reason. The operator of this installation must exempt Microsoft 365 from it, or add the certificate authority of the proxy.
mail-microsoft365-timeout = { $host } did not answer in time.
mail-microsoft365-not-microsoft = Something other than Microsoft answers in place of { $host }.
mail-microsoft365-not-microsoft-do = A proxy or firewall is the usual reason. The operator of this installation must let it connect to { $host } directly.

mail-microsoft365-secret-refused = Microsoft rejects the client secret.
mail-microsoft365-secret-refused-do = Copy the value (not the secret ID) of a current secret: Microsoft Entra admin center > App registrations > your app > Certificates & secrets. If the value is no longer shown there, create a new secret.
mail-microsoft365-secret-expired = The client secret has expired.
mail-microsoft365-secret-expired-do = Create a new one (Microsoft Entra admin center > App registrations > your app > Certificates & secrets > New client secret) and enter its value here; all other fields can stay.
mail-microsoft365-secret-missing = No client secret arrived at Microsoft.
mail-microsoft365-secret-missing-do = Enter the client secret again.
mail-microsoft365-client-unknown = The client ID { $client } does not exist in the Microsoft tenant { $tenant }.
mail-microsoft365-client-unknown-do = Compare both with Microsoft Entra admin center > App registrations > your app > Overview: "Application (client) ID" and "Directory (tenant) ID". Perhaps they are swapped.
mail-microsoft365-tenant-unknown = Microsoft does not know the tenant ID { $tenant }.
mail-microsoft365-tenant-unknown-do = Is it the client ID? Then enter each of the two in the other's field. Otherwise copy the tenant ID from Microsoft Entra admin center > Identity > Overview > Properties. If the tenant lives in a national cloud, choose that cloud.
mail-microsoft365-other-cloud = The Microsoft tenant { $tenant } belongs to another cloud (US Government or China).
mail-microsoft365-other-cloud-do = Choose that cloud in the settings here.
mail-microsoft365-client-disabled = The app { $client } is disabled at Microsoft.
mail-microsoft365-client-disabled-do = Your Microsoft 365 administrator must enable it: Microsoft Entra admin center > Enterprise applications > your app > Properties > Enabled for users to sign in.
mail-microsoft365-resource-unknown = The Microsoft tenant { $tenant } does not know Microsoft Graph in the chosen cloud.
mail-microsoft365-resource-unknown-do = Check in the settings which cloud the tenant lives in. If it is the right one, the operator of this installation must look into it.
mail-microsoft365-policy-blocks = A security policy of your Microsoft tenant blocks the app { $client }.
mail-microsoft365-policy-blocks-do = Your Microsoft 365 administrator must exempt the app, or allow the IP addresses of this installation: Microsoft Entra admin center > Protection > Conditional Access > Policies.
mail-microsoft365-sign-in-refused = Microsoft refuses the sign-in of the app: "{ $words }"
mail-microsoft365-sign-in-refused-do = The answer says why. Compare tenant ID, client ID and client secret with the app registration in the Microsoft Entra admin center.
mail-microsoft365-sign-in-busy = Microsoft's sign-in is busy at the moment.

mail-microsoft365-token-refused = Microsoft signs the app in and then does not accept its own token.
mail-microsoft365-token-refused-do = Check in the settings which cloud the tenant lives in. If it is the right one, try again in a few minutes; if it stays that way, Microsoft's support can help with the details below.
mail-microsoft365-may-not-send = The app { $client } may not send mail yet.
mail-microsoft365-may-not-send-do = Your Microsoft 365 administrator must do one of two things: in Exchange Online, allow the app to send as { $mailbox } (RBAC for Applications, role "Application Mail.Send"); or, in the Microsoft Entra admin center > App registrations > your app > API permissions, add Microsoft Graph > Application permissions > Mail.Send and choose "Grant admin consent". Fresh changes take 30 minutes to 2 hours.
mail-microsoft365-mailbox-excluded = The app { $client } may send mail, but not as { $mailbox }.
mail-microsoft365-mailbox-excluded-do = Your Exchange administrator must allow the mailbox for the app, for example by adding it to the permitted group. In Exchange Online PowerShell, Test-ServicePrincipalAuthorization and Test-ApplicationAccessPolicy show what holds for { $mailbox }. Fresh changes can take longer than an hour.
mail-microsoft365-mailbox-suspended = Microsoft has suspended the account { $mailbox }.
mail-microsoft365-mailbox-suspended-do = Sign in to the mailbox and follow Microsoft's instructions in its inbox. If there are none, your Microsoft 365 administrator must release the account. Mail that waits then leaves by itself.
mail-microsoft365-sending-refused = Microsoft does not let { $mailbox } send: "{ $words }"
mail-microsoft365-send-as-denied = Microsoft does not let { $mailbox } send with this sender address.
mail-microsoft365-send-as-denied-do = The sender email address must be the address of the mailbox itself, not an alias. Correct it in the settings.
mail-microsoft365-mailbox-unknown = There is no user { $mailbox } in this Microsoft tenant.
mail-microsoft365-mailbox-unknown-do = Enter the user principal name of the mailbox, not an alias: Microsoft 365 admin center > Users > Active users > the user > Username.
mail-microsoft365-mailbox-missing = { $mailbox } has no mailbox in Exchange Online.
mail-microsoft365-mailbox-missing-do = Your Microsoft 365 administrator must assign a licence with Exchange Online, or you choose another mailbox, such as a shared one. A new mailbox needs some minutes; one on a server of your own or of a guest cannot be used.
mail-microsoft365-mailbox-full = The mailbox { $mailbox } is full, so it sends nothing.
mail-microsoft365-mailbox-full-do = Empty it. Microsoft keeps a copy of every message in its "Sent Items"; your Exchange administrator can have them deleted by a retention policy.

mail-microsoft365-recipient-refused = Microsoft refused the recipient { $recipient }: "{ $words }"
mail-microsoft365-too-large = The message is larger than Microsoft 365 takes ({ $limit } at most).
mail-microsoft365-too-large-do = Send less at once. The settings of the email provider are in order.
mail-microsoft365-large-messages-off = The message is larger than Microsoft 365 takes in one piece ({ $limit } at most), and "Send large messages" is not ticked in the settings.
mail-microsoft365-large-messages-off-do = Tick "Send large messages" in the settings, and then send the message again. The app needs Mail.ReadWrite for it: your Microsoft 365 administrator grants it in Exchange Online for { $mailbox } alone (RBAC for Applications, role "Application Mail.ReadWrite"), or in the Microsoft Entra admin center under API permissions as an application permission, with "Grant admin consent". Otherwise send less at once.
mail-microsoft365-larger-than-mailbox-allows = The message is larger than { $mailbox } may send.
mail-microsoft365-larger-than-mailbox-allows-do = Send less at once, or have your Exchange administrator raise the maximum size of a sent message for { $mailbox } (Exchange admin center > Mailboxes > Message size restriction). The settings of the email provider are in order.
mail-microsoft365-may-not-write-drafts = The message is so large that it must be put together as a draft in { $mailbox } first, and the app { $client } may not write there.
mail-microsoft365-may-not-write-drafts-do = Your Microsoft 365 administrator must give the app Mail.ReadWrite: either in Exchange Online for { $mailbox } alone (RBAC for Applications, role "Application Mail.ReadWrite"), or in the Microsoft Entra admin center > App registrations > your app > API permissions under Microsoft Graph > Application permissions, with "Grant admin consent". Or untick "Send large messages" in the settings of the email provider. Smaller messages are not affected.
mail-microsoft365-upload-failed = Microsoft 365 did not take a file attached to the message.
mail-microsoft365-upload-failed-do = There will be another attempt. If it stays like this, your network administrator must see whether the portal can reach { $host }, where large files go.
mail-microsoft365-message-refused = Microsoft refused the message: "{ $words }"
mail-microsoft365-message-refused-do = The answer says why. If it does not, Microsoft's support can find the reason with the details below.
mail-microsoft365-throttled = Microsoft is limiting the mailbox { $mailbox } at the moment.
mail-microsoft365-throttled-do = { $minutes ->
    [one] Nothing is wrong with your settings. Mail that waits is sent by itself; the next attempt can be made in one minute. If it happens often, use a mailbox for this purpose alone.
   *[other] Nothing is wrong with your settings. Mail that waits is sent by itself; the next attempt can be made in { $minutes } minutes. If it happens often, use a mailbox for this purpose alone.
}
mail-microsoft365-own-limit = The mailbox { $mailbox } has sent as much as Microsoft allows for now.
mail-microsoft365-own-limit-do = { $minutes ->
    [one] Nothing is wrong with your settings. Mail that waits is sent by itself; the next attempt can be made in one minute.
   *[other] Nothing is wrong with your settings. Mail that waits is sent by itself; the next attempt can be made in { $minutes } minutes.
}
mail-microsoft365-unavailable = There is a temporary fault at Microsoft.
mail-microsoft365-fault-until-do = { $minutes ->
    [one] Nothing is wrong with your settings. Try again in one minute.
   *[other] Nothing is wrong with your settings. Try again in { $minutes } minutes.
}
mail-microsoft365-fault-do = Try again in a few minutes. If it stays that way, look at Microsoft's service status: Microsoft 365 admin center > Health > Service health.
mail-microsoft365-outcome-unknown = Microsoft got the whole message but did not confirm it, so it may have been accepted or not.
mail-microsoft365-outcome-unknown-do = Look into "Sent Items" of { $mailbox }, or whether it has arrived, before you send it again.
mail-microsoft365-unexpected-answer = Microsoft gave an answer that makes no sense here: "{ $words }"

# The check: names of its steps, and what was seen at each
mail-check-abilities = what the server can do
mail-check-cloud = Microsoft's sign-in
mail-check-directory = Microsoft tenant
mail-check-client = app
mail-check-secret = client secret
mail-check-roles = permissions in the token
mail-check-mailbox = mailbox
mail-check-may-send = right to send
mail-seen-addresses = Addresses that may be connected to: { $addresses }
mail-seen-greeting = The server calls itself { $words }
mail-seen-in-clear = The connection stays unencrypted, as was chosen.
mail-seen-encryption = Encryption: { $protocol }
mail-seen-certificate = { $whom } { $by } { $valid }
mail-seen-certificate-names = Certificate for { $names }.
mail-seen-certificate-above = Above it: { $subject }.
mail-seen-certificate-issuer = Issued by { $issuer }.
mail-seen-certificate-self-signed = Self-signed.
mail-seen-certificate-valid = Valid from { $from } to { $until }.
mail-seen-no-sign-in = No sign-in is offered.
mail-seen-sign-in-methods = Sign-in methods: { $methods }
mail-seen-size = Largest message: { $limit }
mail-seen-no-size = No limit for the size of a message is named.
mail-seen-extensions = Offered: { $offered }
mail-seen-some-extensions = Offered: { $offered }. Not offered: { $missing }
mail-seen-no-extensions = Not offered: { $missing }
mail-seen-signed-in-as = User name: { $username }
mail-seen-nobody-signs-in = No sign-in is set up.
mail-seen-address = { $address }
mail-seen-answered = { $host } answers.
mail-seen-known = { $id }
mail-seen-token = { $minutes ->
    [one] A token was handed out for one minute.
   *[other] A token was handed out for { $minutes } minutes.
}
mail-seen-roles = Named in the token: { $roles }
mail-seen-no-mail-send = Mail.Send is not among them. That is right if Exchange grants it for single mailboxes (RBAC for Applications), which no token shows; otherwise the consent in Entra is missing.
mail-seen-no-mail-read-write = Mail.ReadWrite, which large messages need, is not among them. That is right if Exchange grants it for single mailboxes; otherwise the consent in Entra is missing.
mail-seen-roles-unreadable = The token cannot be read, so the permissions in it are not known.
mail-seen-no-objection = Microsoft raised no objection when it was handed a message that is none. Certainty comes only with a test email.
mail-seen-not-looked-at = Whether the mailbox exists was probably not looked at: the right to send comes first.

mail-detail-code = Error code
mail-detail-status = HTTP status
mail-detail-trace-id = Trace ID
mail-detail-correlation-id = Correlation ID
mail-detail-request-id = Request ID
mail-detail-client-request-id = Client request ID
mail-detail-time = Time
