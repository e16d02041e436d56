# Administration > Deliveries: what the portal sends, and what became of it.
nav-deliveries = Deliveries
outbox-lead = Everything that the portal sends for { $tenant }, and what became of it.
outbox-views = Views
outbox-messages = Emails
outbox-suppressions = Suppressed addresses

outbox-kind-announcement = Announcement

outbox-state-due = Waiting
outbox-state-held = Held
outbox-state-accepted = Accepted
outbox-state-failed = Failed
outbox-state-unknown = Unknown
outbox-state-cancelled = Cancelled
outbox-state-expired = Expired

outbox-no-provider = No email provider is set up. What the portal sends waits until one is.
outbox-to-settings = Go to the settings
outbox-failing = The email provider has been failing since { $since }
outbox-held-title = Mail is held: nothing leaves
outbox-held-paused = The email provider cannot be reached at the moment
outbox-held-no-provider = Mail waits because no email provider is set up
outbox-held-no-provider-what = Nothing leaves without an email provider.
outbox-held-no-provider-do = Set one up in the settings. The waiting mail then leaves by itself.
outbox-held-suspended-what = The tenant is suspended. Its mail leaves when it is in service again.
outbox-held-by-operator-what = Whoever runs this portal holds the mail, for instance after restoring a backup. It is sent or cancelled when they have decided.
outbox-held-unusable-what = The stored settings of the email provider cannot be used.
outbox-held-unusable-do = Enter the email provider and its password or secret again and save it.
outbox-held-waits = { $count ->
    [one] One email has been waiting
   *[other] { $number } emails have been waiting
} since { $since }. What is not accepted in its lifetime, usually three days, expires.
outbox-held-next = Next attempt: { $at }.
outbox-held-by-person = The portal does not try again by itself, so that the account is not locked. Save the provider anew or try again here.
outbox-release = Try again now

outbox-day = Last 24 hours
outbox-day-nothing = Nothing was sent in the last 24 hours.
outbox-outlook-nothing = Nothing is waiting.
outbox-outlook-held = { $count ->
    [one] One email waits
   *[other] { $number } emails wait
} until mail is no longer held.
outbox-outlook-later = { $count ->
    [one] One email waits for its next attempt, at { $at }.
   *[other] { $number } emails wait for their next attempt, the first at { $at }.
}
outbox-outlook-leaving = { $count ->
    [one] One email is about to leave.
   *[other] { $number } emails wait and leave as fast as the email provider takes them.
}
outbox-outlook-server = { $count ->
    [one] One email waits
   *[other] { $number } emails wait
}, done about { $at } at the email provider’s present pace.
outbox-outlook-a-minute = { $count ->
    [one] One email waits
   *[other] { $number } emails wait
}, done about { $at }, limited by Microsoft 365 to { $limit } a minute.
outbox-outlook-a-day = { $count ->
    [one] One email waits
   *[other] { $number } emails wait
}, done by { $at } at the latest, limited by Microsoft 365 to { $limit } recipients in 24 hours.

outbox-chart-accepted = Accepted
outbox-chart-retried = Tried again later
outbox-chart-failed = Failed
outbox-chart-sentence = In the last 24 hours: { $accepted } accepted, { $retried } attempts put off, { $failed } failed.
outbox-chart-now = now
outbox-chart-table = Numbers by hour
outbox-chart-hour = Hour

outbox-recipient = Recipient
outbox-kind = Kind
outbox-state = State
outbox-enqueued = Handed over
outbox-attempts = Attempts
outbox-next-try = Next attempt
outbox-finished = Finished
outbox-what-happened = What happened
outbox-answer = Server’s answer
outbox-id = Identifier
outbox-next = Next: { $at }
outbox-next-now = now
outbox-newest-first = Emails, the newest first
outbox-choose = Select
outbox-choose-one = Select the email to { $recipient }
outbox-chosen-hint = applies to the selected emails
outbox-expired-untried = It was never tried in its lifetime.
outbox-unknown-short = Twice the connection was lost before the answer came.
outbox-twice = May have arrived twice

outbox-filter = Find emails
outbox-filter-any = All
outbox-filter-from = From
outbox-filter-until = To
outbox-filter-show = Show
outbox-filter-clear = Show all
outbox-filter-recipient-hint = The whole address
outbox-filter-recipient-whole = Enter the whole address, for example anna@example.com.
outbox-filter-day-malformed = Enter a date such as 2026-11-24.
outbox-filter-period-ends-first = The last day is before the first one. Enter a later date.
outbox-filter-refused = Correct the filter to see emails.

