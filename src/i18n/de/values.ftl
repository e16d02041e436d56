# Probleme mit kleinen Werten.
values-address-empty = Geben Sie eine E-Mail-Adresse ein.
values-address-incomplete = Geben Sie eine vollständige E-Mail-Adresse ein, zum Beispiel anna@example.org.
values-address-not-one = Geben Sie nur eine E-Mail-Adresse ein, ohne Namen und ohne spitze Klammern.
values-address-bad-character = Die E-Mail-Adresse enthält ein unzulässiges Zeichen, etwa ein Leerzeichen oder ein Anführungszeichen.
values-address-hidden = Die E-Mail-Adresse enthält ein unsichtbares Zeichen, das vermutlich mitkopiert wurde. Löschen Sie die Adresse und tippen Sie sie neu ein.
values-address-bad-domain = Der Teil nach dem @ ist keine Domain wie example.org.
values-address-too-long = Die E-Mail-Adresse ist zu lang: höchstens 64 Zeichen vor dem @ und 254 insgesamt.
values-host-empty = Geben Sie den Namen des Servers ein, zum Beispiel smtp.example.org.
values-host-not-only = Geben Sie nur den Servernamen ein, zum Beispiel smtp.example.org – ohne https://, Benutzernamen oder Port. Für den Port gibt es ein eigenes Feld.
values-host-malformed = Das ist weder ein Hostname noch eine IP-Adresse. Geben Sie einen Namen wie smtp.example.org ohne Leerzeichen ein.
