# Verwaltung > Benutzer: einladen, ändern, entfernen; die E-Mails dazu.
nav-users = Benutzer
people-lead = Alle bei { $tenant }, die dieses Portal nutzen können.
people-all = Personen
people-invite = Benutzer einladen
people-import = Benutzer importieren
people-search = Benutzer suchen
people-search-for = Name oder E-Mail-Adresse
people-state = Status
people-standing-active = Aktiv
people-standing-invited = Eingeladen
people-standing-deactivated = Deaktiviert
people-invitation-expired = Einladung abgelaufen
people-invitation-revoked = Einladung zurückgezogen
people-none = Niemand passt dazu
people-none-what = Ändern Sie die Suche oder lassen Sie alle Benutzer anzeigen.
people-caption = Benutzer nach ihrer E-Mail-Adresse geordnet
people-you = (Sie)

people-invite-lead = Die Person erhält eine E-Mail mit einem Link, über den sie ein Kennwort festlegt. Auch Sie erhalten den Link, um ihn bei Bedarf selbst weiterzugeben.
people-invite-send = Einladen
people-email-hint = Mit dieser Adresse meldet sich die Person an.
people-email-taken = Es gibt bereits einen Benutzer mit dieser E-Mail-Adresse. Suchen Sie ihn in der Liste der Benutzer.
people-name-malformed = Geben Sie einen Namen mit 1 bis { $most } Zeichen in einer Zeile und ohne unsichtbare Zeichen ein.
people-role-hint = Administratoren können hier alles ändern: Benutzer, E-Mail-Anbieter, Zustellungen. Mitglieder haben nur ihre eigenen Seiten.
people-role-unknown = Wählen Sie eine Rolle aus der Liste.
people-language-unset = Wie in der Organisation eingestellt
people-language-hint = Die Sprache der Einladung und des Portals, bis die Person selbst eine andere wählt.

people-invited-title = { $name } ist eingeladen
people-link-title = Neues Kennwort für { $name }
people-link = Link
people-link-once = Dieser Link wird nur jetzt angezeigt. Wer ihn hat, kann das Kennwort festlegen. Geben Sie ihn deshalb nur an diese Person weiter.
people-invitation-life = Der Link funktioniert einmal und 7 Tage lang.
people-link-life = Der Link funktioniert einmal und 30 Minuten lang.
people-link-what = Es wird keine E-Mail gesendet. Geben Sie den Link selbst weiter; frühere Links dieser Person funktionieren nicht mehr.
people-link-copy = Link kopieren
people-link-copied = Der Link wurde kopiert.
people-to-person = Zur Seite von { $name }
people-invite-another = Weiteren Benutzer einladen
people-mail-on-its-way = Die E-Mail mit dem Link ist unterwegs.
people-mail-no-provider = Es ist kein E-Mail-Anbieter eingerichtet, deshalb wird keine E-Mail gesendet. Sie wartet drei Tage und geht hinaus, sobald ein Anbieter gespeichert ist. Geben Sie den Link bis dahin selbst weiter.
people-mail-failing = Der E-Mail-Anbieter funktioniert zurzeit nicht. Die E-Mail wartet deshalb, höchstens drei Tage. Geben Sie den Link sicherheitshalber selbst weiter.
people-mail-suppressed = Es wird keine E-Mail gesendet: Diese Adresse wurde mehrfach abgelehnt und ist gesperrt. Geben Sie den Link selbst weiter oder heben Sie die Sperre unter „Zustellungen“ auf.

