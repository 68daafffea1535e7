"""What every test gets, and `--database-only` for the second half of `make test`."""

from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings

from flowza import threads

threads.limit()

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database-only", action="store_true", help="only tests that use Django's database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--database-only"):
        return
    chosen, left = [], []
    for item in items:
        (chosen if uses_database(item) else left).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left)


def uses_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & DATABASE_FIXTURES)


@pytest.fixture(autouse=True)
def own_data_folder(settings: Settings, tmp_path: Path) -> None:
    """A data folder of its own, no throttle or lock-out left by the test before, and a fast password hash."""
    settings.DATA_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STORE_ROOT = tmp_path / "store"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
