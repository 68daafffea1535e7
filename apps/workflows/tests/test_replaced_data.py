"""What the editor says when the data of a workflow was replaced or deleted."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.datasets.actions import import_upload
from apps.datasets.bin import put_in_bin
from apps.datasets.models import DatasetVersion
from apps.datasets.tests.factories import csv_upload, imported, person
from apps.workflows.insight import insight
from apps.workflows.tests.graphs import edge

pytestmark = pytest.mark.django_db

OLD = "age,town,paid\n" + "".join(f"{20 + number},Bonn,{'yes' if number % 3 else 'no'}\n" for number in range(30))
NEW = OLD.replace("age,", "Alter,", 1)


@pytest.fixture
def alice() -> User:
    return person("alice")


def graph_on(reference: str) -> dict[str, Any]:
    return {
        "format": 1,
        "seed": 0,
        "nodes": [
            {"id": "data", "kind": "csv", "params": {"dataset": reference, "target": "paid"}},
            {"id": "impute", "kind": "impute", "params": {"columns": ["age"]}},
            {"id": "split", "kind": "split"},
        ],
        "edges": [edge("data", "impute"), edge("impute", "split")],
    }


def replaced(version: DatasetVersion, content: str) -> DatasetVersion:
    return import_upload(version.dataset.owner, csv_upload(content), dataset=version.dataset)


def test_a_step_that_names_a_column_which_a_replacement_took_away_says_so_and_maps_it(alice: User) -> None:
    version = imported(alice, OLD)
    graph = graph_on(version.dataset.reference)
    assert [one for one in insight(graph, alice).advice if one.level == "error"] == []
    replaced(version, NEW)
    (told,) = [one for one in insight(graph, alice).advice if one.level == "error"]
    assert (told.node, told.column) == ("impute", "age")
    assert told.message == "The column 'age' is gone from the data."
    assert [mend.label for mend in told.mends] == [
        "Map to 'Alter'",
        "Rename 'Alter' to 'age' behind the data",
    ]
    assert told.mends[0].ops == ({"op": "set_params", "id": "impute", "set": {"columns": ["Alter"]}, "unset": []},)


def test_the_column_is_found_again_after_a_second_replacement(alice: User) -> None:
    version = imported(alice, OLD)
    replaced(version, NEW)
    replaced(version, NEW.replace("Bonn", "Trier"))
    (told,) = [one for one in insight(graph_on(version.dataset.reference), alice).advice if one.level == "error"]
    assert told.mends[0].label == "Map to 'Alter'"


def test_a_step_that_stays_with_its_data_version_misses_nothing(alice: User) -> None:
    version = imported(alice, OLD)
    replaced(version, NEW)
    assert [one for one in insight(graph_on(version.reference), alice).advice if one.level == "error"] == []


def test_a_dataset_in_the_bin_is_told_at_the_step_that_reads_it(alice: User) -> None:
    version = imported(alice, OLD)
    put_in_bin(version.dataset)
    (told,) = [one for one in insight(graph_on(version.dataset.reference), alice).advice if one.level == "error"]
    assert told.node == "data"
    assert "“people” is in the bin. Restore it, or choose another one." in told.message
