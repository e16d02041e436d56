# Administration > Users: inviting, changing, removing people; their mails.
nav-users = Users
people-lead = The people of { $tenant } who can use this portal.
people-all = People
people-invite = Invite a user
people-import = Import users
people-search = Search users
people-search-for = Name or email address
people-state = State
people-standing-active = Active
people-standing-invited = Invited
people-standing-deactivated = Deactivated
people-invitation-expired = Invitation expired
people-invitation-revoked = Invitation revoked
people-none = Nobody matches
people-none-what = Change the search, or show all users.
people-caption = Users in the order of their email addresses
people-you = (you)

people-invite-lead = The person gets an email with a link to choose a password. You also get the link to pass on yourself.
people-invite-send = Invite
people-email-hint = The person signs in with this address.
people-email-taken = There is already a user with this email address. Look for them in the list of users.
people-name-malformed = Enter a name of 1 to { $most } characters on one line, without hidden characters.
people-role-hint = Administrators can change everything here: users, the email provider, deliveries. Members have their own pages only.
people-role-unknown = Choose one of the roles in the list.
people-language-unset = As set by the organisation
people-language-hint = The language of the invitation, and of the portal until the person chooses another.

people-invited-title = { $name } is invited
people-link-title = A new password for { $name }
people-link = Link
people-link-once = This link is shown only now. Whoever has it can choose the password, so pass it on to this person only.
people-invitation-life = The link works once, for 7 days.
people-link-life = The link works once, for 30 minutes.
people-link-what = No email is sent. Pass the link on yourself; earlier links of this person no longer work.
people-link-copy = Copy link
people-link-copied = The link was copied.
people-to-person = To the page of { $name }
people-invite-another = Invite another user
people-mail-on-its-way = The email with the link is on its way.
people-mail-no-provider = No email provider is set up, so no email goes out. It will wait for three days and be sent once a provider is saved. Until then, pass the link on yourself.
people-mail-failing = The email provider is not working at the moment, so the email waits, for three days at most. Pass the link on yourself to be sure.
people-mail-suppressed = No email will be sent: this address was refused several times and is suppressed. Pass the link on yourself, or lift the suppression under Deliveries.

people-since = Added
people-invitation = Invitation
people-invitation-open-until = The link in the invitation works until { $at }.
people-invitation-expired-at = The link in the invitation has not worked since { $at }. Invite the person again.
people-invitation-revoked-what = The invitation was revoked, so its link no longer works. Invite the person again, or remove them.
people-invite-again = Invite again
people-invite-again-hint = A new invitation has a new link; the old one stops working.
people-invite-again-soon = This person was invited again less than 10 minutes ago. Wait a few minutes, or pass the link on yourself.
people-invite-again-many = 100 invitations have been sent again in the past hour, which is the most there may be. Try again in an hour.
people-revoke = Revoke invitation
people-role-choose = What may this person do?
people-role-save = Change role
people-password = Password
people-password-what = Anyone who has forgotten their password can ask for a new one on the sign-in page. If no email gets through, make a link here and pass it on yourself. The current password works until a new one is chosen.
people-password-link = Make a password link
people-access = Access
people-deactivate-what = A deactivated person is signed out at once and cannot sign in. You can reactivate them at any time.
people-deactivate = Deactivate
people-reactivate-what = This person cannot sign in. When reactivated, they sign in with the password they had; anyone who never chose one needs a new invitation.
people-reactivate = Reactivate
people-remove = Remove this user
people-remove-what = The account is deleted and the person is signed out at once. This cannot be undone. What they did stays in the audit log under their name.
people-remove-confirm = Yes, remove { $name }
people-remove-now = Remove user
people-remove-unconfirmed = Tick the box to confirm that you want to remove this user.
people-refused = Nothing was changed
people-own-account = This is your own account. So that nobody shuts themselves out by accident, only another administrator can change its role, deactivate it or remove it.
people-to-own-account = To your account
people-last-administrator = This is the only active administrator, and every organisation keeps at least one. Make someone else an administrator first; they can then make this change.
people-wrong-standing = The state of this person has changed in the meantime, so this is not possible any more. The page now shows the current state.

