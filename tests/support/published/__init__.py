"""Microsoft's published schema as facts, and the checks that hold answers against it."""

from tests.support.published.checker import PublishedTransport, check_graph, is_graph_path

__all__ = ["PublishedTransport", "check_graph", "is_graph_path"]