people-since = Hinzugefügt
people-invitation = Einladung
people-invitation-open-until = Der Link in der Einladung funktioniert bis { $at }.
people-invitation-expired-at = Der Link in der Einladung funktioniert seit { $at } nicht mehr. Laden Sie die Person erneut ein.
people-invitation-revoked-what = Die Einladung wurde zurückgezogen, ihr Link funktioniert nicht mehr. Laden Sie die Person erneut ein oder entfernen Sie sie.
people-invite-again = Erneut einladen
people-invite-again-hint = Eine neue Einladung enthält einen neuen Link; der alte funktioniert dann nicht mehr.
people-invite-again-soon = Diese Person wurde vor weniger als 10 Minuten erneut eingeladen. Warten Sie einige Minuten oder geben Sie den Link selbst weiter.
people-invite-again-many = In der letzten Stunde wurden bereits 100 Einladungen erneut gesendet, mehr sind nicht möglich. Versuchen Sie es in einer Stunde wieder.
people-revoke = Einladung zurückziehen
people-role-choose = Was darf diese Person?
people-role-save = Rolle ändern
people-password = Kennwort
people-password-what = Wer das Kennwort vergessen hat, kann auf der Anmeldeseite ein neues anfordern. Kommen keine E-Mails an, erstellen Sie hier einen Link und geben Sie ihn selbst weiter. Das bisherige Kennwort gilt, bis ein neues festgelegt ist.
people-password-link = Kennwortlink erstellen
people-access = Zugang
people-deactivate-what = Wer deaktiviert ist, wird sofort abgemeldet und kann sich nicht mehr anmelden. Das lässt sich jederzeit rückgängig machen.
people-deactivate = Deaktivieren
people-reactivate-what = Diese Person kann sich nicht anmelden. Nach der Reaktivierung gilt wieder ihr bisheriges Kennwort; wer noch keines festgelegt hatte, braucht eine neue Einladung.
people-reactivate = Reaktivieren
people-remove = Benutzer entfernen
people-remove-what = Das Konto wird gelöscht und die Person sofort abgemeldet. Das lässt sich nicht rückgängig machen. Was sie getan hat, bleibt unter ihrem Namen im Prüfprotokoll.
people-remove-confirm = Ja, { $name } entfernen
people-remove-now = Benutzer entfernen
people-remove-unconfirmed = Setzen Sie das Häkchen, um zu bestätigen, dass Sie diesen Benutzer entfernen möchten.
people-refused = Es wurde nichts geändert
people-own-account = Das ist Ihr eigenes Konto. Damit sich niemand versehentlich aussperrt, kann nur ein anderer Administrator seine Rolle ändern, es deaktivieren oder entfernen.
people-to-own-account = Zu Ihrem Konto
people-last-administrator = Das ist der einzige aktive Administrator, und jede Organisation behält mindestens einen. Machen Sie zuerst jemand anderen zum Administrator; er kann die Änderung dann vornehmen.
people-wrong-standing = Der Status dieser Person hat sich inzwischen geändert, deshalb ist das nicht mehr möglich. Die Seite zeigt nun den aktuellen Stand.

