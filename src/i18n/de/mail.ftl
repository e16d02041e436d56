# Texts of the room mail: what went wrong with a provider's server ("mail-x"), and what to do about it ("mail-x-do").

mail-step-resolve = Namensauflösung
mail-step-connect = Verbindungsaufbau
mail-step-greeting = Begrüßung
mail-step-encrypt = Verschlüsselung
mail-step-sign-in = Anmeldung
mail-step-sender = Absender
mail-step-recipient = Empfänger
mail-step-message = Nachricht

mail-not-reachable = { $host } wurde nicht gefunden oder liegt in einem Netz, das diese Installation nicht zulässt.
mail-not-reachable-do = Prüfen Sie die Schreibweise der Serveradresse. Steht der Server in einem internen Netz, kann der Betreiber dieser Installation das Netz freigeben (POSTHORN_ALLOWED_PRIVATE_NETWORKS).
mail-internal-address = { $host } ist keine öffentliche Adresse, und diese Installation lässt ihr Netz nicht zu.
mail-internal-address-do = Steht der Mailserver wirklich dort, kann der Betreiber dieser Installation das Netz freigeben (POSTHORN_ALLOWED_PRIVATE_NETWORKS).
mail-connect-refused = { $host } weist Verbindungen auf Port { $port } ab.
mail-connect-refused-do = Erfragen Sie den richtigen Port bei Ihrem E-Mail-Anbieter. Üblich sind 587 mit StartTLS und 465 mit SSL/TLS.
mail-connect-timeout = { $host } antwortet auf Port { $port } nicht.
mail-connect-timeout-do = Vermutlich hält eine Firewall die Verbindung auf. Verwenden Sie Port 587 oder 465 statt 25, den viele Netze sperren; andernfalls muss der Betreiber des Mailservers diese Installation zulassen.
mail-no-route = Es gibt keinen Weg durch das Netz zu { $host }, Port { $port }.
mail-no-route-do = Prüfen Sie die Serveradresse. Wenn sie stimmt, muss sich der Betreiber dieser Installation das Netz ansehen.
mail-own-limit = Diese Installation hat zurzeit keine Verbindung frei; der E-Mail-Anbieter wurde nicht gefragt.
mail-own-limit-do = An Ihren Einstellungen ist nichts auszusetzen. Wartende E-Mails werden von selbst gesendet. Bleibt es dabei, muss der Betreiber dieser Installation ihr mehr offene Dateien erlauben.
mail-silent-greeting = { $host } hat die Verbindung auf Port { $port } angenommen und sich dann nicht gemeldet.
mail-silent-greeting-do = Dieser Port erwartet vermutlich von Anfang an SSL/TLS. Wählen Sie SSL/TLS, oder verwenden Sie Port 587 mit StartTLS.
mail-not-smtp = Unter { $host } antwortet auf Port { $port } kein Mailserver.
mail-not-smtp-do = Erfragen Sie Serveradresse und Port bei Ihrem E-Mail-Anbieter. Übliche Ports sind 587 mit StartTLS und 465 mit SSL/TLS.
mail-service-refused = { $host } nimmt von dieser Installation keine Verbindung an: „{ $words }“
mail-service-refused-do = Der Betreiber des Mailservers muss Verbindungen von dieser Installation zulassen.

