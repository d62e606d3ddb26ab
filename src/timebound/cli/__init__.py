"""The command line, a client that speaks HTTP only."""
