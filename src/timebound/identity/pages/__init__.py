"""The pages that people see while they sign in: made on the server, whole without JavaScript."""