mail-starttls-not-offered = { $host } bietet auf Port { $port } keine Verschlüsselung mit StartTLS an; deshalb wurde nichts gesendet.
mail-starttls-not-offered-do = Verwenden Sie Port 465 mit SSL/TLS, falls der Server das anbietet. Andernfalls muss die Administration des Mailservers StartTLS einschalten; ist es bereits eingeschaltet, entfernt ein Gerät unterwegs das Angebot.
mail-starttls-refused = { $host } bietet StartTLS an und lehnt es dann ab: „{ $words }“
mail-injected-after-starttls = Vor Beginn der Verschlüsselung mit { $host } wurden unverschlüsselte Antworten untergeschoben; deshalb wurde die Verbindung abgebrochen.
mail-injected-after-starttls-do = Der Server ist fehlerhaft, oder jemand greift unterwegs ein. Die Administration des Mailservers muss dem nachgehen; weichen Sie nicht auf eine unverschlüsselte Verbindung aus.
mail-not-tls = { $host } spricht auf Port { $port } kein SSL/TLS.
mail-not-tls-do = Dieser Port spricht vermutlich StartTLS. Wählen Sie StartTLS, oder verwenden Sie Port 465 mit SSL/TLS.
mail-certificate-expired = Das Zertifikat von { $host } ist abgelaufen.
mail-certificate-expired-do = Die Administration des Mailservers muss es erneuern.
mail-certificate-not-yet-valid = Das Zertifikat von { $host } ist noch nicht gültig.
mail-certificate-not-yet-valid-do = Die Administration des Mailservers muss das Zertifikat prüfen, der Betreiber dieser Installation deren Uhr.
mail-certificate-wrong-name = Das Zertifikat von { $host } gehört zu { $names }.
mail-certificate-other-name = Das Zertifikat von { $host } nennt keinen Host in der Form, die zählt: Ihm fehlt der Subject Alternative Name (SAN).
mail-certificate-other-name-do = Die Administration des Mailservers muss ein neues Zertifikat beschaffen, das { $host } als Subject Alternative Name enthält. Eine andere Serveradresse hilft hier nicht.
mail-certificate-wrong-name-do = Tragen Sie den Namen aus dem Zertifikat als Serveradresse ein, wenn es derselbe Server ist; andernfalls muss die Administration des Mailservers ein Zertifikat für { $host } beschaffen.
mail-certificate-unknown-issuer = Dem Zertifikat von { $host } wird nicht vertraut: Es ist selbst signiert, oder sein Aussteller ist hier unbekannt.
mail-certificate-unknown-issuer-do = Die Administration des Mailservers muss ein Zertifikat einer öffentlichen Zertifizierungsstelle samt Zwischenzertifikaten einrichten. Gehört die Zertifizierungsstelle Ihrer Organisation, kann der Betreiber dieser Installation sie hinzufügen.
mail-certificate-unusable = Das Zertifikat von { $host } kann nicht anerkannt werden. Die technische Meldung lautet: „{ $detail }“.
mail-certificate-unusable-do = Die Administration des Mailservers muss es ersetzen.
mail-tls-too-old = { $host } beherrscht nur veraltete Verschlüsselungsverfahren.
mail-tls-too-old-do = Die Administration des Mailservers muss TLS 1.3 oder TLS 1.2 mit Forward Secrecy (ECDHE) einschalten. TLS 1.2 ohne Forward Secrecy genügt nicht.
mail-tls-handshake = Die Verschlüsselung mit { $host } kam nicht zustande. Die technische Meldung lautet: „{ $detail }“.
mail-tls-handshake-do = Versuchen Sie es erneut. Bleibt es dabei, muss sich die Administration des Mailservers darum kümmern.

mail-auth-not-offered = { $host } bietet auf Port { $port } keine Anmeldung an.
mail-auth-not-offered-do = Wenn der Server diese Installation an ihrer IP-Adresse erkennt, lassen Sie Benutzername und Kennwort leer. Andernfalls verwenden Sie den Port, den Ihr E-Mail-Anbieter für die Anmeldung nennt, meist 587.
mail-no-common-mechanism = { $host } akzeptiert keines der hier verfügbaren Anmeldeverfahren (angeboten: { $offered }).
mail-no-common-mechanism-do = Die Administration des Mailservers muss PLAIN oder LOGIN einschalten. Wenn der Server diese Installation an ihrer IP-Adresse erkennt, lassen Sie Benutzername und Kennwort leer.
mail-auth-refused = { $host } hat den Benutzernamen oder das Kennwort abgelehnt.
mail-auth-refused-do = Prüfen Sie den Benutzernamen, der oft die vollständige E-Mail-Adresse ist, und geben Sie das Kennwort neu ein. Versuchen Sie es nicht zu oft: Viele Server sperren das Konto nach einigen Fehlversuchen.
mail-auth-unavailable = { $host } kann Benutzername und Kennwort derzeit nicht prüfen.
mail-auth-unavailable-do = An Ihren Einstellungen ist bis hierher nichts auszusetzen. Versuchen Sie es in einigen Minuten erneut; bleibt es dabei, muss sich die Administration des Mailservers darum kümmern.
mail-auth-disabled-by-microsoft = Microsoft 365 hat die Anmeldung mit Kennwort für dieses Postfach oder diese Organisation abgeschaltet.
mail-auth-disabled-by-microsoft-do = Ihre Microsoft-365-Administration muss authentifiziertes SMTP für das Postfach einschalten. Besser verwenden Sie hier den Anbieter „Microsoft 365“, der ohne das Kennwort des Postfachs auskommt.
mail-auth-refused-by-microsoft = Microsoft 365 hat die Anmeldung abgelehnt: Das Kennwort ist falsch, oder das Konto verlangt einen zweiten Faktor.
mail-auth-refused-by-microsoft-do = Prüfen Sie Benutzername und Kennwort. Wenn sie stimmen, muss Ihre Microsoft-365-Administration dem Konto die Anmeldung allein mit Kennwort erlauben. Besser verwenden Sie hier den Anbieter „Microsoft 365“, der ohne das Kennwort des Postfachs auskommt.
mail-app-password-needed = { $host } akzeptiert dieses Kennwort nicht und verlangt vermutlich ein App-Kennwort statt des Kontokennworts.
mail-app-password-needed-do = Erstellen Sie in den Sicherheitseinstellungen des Kontos ein App-Kennwort (bei Google 16 Zeichen; die Bestätigung in zwei Schritten muss eingeschaltet sein) und tragen Sie es als Kennwort ein.
mail-encryption-required = { $host } verlangt zuerst eine verschlüsselte Verbindung.
mail-encryption-required-do = Wählen Sie StartTLS, oder verwenden Sie Port 465 mit SSL/TLS.
mail-auth-required = { $host } verlangt eine Anmeldung, bevor E-Mails angenommen werden.
mail-auth-required-do = Tragen Sie Benutzername und Kennwort ein.