people-import-lead = Invite many people at once, from a table.
people-import-rows = The table
people-import-format = Export the table from your spreadsheet as CSV, or copy the cells. It may have up to { $most } people and begins with the names of the columns, for example:
people-import-columns = Columns are separated by semicolons, commas or tabs, in any order. The email address and the name are required. The usual headings of Excel, Microsoft 365 and Google are understood, too: “Display name”, “User principal name”, “First name”, “Last name”.
people-import-role-values = The role is “member” or “tenant-admin”. If it is empty, the person becomes a member.
people-import-language-values = The language is “de” or “en”. If it is empty, the organisation’s language applies.
people-import-paste = Paste the table here
people-import-paste-hint = At most 64 KiB. Nothing is changed yet: first you see what would happen.
people-import-check = Check
people-import-preview-lead = Nothing has been changed yet.
people-import-refused = The table cannot be read
people-import-all-good = { $count ->
    [one] One person would be invited
   *[other] { $count } people would be invited
}
people-import-good = { $count ->
    [one] One person could be invited
   *[other] { $count } people could be invited
}
people-import-some-bad = { $count ->
    [one] One line has to be corrected
   *[other] { $count } lines have to be corrected
}
people-import-more = { $count ->
    [one] and one more
   *[other] and { $count } more
}
people-import-problems = What has to be corrected
people-import-people = People who would be invited
people-import-line = Line
people-import-column = Column
people-import-problem = What to correct
people-import-only-good = Leave out the lines with errors and import the rest only
people-import-run = Invite these people
people-import-again = Correct the table
people-import-empty = The table is empty. Paste it with its first line.
people-import-no-header = The first line must name the columns: call the one with the addresses “email” and the one with the names “name”.
people-import-column-unknown = It is not clear what the column “{ $column }” is. Call it email, name, role or language, or delete it.
people-import-column-twice = The first line names the column “{ $column }” twice. Remove one of them.
people-import-unreadable = The table is not CSV as spreadsheets write it. Check the quotation marks.
people-import-too-many = The table has more than { $most } people. Import it in several parts.
people-import-nobody = The table has no people, only its first line.
people-import-quote-open = The quotation mark in line { $line } is never closed, so the lines after it were not read. Close or remove it.
people-import-quote-goes-on = A quotation mark in this line is closed in a later line only, so the lines up to there were read as one. Close or remove the mark.
people-import-too-many-fields = The line has more than { $most } fields. Put fields that contain the separator in quotation marks.
people-import-taken = There is already a user with the address { $email }. Remove the line.
people-import-twice = The same address stands in line { $line } already. Remove one of the lines.
people-import-role-unknown = “{ $role }” is not a role. Use “member” or “tenant-admin”, or leave it empty.
people-import-language-unknown = “{ $language }” is not a language of the portal. Use “de” or “en”, or leave it empty.
people-imported-title = { $count ->
    [one] One person was invited
   *[other] { $count } people were invited
}
people-imported-on-their-way = The emails with the links are on their way.
people-imported-no-provider = No email provider is set up, so no email goes out. The emails will wait for three days and be sent once a provider is saved. Until then, pass the links on yourself.
people-imported-failing = The email provider is not working at the moment, so the emails wait, for three days at most. Pass the links on yourself to be sure.
people-imported-links = Links
people-imported-links-what = The links are shown only now. Each works once, for 7 days. Whoever has one can choose that person’s password, so pass each on to its person only.
people-imported-copy = Copy table
people-to-list = To the list of users

people-mail-greeting = Hello { $name },
people-mail-button-hint = If the button does not work, open this address:
people-mail-invitation-kind = Invitation
people-mail-invitation-subject = Your invitation to { $product } of { $tenant }
people-mail-invitation-what = { $inviter } has invited you to { $product } of { $tenant }.
people-mail-invitation-do = Choose a password to accept the invitation:
people-mail-invitation-button = Choose a password
people-mail-invitation-life = The link works once, for 7 days. After that, ask for a new invitation.
people-mail-invitation-unexpected = If you did not expect this invitation, you can ignore this email.
people-factor-what = Reset it when the person has lost their device and their recovery codes. From then on the password is enough to sign in.
people-factor-reset = Reset second factor
people-break-glass = This is the administrator who can always sign in with a password. Choose another one under Sign-in first.

# Users for programs.
people-api-filter = Give one of these: email eq "…", id eq "…", status eq "active" (or "invited", "disabled"), name co "…".
people-api-total = Give “true” or “false”.
people-api-no-such-user = There is no such user.
