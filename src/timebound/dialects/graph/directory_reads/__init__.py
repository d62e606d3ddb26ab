"""The directory read: what belongs to what, looked up, and checked; one file per family."""
