"""Renders notifications and delivers them from the outbox."""
