"""The directory written to: bodies in, use cases asked, answers out; one file per family."""
