# Verwaltung > Zustellungen: was das Portal versendet und was daraus wurde.
nav-deliveries = Zustellungen
outbox-lead = Alles, was das Portal für { $tenant } versendet, und was daraus wurde.
outbox-views = Ansichten
outbox-messages = E-Mails
outbox-suppressions = Gesperrte Adressen

outbox-kind-announcement = Mitteilung

outbox-state-due = Wartet
outbox-state-held = Angehalten
outbox-state-accepted = Angenommen
outbox-state-failed = Gescheitert
outbox-state-unknown = Ungewiss
outbox-state-cancelled = Abgebrochen
outbox-state-expired = Abgelaufen

outbox-no-provider = Es ist kein E-Mail-Anbieter eingerichtet. Was das Portal versendet, wartet bis dahin.
outbox-to-settings = Zu den Einstellungen
outbox-failing = Der E-Mail-Anbieter arbeitet seit { $since } nicht richtig
outbox-held-title = Der Versand ist angehalten
outbox-held-paused = Der E-Mail-Anbieter ist zurzeit nicht erreichbar
outbox-held-no-provider = E-Mails warten, weil kein E-Mail-Anbieter eingerichtet ist
outbox-held-no-provider-what = Ohne E-Mail-Anbieter wird nichts versendet.
outbox-held-no-provider-do = Richten Sie in den Einstellungen einen Anbieter ein. Die wartenden E-Mails werden dann von selbst versendet.
outbox-held-suspended-what = Der Mandant ist gesperrt. Seine E-Mails werden versendet, sobald er wieder freigegeben ist.
outbox-held-by-operator-what = Der Betreiber des Portals hat den Versand angehalten, etwa nach dem Einspielen einer Sicherung. Sobald er entschieden hat, werden die E-Mails versendet oder abgebrochen.
outbox-held-unusable-what = Die gespeicherten Einstellungen des E-Mail-Anbieters lassen sich nicht verwenden.
outbox-held-unusable-do = Geben Sie den E-Mail-Anbieter samt Kennwort oder geheimem Clientschlüssel erneut ein und speichern Sie ihn.
outbox-held-waits = { $count ->
    [one] Eine E-Mail wartet
   *[other] { $number } E-Mails warten
} seit { $since }. Was innerhalb seiner Frist, meist drei Tage, nicht angenommen wird, läuft ab.
outbox-held-next = Nächster Versuch: { $at }.
outbox-held-by-person = Das Portal versucht es nicht von selbst erneut, damit das Konto nicht gesperrt wird. Speichern Sie den Anbieter neu oder versuchen Sie es hier erneut.
outbox-release = Jetzt erneut versuchen

outbox-day = Die letzten 24 Stunden
outbox-day-nothing = In den letzten 24 Stunden wurde nichts versendet.
outbox-outlook-nothing = Es wartet nichts.
outbox-outlook-held = { $count ->
    [one] Eine E-Mail wartet
   *[other] { $number } E-Mails warten
}, bis der Versand wieder freigegeben ist.
outbox-outlook-later = { $count ->
    [one] Eine E-Mail wartet auf ihren nächsten Versuch: { $at }.
   *[other] { $number } E-Mails warten auf ihren nächsten Versuch, der erste: { $at }.
}
outbox-outlook-leaving = { $count ->
    [one] Eine E-Mail wird gleich versendet.
   *[other] { $number } E-Mails warten und werden so schnell versendet, wie der E-Mail-Anbieter sie annimmt.
}
outbox-outlook-server = { $count ->
    [one] Eine E-Mail wartet
   *[other] { $number } E-Mails warten
}, beim jetzigen Tempo des E-Mail-Anbieters fertig gegen { $at }.
outbox-outlook-a-minute = { $count ->
    [one] Eine E-Mail wartet
   *[other] { $number } E-Mails warten
}, fertig gegen { $at }, von Microsoft 365 auf { $limit } in der Minute begrenzt.
outbox-outlook-a-day = { $count ->
    [one] Eine E-Mail wartet
   *[other] { $number } E-Mails warten
}, fertig spätestens { $at }, von Microsoft 365 auf { $limit } Empfänger in 24 Stunden begrenzt.

outbox-chart-accepted = Angenommen
outbox-chart-retried = Später erneut versucht
outbox-chart-failed = Gescheitert
outbox-chart-sentence = In den letzten 24 Stunden: { $accepted } angenommen, { $retried } Versuche aufgeschoben, { $failed } gescheitert.
outbox-chart-now = jetzt
outbox-chart-table = Zahlen nach Stunden
outbox-chart-hour = Stunde

