"""The office behind the resource manager's door, over a SQLite file copied for each test."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy

from tests.dialects.arm.office import ArmOffice, open_arm
from tests.dialects.arm.orchard import plant
from tests.dialects.graph.office import make_office
from timebound.application.ports import Store
from timebound.storage.sqlite import SqliteStore
from timebound.storage.tables import metadata


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without a tenant."""
    path = tmp_path_factory.mktemp("arm") / "empty.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
async def store(empty_file: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A store with the tenant in it, as it is at dawn."""
    shutil.copy(empty_file, path := tmp_path / "arm.db")
    opened = SqliteStore(path)
    await opened.open()
    await make_office(opened)
    yield opened
    await opened.close()


@pytest.fixture
async def office(store: Store) -> AsyncIterator[ArmOffice]:
    """The door with everything that is served."""
    opened = open_arm(store)
    async with opened.client:
        yield opened


@pytest.fixture
async def farm(office: ArmOffice) -> ArmOffice:
    """The door in front of a small tree."""
    return await plant(office)
