"""Signing in elsewhere: upstream providers, and tokens of issuers that are not us."""