mail-sender-refused = { $username } darf bei { $host } nicht als { $sender } senden.
mail-sender-refused-do = Verwenden Sie als Absender-E-Mail-Adresse eine Adresse, die zu dieser Anmeldung gehört, oder lassen Sie die Administration des Mailservers das Recht „Senden als“ erteilen.
mail-sender-refused-without-login = { $host } akzeptiert { $sender } nicht als Absender.
mail-sender-refused-without-login-do = Prüfen Sie die Absender-E-Mail-Adresse. Wenn sie stimmt, muss die Administration des Mailservers sie zulassen, oder Sie müssen sich mit Benutzername und Kennwort anmelden.
mail-sender-not-released = { $host } akzeptiert { $sender } nicht als Absender, obwohl Sie sich mit dieser Adresse anmelden.
mail-sender-not-released-do = Die Adresse ist bei Ihrem E-Mail-Anbieter nicht für den Versand freigegeben oder bestätigt. Bestätigen Sie sie dort, oder lassen Sie sie vom Administrator des E-Mail-Servers freigeben.
mail-sender-unverified = { $host } akzeptiert { $sender } nicht als Absender: Die Adresse oder ihre Domain ist dort nicht bestätigt.
mail-sender-unverified-do = Bestätigen Sie die Absenderadresse oder ihre Domain bei Ihrem E-Mail-Anbieter, meist unter „Absender“ oder „Domains“. Bis dahin warten die E-Mails.
mail-account-locked = { $host } hat das Konto gesperrt, mit dem das Portal sendet: „{ $words }“
mail-account-locked-do = Melden Sie sich mit diesem Konto auf der Website Ihres E-Mail-Anbieters an und folgen Sie den Hinweisen dort, oder wenden Sie sich an dessen Support. Die Einstellungen hier sind richtig.
mail-sending-limit = Das Konto hat bei { $host } sein Sendelimit erreicht: „{ $words }“
mail-sending-limit-do = Die E-Mails warten und gehen von selbst weiter, sobald das Limit zurückgesetzt ist, spätestens innerhalb eines Tages. Ihr E-Mail-Anbieter kann das Limit erhöhen.
mail-helo-refused = { $host } akzeptiert den Namen „{ $name }“ nicht, mit dem sich diese Installation vorstellt: „{ $words }“
mail-helo-refused-do = Der Betreiber muss einen vollständigen Hostnamen einstellen, den es im DNS gibt (POSTHORN_SMTP_CLIENT_NAME). Die E-Mails warten und gehen danach von selbst weiter.
mail-reverse-name-missing = { $host } nimmt von dieser Installation keine E-Mails an, weil es zu ihrer IP-Adresse im DNS keinen passenden Hostnamen gibt: „{ $words }“
mail-reverse-name-missing-do = Der Betreiber dieser Installation muss für ihre IP-Adresse einen Reverse-DNS-Eintrag (PTR) setzen lassen. Die E-Mails warten und gehen danach von selbst weiter.
mail-block-listed = { $host } nimmt von dieser Installation keine E-Mails an, weil ihre IP-Adresse auf einer Sperrliste steht: „{ $words }“
mail-block-listed-do = Der Betreiber dieser Installation muss ihre IP-Adresse von der Liste entfernen lassen, die in der Antwort genannt ist. Die E-Mails warten und gehen danach von selbst weiter; Ihre Einstellungen und die Adresse des Empfängers sind richtig.
mail-distrusted = Die Empfängerseite misstraut dem Server, von dem die E-Mails kommen: „{ $words }“
mail-distrusted-do = Wer den sendenden Server betreibt, muss sich um dessen Ruf kümmern: SPF, DKIM und DMARC in Ordnung bringen und weniger unerwünschte E-Mails senden. Das Portal versucht den Versand von selbst erneut.
mail-recipient-declined = { $host } nimmt für { $recipient } keine E-Mails an: „{ $words }“
mail-recipient-declined-do = Die Adresse und Ihre Einstellungen scheinen richtig zu sein. Eine Regel der Empfängerseite hält diese E-Mail ab; ihr Administrator kann sagen, welche.
mail-recipient-domain-unknown = Die Domain von { $recipient } gibt es nicht, oder sie nimmt keine E-Mails an: „{ $words }“
mail-recipient-domain-unknown-do = Prüfen Sie den Teil hinter dem @. Die Einstellungen des E-Mail-Anbieters scheinen richtig zu sein.
mail-taken-for-spam = { $host } hat die Nachricht für Spam oder schädlich gehalten: „{ $words }“
mail-taken-for-spam-do = Richten Sie SPF, DKIM und DMARC für die Domain des Absenders ein, und prüfen Sie Links und Anhänge. Der Administrator der Empfängerseite kann diesen Absender zulassen.
mail-taken-for-forgery = Die Empfängerseite hält E-Mails von { $sender } für gefälscht: „{ $words }“
mail-taken-for-forgery-do = Sie schützt damit ihre eigene Domain. Ihr Administrator muss diesem Server erlauben, für die Domain zu senden.
mail-sender-blocked = { $host } hat { $sender } wegen ausgehenden Spams gesperrt.
mail-sender-blocked-do = Die Administration des E-Mail-Dienstes muss die Ursache klären und das Postfach wieder freigeben.
mail-sender-not-verified = Amazon SES lässt { $sender } nicht über { $host } senden: Die Adresse oder ihre Domain ist nicht verifiziert, oder es fehlt ein Recht.
mail-sender-not-verified-do = Wer Amazon SES administriert, muss die Adresse oder ihre Domain verifizieren, die Freigabe aus der Sandbox beantragen und das Senderecht prüfen.
mail-relay-denied = { $host } leitet keine E-Mails an { $recipient } weiter: „{ $words }“
mail-relay-denied-do = Die Administration des Mailservers muss dieser Anmeldung das Senden an fremde Domains erlauben.
mail-relay-denied-without-login-do = Tragen Sie Benutzername und Kennwort ein. Soll der Server diese Installation an ihrer IP-Adresse erkennen, muss seine Administration diese Adresse zulassen.
mail-recipient-refused = { $host } hat den Empfänger { $recipient } abgelehnt: „{ $words }“
mail-recipient-refused-do = Prüfen Sie die Adresse des Empfängers. Die Einstellungen des E-Mail-Anbieters sind bis hierher in Ordnung.
mail-mailbox-full = Das Postfach von { $recipient } ist voll.
mail-mailbox-full-do = Der Empfänger muss Platz schaffen. Die Einstellungen des E-Mail-Anbieters sind in Ordnung.
mail-greylisted = { $host } stellt E-Mails von bisher unbekannten Absendern eine Weile zurück.
mail-greylisted-do = { $minutes ->
    [one] Das ist normal. Versuchen Sie es in einer Minute erneut.
   *[other] Das ist normal. Versuchen Sie es in { $minutes } Minuten erneut.
}
mail-domain-not-authorised = Die Empfängerseite meldet, dass die Domain von { $sender } keine E-Mails über { $host } zulässt: „{ $words }“
mail-domain-not-authorised-do = Öffnen Sie auf der Einstellungsseite „MX, SPF, DKIM und DMARC prüfen“: Dort stehen die Zeilen, die der DNS-Administrator der Absenderdomain eintragen muss.
mail-temporary-refusal = { $host } hat die Nachricht vorläufig abgewiesen: „{ $words }“
mail-message-refused = { $host } hat die Nachricht abgelehnt: „{ $words }“
mail-message-refused-do = Der Grund steht in der Antwort. Wenn nicht, findet ihn die Administration des Mailservers in dessen Protokoll.
mail-too-large = Die Nachricht ist größer, als { $host } zulässt (höchstens { $limit }).
mail-too-large-without-limit = Die Nachricht ist größer, als { $host } zulässt.
mail-too-large-do = Senden Sie weniger auf einmal, oder lassen Sie die Administration des Mailservers die Grenze anheben.
mail-smtputf8-not-offered = { $host } unterstützt die Adresse { $address } nicht, weil sie vor dem @ Zeichen außerhalb von ASCII enthält.
mail-smtputf8-not-offered-do = Verwenden Sie eine andere Adresse derselben Person oder einen Mailserver, der SMTPUTF8 anbietet.

