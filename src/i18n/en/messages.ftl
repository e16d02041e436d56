# Mail that programs hand in, and to whom they may.
messages-recipients = Recipients
messages-recipients-lead = Who programs with an API key may write to.
messages-domains = Allowed domains
messages-domains-why = Programs may always write to the users of this portal. To addresses of other people they may only write if you allow their domain here, so that nobody who gets hold of an API key can write to strangers in your name.
messages-domains-label = Domains
messages-domains-hint = One domain a line, for example acme.example. A subdomain such as mail.acme.example is a domain of its own. Leave it empty to allow users only.
messages-domain-malformed = Line { $line } is not a domain. Enter only what stands behind the @ of an address, for example acme.example.
messages-domains-many = Enter at most { $most } domains.
messages-saved = Last saved by { $name } on { $at }
messages-back = Back to the API keys

messages-count = Hand in 1 to { $most } messages at once.
messages-recipients-of-all = All messages of a call together have at most { $most } recipients.
messages-recipients-count = A message has 1 to { $most } recipients.
messages-recipient-one = Name a recipient either by userId or by email.
messages-no-user = There is no such user of this tenant, or the user is deactivated.
messages-domain-not-allowed = Programs may not write to addresses of this domain. An administrator can allow it under Administration > API keys > Recipients.
messages-body-missing = Send text, html or both.
messages-text = A text is not empty and holds no null characters.
messages-html-empty = Nothing of this HTML can be shown in an email. What stays is described under /api/docs.
messages-html-complex = The HTML is too complex. It may have at most { $elements } elements, and at most { $depth } of them within each other, with few attributes.
messages-key = An Idempotency-Key has 1 to { $most } visible ASCII characters and is sent once.
messages-other-request = Within 24 hours a key stands for one request only. Use a new key for another one.
messages-text-needed = Give a text as well: none is made of HTML beyond 128 KiB, or of one that is too deeply nested.
messages-bytes-of-all = The messages of a batch may have at most { $most } MiB of text and HTML in all.

messages-kind = From a program
