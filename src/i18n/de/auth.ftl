# Texts of the room auth.