mail-too-busy = { $host } ist derzeit überlastet oder nimmt keine weiteren Verbindungen an.
mail-too-busy-do = Versuchen Sie es in einigen Minuten erneut. Kommt das oft vor, kann die Administration des Mailservers die Grenzen für diese Installation anheben.
mail-reply-too-long = { $host } sendet auf Port { $port } eine Antwort ohne Ende; deshalb wurde die Verbindung abgebrochen.
mail-reply-malformed = { $host } antwortet auf Port { $port } nicht so, wie es ein Mailserver tut.
mail-unexpected-reply = { $host } hat eine Antwort gegeben, die an dieser Stelle keinen Sinn ergibt: „{ $words }“
mail-strange-server-do = Prüfen Sie Serveradresse und Port. Wenn sie stimmen, muss sich die Administration des Mailservers darum kümmern.
mail-connection-lost = Die Verbindung zu { $host } wurde unterbrochen (Schritt: { $step }).
mail-outcome-unknown = Die Nachricht wurde der Verbindung mit { $host } übergeben, ihr Empfang aber nicht bestätigt; ob sie angenommen wurde, ist ungewiss.
mail-outcome-unknown-do = Sehen Sie nach, ob sie angekommen ist, bevor Sie sie noch einmal senden. Kommt das oft vor, muss sich die Administration des Mailservers darum kümmern.
mail-timeout = { $host } hat nicht rechtzeitig geantwortet (Schritt: { $step }).
mail-slow = { $host } antwortet, aber so langsam, dass die Zeit für diesen Versuch nicht reichte (Schritt: { $step }).
mail-slow-do = Ein Test wartet kürzer als eine Zustellung; E-Mails werden also wahrscheinlich trotzdem versandt. Warum der Server langsam ist, kann dessen Administration feststellen.
mail-envelope-unanswered = { $host } hat weder auf den Absender noch auf den Empfänger rechtzeitig geantwortet.
mail-try-later-do = Versuchen Sie es in einigen Minuten erneut. Bleibt es dabei, muss sich die Administration des Mailservers darum kümmern.

