"""What all dialects share: published words, and what HTTP carries in and out of them."""
