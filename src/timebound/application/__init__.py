"""Use cases that load facts, ask the domain, and store the outcome with its events."""