# Microsoft 365. Die Bezeichnungen der Seiten sind die von Microsoft.
mail-microsoft365-not-reachable = Es gibt keine Verbindung zu { $host }.
mail-microsoft365-not-reachable-do = Der Betreiber dieser Installation muss Verbindungen zu { $host } auf Port 443 zulassen.
mail-microsoft365-not-trusted = Der verschlüsselten Verbindung zu { $host } wird nicht vertraut: Das Zertifikat stammt nicht von Microsoft oder ist abgelaufen.
mail-microsoft365-not-trusted-do = Meist liegt es an einem Proxy oder einer Firewall, die verschlüsselte Verbindungen aufbricht. Der Betreiber dieser Installation muss Microsoft 365 davon ausnehmen oder die Zertifizierungsstelle des Proxys hinzufügen.
mail-microsoft365-timeout = { $host } hat nicht rechtzeitig geantwortet.
mail-microsoft365-not-microsoft = Anstelle von { $host } antwortet etwas anderes als Microsoft.
mail-microsoft365-not-microsoft-do = Meist liegt es an einem Proxy oder einer Firewall. Der Betreiber dieser Installation muss direkte Verbindungen zu { $host } zulassen.

mail-microsoft365-secret-refused = Microsoft lehnt den geheimen Clientschlüssel ab.
mail-microsoft365-secret-refused-do = Kopieren Sie den Wert (nicht die Geheimnis-ID) eines gültigen Schlüssels: Microsoft Entra Admin Center > App-Registrierungen > Ihre App > Zertifikate & Geheimnisse. Wird der Wert dort nicht mehr angezeigt, erstellen Sie einen neuen geheimen Clientschlüssel.
mail-microsoft365-secret-expired = Der geheime Clientschlüssel ist abgelaufen.
mail-microsoft365-secret-expired-do = Erstellen Sie einen neuen (Microsoft Entra Admin Center > App-Registrierungen > Ihre App > Zertifikate & Geheimnisse > Neuer geheimer Clientschlüssel) und tragen Sie seinen Wert hier ein; alle anderen Felder können bleiben.
mail-microsoft365-secret-missing = Bei Microsoft ist kein geheimer Clientschlüssel angekommen.
mail-microsoft365-secret-missing-do = Geben Sie den geheimen Clientschlüssel neu ein.
mail-microsoft365-client-unknown = Die Client-ID { $client } gibt es im Microsoft-Mandanten { $tenant } nicht.
mail-microsoft365-client-unknown-do = Vergleichen Sie beide mit Microsoft Entra Admin Center > App-Registrierungen > Ihre App > Übersicht: „Anwendungs-ID (Client)“ und „Verzeichnis-ID (Mandant)“. Vielleicht sind sie vertauscht.
mail-microsoft365-tenant-unknown = Microsoft kennt die Mandanten-ID { $tenant } nicht.
mail-microsoft365-tenant-unknown-do = Ist es die Client-ID? Dann tragen Sie beide im jeweils anderen Feld ein. Andernfalls kopieren Sie die Mandanten-ID aus Microsoft Entra Admin Center > Identität > Übersicht > Eigenschaften. Liegt der Mandant in einer nationalen Cloud, wählen Sie diese Cloud.
mail-microsoft365-other-cloud = Der Microsoft-Mandant { $tenant } gehört zu einer anderen Cloud (US-Regierung oder China).
mail-microsoft365-other-cloud-do = Wählen Sie hier in den Einstellungen diese Cloud.
mail-microsoft365-client-disabled = Die App { $client } ist bei Microsoft deaktiviert.
mail-microsoft365-client-disabled-do = Ihre Microsoft-365-Administration muss sie aktivieren: Microsoft Entra Admin Center > Unternehmensanwendungen > Ihre App > Eigenschaften > Aktiviert für die Benutzeranmeldung.
mail-microsoft365-resource-unknown = Der Microsoft-Mandant { $tenant } kennt Microsoft Graph in der gewählten Cloud nicht.
mail-microsoft365-resource-unknown-do = Prüfen Sie in den Einstellungen, in welcher Cloud der Mandant liegt. Stimmt sie, muss sich der Betreiber dieser Installation darum kümmern.
mail-microsoft365-policy-blocks = Eine Sicherheitsrichtlinie Ihres Microsoft-Mandanten blockiert die App { $client }.
mail-microsoft365-policy-blocks-do = Ihre Microsoft-365-Administration muss die App ausnehmen oder die IP-Adressen dieser Installation zulassen: Microsoft Entra Admin Center > Schutz > Bedingter Zugriff > Richtlinien.
mail-microsoft365-sign-in-refused = Microsoft lehnt die Anmeldung der App ab: „{ $words }“
mail-microsoft365-sign-in-refused-do = Der Grund steht in der Antwort. Vergleichen Sie Mandanten-ID, Client-ID und geheimen Clientschlüssel mit der App-Registrierung im Microsoft Entra Admin Center.
mail-microsoft365-sign-in-busy = Die Anmeldung bei Microsoft ist derzeit überlastet.