people-import-lead = Laden Sie viele Personen auf einmal ein, aus einer Tabelle.
people-import-rows = Die Tabelle
people-import-format = Exportieren Sie die Tabelle aus Ihrer Tabellenkalkulation als CSV oder kopieren Sie die Zellen. Sie darf bis zu { $most } Personen enthalten und beginnt mit den Namen der Spalten, zum Beispiel:
people-import-columns = Die Spalten sind durch Semikolon, Komma oder Tabulator getrennt; die Reihenfolge spielt keine Rolle. E-Mail-Adresse und Name sind Pflicht. Auch übliche Überschriften aus Excel, Microsoft 365 und Google werden verstanden: „Anzeigename“, „E-Mail-Adresse“, „Vorname“, „Nachname“.
people-import-role-values = Die Rolle ist „member“ (Mitglied) oder „tenant-admin“ (Administrator). Ist sie leer, wird die Person Mitglied.
people-import-language-values = Die Sprache ist „de“ oder „en“. Ist sie leer, gilt die Sprache der Organisation.
people-import-paste = Tabelle hier einfügen
people-import-paste-hint = Höchstens 64 KiB. Es wird noch nichts geändert: Zuerst sehen Sie, was geschehen würde.
people-import-check = Prüfen
people-import-preview-lead = Es wurde noch nichts geändert.
people-import-refused = Die Tabelle ist nicht lesbar
people-import-all-good = { $count ->
    [one] Eine Person würde eingeladen
   *[other] { $count } Personen würden eingeladen
}
people-import-good = { $count ->
    [one] Eine Person könnte eingeladen werden
   *[other] { $count } Personen könnten eingeladen werden
}
people-import-some-bad = { $count ->
    [one] Eine Zeile muss korrigiert werden
   *[other] { $count } Zeilen müssen korrigiert werden
}
people-import-more = { $count ->
    [one] und eine weitere
   *[other] und { $count } weitere
}
people-import-problems = Was zu korrigieren ist
people-import-people = Personen, die eingeladen würden
people-import-line = Zeile
people-import-column = Spalte
people-import-problem = Was zu korrigieren ist
people-import-only-good = Fehlerhafte Zeilen auslassen und nur die übrigen importieren
people-import-run = Diese Personen einladen
people-import-again = Tabelle korrigieren
people-import-empty = Die Tabelle ist leer. Fügen Sie sie samt ihrer ersten Zeile ein.
people-import-no-header = Die erste Zeile muss die Spalten benennen: Nennen Sie die Spalte mit den Adressen „email“ und die mit den Namen „name“.
people-import-column-unknown = Was in der Spalte „{ $column }“ steht, ist unklar. Nennen Sie sie email, name, role oder language oder löschen Sie sie.
people-import-column-twice = Die erste Zeile nennt die Spalte „{ $column }“ zweimal. Entfernen Sie eine davon.
people-import-unreadable = Die Tabelle ist kein CSV, wie Tabellenkalkulationen es schreiben. Prüfen Sie die Anführungszeichen.
people-import-too-many = Die Tabelle enthält mehr als { $most } Personen. Importieren Sie sie in mehreren Teilen.
people-import-nobody = Die Tabelle enthält keine Personen, nur ihre erste Zeile.
people-import-quote-open = Das Anführungszeichen in Zeile { $line } wird nirgends geschlossen; die Zeilen danach wurden deshalb nicht gelesen. Schließen oder entfernen Sie es.
people-import-quote-goes-on = Ein Anführungszeichen in dieser Zeile wird erst in einer späteren geschlossen; die Zeilen bis dorthin wurden deshalb als eine gelesen. Schließen oder entfernen Sie es.
people-import-too-many-fields = Die Zeile hat mehr als { $most } Felder. Setzen Sie Felder, die das Trennzeichen enthalten, in Anführungszeichen.
people-import-taken = Es gibt bereits einen Benutzer mit der Adresse { $email }. Entfernen Sie die Zeile.
people-import-twice = Dieselbe Adresse steht schon in Zeile { $line }. Entfernen Sie eine der Zeilen.
people-import-role-unknown = „{ $role }“ ist keine Rolle. Verwenden Sie „member“ oder „tenant-admin“ oder lassen Sie das Feld leer.
people-import-language-unknown = „{ $language }“ ist keine Sprache des Portals. Verwenden Sie „de“ oder „en“ oder lassen Sie das Feld leer.
people-imported-title = { $count ->
    [one] Eine Person wurde eingeladen
   *[other] { $count } Personen wurden eingeladen
}
people-imported-on-their-way = Die E-Mails mit den Links sind unterwegs.
people-imported-no-provider = Es ist kein E-Mail-Anbieter eingerichtet, deshalb werden keine E-Mails gesendet. Sie warten drei Tage und gehen hinaus, sobald ein Anbieter gespeichert ist. Geben Sie die Links bis dahin selbst weiter.
people-imported-failing = Der E-Mail-Anbieter funktioniert zurzeit nicht. Die E-Mails warten deshalb, höchstens drei Tage. Geben Sie die Links sicherheitshalber selbst weiter.
people-imported-links = Links
people-imported-links-what = Die Links werden nur jetzt angezeigt. Jeder funktioniert einmal und 7 Tage lang. Wer einen Link hat, kann das Kennwort dieser Person festlegen. Geben Sie deshalb jeden nur an seine Person weiter.
people-imported-copy = Tabelle kopieren
people-to-list = Zur Liste der Benutzer

people-mail-greeting = Guten Tag { $name },
people-mail-button-hint = Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:
people-mail-invitation-kind = Einladung
people-mail-invitation-subject = Ihre Einladung zu { $product } von { $tenant }
people-mail-invitation-what = { $inviter } hat Sie zu { $product } von { $tenant } eingeladen.
people-mail-invitation-do = Legen Sie ein Kennwort fest, um die Einladung anzunehmen:
people-mail-invitation-button = Kennwort festlegen
people-mail-invitation-life = Der Link funktioniert einmal und 7 Tage lang. Bitten Sie danach um eine neue Einladung.
people-mail-invitation-unexpected = Falls Sie diese Einladung nicht erwartet haben, können Sie diese E-Mail ignorieren.
people-factor-what = Setzen Sie ihn zurück, wenn die Person ihr Gerät und ihre Wiederherstellungscodes verloren hat. Danach genügt das Kennwort zur Anmeldung.
people-factor-reset = Zweiten Faktor zurücksetzen
people-break-glass = Das ist der Administrator, der sich immer mit einem Kennwort anmelden kann. Wählen Sie zuerst unter Anmeldung einen anderen.

# Benutzer für Programme.
people-api-filter = Geben Sie eine dieser Bedingungen an, den Wert in geraden Anführungszeichen: email eq …, id eq …, status eq active (oder invited, disabled), name co ….
people-api-total = Geben Sie „true“ oder „false“ an.
people-api-no-such-user = Diesen Benutzer gibt es nicht.
