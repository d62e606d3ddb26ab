"""Keeps grants, requests, policies and events in SQLite or PostgreSQL."""