outbox-recipient = Empfänger
outbox-kind = Art
outbox-state = Zustand
outbox-enqueued = Übergeben
outbox-attempts = Versuche
outbox-next-try = Nächster Versuch
outbox-finished = Abgeschlossen
outbox-what-happened = Was geschah
outbox-answer = Antwort des Servers
outbox-id = Kennung
outbox-next = Nächster: { $at }
outbox-next-now = jetzt
outbox-newest-first = E-Mails, die neuesten zuerst
outbox-choose = Auswählen
outbox-choose-one = E-Mail an { $recipient } auswählen
outbox-chosen-hint = gilt für die ausgewählten E-Mails
outbox-expired-untried = Innerhalb ihrer Frist kam es zu keinem Versuch.
outbox-unknown-short = Zweimal brach die Verbindung ab, bevor die Antwort kam.
outbox-twice = Vielleicht doppelt angekommen

outbox-filter = E-Mails suchen
outbox-filter-any = Alle
outbox-filter-from = Von
outbox-filter-until = Bis
outbox-filter-show = Anzeigen
outbox-filter-clear = Alle anzeigen
outbox-filter-recipient-hint = Die vollständige Adresse
outbox-filter-recipient-whole = Geben Sie die vollständige Adresse ein, zum Beispiel anna@example.com.
outbox-filter-day-malformed = Geben Sie ein Datum wie 2026-11-24 ein.
outbox-filter-period-ends-first = Der letzte Tag liegt vor dem ersten. Geben Sie ein späteres Datum ein.
outbox-filter-refused = Korrigieren Sie den Filter, um E-Mails zu sehen.

outbox-empty = Es wurde noch nichts versendet
outbox-empty-what = Sobald das Portal einen Bericht oder eine Benachrichtigung versendet, steht sie hier mit allem, was mit ihr geschieht. Ob der Anbieter funktioniert, zeigt eine Test-E-Mail; sie wird sofort versendet und hier nicht aufgeführt.
outbox-empty-test = Test-E-Mail senden
outbox-none = Keine E-Mail passt dazu
outbox-none-what = Wählen Sie einen anderen Zustand oder Zeitraum, oder lassen Sie alle anzeigen.
outbox-none-so-far = Unter den bisher durchsuchten ist keine
outbox-none-so-far-what = Es gibt viele E-Mails. Suchen Sie mit „Ältere“ weiter.
outbox-pages = Seiten
outbox-newest = Neueste
outbox-older = Ältere
outbox-first-page = Erste Seite
outbox-next-page = Nächste Seite
outbox-export = Als CSV exportieren
outbox-export-file = zustellungen
outbox-try-again = Jetzt erneut versuchen
outbox-cancel = Abbrechen
outbox-cancel-one = Diese E-Mail abbrechen
outbox-all-try-again = Alle passenden erneut versuchen
outbox-all-cancel = Alle passenden abbrechen
outbox-all-try-again-question = Alle passenden E-Mails erneut versuchen?
outbox-all-cancel-question = Alle passenden E-Mails abbrechen?
outbox-all-twice = Diese E-Mails sind vielleicht schon angekommen. Wenn Sie sie erneut versuchen, erhalten manche Personen sie womöglich doppelt.
outbox-all-at-most = Auf einmal werden höchstens { $count } E-Mails geändert. Gibt es mehr, wiederholen Sie den Vorgang.
outbox-back = Zurück

outbox-message-to = E-Mail an { $recipient }
outbox-message-accepted = Angenommen von { $server } am { $at }
outbox-message-due = Sie wird versendet, sobald sie an der Reihe ist
outbox-message-due-at = Der nächste Versuch ist am { $at }
outbox-message-held = Sie wartet, weil der Versand angehalten ist
outbox-message-failed = Sie wurde endgültig abgelehnt; ein weiterer Versuch unterbleibt
outbox-message-suppressed = Sie wurde nicht versendet, weil die Adresse gesperrt ist
outbox-message-unknown = Ob sie angekommen ist, weiß niemand
outbox-message-cancelled = Sie wurde am { $at } abgebrochen
outbox-message-expired = Sie ist am { $at } abgelaufen, ohne angenommen zu werden
outbox-twice-what = Die Verbindung brach ab, nachdem die ganze E-Mail gesendet war und bevor der Server geantwortet hat. Posthorn sendet sie dann noch einmal, mit derselben Message-ID, an der viele Mailsysteme die Wiederholung erkennen. Geht die Antwort wieder verloren, wird der Versand nur auf Ihre Anweisung erneut versucht.
outbox-story-enqueued = Zum Versand übergeben
outbox-story-accepted = Vom E-Mail-Anbieter angenommen. Was dort aus ihr wird, weiß nur der Anbieter.
outbox-story-next = Nächster Versuch
outbox-story-open = offen
outbox-story-held = Nächster Versuch, sobald der Versand wieder freigegeben ist
outbox-story-cancelled = Von einem Administrator abgebrochen
outbox-story-cancelled-by = Abgebrochen von { $name }
outbox-story-tried-again-by = Neuer Versuch, veranlasst von { $name }
outbox-story-expired = Ihre Frist ist abgelaufen
outbox-verdict-put-off = Noch nicht angenommen; der Versand wird später erneut versucht.
outbox-verdict-provider-broken = Der E-Mail-Anbieter funktioniert nicht; der Versand wurde angehalten.
outbox-verdict-given-up = Endgültig abgelehnt.
outbox-verdict-unknown = Die Verbindung brach ab, nachdem die ganze E-Mail gesendet war. Ob sie angenommen wurde, weiß niemand.
outbox-verdict-suppressed = Nicht versendet: Die Adresse wurde zuvor dreimal abgelehnt und ist gesperrt.
outbox-verdict-unbuildable = Die E-Mail ließ sich nicht zusammenstellen. Bitte wenden Sie sich an den Betreiber des Portals.
outbox-message-id = Message-ID
outbox-queue-id = Nummer beim Server
outbox-expires = Versuche bis

