"""Timebound: privileged access that begins when it is granted and ends on time."""
