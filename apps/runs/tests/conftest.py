"""A database that several processes share: SQLite in a file, and PostgreSQL where a server is there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connections
from django_q.models import OrmQ
from pytest_django import DjangoDbBlocker

from apps.accounts.models import User
from apps.runs.models import Artifact
from flowza.settings import SQLITE_OPTIONS, postgres_options

POSTGRES = {"HOST": "127.0.0.1", "PORT": "5432", "USER": "postgres", "PASSWORD": ""}


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> bytes:
    path = tmp_path_factory.mktemp("database") / "template.sqlite3"
    with django_db_blocker.unblock(), _default_database("django.db.backends.sqlite3", str(path)):
        call_command("migrate", verbosity=0)
    return path.read_bytes()


@pytest.fixture(scope="session")
def migrated_postgres(django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of an own database of this test session; skips where no server answers."""
    name = f"flowza_runs_{uuid.uuid4().hex}"
    try:
        _administer(f"CREATE DATABASE {name}")
    except psycopg2.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip("No PostgreSQL server at 127.0.0.1:5432.")
    with django_db_blocker.unblock(), _default_database("django.db.backends.postgresql", name):
        call_command("migrate", verbosity=0)
    yield name
    _administer(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def shared_database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """Makes such a database the default one for a test and the processes it forks."""
    if request.param == "sqlite":
        path = tmp_path / "shared.sqlite3"
        path.write_bytes(request.getfixturevalue("migrated_sqlite"))
        settings = ("django.db.backends.sqlite3", str(path))
    else:
        settings = ("django.db.backends.postgresql", request.getfixturevalue("migrated_postgres"))
    with django_db_blocker.unblock(), _default_database(*settings):
        if request.param == "postgres":
            User.objects.all().delete()
            Artifact.objects.all().delete()
            OrmQ.objects.all().delete()
        yield request.param


class _default_database:
    """Within it `connections["default"]` leads to another database, in forked processes too."""

    def __init__(self, engine: str, name: str) -> None:
        # The server ends the transaction of a process that a test stopped, soon enough to wait for it.
        options = SQLITE_OPTIONS if "sqlite" in engine else postgres_options(idle=3, lock=20)
        more: dict[str, Any] = {"OPTIONS": options} | ({} if "sqlite" in engine else POSTGRES)
        self._settings = connections.databases["default"] | {"ENGINE": engine, "NAME": name} | more

    def __enter__(self) -> None:
        self._before = (connections.databases["default"], connections["default"])
        connections.databases["default"] = self._settings
        connections["default"] = connections.create_connection("default")

    def __exit__(self, *error: object) -> None:
        connections["default"].close()
        connections.databases["default"], connections["default"] = self._before


def _administer(statement: str) -> None:
    server = psycopg2.connect(host=POSTGRES["HOST"], port=POSTGRES["PORT"], user=POSTGRES["USER"], dbname="postgres")
    try:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(statement)
    finally:
        with suppress(psycopg2.Error):
            server.close()
