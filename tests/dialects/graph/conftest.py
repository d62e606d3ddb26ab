"""The office over a SQLite file that is made once and copied for each test."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy

from tests.dialects.graph.belonging import furnish
from tests.dialects.graph.logged import check_logged
from tests.dialects.graph.office import GRACE, Office, make_office, open_office
from tests.dialects.graph.providing import WRITING, permit
from timebound.storage.sqlite import SqliteStore
from timebound.storage.tables import metadata


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without a tenant."""
    path = tmp_path_factory.mktemp("office") / "empty.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
async def office(empty_file: Path, tmp_path: Path) -> AsyncIterator[Office]:
    """The office as it is at dawn."""
    shutil.copy(empty_file, path := tmp_path / "office.db")
    store = SqliteStore(path)
    await store.open()
    await make_office(store)
    opened = open_office(store)
    async with opened.client:
        yield opened
    await check_logged(opened)
    await store.close()


@pytest.fixture
async def furnished(office: Office) -> Office:
    """The office with things that belong to one another in it."""
    return await furnish(office)


@pytest.fixture
async def desk(office: Office) -> str:
    """The key of a token with which Grace manages what the providers have."""
    await permit(office)
    return office.sign_in(GRACE, WRITING)
