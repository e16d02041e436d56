# Die Domain des Absenders: MX, SPF, DKIM, DMARC.
domain-title = Domain des Absenders prüfen
domain-of-sender = Domain des Absenders
domain-check = MX, SPF, DKIM und DMARC prüfen
domain-lead = Was im DNS über { $domain } veröffentlicht ist und was das für die E-Mails des Portals bedeutet.
domain-lead-none = Hier sehen Sie, was im DNS über die Domain veröffentlicht ist, von der die E-Mails des Portals kommen.
domain-without-provider = Es ist kein E-Mail-Anbieter gespeichert, also gibt es keine Domain zu prüfen. Speichern Sie zuerst einen.
domain-through = Versand über
domain-concerns = Diese Einträge sind Sache derjenigen, die das DNS von { $domain } verwalten. Sie betreffen alle, die für diese Domain E-Mails versenden, nicht nur das Portal: Stimmen Sie jede Änderung mit ihnen ab.
domain-services-own = Diese Domain gehört { $service }; dort wird auch ihr DNS verwaltet. Sie müssen nichts tun.
domain-again = Erneut prüfen
domain-duration = Änderungen im DNS können Stunden brauchen, bis alle Server sie kennen. Die Prüfung dauert bis zu zehn Sekunden.
domain-too-many = Es sind höchstens 10 Prüfungen pro Minute möglich. Bitte warten Sie eine Minute.
domain-good = In Ordnung
domain-warning = Handlungsbedarf
domain-missing = Fehlt
domain-unknown = Nicht feststellbar
domain-found = Gefunden
domain-add = Hinzuzufügende Zeile
domain-change = In diese Zeile ändern
domain-line-hint = In der Schreibweise einer Zonendatei. Wo eine Verwaltungsoberfläche Name, Typ und Wert einzeln verlangt, steht der Name meist ohne „{ $domain }“ („@“ für die Domain selbst) und der Wert ohne Anführungszeichen.
domain-no-answer = Das DNS hat nicht rechtzeitig geantwortet. Über die Domain sagt das nichts: Prüfen Sie in einer Minute erneut.
domain-no-such-domain = Die Domain { $domain } gibt es im DNS nicht. Prüfen Sie die Schreibweise der Absenderadresse: Empfänger weisen E-Mails einer Domain ab, die es nicht gibt.

domain-mx = MX: wohin Antworten gehen
domain-mx-good = E-Mails an { $domain } haben ein Ziel. Antworten und Meldungen über Unzustellbares kommen also an.
domain-mx-missing = Kein Server nimmt E-Mails für { $domain } an. Antworten und Meldungen über Unzustellbares gehen verloren, und manche Empfänger weisen solche Absender ab.
domain-mx-missing-do = Welcher Server dorthin gehört, weiß, wer die Postfächer dieser Domain betreibt. Soll sie keine haben, wählen Sie eine Absenderadresse einer anderen Domain.
domain-mx-null = { $domain } erklärt, überhaupt keine E-Mails anzunehmen. Viele Empfänger weisen E-Mails einer solchen Domain ab.
domain-mx-implicit = { $domain } hat keinen MX-Eintrag. Andere Server stellen an die Adresse des Namens selbst zu, meist einen Webserver. Tragen Sie den richtigen Server als MX ein.

domain-spf = SPF: wer senden darf
domain-spf-covers = { $service } darf für { $domain } senden: Empfänger, die SPF prüfen, akzeptieren das.
domain-spf-lacks = { $service } gehört nicht zu denen, die für { $domain } senden dürfen. Empfänger können die E-Mails des Portals für Fälschungen halten.
domain-spf-other-addresses = Verglichen wurden nur die eigenen Adressen des Servers. Gibt er E-Mails über andere Adressen weiter, zählen diese; wer ihn betreibt, kennt sie.
domain-spf-no-address = Ob { $service } senden darf, ist nicht feststellbar: Der Server hat keine Adresse im öffentlichen DNS. Wer ihn betreibt, weiß, über welche Adressen E-Mails hinausgehen.
domain-spf-own-return-address = { $service } verwendet eine eigene Rücksendeadresse; SPF wird bei E-Mails des Portals daher nicht für { $domain } geprüft. Hier zählt DKIM.
domain-spf-missing = { $domain } sagt nicht, wer für sie senden darf. Große Maildienste weisen solche E-Mails ab oder legen sie in den Spam-Ordner, sofern sie nicht signiert sind.
domain-spf-missing-do = Die Zeile erlaubt nur den Versandweg des Portals. Wer das DNS verwaltet, muss die übrigen Server ergänzen, die für diese Domain senden.
domain-spf-several = { $domain } hat mehr als einen SPF-Eintrag. Erlaubt ist nur einer; Empfänger beachten dann keinen davon. Fassen Sie sie zu einem zusammen.
domain-spf-broken = Der SPF-Eintrag lässt sich nicht auswerten: Er enthält einen Fehler, bindet einen Namen ohne Eintrag ein oder braucht mehr als zehn Abfragen. Empfänger behandeln ihn als fehlerhaft.
domain-spf-everybody = Der SPF-Eintrag erlaubt allen, für { $domain } zu senden. Er schützt vor nichts, und manche Empfänger werten ihn als Makel.

