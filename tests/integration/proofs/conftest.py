from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import demo_environment
from tests.parts import databases
from tests.parts.databases import Engine
from tests.walk.stage import Stage, open_stage

_numbers = count(1)


@pytest.fixture(scope="module")
def stage(
    request: pytest.FixtureRequest,
    engine: Engine,
    shared_folder: Path,
    worker_id: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """A shop for walks, with a database of its own."""
    folder = tmp_path_factory.mktemp("walk")
    database: databases.Database
    if engine is Engine.SQLITE:
        database = databases.sqlite_database(shared_folder, folder / "walk.sqlite3")
    else:
        server = request.getfixturevalue("postgres_server")
        database = databases.PostgresDatabase(server, f"walk_{worker_id}_{next(_numbers)}")
    environment = demo_environment(folder, database.url)
    with closing(database), open_stage(database, environment) as built:
        yield built
