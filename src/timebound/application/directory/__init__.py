"""Writing to the directory: objects, members and owners, units, secrets, consent."""
