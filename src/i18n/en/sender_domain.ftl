# The sender's domain: MX, SPF, DKIM, DMARC.
domain-title = Check the sender’s domain
domain-of-sender = Sender’s domain
domain-check = Check MX, SPF, DKIM and DMARC
domain-lead = What is published in the DNS about { $domain }, and what it means for the portal’s mail.
domain-lead-none = Here you see what is published in the DNS about the domain that the portal’s mail comes from.
domain-without-provider = No email provider is saved, so there is no sender’s domain to check. Save one first.
domain-through = Mail goes through
domain-concerns = These records are the job of whoever administers the DNS of { $domain }. They concern everybody who sends mail for this domain, not the portal alone: agree on every change with them.
domain-services-own = This domain belongs to { $service }, who also administers its DNS. There is nothing for you to do there.
domain-again = Check again
domain-duration = Changes in the DNS can take hours until every server knows them. The check takes up to ten seconds.
domain-too-many = At most 10 checks a minute are possible. Please wait a minute.
domain-good = In order
domain-warning = Needs attention
domain-missing = Missing
domain-unknown = Cannot be known
domain-found = Found
domain-add = Line to add
domain-change = Change into this line
domain-line-hint = Written as in a zone file. Where an administration page asks for name, type and value, the name is often wanted without “{ $domain }” (“@” for the domain itself), and the value without quotation marks.
domain-no-answer = The DNS did not answer in time. This says nothing about the domain: check again in a minute.
domain-no-such-domain = There is no domain { $domain } in the DNS. Check the spelling of the sender’s address: recipients reject mail of a domain that does not exist.

domain-mx = MX: where answers go
domain-mx-good = Mail to { $domain } has a destination, so answers and notices about undeliverable mail arrive.
domain-mx-missing = No server takes mail for { $domain }. Answers and notices about undeliverable mail are lost, and some recipients reject such senders.
domain-mx-missing-do = Which server belongs there is known to whoever runs the mailboxes of this domain. If it is to have none, choose a sender’s address of another domain.
domain-mx-null = { $domain } declares that it takes no mail at all. Many recipients reject mail of such a domain.
domain-mx-implicit = { $domain } has no MX record. Other servers deliver to the address of the name itself, usually a web server. Name the right server in an MX record.

domain-spf = SPF: who may send
domain-spf-covers = { $service } may send for { $domain }: recipients who check SPF accept it.
domain-spf-lacks = { $service } is not among those who may send for { $domain }. Recipients can take the portal’s mail for a forgery.
domain-spf-other-addresses = Only the server’s own addresses were compared. If it hands mail on through other addresses, those count; whoever runs it knows them.
domain-spf-no-address = Whether { $service } may send cannot be known: it has no address in the public DNS. Whoever runs it knows from which addresses mail leaves.
domain-spf-own-return-address = { $service } uses a return address of its own, so SPF is not checked for { $domain } in the portal’s mail. Here, DKIM counts.
domain-spf-missing = { $domain } does not say who may send for it. Large mail services reject such mail or put it into the spam folder, unless it is signed.
domain-spf-missing-do = The line allows the portal’s way of sending only. Whoever administers the DNS must add the other servers that send for this domain.
domain-spf-several = { $domain } has more than one SPF record. Only one is allowed; recipients ignore all of them. Put them together into one.
domain-spf-broken = The SPF record cannot be evaluated: it has an error, includes a name without a record, or needs more than ten look-ups. Recipients treat it as an error.
domain-spf-everybody = The SPF record allows everybody to send for { $domain }. It protects from nothing, and some recipients count it against the sender.

domain-dkim = DKIM: the signature
domain-dkim-good = A key to sign with is published ({ $selectors }). Recipients can verify the signature of { $domain }, provided that signing is switched on at the mail service.
domain-dkim-short = The key has 1024 bits. This is still accepted; 2048 bits are recommended.
domain-dkim-missing = No key is published under the names that are expected ({ $selectors }).
domain-dkim-testing = The key ({ $selectors }) is marked as a test (t=y). Recipients treat mail as if it were not signed. Remove this mark.
domain-dkim-revoked = The key ({ $selectors }) has been withdrawn: its record is empty. Signatures with it are invalid.
domain-dkim-unusable = The record of the key ({ $selectors }) cannot be used: it is damaged or the key is too short. Copy it once more from the mail service, without a gap.
domain-dkim-add = Add these lines, then switch DKIM on at the mail service if it is not on already.
domain-dkim-microsoft = In the Microsoft Defender portal, go to Email & collaboration > Policies & rules > Threat policies > Email authentication settings > DKIM, and choose { $domain }. It shows two CNAME records, for selector1._domainkey.{ $domain } and selector2._domainkey.{ $domain }. Add both, then switch the signature on there.
domain-dkim-ask = The mail service makes the key and shows the record to add, usually under “DKIM” or “Domain authentication”. Its name ends in ._domainkey.{ $domain }.
domain-dkim-none-below = No key at all is published for { $domain }. Mail is not signed, or its signature cannot be verified.
domain-dkim-selector-unknown = Keys may be published for { $domain }, but not under which name the mail service has it is known here. Enter its selector: you find it at the mail service, or in the source of a received mail as “s=” in the line DKIM-Signature.
domain-selector = DKIM selector
domain-selector-hint = The part of the record’s name before ._domainkey, for example selector1.
domain-selector-check = Check this key
domain-selector-malformed = Enter the selector alone, for example selector1: letters, digits, hyphens and dots.

domain-dmarc = DMARC: what becomes of forgeries
domain-dmarc-none = { $domain } asks recipients to do nothing special with mail that fits neither SPF nor DKIM. Each decides for itself.
domain-dmarc-quarantine = Mail of { $domain } that fits neither SPF nor DKIM is put into the spam folder.
domain-dmarc-reject = Mail of { $domain } that fits neither SPF nor DKIM is rejected.
domain-dmarc-passes-both = By what was found above, the portal’s mail passes, by SPF and by DKIM.
domain-dmarc-passes-spf = By what was found above, the portal’s mail passes by SPF. If a recipient forwards it, only DKIM would help.
domain-dmarc-passes-dkim = By what was found above, the portal’s mail passes by DKIM if the mail service signs it.
domain-dmarc-fails = By what was found above, the portal’s mail does not pass. Put SPF or DKIM in order.
domain-dmarc-unknown = Whether the portal’s mail passes cannot be known: neither SPF nor DKIM is certain.
domain-dmarc-inherited = The policy is that of { $at }, which applies to the domains below it.
domain-dmarc-relaxed = SPF and DKIM count if their domain belongs to the same organisation as { $domain }. The portal uses the sender’s address as return address, too, so SPF fits.
domain-dmarc-strict = SPF or DKIM count only if their domain is exactly { $domain }. The portal uses the sender’s address as return address, too; the mail service must sign for exactly this domain.
domain-dmarc-only-dkim = SPF does not count here: the mail service’s return address is of another domain. DKIM counts if the mail service signs for { $domain }.
domain-dmarc-missing = { $domain } has no DMARC policy. Large mail services require one of those who send much mail.
domain-dmarc-missing-do = The line changes nothing for now; it only states that there is a policy. A stricter one needs to know everybody who sends for this domain.
domain-dmarc-several = There is more than one DMARC record. Recipients ignore all of them. Keep one, for example this.
domain-dmarc-malformed = The DMARC record cannot be read, so recipients ignore it. The simplest one in order is this.