mail-microsoft365-token-refused = Microsoft meldet die App an und erkennt dann das eigene Token nicht an.
mail-microsoft365-token-refused-do = Prüfen Sie in den Einstellungen, in welcher Cloud der Mandant liegt. Stimmt sie, versuchen Sie es in einigen Minuten erneut; bleibt es dabei, hilft der Microsoft-Support mit den Angaben unter „Details“.
mail-microsoft365-may-not-send = Die App { $client } darf noch keine E-Mails senden.
mail-microsoft365-may-not-send-do = Ihre Microsoft-365-Administration muss eines von beidem tun: in Exchange Online der App das Senden als { $mailbox } erlauben (RBAC für Anwendungen, Rolle „Application Mail.Send“) oder im Microsoft Entra Admin Center > App-Registrierungen > Ihre App > API-Berechtigungen unter Microsoft Graph > Anwendungsberechtigungen Mail.Send hinzufügen und „Administratorzustimmung erteilen“ wählen. Änderungen wirken erst nach 30 Minuten bis 2 Stunden.
mail-microsoft365-mailbox-excluded = Die App { $client } darf E-Mails senden, aber nicht als { $mailbox }.
mail-microsoft365-mailbox-excluded-do = Ihre Exchange-Administration muss das Postfach für die App zulassen, etwa indem sie es in die zugelassene Gruppe aufnimmt. In Exchange Online PowerShell zeigen Test-ServicePrincipalAuthorization und Test-ApplicationAccessPolicy, was für { $mailbox } gilt. Änderungen wirken manchmal erst nach mehr als einer Stunde.
mail-microsoft365-mailbox-suspended = Microsoft hat das Konto { $mailbox } gesperrt.
mail-microsoft365-mailbox-suspended-do = Melden Sie sich beim Postfach an und folgen Sie den Anweisungen von Microsoft im Posteingang. Gibt es keine, muss Ihre Microsoft-365-Administration das Konto freigeben. Wartende E-Mails werden danach von selbst gesendet.
mail-microsoft365-sending-refused = Microsoft lässt { $mailbox } nicht senden: „{ $words }“
mail-microsoft365-send-as-denied = Microsoft lässt { $mailbox } nicht mit dieser Absenderadresse senden.
mail-microsoft365-send-as-denied-do = Die Absender-E-Mail-Adresse muss die Adresse des Postfachs selbst sein, kein Alias. Korrigieren Sie sie in den Einstellungen.
mail-microsoft365-mailbox-unknown = Einen Benutzer { $mailbox } gibt es in diesem Microsoft-Mandanten nicht.
mail-microsoft365-mailbox-unknown-do = Tragen Sie den Benutzerprinzipalnamen des Postfachs ein, keinen Alias: Microsoft 365 Admin Center > Benutzer > Aktive Benutzer > der Benutzer > Benutzername.
mail-microsoft365-mailbox-missing = { $mailbox } hat kein Postfach in Exchange Online.
mail-microsoft365-mailbox-missing-do = Ihre Microsoft-365-Administration muss eine Lizenz mit Exchange Online zuweisen, oder Sie wählen ein anderes Postfach, etwa ein freigegebenes. Ein neues Postfach braucht einige Minuten; Postfächer auf eigenen Servern und die von Gästen sind nicht möglich.
mail-microsoft365-mailbox-full = Das Postfach { $mailbox } ist voll und sendet deshalb nichts.
mail-microsoft365-mailbox-full-do = Leeren Sie es. Microsoft legt von jeder Nachricht eine Kopie unter „Gesendete Elemente“ ab; Ihre Exchange-Administration kann sie durch eine Aufbewahrungsrichtlinie löschen lassen.

