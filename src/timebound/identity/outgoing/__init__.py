"""Reading documents of others, and what their tokens say."""
