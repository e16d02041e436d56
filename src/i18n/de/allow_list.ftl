# Von wo die Verbindungen dieser Installation kommen.
allow-list-title = Adressen für Freigabelisten
allow-list-lead = Von diesen Adressen aus verbindet sich das Portal mit Ihrem Mailserver.
allow-list-addresses = Adressen
allow-list-list = Als Liste
allow-list-firewall = Firewall
allow-list-firewall-what = Lässt Ihr Mailserver oder eine Firewall davor nur bekannte Adressen zu, geben Sie diese für den Port frei, der in den Einstellungen Ihres E-Mail-Anbieters steht (meist 587, 465 oder 25). Dasselbe gilt für ein Relay, das Absender an ihrer Adresse statt an einem Kennwort erkennt.
allow-list-spf = SPF
allow-list-spf-terms = Als Teile eines SPF-Eintrags
allow-list-scripts = Für Skripte, als JSON und ohne Anmeldung:
allow-list-spf-what = In der Regel gehört davon nichts in SPF: Empfänger sehen die Adresse Ihres Mailservers, nicht die des Portals. Ergänzen Sie den SPF-Eintrag der Absenderdomain nur dann um diese Teile, wenn Ihr Server E-Mails unverändert durchreicht und Empfänger deshalb die Adresse des Portals sehen. Das ist Sache derjenigen, die das DNS der Domain verwalten, und betrifft alle, die für die Domain senden.
allow-list-microsoft = Microsoft 365
allow-list-microsoft-what = Der Anbieter Microsoft 365 braucht keine Freigabeliste: Das Portal meldet sich bei Microsoft an.
allow-list-empty-title = Es sind keine Adressen bekannt
allow-list-empty = Wer diese Installation betreibt, hat nicht angegeben, von welchen Adressen aus sie sich verbindet. Das geht mit der Einstellung { $setting }; fragen Sie bis dahin dort nach.