outbox-empty = Nothing has been sent yet
outbox-empty-what = As soon as the portal sends a report or a notification, it appears here with everything that happens to it. A test email shows whether the provider works; it is sent at once and not listed here.
outbox-empty-test = Send test email
outbox-none = No email matches
outbox-none-what = Choose another state or period, or show all.
outbox-none-so-far = None among those searched so far
outbox-none-so-far-what = There are many emails. Go on with “Older”.
outbox-pages = Pages
outbox-newest = Newest
outbox-older = Older
outbox-first-page = First page
outbox-next-page = Next page
outbox-export = Export as CSV
outbox-export-file = deliveries
outbox-try-again = Try again now
outbox-cancel = Cancel
outbox-cancel-one = Cancel this email
outbox-all-try-again = Try again all that match
outbox-all-cancel = Cancel all that match
outbox-all-try-again-question = Try again all emails that match?
outbox-all-cancel-question = Cancel all emails that match?
outbox-all-twice = These emails may have arrived already. Who tries them again accepts that some people get them twice.
outbox-all-at-most = At most { $count } emails are changed at once. If there are more, do it again.
outbox-back = Back

outbox-message-to = Email to { $recipient }
outbox-message-accepted = Accepted by { $server } on { $at }
outbox-message-due = It leaves as soon as it is its turn
outbox-message-due-at = Next attempt: { $at }
outbox-message-held = It waits, because mail is held
outbox-message-failed = It was refused for good; there will be no further attempt
outbox-message-suppressed = It was not sent, because its address is suppressed
outbox-message-unknown = Nobody knows whether it arrived
outbox-message-cancelled = It was cancelled on { $at }
outbox-message-expired = It expired on { $at } without being accepted
outbox-twice-what = The connection was lost after the whole email had been sent, before the server answered. Posthorn then sends it once more, with the same Message-ID, by which many mail systems recognise a repeat. If the answer is lost again, only a person has it tried again.
outbox-story-enqueued = Handed over to be sent
outbox-story-accepted = Accepted by the email provider. Only the provider knows what happens to it next.
outbox-story-next = Next attempt
outbox-story-open = open
outbox-story-held = Next attempt as soon as mail is no longer held
outbox-story-cancelled = Cancelled by an administrator
outbox-story-cancelled-by = Cancelled by { $name }
outbox-story-tried-again-by = Tried again at the request of { $name }
outbox-story-expired = Its lifetime ended
outbox-verdict-put-off = Not accepted yet; there will be another attempt.
outbox-verdict-provider-broken = The email provider does not work; mail was held.
outbox-verdict-given-up = Refused for good.
outbox-verdict-unknown = The connection was lost after the whole email had been sent. Nobody knows whether it was accepted.
outbox-verdict-suppressed = Not sent: the address was refused three times before and is suppressed.
outbox-verdict-unbuildable = The email could not be composed. Please tell the operator of the portal.
outbox-message-id = Message-ID
outbox-queue-id = Number at the server
outbox-expires = Tried until

outbox-mail = The email itself
outbox-subject = Subject
outbox-files = Attachments
outbox-file-size = { $size } KB
outbox-mail-views = Views of the email
outbox-view-text = Text
outbox-view-html = As displayed
outbox-view-source = Source
outbox-mail-frame = The email as a mail program shows it
outbox-mail-frame-hint = Shown without scripts and without anything that would have to be loaded from elsewhere.
outbox-source-cut = Only the beginning is shown here. The download has the whole source.
outbox-source-download = Download the source
outbox-mail-same = This is exactly what was sent: the checksums agree.
outbox-mail-different = This is no longer exactly what was sent: the checksums differ. The wording may have been changed by a newer version of Posthorn.
outbox-mail-unsent = This is how the email would be sent now.
outbox-mail-closed = What was written to people is not shown to support.
outbox-mail-none = The content is not shown: it was deleted after its time, or it is for its recipient only.

outbox-suppressions-lead = Addresses to which nothing is sent, because they were refused for good three times.
outbox-suppressions-none = No address is suppressed
outbox-suppressions-none-what = When a server refuses an address for good three times, nothing more is sent to it. It then appears here with the reason, and you can lift the suppression.
outbox-address = Address
outbox-suppressed-why = Reason
outbox-suppressed-since = Since
outbox-lift = Lift
outbox-own-suppressed = Nothing is sent to your address
outbox-own-suppressed-what = Since { $at } the portal sends you no email, because your address was refused for good three times.
outbox-own-suppressed-do = If your mailbox works again, have the portal send to it again. It will then be tried with the next email.
outbox-own-lift = Send me email again

flash-mail-tried-again = The emails are tried again now.
flash-mail-cancelled = The emails were cancelled.
flash-mail-partly-changed = Some of the emails were changed. Others were already accepted or in a state in which this cannot be done.
flash-mail-unchanged = Nothing was changed. No email was selected, or this cannot be done in the state they are in.
flash-mail-more-left = The first emails were changed; there are more that match. Do it again for the others.
flash-queue-released = Mail is no longer held. The portal tries again now.
flash-suppression-lifted = The suppression was lifted. The portal sends to this address again.

# Deliveries for programs.
outbox-api-no-such-message = There is no such message.
outbox-api-state = There is no such state. Give one of these: { $known }.
outbox-api-kind = There is no such kind of message. Give one of these: { $known }.
outbox-api-wrong-state = This cannot be done with a message in the state “{ $state }”.
outbox-api-held = The mail of this tenant is held at present, so trying this message again would not help. It is sent once the reason is gone.
