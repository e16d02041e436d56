# Texts of the room web.
