"""Places where whoever calls has, or could have, roles; and which of them are their favorites."""
