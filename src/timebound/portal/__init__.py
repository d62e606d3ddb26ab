"""Serves the built portal to browsers."""
