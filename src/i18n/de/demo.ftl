# Texts of the room demo.

demo-catcher-title = Mailfänger
demo-catcher-heading = Abgefangene E-Mails
demo-catcher-intro = Ein echter Mailserver auf diesem Computer. Er nimmt die E-Mails der Demo an, zeigt sie hier und leitet nichts weiter: Keine E-Mail verlässt diesen Computer.
demo-catcher-count = { $count ->
    [one] { $count } E-Mail
   *[other] { $count } E-Mails
  }
demo-catcher-limit = Die letzten { $count } E-Mails werden aufbewahrt, auch über einen Neustart der Demo hinaus.
demo-catcher-newest-first = Abgefangene E-Mails, die neueste zuerst
demo-catcher-reload = Neu laden
demo-catcher-clear = Alle löschen
demo-catcher-subject = Betreff
demo-catcher-from = Von
demo-catcher-to = An
demo-catcher-cc = Kopie an
demo-catcher-reply-to = Antwort an
demo-catcher-received = Empfangen
demo-catcher-envelope-from = Absender im Umschlag
demo-catcher-envelope-to = Empfänger im Umschlag
demo-catcher-way = Eingegangen über
demo-catcher-signed-in-as = Angemeldet als
demo-catcher-size = Größe
demo-catcher-bytes = { $size } Byte
demo-catcher-kibibytes = { $size } KB
demo-catcher-no-subject = (kein Betreff)
demo-catcher-empty-heading = Noch keine E-Mail
demo-catcher-empty-next = Melden Sie sich im Portal mit einem Administratorkonto an und öffnen Sie Verwaltung > Einstellungen. Geben Sie dort die Werte für SMTP oder Microsoft 365 ein, die die Demo beim Start angezeigt hat, und speichern Sie. Die E-Mails, die unter Verwaltung > Zustellungen warten, gehen dann sofort hinaus; mit „Test-E-Mail senden“ schicken Sie eine weitere. Laden Sie danach diese Seite neu.
demo-catcher-server = Der Mailserver ist unter localhost, Port { $port }, mit StartTLS und Anmeldung erreichbar.
demo-catcher-try-heading = Fehler ausprobieren
demo-catcher-try = Zwei Empfänger werden absichtlich abgelehnt, gleich in welcher Domain: unknown@ als nicht vorhandenes Postfach (550) und greylist@ mit der Bitte, es später erneut zu versuchen (451). Auch ein falsches Kennwort wird abgelehnt (535). Einige der Beispiel-E-Mails gehen an diese beiden Adressen: Was aus ihnen wird, sehen Sie unter Verwaltung > Zustellungen.
demo-catcher-try-microsoft365 = Bei Microsoft 365 entscheidet der Absender: nomailbox@ hat kein Exchange-Online-Postfach (404), blocked@ ist durch eine Richtlinie für die App gesperrt (403), busy@ ist immer über seinem Limit (429), und ein Name, den es in der Organisation nicht gibt, ist unbekannt (404). Auch ein falscher geheimer Clientschlüssel wird abgelehnt (401). Die Antworten tragen die Codes des echten Dienstes.
demo-catcher-back = Alle abgefangenen E-Mails
demo-catcher-attachments = Anlagen
demo-catcher-unnamed-attachment = (ohne Namen)
demo-catcher-views = Ansichten dieser E-Mail
demo-catcher-view-text = Text
demo-catcher-view-html = HTML
demo-catcher-view-headers = Kopfzeilen
demo-catcher-view-source = Quelltext
demo-catcher-no-text = Diese E-Mail hat keinen Textteil. Wechseln Sie zur Ansicht „HTML“.
demo-catcher-no-html = Diese E-Mail hat keinen HTML-Teil. Wechseln Sie zur Ansicht „Text“.
demo-catcher-html-hint = Abgeschottete Darstellung: Skripte werden nicht ausgeführt, Bilder aus dem Internet nicht geladen, Links nicht geöffnet. Wenn Sie einem Link folgen möchten, wechseln Sie zur Ansicht „Text“.
demo-catcher-html-frame = HTML der E-Mail
demo-catcher-source-alone = Quelltext allein öffnen, zum Speichern
demo-catcher-missing = Hier ist nichts
demo-catcher-missing-next = Diese E-Mail wurde gelöscht, oder die Adresse ist falsch.
