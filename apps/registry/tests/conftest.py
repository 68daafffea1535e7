"""Databases that several processes share, as the tests of runs have them."""

from apps.runs.tests.conftest import migrated_postgres, migrated_sqlite, shared_database

__all__ = ["migrated_postgres", "migrated_sqlite", "shared_database"]
