# Texts of the room tenants.
