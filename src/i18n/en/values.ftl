# Problems with small values.
values-address-empty = Enter an email address.
values-address-incomplete = Enter a complete email address, such as anna@example.org.
values-address-not-one = Enter one email address only, without a name or angle brackets.
values-address-bad-character = The email address contains a character that is not allowed, such as a blank or a quotation mark.
values-address-hidden = The email address contains a hidden character, probably copied along with it. Delete the address and type it in.
values-address-bad-domain = The part after the @ is not a domain name, such as example.org.
values-address-too-long = The email address is too long: at most 64 characters before the @ and 254 in all.
values-host-empty = Enter the name of the server, such as smtp.example.org.
values-host-not-only = Enter the server name only, such as smtp.example.org – without https://, user name or port. The port has a field of its own.
values-host-malformed = This is neither a host name nor an IP address. Enter a name such as smtp.example.org, without blanks.