domain-dkim = DKIM: die Signatur
domain-dkim-good = Ein Schlüssel zum Signieren ist veröffentlicht ({ $selectors }). Empfänger können die Signatur von { $domain } prüfen, sofern das Signieren beim Maildienst eingeschaltet ist.
domain-dkim-short = Der Schlüssel hat 1024 Bit. Das wird noch akzeptiert; empfohlen sind 2048 Bit.
domain-dkim-missing = Unter den erwarteten Namen ({ $selectors }) ist kein Schlüssel veröffentlicht.
domain-dkim-testing = Der Schlüssel ({ $selectors }) ist als Test gekennzeichnet (t=y). Empfänger behandeln E-Mails, als wären sie nicht signiert. Entfernen Sie diese Kennzeichnung.
domain-dkim-revoked = Der Schlüssel ({ $selectors }) wurde zurückgezogen: Sein Eintrag ist leer. Signaturen damit sind ungültig.
domain-dkim-unusable = Der Eintrag des Schlüssels ({ $selectors }) ist nicht verwendbar: Er ist beschädigt, oder der Schlüssel ist zu kurz. Kopieren Sie ihn noch einmal lückenlos vom Maildienst.
domain-dkim-add = Fügen Sie diese Zeilen hinzu, und schalten Sie DKIM danach beim Maildienst ein, falls es noch nicht eingeschaltet ist.
domain-dkim-microsoft = Gehen Sie im Microsoft-Defender-Portal zu E-Mail und Zusammenarbeit > Richtlinien und Regeln > Bedrohungsrichtlinien > E-Mail-Authentifizierungseinstellungen > DKIM, und wählen Sie { $domain }. Dort stehen zwei CNAME-Einträge, für selector1._domainkey.{ $domain } und selector2._domainkey.{ $domain }. Fügen Sie beide hinzu, und schalten Sie die Signatur danach dort ein.
domain-dkim-ask = Der Maildienst erzeugt den Schlüssel und zeigt den Eintrag, der hinzuzufügen ist, meist unter „DKIM“ oder „Domain-Authentifizierung“. Sein Name endet auf ._domainkey.{ $domain }.
domain-dkim-none-below = Für { $domain } ist überhaupt kein Schlüssel veröffentlicht. E-Mails sind nicht signiert, oder ihre Signatur lässt sich nicht prüfen.
domain-dkim-selector-unknown = Für { $domain } können Schlüssel veröffentlicht sein; unter welchem Namen der Maildienst seinen führt, ist hier nicht bekannt. Geben Sie den Selektor ein: Sie finden ihn beim Maildienst oder im Quelltext einer empfangenen E-Mail als „s=“ in der Zeile DKIM-Signature.
domain-selector = DKIM-Selektor
domain-selector-hint = Der Teil des Eintragsnamens vor ._domainkey, zum Beispiel selector1.
domain-selector-check = Diesen Schlüssel prüfen
domain-selector-malformed = Geben Sie nur den Selektor ein, zum Beispiel selector1: Buchstaben, Ziffern, Bindestriche und Punkte.

domain-dmarc = DMARC: was mit Fälschungen geschieht
domain-dmarc-none = { $domain } verlangt von Empfängern nichts Besonderes für E-Mails, die weder zu SPF noch zu DKIM passen. Jeder entscheidet selbst.
domain-dmarc-quarantine = E-Mails von { $domain }, die weder zu SPF noch zu DKIM passen, kommen in den Spam-Ordner.
domain-dmarc-reject = E-Mails von { $domain }, die weder zu SPF noch zu DKIM passen, werden abgewiesen.
domain-dmarc-passes-both = Nach dem oben Gefundenen bestehen die E-Mails des Portals, durch SPF und durch DKIM.
domain-dmarc-passes-spf = Nach dem oben Gefundenen bestehen die E-Mails des Portals durch SPF. Leitet ein Empfänger sie weiter, hülfe nur DKIM.
domain-dmarc-passes-dkim = Nach dem oben Gefundenen bestehen die E-Mails des Portals durch DKIM, sofern der Maildienst sie signiert.
domain-dmarc-fails = Nach dem oben Gefundenen bestehen die E-Mails des Portals nicht. Bringen Sie SPF oder DKIM in Ordnung.
domain-dmarc-unknown = Ob die E-Mails des Portals bestehen, ist nicht feststellbar: Weder SPF noch DKIM sind sicher.
domain-dmarc-inherited = Es gilt die Richtlinie von { $at } für die Domains darunter.
domain-dmarc-relaxed = SPF und DKIM zählen, wenn ihre Domain zur selben Organisation gehört wie { $domain }. Das Portal verwendet die Absenderadresse auch als Rücksendeadresse, SPF passt also.
domain-dmarc-strict = SPF oder DKIM zählen nur, wenn ihre Domain genau { $domain } ist. Das Portal verwendet die Absenderadresse auch als Rücksendeadresse; der Maildienst muss für genau diese Domain signieren.
domain-dmarc-only-dkim = SPF zählt hier nicht: Die Rücksendeadresse des Maildienstes gehört zu einer anderen Domain. DKIM zählt, wenn der Maildienst für { $domain } signiert.
domain-dmarc-missing = { $domain } hat keine DMARC-Richtlinie. Große Maildienste verlangen eine von allen, die viele E-Mails versenden.
domain-dmarc-missing-do = Die Zeile ändert zunächst nichts; sie sagt nur, dass es eine Richtlinie gibt. Für eine strengere muss man alle kennen, die für diese Domain senden.
domain-dmarc-several = Es gibt mehr als einen DMARC-Eintrag. Empfänger beachten dann keinen davon. Behalten Sie einen, zum Beispiel diesen.
domain-dmarc-malformed = Der DMARC-Eintrag ist nicht lesbar, Empfänger beachten ihn daher nicht. Der einfachste ordnungsgemäße ist dieser.
