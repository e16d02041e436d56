# E-Mails, die Programme übergeben, und an wen sie das dürfen.
messages-recipients = Empfänger
messages-recipients-lead = An wen Programme mit einem API-Schlüssel schreiben dürfen.
messages-domains = Erlaubte Domänen
messages-domains-why = An die Benutzer dieses Portals dürfen Programme immer schreiben. An Adressen anderer Personen nur, wenn Sie deren Domäne hier erlauben. So kann niemand, der in den Besitz eines API-Schlüssels gelangt, in Ihrem Namen an Fremde schreiben.
messages-domains-label = Domänen
messages-domains-hint = Eine Domäne je Zeile, zum Beispiel acme.example. Eine Subdomäne wie mail.acme.example ist eine eigene Domäne. Lassen Sie das Feld leer, um nur Benutzer zu erlauben.
messages-domain-malformed = Zeile { $line } ist keine Domäne. Geben Sie nur ein, was in einer Adresse nach dem @ steht, zum Beispiel acme.example.
messages-domains-many = Geben Sie höchstens { $most } Domänen ein.
messages-saved = Zuletzt gespeichert von { $name } am { $at }
messages-back = Zurück zu den API-Schlüsseln

messages-count = Übergeben Sie 1 bis { $most } Nachrichten auf einmal.
messages-recipients-of-all = Alle Nachrichten eines Aufrufs haben zusammen höchstens { $most } Empfänger.
messages-recipients-count = Eine Nachricht hat 1 bis { $most } Empfänger.
messages-recipient-one = Nennen Sie einen Empfänger entweder mit userId oder mit email.
messages-no-user = Einen solchen Benutzer hat dieser Mandant nicht, oder er ist deaktiviert.
messages-domain-not-allowed = An Adressen dieser Domäne dürfen Programme nicht schreiben. Ein Administrator kann sie unter Verwaltung > API-Schlüssel > Empfänger erlauben.
messages-body-missing = Senden Sie text, html oder beides.
messages-text = Ein Text ist nicht leer und enthält keine Nullzeichen.
messages-html-empty = Nichts von diesem HTML kann in einer E-Mail gezeigt werden. Was erhalten bleibt, steht unter /api/docs.
messages-html-complex = Das HTML ist zu komplex. Es darf höchstens { $elements } Elemente haben, davon höchstens { $depth } ineinander, mit wenigen Attributen.
messages-key = Ein Idempotency-Key hat 1 bis { $most } sichtbare ASCII-Zeichen und wird einmal gesendet.
messages-other-request = Innerhalb von 24 Stunden steht ein Schlüssel für genau eine Anfrage. Verwenden Sie für eine andere einen neuen.
messages-text-needed = Geben Sie auch einen Text an: Aus HTML mit mehr als 128 KiB oder zu tiefer Verschachtelung wird keiner erzeugt.
messages-bytes-of-all = Die Nachrichten eines Stapels dürfen zusammen höchstens { $most } MiB Text und HTML haben.

messages-kind = Von einem Programm
