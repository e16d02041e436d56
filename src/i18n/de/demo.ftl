# Texts of the room demo.

demo-catcher-title = Mailfänger
demo-catcher-heading = Abgefangene E-Mails
demo-catcher-intro = Ein echter Mailserver auf diesem Computer. Er nimmt die E-Mails der Demo an, zeigt sie hier und leitet nichts weiter: Keine E-Mail verlässt diesen Computer.
demo-catcher-count = { $count ->
    [one] { $count } E-Mail
   *[other] { $count } E-Mails
  }
demo-catcher-limit = Aufbewahrt werden die letzten { $count } E-Mails, auch über einen Neustart der Demo hinweg.
demo-catcher-newest-first = Abgefangene E-Mails, die neueste zuerst
demo-catcher-reload = Neu laden
demo-catcher-clear = Alle löschen
demo-catcher-subject = Betreff
demo-catcher-from = Von
demo-catcher-to = An
demo-catcher-cc = Kopie an
demo-catcher-reply-to = Antworten an
demo-catcher-received = Empfangen
demo-catcher-envelope-from = Absender im Umschlag
demo-catcher-envelope-to = Empfänger im Umschlag
demo-catcher-signed-in-as = Angemeldet als
demo-catcher-size = Größe
demo-catcher-bytes = { $size } Byte
demo-catcher-kibibytes = { $size } KB
demo-catcher-no-subject = (kein Betreff)
demo-catcher-empty-heading = Noch keine E-Mail
demo-catcher-empty-next = Melden Sie sich im Portal mit einem Administratorkonto an, öffnen Sie Verwaltung > Einstellungen, geben Sie die SMTP-Werte ein, die die Demo beim Start ausgegeben hat, speichern Sie sie und wählen Sie „Test-E-Mail senden“. Laden Sie danach diese Seite neu.
demo-catcher-server = Der Mailserver ist unter { $host }, Port { $port }, mit StartTLS und Anmeldung erreichbar.
demo-catcher-try-heading = Fehler ausprobieren
demo-catcher-try = Zwei Arten von Empfängern werden absichtlich abgelehnt: unknown@ in jeder Domain als Postfach, das es nicht gibt (550), greylist@ in jeder Domain mit „jetzt nicht, später noch einmal“ (451). Auch ein falsches Kennwort wird abgelehnt (535).
demo-catcher-back = Alle abgefangenen E-Mails
demo-catcher-attachments = Anlagen
demo-catcher-unnamed-attachment = (ohne Namen)
demo-catcher-views = Ansichten dieser E-Mail
demo-catcher-view-text = Text
demo-catcher-view-html = HTML
demo-catcher-view-headers = Kopfzeilen
demo-catcher-view-source = Quelltext
demo-catcher-no-text = Diese E-Mail hat keinen Textteil. Sehen Sie sich ihr HTML an.
demo-catcher-no-html = Diese E-Mail hat keinen HTML-Teil. Sehen Sie sich ihren Text an.
demo-catcher-html-hint = Abgeschottet dargestellt: Skripte laufen nicht, Bilder aus dem Internet werden nicht geladen, Links öffnen sich nicht. Um einem Link zu folgen, verwenden Sie den Text.
demo-catcher-html-frame = HTML der E-Mail
demo-catcher-source-alone = Nur der Quelltext, zum Speichern
demo-catcher-missing = Hier ist nichts
demo-catcher-missing-next = Diese E-Mail wurde gelöscht, oder die Adresse ist falsch.
