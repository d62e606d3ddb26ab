"""Policies of Azure roles: one for each role at each place, and its assignment to the role."""
