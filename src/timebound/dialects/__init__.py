"""The published APIs, each translated to and from the domain only."""
