# Texts of the room users.
