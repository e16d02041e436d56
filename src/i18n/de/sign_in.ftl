# Wie sich die Personen eines Mandanten anmelden: die Einstellungen der Administratoren.
sign-in-lead = So melden sich die Personen von { $tenant } bei diesem Portal an.
sign-in-rule-required = Administratoren müssen einen zweiten Faktor verwenden
sign-in-rule-required-hint = Administratoren ohne zweiten Faktor werden zu dessen Einrichtung geführt und können vorher nichts anderes tun. Das gilt auch für Sitzungen, die jetzt geöffnet sind.
sign-in-rule-own-first = Richten Sie zuerst für sich selbst einen zweiten Faktor ein, damit diese Regel Sie nicht aussperrt.
sign-in-rule-own = Ihren zweiten Faktor einrichten
