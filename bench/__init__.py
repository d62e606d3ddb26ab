"""Benchmarks, each beside the floor that the same machine sets in the same run."""