mail-microsoft365-recipient-refused = Microsoft hat den Empfänger { $recipient } abgelehnt: „{ $words }“
mail-microsoft365-too-large = Die Nachricht ist größer, als Microsoft 365 zulässt (höchstens { $limit }).
mail-microsoft365-too-large-do = Senden Sie weniger auf einmal. Die Einstellungen des E-Mail-Anbieters sind in Ordnung.
mail-microsoft365-large-messages-off = Die Nachricht ist größer, als Microsoft 365 in einem Stück annimmt (höchstens { $limit }), und „Große Nachrichten senden“ ist in den Einstellungen nicht angekreuzt.
mail-microsoft365-large-messages-off-do = Kreuzen Sie in den Einstellungen „Große Nachrichten senden“ an und senden Sie die Nachricht dann erneut. Die App braucht dafür Mail.ReadWrite: Ihre Microsoft-365-Administration erteilt es in Exchange Online nur für { $mailbox } (RBAC für Anwendungen, Rolle „Application Mail.ReadWrite“) oder im Microsoft Entra Admin Center unter „API-Berechtigungen“ als Anwendungsberechtigung mit Administratorzustimmung. Andernfalls senden Sie weniger auf einmal.
mail-microsoft365-larger-than-mailbox-allows = Die Nachricht ist größer, als { $mailbox } senden darf.
mail-microsoft365-larger-than-mailbox-allows-do = Senden Sie weniger auf einmal, oder lassen Sie Ihre Exchange-Administration die Höchstgröße gesendeter Nachrichten für { $mailbox } anheben (Exchange Admin Center > Postfächer > Einschränkung der Nachrichtengröße). Die Einstellungen des E-Mail-Anbieters sind in Ordnung.
mail-microsoft365-may-not-write-drafts = Die Nachricht ist so groß, dass sie erst als Entwurf in { $mailbox } zusammengestellt werden muss, und die App { $client } darf dort nicht schreiben.
mail-microsoft365-may-not-write-drafts-do = Ihre Microsoft-365-Administration muss der App Mail.ReadWrite geben: entweder in Exchange Online nur für { $mailbox } (RBAC für Anwendungen, Rolle „Application Mail.ReadWrite“) oder im Microsoft Entra Admin Center > App-Registrierungen > Ihre App > API-Berechtigungen unter Microsoft Graph > Anwendungsberechtigungen, mit „Administratorzustimmung erteilen“. Oder wählen Sie „Große Nachrichten senden“ in den Einstellungen des E-Mail-Anbieters ab. Kleinere Nachrichten sind nicht betroffen.
mail-microsoft365-upload-failed = Microsoft 365 hat eine an die Nachricht angehängte Datei nicht angenommen.
mail-microsoft365-upload-failed-do = Der Versand wird erneut versucht. Bleibt es dabei, muss Ihre Netzwerkadministration prüfen, ob das Portal { $host } erreicht, wohin große Dateien gesendet werden.
mail-microsoft365-message-refused = Microsoft hat die Nachricht abgelehnt: „{ $words }“
mail-microsoft365-message-refused-do = Der Grund steht in der Antwort. Wenn nicht, findet ihn der Microsoft-Support mit den Angaben unter „Details“.
mail-microsoft365-throttled = Microsoft bremst das Postfach { $mailbox } derzeit.
mail-microsoft365-throttled-do = { $minutes ->
    [one] An Ihren Einstellungen ist nichts auszusetzen. Wartende E-Mails werden von selbst gesendet; der nächste Versuch ist in einer Minute möglich. Kommt das oft vor, verwenden Sie ein Postfach nur für diesen Zweck.
   *[other] An Ihren Einstellungen ist nichts auszusetzen. Wartende E-Mails werden von selbst gesendet; der nächste Versuch ist in { $minutes } Minuten möglich. Kommt das oft vor, verwenden Sie ein Postfach nur für diesen Zweck.
}
mail-microsoft365-own-limit = Das Postfach { $mailbox } hat vorerst so viel gesendet, wie Microsoft zulässt.
mail-microsoft365-own-limit-do = { $minutes ->
    [one] An Ihren Einstellungen ist nichts auszusetzen. Wartende E-Mails werden von selbst gesendet; der nächste Versuch ist in einer Minute möglich.
   *[other] An Ihren Einstellungen ist nichts auszusetzen. Wartende E-Mails werden von selbst gesendet; der nächste Versuch ist in { $minutes } Minuten möglich.
}
mail-microsoft365-unavailable = Bei Microsoft gibt es eine vorübergehende Störung.
mail-microsoft365-fault-until-do = { $minutes ->
    [one] An Ihren Einstellungen ist nichts auszusetzen. Versuchen Sie es in einer Minute erneut.
   *[other] An Ihren Einstellungen ist nichts auszusetzen. Versuchen Sie es in { $minutes } Minuten erneut.
}
mail-microsoft365-fault-do = Versuchen Sie es in einigen Minuten erneut. Bleibt es dabei, sehen Sie nach, ob Microsoft eine Störung meldet: Microsoft 365 Admin Center > Integrität > Dienststatus.
mail-microsoft365-outcome-unknown = Microsoft hat die ganze Nachricht erhalten, sie aber nicht bestätigt; ob sie angenommen wurde, ist ungewiss.
mail-microsoft365-outcome-unknown-do = Sehen Sie in „Gesendete Elemente“ von { $mailbox } nach oder ob sie angekommen ist, bevor Sie sie noch einmal senden.
mail-microsoft365-unexpected-answer = Microsoft hat eine Antwort gegeben, die an dieser Stelle keinen Sinn ergibt: „{ $words }“

