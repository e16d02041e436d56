# Texts of the room values.
