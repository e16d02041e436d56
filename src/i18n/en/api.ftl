# What programs are told; people read it in their logs.
api-not-found = There is no such thing
api-not-found-what = The address is not one of this API’s, or what it names is gone. See /api/docs for all calls.
api-conflict = This cannot be done now
api-wrong-method = This address does not know the method
api-wrong-method-what = The header Allow names the methods of this address.
api-foreign = The request comes from another website
api-foreign-what = Browsers may call the API from pages of this portal only. Nothing was changed.
api-too-large = The body is too large
api-too-large-what = A body may hold at most 1 MiB, and with attachments 25 MiB. Nothing was changed.
api-too-slow = The body did not arrive in time
api-too-slow-what = The connection is too slow or was interrupted. Nothing was changed. Send the request again.
api-internal = Something went wrong on our side
api-internal-what = The failure was recorded under the traceId of this answer. Try again; if it happens again, ask the operator of the portal.
api-malformed = The request could not be understood
api-malformed-what = It is not a valid HTTP request for this address. See /api/docs.
api-media-type = The body is of another media type
api-media-type-what = Send it with the header Content-Type: { $wanted }.
api-unauthorised = An API key is needed
api-unauthorised-what = Send a valid key of this tenant as Authorization: Bearer KEY. It must have neither expired nor been revoked, and whoever made it must still be an administrator.
api-scope = The API key may not do this
api-scope-what = It lacks the scope { $scope }. An administrator can make a key that has it.
api-too-many = Too many requests
api-too-many-what = { $seconds ->
    [one] Try again in one second.
   *[other] Try again in { $seconds } seconds.
}
api-input = The request is not valid
api-json-malformed = The body is not valid JSON.
api-field-unknown = There is no field “{ $name }” here. See /api/docs for the fields.
api-field-missing = The field “{ $name }” is missing.
api-field-twice = This field is given twice.
api-field-type = The value is of another type or out of range. See /api/docs for what is expected.
api-parameter-unknown = There is no parameter “{ $name }” here. See /api/docs for the parameters.
api-parameter-twice = The parameter “{ $name }” is given twice.
api-parameter-malformed = The query cannot be read.
api-limit = Give a whole number from 1 to { $most }.
api-next = Take the whole address from links.next of the former page.
api-files-many = At most { $most } files may go with a message.
api-file-nameless = Give each file a name: filename="…" in its Content-Disposition.
api-file-name = The name of a file has at most 255 characters, and no control characters.
api-part-nameless = Each part needs a name in its Content-Disposition.
api-parts-malformed = The body is not valid multipart/form-data.
api-other-request = The Idempotency-Key was used for another request
api-docs-title = The API of { $product }
api-subject = A subject is one line of at most { $most } characters.
api-docs-without-script = The viewer needs JavaScript. The document itself is here:
api-moment = Give an instant as in RFC 3339, such as 2026-11-24T13:02:11Z.
