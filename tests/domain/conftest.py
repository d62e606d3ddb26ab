"""What the tests of the domain share."""

import pytest


@pytest.fixture
def row(request: pytest.FixtureRequest) -> str:
    """The id of the row of the decision table that a test stands for."""
    return str(request.param)
