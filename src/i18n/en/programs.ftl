# Administration > API keys: keys with which programs act for the tenant, and what programs are told of them.
programs-lead = Keys with which programs act for { $tenant }. Each acts as the administrator who made it, and ends with that person’s role or account.
programs-docs = What programs can do: documentation of the API
programs-recipients = Recipients that programs may write to
programs-keys = Keys
programs-make = Make an API key
programs-none = There are no API keys
programs-none-what = Make a key for each program that is to act here, with only the scopes that it needs.
programs-caption = API keys, newest first
programs-made = Made
programs-by = by { $name }
programs-ends = Ends
programs-ends-soon = Ends soon
programs-used = Last used
programs-never-used = Never
programs-status = State
programs-status-active = Active
programs-status-expired = Expired
programs-status-revoked = Revoked
programs-scopes = Scopes
programs-revoke = Revoke key
programs-to-list = To the list of API keys

programs-make-lead = Make one key for each program. Then each can be revoked alone, and the audit log tells them apart.
programs-make-now = Make key
programs-name-hint = What the program is, such as “Shop, order confirmations”.
programs-name-malformed = Enter a name of 1 to { $most } characters on one line.
programs-scopes-choose = What may the program do?
programs-scopes-hint = Choose only what it needs. Scopes cannot be added later; make another key instead.
programs-scopes-none = Choose at least one scope.
programs-life = How long is the key to last?
programs-life-days = { $days ->
    [one] One day
   *[other] { $days } days
}
programs-life-hint = Every key ends. From 14 days before, the list says so; make a new one in time.
programs-life-unknown = Choose one of the periods in the list.
programs-too-many = There are { $most } keys in force already, which is the most. Revoke one that is no longer needed.

programs-group-provider = Email provider
programs-group-mail = Email
programs-group-people = Users and audit log
programs-group-keys = API keys
programs-scope-email-config-read = Read the settings and the state of the email provider. The password or client secret is never told.
programs-scope-email-config-write = Change, check and remove the email provider, and send test messages.
programs-scope-messages-send = Hand in emails to be sent.
programs-scope-deliveries-read = Read what became of emails, with their recipients.
programs-scope-deliveries-write = Have emails tried again, or cancel them.
programs-scope-users-read = Read who the users are, with their email addresses.
programs-scope-audits-read = Read the audit log.
programs-scope-api-keys-read = Read which API keys there are.
programs-scope-api-keys-write = Make and revoke API keys, with no more scopes than its own.

programs-made-title = The key “{ $name }” is made
programs-key = API key
programs-key-once = This key is shown only now. Whoever has it can act for your organisation, so keep it where the program keeps its passwords.
programs-key-how = The program sends it with each request, in the header Authorization: Bearer followed by a space and the key.
programs-key-life = The key works until { $at }.
programs-key-copy = Copy key
programs-key-copied = The key was copied.

programs-revoke-title = Revoke the key “{ $name }”?
programs-revoke-lead = From then on every request with this key is refused. This cannot be undone.

programs-api-no-such-key = There is no such key.
programs-api-status = Give “active”, “expired” or “revoked”.
programs-api-user = Give the identifier of a user.
programs-api-description = Give 1 to { $most } characters on one line.
programs-api-expiry = Give a duration as in ISO 8601: P1D to P365D, P1W to P52W, or PT1H to PT8760H.
programs-api-scopes-none = Give at least one scope, or leave the field out.
programs-api-scope-unknown = There is no such scope. Give one of these: { $known }.
programs-api-patch-path = Only /description can be changed.
programs-api-patch-op = Give “replace”.
programs-api-more = The API key may not make such a key
programs-api-more-what = A key can make no key that may do more than itself, or lasts longer.
programs-api-too-many = The tenant has { $most } keys in force already, which is the most. Revoke one that is no longer needed.
