"""Fixtures on a real engine (ministack in its own process): threads, tokens and isolation are true here.

`ministack`: the engine, once a run, on a free port. `live`: this process's clients point at it and every table of the
infrastructure is there, empty. `runner`: the whole shop as `make run` starts it, in a process of its own.
Every test in this folder carries the mark `engine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local import engine as engines
from tests.support.runner import Runner, end, new_runner

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in Path(item.fspath).parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[engines.Engine]:
    running = engines.start(engines.free_port(), tmp_path_factory.mktemp("engine"), keep=False)
    yield running
    engines.stop(running, patience=10)


@pytest.fixture
def live(ministack: engines.Engine) -> Iterator[engines.Engine]:
    """The engine with every table empty; clients of this process use it, with the system's clock and made-up secrets."""
    from chalicelib.runtime import clients, settings
    from chalicelib.runtime import world as worlds
    from infra import tables
    from tests.support import world as made_up

    with pytest.MonkeyPatch.context() as environment:
        for name, value in ministack.environment.items():
            environment.setenv(name, value)
        clients.forget()
        before = worlds.use(worlds.World())
        settings.use_secrets(made_up.secrets())
        try:
            db = clients.client("dynamodb")
            for name in db.list_tables()["TableNames"]:
                db.update_table(TableName=name, DeletionProtectionEnabled=False)  # as a deployed template has it
                db.delete_table(TableName=name)
            for definition in tables.definitions():
                db.create_table(**definition)
            yield ministack
        finally:
            settings.use_secrets(None)
            worlds.use(before)
            clients.forget()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Callable[[], Runner]]:
    """Makes runners on free ports; all are ended after the test."""
    made: list[Runner] = []

    def make() -> Runner:
        made.append(new_runner(tmp_path / str(len(made))))
        return made[-1]

    yield make
    for shop in made:
        end(shop)
