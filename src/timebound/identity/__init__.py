"""The authorization server: discovery, keys and access tokens."""
