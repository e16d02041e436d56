# The second factor: at sign-in, on one's own page, and as a rule for administrators.
factor-title = Second factor
factor-on = On
factor-off = Off
factor-what = Besides your password, sign-in then asks for a code that an app on your phone shows. Whoever learns your password cannot get in with it alone.
factor-set-up = Set up a second factor
factor-manage = Manage the second factor
factor-codes-left = { $count ->
    [0] There are no recovery codes left. Create new ones so that you can still sign in without your phone.
    [one] There is one recovery code left.
   *[other] There are { $count } recovery codes left.
  }
factor-lead = A code from an app on your phone, in addition to your password.
factor-required = Your organisation requires a second factor
factor-required-what = Administrators of this portal must use a second factor. Set it up now; then everything else opens to you.
factor-how = How it works
factor-how-app = Install an authenticator app on your phone if you have none, such as Google Authenticator, Microsoft Authenticator or FreeOTP.
factor-how-scan = Scan a QR code with the app. From then on it shows a new six-digit code every 30 seconds.
factor-how-sign-in = When you sign in, enter your password first, then the code.
factor-begin = Start
factor-since = On since
factor-recovery = Recovery codes
factor-left = Left
factor-recovery-what = Each of these codes replaces the app once, for example when your phone is lost. New codes make all former ones invalid.
factor-renew = Create new recovery codes
factor-remove-title = Remove the second factor
factor-remove-what = From then on your password is enough to sign in. Your recovery codes will be deleted. To move to a new phone, remove the second factor and set it up again.
factor-remove = Remove second factor
factor-proof = Your password or a code from the app
factor-proof-wrong = This is neither your password nor a code that is valid now. Each code works only once; wait for the next one. After several failed attempts you must wait up to 15 minutes.
factor-set-up-title = Set up the second factor
factor-set-up-lead = Connect the app on your phone with your account.
factor-scan = 1. Scan the QR code
factor-scan-what = Open the app, add an account and point the camera at this picture.
factor-qr-code = QR code for your authenticator app
factor-type = Without a camera, type this secret into the app instead (type: time-based, 6 digits):
factor-confirm = 2. Enter the code from the app
factor-code-of-app = Code from the app
factor-code-of-app-hint = Six digits. They change every 30 seconds.
factor-code-wrong = This code is not right. Enter the one that the app shows now, and check that the time on your phone is set automatically. After several failed attempts you must wait up to 15 minutes.
factor-turn-on = Turn on
factor-codes-title = Your recovery codes
factor-codes-first = The second factor is on. Keep these codes: with one of them you can sign in when your phone is not at hand.
factor-codes-new = The former codes no longer work. Keep these in their place.
factor-codes-once = They are shown only now
factor-codes-keep = Print this page, or copy the codes to a safe place such as a password manager. Each code works once.
factor-codes-done = I have kept the codes
factor-sign-in = Confirm that it is you
factor-sign-in-lead = Enter the code that your authenticator app shows now.
factor-code = Code
factor-code-hint = Six digits from the app, or one of your recovery codes.
factor-refused = The code was not accepted
factor-refused-what = Enter the code that the app shows now. Each code works only once. After several failed attempts you must sign in again, and wait up to 15 minutes.
factor-lost = Phone lost and no recovery code at hand? An administrator of your organisation can reset your second factor.
factor-begin-proof = Your current password
factor-begin-proof-hint = You signed in a while ago, so please confirm that it is you. No password? Sign out and sign in again, then come back within five minutes.
