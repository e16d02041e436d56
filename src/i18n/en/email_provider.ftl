# Texts of the room email_provider.
