# Verwaltung > API-Schlüssel: Schlüssel, mit denen Programme für den Mandanten handeln, und was Programme dazu erfahren.
programs-lead = Schlüssel, mit denen Programme für { $tenant } handeln. Jeder handelt im Namen des Administrators, der ihn erstellt hat, und endet mit dessen Rolle oder Konto.
programs-docs = Was Programme tun können: Dokumentation der API
programs-recipients = Empfänger, an die Programme schreiben dürfen
programs-keys = Schlüssel
programs-make = API-Schlüssel erstellen
programs-none = Es gibt keine API-Schlüssel
programs-none-what = Erstellen Sie für jedes Programm, das hier tätig werden soll, einen eigenen Schlüssel, und zwar nur mit den Berechtigungen, die es braucht.
programs-caption = API-Schlüssel, der neueste zuerst
programs-made = Erstellt
programs-by = von { $name }
programs-ends = Endet
programs-ends-soon = Endet bald
programs-used = Zuletzt verwendet
programs-never-used = Noch nie
programs-status = Status
programs-status-active = Aktiv
programs-status-expired = Abgelaufen
programs-status-revoked = Widerrufen
programs-scopes = Berechtigungen
programs-revoke = Schlüssel widerrufen
programs-to-list = Zur Liste der API-Schlüssel

programs-make-lead = Erstellen Sie für jedes Programm einen eigenen Schlüssel. So lässt sich jeder einzeln widerrufen, und das Prüfprotokoll kann sie unterscheiden.
programs-make-now = Schlüssel erstellen
programs-name-hint = Wofür der Schlüssel ist, etwa „Shop, Bestellbestätigungen“.
programs-name-malformed = Geben Sie einen Namen mit 1 bis { $most } Zeichen in einer Zeile ein.
programs-scopes-choose = Was darf das Programm?
programs-scopes-hint = Wählen Sie nur, was es braucht. Berechtigungen lassen sich später nicht ergänzen; erstellen Sie dann einen weiteren Schlüssel.
programs-scopes-none = Wählen Sie mindestens eine Berechtigung.
programs-life = Wie lange soll der Schlüssel gelten?
programs-life-days = { $days ->
    [one] Einen Tag
   *[other] { $days } Tage
}
programs-life-hint = Jeder Schlüssel endet. Ab 14 Tage vorher weist die Liste darauf hin; erstellen Sie rechtzeitig einen neuen.
programs-life-unknown = Wählen Sie einen der Zeiträume aus der Liste.
programs-too-many = Es gelten bereits { $most } Schlüssel; mehr sind nicht möglich. Widerrufen Sie einen, der nicht mehr gebraucht wird.

programs-group-provider = E-Mail-Anbieter
programs-group-mail = E-Mails
programs-group-people = Benutzer und Prüfprotokoll
programs-group-keys = API-Schlüssel
programs-scope-email-config-read = Einstellungen und Zustand des E-Mail-Anbieters lesen. Das Kennwort oder der geheime Clientschlüssel wird nie mitgeteilt.
programs-scope-email-config-write = Den E-Mail-Anbieter ändern, prüfen und entfernen sowie Test-E-Mails senden.
programs-scope-messages-send = E-Mails zum Versand übergeben.
programs-scope-deliveries-read = Lesen, was aus E-Mails geworden ist, samt ihren Empfängern.
programs-scope-deliveries-write = E-Mails erneut versuchen lassen oder abbrechen.
programs-scope-users-read = Lesen, welche Benutzer es gibt, samt ihren E-Mail-Adressen.
programs-scope-audits-read = Das Prüfprotokoll lesen.
programs-scope-api-keys-read = Lesen, welche API-Schlüssel es gibt.
programs-scope-api-keys-write = API-Schlüssel erstellen und widerrufen; neue erhalten höchstens die eigenen Berechtigungen.

programs-made-title = Der Schlüssel „{ $name }“ ist erstellt
programs-key = API-Schlüssel
programs-key-once = Dieser Schlüssel wird nur jetzt angezeigt. Wer ihn hat, kann für Ihre Organisation handeln. Bewahren Sie ihn deshalb dort auf, wo das Programm seine Kennwörter aufbewahrt.
programs-key-how = Das Programm sendet ihn mit jeder Anfrage im Header Authorization: Bearer, gefolgt von einem Leerzeichen und dem Schlüssel.
programs-key-life = Der Schlüssel gilt bis { $at }.
programs-key-copy = Schlüssel kopieren
programs-key-copied = Der Schlüssel wurde kopiert.

programs-revoke-title = Den Schlüssel „{ $name }“ widerrufen?
programs-revoke-lead = Danach wird jede Anfrage mit diesem Schlüssel abgelehnt. Das lässt sich nicht rückgängig machen.

programs-api-no-such-key = Diesen Schlüssel gibt es nicht.
programs-api-status = Geben Sie „active“, „expired“ oder „revoked“ an.
programs-api-user = Geben Sie die ID eines Benutzers an.
programs-api-description = Geben Sie 1 bis { $most } Zeichen in einer Zeile an.
programs-api-expiry = Geben Sie eine Dauer nach ISO 8601 an: P1D bis P365D, P1W bis P52W oder PT1H bis PT8760H.
programs-api-scopes-none = Geben Sie mindestens eine Berechtigung an oder lassen Sie das Feld weg.
programs-api-scope-unknown = Diese Berechtigung gibt es nicht. Geben Sie eine von diesen an: { $known }.
programs-api-patch-path = Nur /description lässt sich ändern.
programs-api-patch-op = Geben Sie „replace“ an.
programs-api-more = Der API-Schlüssel darf einen solchen Schlüssel nicht erstellen
programs-api-more-what = Ein Schlüssel kann keinen Schlüssel erstellen, der mehr darf als er selbst oder länger gilt.
programs-api-too-many = Für diesen Mandanten gelten bereits { $most } Schlüssel; mehr sind nicht möglich. Widerrufen Sie einen, der nicht mehr gebraucht wird.
