"""Calls to others: only to hosts that the operator lists, at addresses that may be reached."""
