# Texts of the room mail.
