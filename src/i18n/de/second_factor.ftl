# Der zweite Faktor: bei der Anmeldung, auf der eigenen Seite und als Regel für Administratoren.
factor-title = Zweiter Faktor
factor-on = Ein
factor-off = Aus
factor-what = Bei der Anmeldung wird dann zusätzlich zum Kennwort ein Code abgefragt, den eine App auf Ihrem Telefon anzeigt. Wer Ihr Kennwort kennt, kommt damit allein nicht hinein.
factor-set-up = Zweiten Faktor einrichten
factor-manage = Zweiten Faktor verwalten
factor-codes-left = { $count ->
    [0] Es sind keine Wiederherstellungscodes mehr übrig. Erstellen Sie neue, damit Sie sich auch ohne Ihr Telefon anmelden können.
    [one] Es ist noch ein Wiederherstellungscode übrig.
   *[other] Es sind noch { $count } Wiederherstellungscodes übrig.
  }
factor-lead = Ein Code aus einer App auf Ihrem Telefon, zusätzlich zum Kennwort.
factor-required = Ihre Organisation verlangt einen zweiten Faktor
factor-required-what = Administratoren dieses Portals müssen einen zweiten Faktor verwenden. Richten Sie ihn jetzt ein; danach steht Ihnen alles Übrige offen.
factor-how = So funktioniert es
factor-how-app = Installieren Sie eine Authenticator-App auf Ihrem Telefon, falls Sie noch keine haben, zum Beispiel Google Authenticator, Microsoft Authenticator oder FreeOTP.
factor-how-scan = Scannen Sie mit der App einen QR-Code. Von da an zeigt sie alle 30 Sekunden einen neuen sechsstelligen Code an.
factor-how-sign-in = Bei der Anmeldung geben Sie zuerst Ihr Kennwort und danach den Code ein.
factor-begin = Einrichtung beginnen
factor-since = Eingeschaltet seit
factor-recovery = Wiederherstellungscodes
factor-left = Noch übrig
factor-recovery-what = Jeder dieser Codes ersetzt die App einmal, zum Beispiel wenn Sie Ihr Telefon verloren haben. Neue Codes machen alle bisherigen ungültig.
factor-renew = Neue Wiederherstellungscodes erstellen
factor-remove-title = Zweiten Faktor entfernen
factor-remove-what = Danach genügt Ihr Kennwort zur Anmeldung. Ihre Wiederherstellungscodes werden gelöscht. Wenn Sie auf ein neues Telefon wechseln, entfernen Sie den zweiten Faktor und richten Sie ihn neu ein.
factor-remove = Zweiten Faktor entfernen
factor-proof = Ihr Kennwort oder ein Code aus der App
factor-proof-wrong = Das ist weder Ihr Kennwort noch ein derzeit gültiger Code. Jeder Code gilt nur einmal; warten Sie auf den nächsten. Nach mehreren Fehlversuchen müssen Sie bis zu 15 Minuten warten.
factor-set-up-title = Zweiten Faktor einrichten
factor-set-up-lead = Verbinden Sie die App auf Ihrem Telefon mit Ihrem Konto.
factor-scan = 1. QR-Code scannen
factor-scan-what = Öffnen Sie die App, fügen Sie ein Konto hinzu und richten Sie die Kamera auf dieses Bild.
factor-qr-code = QR-Code für Ihre Authenticator-App
factor-type = Ohne Kamera geben Sie stattdessen diesen Schlüssel in die App ein (Art: zeitbasiert, 6 Stellen):
factor-confirm = 2. Code aus der App eingeben
factor-code-of-app = Code aus der App
factor-code-of-app-hint = Sechs Ziffern. Sie wechseln alle 30 Sekunden.
factor-code-wrong = Dieser Code ist nicht richtig. Geben Sie den Code ein, den die App gerade anzeigt, und prüfen Sie, ob die Uhrzeit Ihres Telefons automatisch eingestellt wird. Nach mehreren Fehlversuchen müssen Sie bis zu 15 Minuten warten.
factor-turn-on = Einschalten
factor-codes-title = Ihre Wiederherstellungscodes
factor-codes-first = Der zweite Faktor ist eingeschaltet. Bewahren Sie diese Codes auf: Mit einem davon können Sie sich anmelden, wenn Ihr Telefon nicht zur Hand ist.
factor-codes-new = Die bisherigen Codes gelten nicht mehr. Bewahren Sie stattdessen diese auf.
factor-codes-once = Sie werden nur jetzt angezeigt
factor-codes-keep = Drucken Sie diese Seite oder kopieren Sie die Codes an einen sicheren Ort, etwa in einen Kennwortmanager. Jeder Code gilt einmal.
factor-codes-done = Ich habe die Codes gesichert
factor-sign-in = Bestätigen Sie Ihre Identität
factor-sign-in-lead = Geben Sie den Code ein, den Ihre Authenticator-App gerade anzeigt.
factor-code = Code
factor-code-hint = Sechs Ziffern aus der App oder einer Ihrer Wiederherstellungscodes.
factor-refused = Der Code wurde nicht angenommen
factor-refused-what = Geben Sie den Code ein, den die App gerade anzeigt. Jeder Code gilt nur einmal. Nach mehreren Fehlversuchen müssen Sie sich neu anmelden und bis zu 15 Minuten warten.
factor-lost = Telefon verloren und kein Wiederherstellungscode zur Hand? Ein Administrator Ihrer Organisation kann Ihren zweiten Faktor zurücksetzen.
factor-begin-proof = Ihr aktuelles Kennwort
factor-begin-proof-hint = Ihre Anmeldung liegt schon etwas zurück. Bestätigen Sie deshalb, dass Sie es sind. Sie haben kein Kennwort? Melden Sie sich ab und neu an und kehren Sie innerhalb von fünf Minuten hierher zurück.