# Die Prüfung: die Namen ihrer Schritte und was dabei zu sehen war
mail-check-abilities = Fähigkeiten des Servers
mail-check-cloud = Anmeldedienst von Microsoft
mail-check-directory = Microsoft-Mandant
mail-check-client = App
mail-check-secret = Geheimer Clientschlüssel
mail-check-roles = Berechtigungen im Token
mail-check-mailbox = Postfach
mail-check-may-send = Recht zu senden
mail-seen-addresses = Zulässige Adressen: { $addresses }
mail-seen-greeting = Der Server meldet sich als { $words }
mail-seen-in-clear = Die Verbindung bleibt unverschlüsselt, wie es ausgewählt ist.
mail-seen-encryption = Verschlüsselung: { $protocol }
mail-seen-certificate = { $whom } { $by } { $valid }
mail-seen-certificate-names = Zertifikat für { $names }.
mail-seen-certificate-above = Darüber: { $subject }.
mail-seen-certificate-issuer = Ausgestellt von { $issuer }.
mail-seen-certificate-self-signed = Selbst signiert.
mail-seen-certificate-valid = Gültig vom { $from } bis zum { $until }.
mail-seen-no-sign-in = Es wird keine Anmeldung angeboten.
mail-seen-sign-in-methods = Anmeldeverfahren: { $methods }
mail-seen-size = Größte Nachricht: { $limit }
mail-seen-no-size = Für die Größe einer Nachricht wird keine Grenze genannt.
mail-seen-extensions = Angeboten: { $offered }
mail-seen-some-extensions = Angeboten: { $offered }. Nicht angeboten: { $missing }
mail-seen-no-extensions = Nicht angeboten: { $missing }
mail-seen-signed-in-as = Benutzername: { $username }
mail-seen-nobody-signs-in = Es ist keine Anmeldung eingerichtet.
mail-seen-address = { $address }
mail-seen-answered = { $host } antwortet.
mail-seen-known = { $id }
mail-seen-token = { $minutes ->
    [one] Es wurde ein Token für eine Minute ausgestellt.
   *[other] Es wurde ein Token für { $minutes } Minuten ausgestellt.
}
mail-seen-roles = Im Token genannt: { $roles }
mail-seen-no-mail-send = Mail.Send ist nicht dabei. Das ist richtig, wenn Exchange das Recht für einzelne Postfächer erteilt (RBAC für Anwendungen), was kein Token zeigt; andernfalls fehlt die Zustimmung in Entra.
mail-seen-no-mail-read-write = Mail.ReadWrite, das große Nachrichten brauchen, ist nicht dabei. Das ist richtig, wenn Exchange das Recht für einzelne Postfächer erteilt; andernfalls fehlt die Zustimmung in Entra.
mail-seen-roles-unreadable = Das Token lässt sich nicht lesen; die Berechtigungen darin sind nicht bekannt.
mail-seen-no-objection = Microsoft hatte nichts einzuwenden, als ihm etwas übergeben wurde, das keine Nachricht ist. Gewissheit gibt erst eine Test-E-Mail.
mail-seen-not-looked-at = Ob es das Postfach gibt, wurde vermutlich nicht geprüft: Das Recht zu senden kommt zuerst.

mail-detail-code = Fehlercode
mail-detail-status = HTTP-Status
mail-detail-trace-id = Ablaufverfolgungs-ID (Trace ID)
mail-detail-correlation-id = Korrelations-ID (Correlation ID)
mail-detail-request-id = Anforderungs-ID (request-id)
mail-detail-client-request-id = Clientanforderungs-ID (client-request-id)
mail-detail-time = Zeitpunkt
