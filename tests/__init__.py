"""All tests: a package, so that none of this name in the environment is taken for it."""
