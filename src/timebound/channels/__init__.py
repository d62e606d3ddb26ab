"""Ways by which events leave: each a consumer of the log."""