outbox-mail = Die E-Mail selbst
outbox-subject = Betreff
outbox-files = Anhänge
outbox-file-size = { $size } kB
outbox-mail-views = Ansichten der E-Mail
outbox-view-text = Text
outbox-view-html = Darstellung
outbox-view-source = Quelltext
outbox-mail-frame = Die E-Mail, wie ein Mailprogramm sie zeigt
outbox-mail-frame-hint = Ohne Skripte gezeigt und ohne alles, was von anderswo geladen werden müsste.
outbox-source-cut = Hier steht nur der Anfang. Beim Herunterladen erhalten Sie den ganzen Quelltext.
outbox-source-download = Quelltext herunterladen
outbox-mail-same = Genau das wurde gesendet: Die Prüfsummen stimmen überein.
outbox-mail-different = Das ist nicht mehr genau das, was gesendet wurde: Die Prüfsummen weichen voneinander ab. Vielleicht hat eine neuere Version von Posthorn den Wortlaut geändert.
outbox-mail-unsent = So würde die E-Mail jetzt gesendet.
outbox-mail-closed = Was an Personen geschrieben wurde, wird dem Support nicht gezeigt.
outbox-mail-none = Der Inhalt wird nicht gezeigt: Er wurde nach Ablauf seiner Aufbewahrungsfrist gelöscht oder ist nur für den Empfänger bestimmt.

outbox-suppressions-lead = Adressen, an die nichts versendet wird, weil sie dreimal endgültig abgelehnt wurden.
outbox-suppressions-none = Keine Adresse ist gesperrt
outbox-suppressions-none-what = Lehnt ein Server eine Adresse dreimal endgültig ab, wird nichts mehr an sie versendet. Sie steht dann hier mit dem Grund, und Sie können die Sperre aufheben.
outbox-address = Adresse
outbox-suppressed-why = Grund
outbox-suppressed-since = Seit
outbox-lift = Aufheben
outbox-own-suppressed = An Ihre Adresse wird nichts versendet
outbox-own-suppressed-what = Seit { $at } sendet Ihnen das Portal keine E-Mails, weil Ihre Adresse dreimal endgültig abgelehnt wurde.
outbox-own-suppressed-do = Wenn Ihr Postfach wieder funktioniert, lassen Sie das Portal wieder an Ihre Adresse senden. Mit der nächsten E-Mail wird es versucht.
outbox-own-lift = Mir wieder E-Mails senden

flash-mail-tried-again = Der Versand der E-Mails wird jetzt erneut versucht.
flash-mail-cancelled = Die E-Mails wurden abgebrochen.
flash-mail-partly-changed = Ein Teil der E-Mails wurde geändert. Die übrigen waren schon angenommen oder in einem Zustand, in dem das nicht möglich ist.
flash-mail-unchanged = Es wurde nichts geändert. Es war keine E-Mail ausgewählt, oder das ist in ihrem Zustand nicht möglich.
flash-mail-more-left = Die ersten E-Mails wurden geändert; es gibt weitere passende. Wiederholen Sie den Vorgang für die übrigen.
flash-queue-released = Der Versand ist wieder freigegeben. Das Portal versucht es jetzt erneut.
flash-suppression-lifted = Die Sperre wurde aufgehoben. Das Portal sendet wieder an diese Adresse.

# Zustellungen für Programme.
outbox-api-no-such-message = Diese Nachricht gibt es nicht.
outbox-api-state = Diesen Status gibt es nicht. Geben Sie einen von diesen an: { $known }.
outbox-api-kind = Diese Art von Nachricht gibt es nicht. Geben Sie eine von diesen an: { $known }.
outbox-api-wrong-state = Mit einer Nachricht im Status „{ $state }“ ist das nicht möglich.
outbox-api-held = Die E-Mails dieses Mandanten werden zurzeit zurückgehalten, ein neuer Versuch würde daher nichts ändern. Die Nachricht wird gesendet, sobald der Grund behoben ist.
