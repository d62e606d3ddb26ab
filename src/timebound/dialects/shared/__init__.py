"""What all dialects say alike: the published words for rules that are not met."""
