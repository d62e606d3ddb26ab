"""Decides about privileged access from facts alone, without clock, storage or network."""
