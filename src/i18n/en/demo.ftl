# Texts of the room demo.

demo-catcher-title = Mail catcher
demo-catcher-heading = Caught mails
demo-catcher-intro = A real mail server on this computer. It accepts the demo’s mails, shows them here and passes nothing on: no mail ever leaves this computer.
demo-catcher-count = { $count ->
    [one] { $count } mail
   *[other] { $count } mails
  }
demo-catcher-limit = The latest { $count } mails are kept, even when the demo is started again.
demo-catcher-newest-first = Caught mails, the newest first
demo-catcher-reload = Reload
demo-catcher-clear = Delete all
demo-catcher-subject = Subject
demo-catcher-from = From
demo-catcher-to = To
demo-catcher-cc = Copy to
demo-catcher-reply-to = Replies to
demo-catcher-received = Received
demo-catcher-envelope-from = Envelope sender
demo-catcher-envelope-to = Envelope recipients
demo-catcher-way = Arrived by
demo-catcher-signed-in-as = Signed in as
demo-catcher-size = Size
demo-catcher-bytes = { $size } bytes
demo-catcher-kibibytes = { $size } KB
demo-catcher-no-subject = (no subject)
demo-catcher-empty-heading = No mail yet
demo-catcher-empty-next = Sign in to the portal as a tenant administrator, open Administration > Settings, enter the values for SMTP or Microsoft 365 that the demo printed when it started, and save them. The mails that wait at Administration > Deliveries leave at once; “Send test email” sends one more. Then reload this page.
demo-catcher-server = The mail server listens at localhost, port { $port }, with StartTLS and sign-in.
demo-catcher-try-heading = See it fail
demo-catcher-try = Two recipients are refused on purpose, at any domain: unknown@ as a mailbox that does not exist (550), and greylist@ with the request to try again later (451). A wrong password is refused as well (535). Some of the sample mails go to these two addresses: see what becomes of them at Administration > Deliveries.
demo-catcher-try-microsoft365 = With Microsoft 365, the sender decides: nomailbox@ has no Exchange Online mailbox (404), blocked@ is kept from the app by a policy (403), busy@ is always over its limit (429), and any name that the organisation does not have is unknown (404). A wrong client secret is refused as well (401). The answers have the codes of the real service.
demo-catcher-back = All caught mails
demo-catcher-attachments = Attachments
demo-catcher-unnamed-attachment = (without a name)
demo-catcher-views = Views of this mail
demo-catcher-view-text = Text
demo-catcher-view-html = HTML
demo-catcher-view-headers = Headers
demo-catcher-view-source = Source
demo-catcher-no-text = This mail has no text part. Change to the view “HTML”.
demo-catcher-no-html = This mail has no HTML part. Change to the view “Text”.
demo-catcher-html-hint = Shown in isolation: scripts do not run, images from the internet are not loaded, links do not open. To follow a link, change to the view “Text”.
demo-catcher-html-frame = The mail’s HTML
demo-catcher-source-alone = Open the source alone, for saving
demo-catcher-missing = There is nothing here
demo-catcher-missing-next = This mail was deleted, or the address is wrong.
