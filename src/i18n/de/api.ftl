# Was Programmen gesagt wird; Menschen lesen es in deren Protokollen.
api-not-found = Das gibt es nicht
api-not-found-what = Die Adresse gehört nicht zu dieser API, oder was sie bezeichnet, besteht nicht mehr. Alle Aufrufe stehen unter /api/docs.
api-conflict = Das ist jetzt nicht möglich
api-wrong-method = Diese Adresse kennt die Methode nicht
api-wrong-method-what = Der Header Allow nennt die Methoden dieser Adresse.
api-foreign = Die Anfrage kommt von einer fremden Website
api-foreign-what = Browser dürfen die API nur von Seiten dieses Portals aus aufrufen. Es wurde nichts geändert.
api-too-large = Der Inhalt ist zu groß
api-too-large-what = Eine Anfrage darf höchstens 1 MiB enthalten, mit Anhängen 25 MiB. Es wurde nichts geändert.
api-too-slow = Der Inhalt kam nicht rechtzeitig an
api-too-slow-what = Die Verbindung ist zu langsam oder wurde unterbrochen. Es wurde nichts geändert. Senden Sie die Anfrage erneut.
api-internal = Auf unserer Seite ist etwas schiefgegangen
api-internal-what = Der Fehler wurde unter der traceId dieser Antwort aufgezeichnet. Versuchen Sie es erneut; tritt er wieder auf, wenden Sie sich an den Betreiber des Portals.
api-malformed = Die Anfrage war nicht zu verstehen
api-malformed-what = Sie ist keine gültige HTTP-Anfrage für diese Adresse. Näheres unter /api/docs.
api-media-type = Der Inhalt hat einen anderen Medientyp
api-media-type-what = Senden Sie ihn mit dem Header Content-Type: { $wanted }.
api-unauthorised = Ein API-Schlüssel ist erforderlich
api-unauthorised-what = Senden Sie einen gültigen Schlüssel dieses Mandanten als Authorization: Bearer SCHLÜSSEL. Er darf weder abgelaufen noch widerrufen sein, und wer ihn erstellt hat, muss noch Administrator sein.
api-scope = Der API-Schlüssel darf das nicht
api-scope-what = Ihm fehlt die Berechtigung { $scope }. Ein Administrator kann einen Schlüssel erstellen, der sie hat.
api-too-many = Zu viele Anfragen
api-too-many-what = { $seconds ->
    [one] Versuchen Sie es in einer Sekunde erneut.
   *[other] Versuchen Sie es in { $seconds } Sekunden erneut.
}
api-input = Die Anfrage ist ungültig
api-json-malformed = Der Inhalt ist kein gültiges JSON.
api-field-unknown = Ein Feld „{ $name }“ gibt es hier nicht. Die Felder stehen unter /api/docs.
api-field-missing = Das Feld „{ $name }“ fehlt.
api-field-twice = Dieses Feld ist doppelt angegeben.
api-field-type = Der Wert hat einen anderen Typ oder liegt außerhalb des Erlaubten. Was erwartet wird, steht unter /api/docs.
api-parameter-unknown = Einen Parameter „{ $name }“ gibt es hier nicht. Die Parameter stehen unter /api/docs.
api-parameter-twice = Der Parameter „{ $name }“ ist doppelt angegeben.
api-parameter-malformed = Die Parameter der Adresse sind nicht lesbar.
api-limit = Geben Sie eine ganze Zahl von 1 bis { $most } an.
api-next = Verwenden Sie die vollständige Adresse aus links.next der vorigen Seite.
api-files-many = Einer Nachricht können höchstens { $most } Dateien beiliegen.
api-file-nameless = Geben Sie jeder Datei einen Namen, im Parameter filename ihres Headers Content-Disposition.
api-file-name = Ein Dateiname hat höchstens 255 Zeichen und keine Steuerzeichen.
api-part-nameless = Jeder Teil braucht einen Namen in seinem Header Content-Disposition.
api-parts-malformed = Der Inhalt ist kein gültiges multipart/form-data.
api-other-request = Der Idempotency-Key wurde für eine andere Anfrage verwendet
api-docs-title = Die API von { $product }
api-subject = Ein Betreff ist eine Zeile mit höchstens { $most } Zeichen.
api-docs-without-script = Die Ansicht benötigt JavaScript. Das Dokument selbst finden Sie hier:
