"""The editor as an outline: its steps, its panel, saving by itself, advice; for its owner and nobody else."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.workflows.models import Workflow
from apps.workflows.tests.graphs import edge, person, titanic, workflow_of

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def alice() -> User:
    return person("alice")


@pytest.fixture
def visitor(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def panel_of(visitor: Client, workflow: Workflow, node: str) -> str:
    return visitor.get(f"/workflows/{workflow.pk}/steps/{node}/", headers=HX).content.decode()


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the step's form as it stands."""
    form = page[page.index('id="step-form"') :]
    fields = {name: html.unescape(value) for name, value in re.findall(r'name="([\w-]+)" value="([^"]*)"', form)}
    for name, body in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        fields[name] = chosen[1] if chosen else ""
    label = re.search(r'name="step-label"[^>]*value="([^"]*)"', page)
    return fields | {"step-label": html.unescape(label[1]) if label else ""}


def act(visitor: Client, workflow: Workflow, **sent: str) -> Any:
    return visitor.post(f"/workflows/{workflow.pk}/act/", sent, headers=HX)


def order_of(workflow: Workflow) -> list[tuple[str, str]]:
    workflow.refresh_from_db()
    return [(one["from"], one["to"]) for one in workflow.graph["edges"]]


def save(visitor: Client, workflow: Workflow, node: str, page: str, **changes: str) -> Any:
    return visitor.post(f"/workflows/{workflow.pk}/steps/{node}/", fields_of(page) | changes, headers=HX)


# The page


def test_the_editor_says_what_each_step_was_told(visitor: Client, alice: User) -> None:
    answer = visitor.get(f"/workflows/{workflow_of(alice).pk}/").content.decode()
    for words in ("Titanic", "Test share:", "0.25", "draft 1", "5 steps: Showcase dataset, One-hot"):
        assert words in answer
    assert "style=" not in answer
    assert not re.search(r"<script(?![^>]*\bsrc=)(?! id=\"[a-z-]+\" type=\"application/json\")", answer)


def test_an_empty_workflow_leads_to_a_source(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice, graph={"nodes": [], "edges": []})
    assert "Add a source" in visitor.get(f"/workflows/{workflow.pk}/").content.decode()
    palette = visitor.get(f"/workflows/{workflow.pk}/palette/?after=", headers=HX).content.decode()
    assert "Takes a dataset: add a source first." in palette
    act(visitor, workflow, do="add", kind="showcase", after="")
    workflow.refresh_from_db()
    assert [node["kind"] for node in workflow.graph["nodes"]] == ["showcase"]


def test_a_branch_is_followed_to_its_end_before_the_next_begins(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"] += [{"id": "forest", "kind": "random_forest_classifier"}, {"id": "second", "kind": "evaluate"}]
    graph["edges"] += [edge("split", "forest"), edge("forest", "second", "model")]
    page = visitor.get(f"/workflows/{workflow_of(alice, graph=graph).pk}/").content.decode()
    found = re.findall(r'id="choose-(\w+)"', page)
    assert found == ["data", "encode", "split", "model", "evaluate", "forest", "second"]
    assert "Reads from Train/test split" in page


def test_the_chosen_step_is_open_without_scripts(visitor: Client, alice: User) -> None:
    page = visitor.get(f"/workflows/{workflow_of(alice).pk}/?step=split").content.decode()
    assert 'name="test_share"' in page
    assert 'aria-current="true"' in page
    answer = visitor.get(f"/workflows/{workflow_of(alice).pk}/steps/split/")
    assert answer.headers["Location"].endswith("?step=split")


def test_the_palette_says_why_a_step_does_not_fit(visitor: Client, alice: User) -> None:
    page = visitor.get(f"/workflows/{workflow_of(alice).pk}/palette/?after=split", headers=HX).content.decode()
    items = dict(re.findall(r'name="kind" value="(\w+)".*?<button class="palette-kind"([^>]*)>', page, re.DOTALL))
    assert "data-refused" not in items["logistic_regression"]
    assert "data-refused" in items["evaluate"]
    assert "takes a model" in page


# Settings


def test_column_pickers_offer_the_columns_that_come_in(visitor: Client, alice: User) -> None:
    page = panel_of(visitor, workflow_of(alice), "encode")
    for name in ("class", "sex", "age"):
        assert re.search(rf'type="checkbox" name="columns" value="{name}"', page)


def test_a_column_that_is_gone_stays_and_is_marked(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"][1]["params"] = {"columns": ["deck"]}
    page = panel_of(visitor, workflow_of(alice, graph=graph), "encode")
    assert re.search(r'value="deck"[^>]*checked', page)
    assert re.search(r'class="form-check is-gone" for="[^"]+" data-option><input[^>]*value="deck"', page)
    assert "&#x27;deck&#x27; does not come in any more." in page or "'deck' does not come in any more." in page


def test_saving_a_step_changes_it_alone_and_counts_a_draft(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "split")
    changes = {"test_share": "0.4", "shuffle": "on", "step-label": "My split"}
    answer = save(visitor, workflow, "split", page, **changes)
    assert answer.status_code == 200
    assert "graph-changed" in answer["HX-Trigger"]
    assert 'data-revision="2"' in answer.content.decode()
    workflow.refresh_from_db()
    expected = titanic()
    expected["nodes"][2] |= {"params": {"test_share": 0.4}, "label": "My split"}
    assert workflow.graph == expected


def test_the_same_form_sent_twice_is_one_change(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "split")
    for _ in range(2):
        assert save(visitor, workflow, "split", page, test_share="0.4", shuffle="on").status_code == 200
    workflow.refresh_from_db()
    assert workflow.revision == 2


def test_without_scripts_saving_leads_back_to_the_step(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    sent = fields_of(panel_of(visitor, workflow, "split"))
    answer = visitor.post(f"/workflows/{workflow.pk}/steps/split/", sent | {"test_share": "0.4", "shuffle": "on"})
    assert answer.headers["Location"].endswith(f"/workflows/{workflow.pk}/?step=split")
    sent = fields_of(panel_of(visitor, workflow, "split"))
    bad = visitor.post(f"/workflows/{workflow.pk}/steps/split/", sent | {"test_share": "7", "shuffle": "on"})
    assert bad.status_code == 422
    assert "<html" in bad.content.decode()
    assert "less than 1" in bad.content.decode()


def test_the_engine_judges_a_step_and_the_last_good_value_stays(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "split")
    answer = save(visitor, workflow, "split", page, test_share="2", shuffle="on")
    assert answer.status_code == 422
    assert re.search(r'id="id_test_share_error".*less than 1', answer.content.decode(), re.DOTALL)
    workflow.refresh_from_db()
    assert workflow.graph == titanic()


def test_lists_of_records_are_rows_to_fill_in(visitor: Client, alice: User) -> None:
    graph = {
        "nodes": [{"id": "data", "kind": "showcase"}, {"id": "keep", "kind": "filter"}],
        "edges": [edge("data", "keep")],
    }
    workflow = workflow_of(alice, graph=graph)
    page = panel_of(visitor, workflow, "keep")
    assert 'name="conditions-1-column"' in page
    names = ("column", "operator", "value")
    given = (("age", "=", "adult"), ("", "=", ""), ("sex", "is missing", ""))
    rows = {
        f"conditions-{row}-{name}": value
        for row, values in enumerate(given)
        for name, value in zip(names, values, strict=True)
    }
    answer = save(visitor, workflow, "keep", page, **rows, combine="or")
    assert answer.status_code == 200, answer.content.decode()
    workflow.refresh_from_db()
    assert workflow.graph["nodes"][1]["params"] == {
        "conditions": [{"column": "age", "value": "adult"}, {"column": "sex", "operator": "is missing"}],
        "combine": "or",
    }


# Two windows


def test_two_windows_that_change_different_fields_of_a_step_both_win(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "split")
    save(visitor, workflow, "split", page, test_share="0.4", shuffle="on")
    answer = save(visitor, workflow, "split", page, **{"shuffle": "on", "step-label": "Mine"})
    assert answer.status_code == 200
    workflow.refresh_from_db()
    item = workflow.graph["nodes"][2]
    assert (item["params"], item["label"]) == ({"test_share": 0.4}, "Mine")


def test_two_windows_that_change_the_same_field_are_asked(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "split")
    save(visitor, workflow, "split", page, test_share="0.4", shuffle="on")
    answer = save(visitor, workflow, "split", page, test_share="0.1", shuffle="on")
    asked = answer.content.decode()
    assert answer.status_code == 409
    assert "Yours: <strong>0.1</strong>" in asked
    assert "Theirs: <strong>0.4</strong>" in asked
    workflow.refresh_from_db()
    assert workflow.graph["nodes"][2]["params"]["test_share"] == 0.4
    mine = save(visitor, workflow, "split", asked, shuffle="on")
    assert mine.status_code == 200
    workflow.refresh_from_db()
    assert workflow.graph["nodes"][2]["params"]["test_share"] == 0.1


def test_a_step_that_was_deleted_in_another_window_is_said_so(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "encode")
    act(visitor, workflow, do="delete", step="encode")
    answer = save(visitor, workflow, "encode", page, max_levels="3")
    assert answer.status_code == 404
    assert "choose-encode" not in answer.content.decode()


def test_a_window_asks_only_for_what_is_new(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    address = f"/workflows/{workflow.pk}/parts/"
    assert visitor.get(f"{address}?revision=1", headers=HX).status_code == 204
    act(visitor, workflow, do="delete", step="encode")
    newer = visitor.get(f"{address}?revision=1&step=split", headers=HX)
    assert 'data-revision="2"' in newer.content.decode()
    assert "choose-encode" not in newer.content.decode()


# Actions


def test_a_step_is_added_in_the_wire_and_opened(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    answer = act(visitor, workflow, do="add", kind="impute", after="data", mark="a")
    said = json.loads(answer["HX-Trigger"])["said"]
    assert said == {"text": "Impute was added.", "step": "impute", "do": "add"}
    assert {("data", "impute"), ("impute", "encode")} <= set(order_of(workflow))
    assert ("data", "encode") not in order_of(workflow)
    assert re.search(r'id="panel"[^>]*data-step="impute"', answer.content.decode())


def test_an_action_sent_twice_is_done_once(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    for _ in range(2):
        assert act(visitor, workflow, do="duplicate", step="encode", mark="same").status_code == 200
    workflow.refresh_from_db()
    assert len(workflow.graph["nodes"]) == 6
    act(visitor, workflow, do="duplicate", step="encode", mark="other")
    workflow.refresh_from_db()
    assert len(workflow.graph["nodes"]) == 7


def test_what_is_sent_again_because_its_answer_was_lost_is_no_mistake(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    for _ in range(2):
        assert act(visitor, workflow, do="delete", step="encode", mark="same").status_code == 200
    workflow.refresh_from_db()
    assert workflow.revision == 2
    assert act(visitor, workflow, do="delete", step="encode", mark="other").status_code == 422


def test_deleting_keeps_the_wire_and_undo_and_redo_go_both_ways(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    answer = act(visitor, workflow, do="delete", step="encode", mark="1")
    assert ("data", "split") in order_of(workflow)
    assert 'aria-label="Undo: ' in answer.content.decode()
    act(visitor, workflow, do="undo", mark="2")
    workflow.refresh_from_db()
    assert workflow.graph == titanic()
    act(visitor, workflow, do="redo", mark="3")
    assert ("data", "split") in order_of(workflow)


def test_a_step_changes_places_with_its_neighbour(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    act(visitor, workflow, do="move", step="encode", by="1")
    assert {("data", "split"), ("split", "encode"), ("encode", "model")} <= set(order_of(workflow))


def test_what_cannot_be_done_is_refused_with_a_sentence(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    answer = act(visitor, workflow, do="move", step="model", by="-1")
    assert answer.status_code == 422
    assert "cannot be moved" in json.loads(answer["HX-Trigger"])["refused"]["text"]
    for sent in ({"do": "nonsense"}, {"do": "add", "kind": "nonsense", "after": "data"}, {"do": "undo"}):
        assert act(visitor, workflow, **sent).status_code == 422
    workflow.refresh_from_db()
    assert workflow.revision == 1


def test_inputs_are_chosen_among_the_steps_that_fit(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    page = panel_of(visitor, workflow, "model")
    offered = re.search(r'<select class="form-select" id="input-table-1".*?</select>', page, re.DOTALL)
    assert offered is not None
    assert re.findall(r'value="([^"]*)"', offered[0]) == ["", "data:table", "encode:table", "split:table"]
    act(visitor, workflow, do="rewire", step="model", port="table", was="split:table", source="encode:table")
    assert ("encode", "model") in order_of(workflow)
    act(visitor, workflow, do="rewire", step="model", port="table", was="encode:table", source="")
    assert all(target != "model" for _, target in order_of(workflow))


def test_a_port_for_many_takes_one_more(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"] += [{"id": "forest", "kind": "random_forest_classifier"}, {"id": "both", "kind": "compare"}]
    graph["edges"] += [edge("split", "forest")]
    workflow = workflow_of(alice, graph=graph)
    port = re.search(r'name="port" value="(\w+)"', panel_of(visitor, workflow, "both"))
    assert port is not None
    for model in ("model", "forest"):
        act(visitor, workflow, do="rewire", step="both", port=port[1], was="", source=f"{model}:model")
    assert {("model", "both"), ("forest", "both")} <= set(order_of(workflow))


def test_without_scripts_an_action_leads_back_with_a_message(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    answer = visitor.post(f"/workflows/{workflow.pk}/act/", {"do": "duplicate", "step": "encode"}, follow=True)
    assert "One-hot was added." in answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith("?step=one_hot")


# Advice


def test_advice_stands_beside_its_step_and_in_the_list(visitor: Client, alice: User) -> None:
    workflow = workflow_of(alice)
    answer = visitor.get(f"/workflows/{workflow.pk}/advice/?step=encode").content.decode()
    assert answer.count("stands before the split") == 2
    assert 'data-choose="encode"' in answer
    assert re.search(r'id="advice-of-encode".*?Advice: 1 good to know', answer)
    assert not re.search(r'id="advice-of-split"[^>]*><span', answer)
    loose = {"nodes": [{"id": "alone", "kind": "evaluate"}], "edges": []}
    answer = visitor.get(f"/workflows/{workflow_of(alice, graph=loose).pk}/advice/").content.decode()
    assert "Must be mended" in answer
    assert "nothing connected" in answer


def test_the_place_where_an_endpoints_input_starts_is_told(visitor: Client, alice: User) -> None:
    answer = visitor.get(f"/workflows/{workflow_of(alice).pk}/advice/").content.decode()
    line = re.search(r'id="input-line-data".*?</div>', answer)
    assert line is not None
    assert "The endpoint's input starts here</strong>: class, sex, age" in line[0]


def test_what_a_step_cannot_do_without_is_not_called_optional(visitor: Client, alice: User) -> None:
    graph = {"nodes": [{"id": "sum", "kind": "formula"}, {"id": "data", "kind": "csv"}], "edges": []}
    workflow = workflow_of(alice, graph=graph)
    labels = [
        label
        for node in ("sum", "data")
        for label in re.findall(r'<label class="form-label"[^>]*>(.*?)</label>', panel_of(visitor, workflow, node))
    ]
    assert {"Column", "Formula", "Dataset"} <= set(labels)
    assert any("optional" in label for label in labels)


def test_a_mend_is_looked_up_again_and_done_once(visitor: Client, alice: User) -> None:
    graph = titanic()
    graph["nodes"][1]["params"] = {"columns": ["deck", "sex"]}
    workflow = workflow_of(alice, graph=graph)
    page = visitor.get(f"/workflows/{workflow.pk}/advice/").content.decode()
    form = re.search(r'<form[^>]*data-act="mend">(.*?)</form>', page, re.DOTALL)
    assert form is not None, page
    sent = {name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', form[1])}
    address = f"/workflows/{workflow.pk}/mend/"
    assert visitor.post(address, sent, headers=HX).status_code == 200
    workflow.refresh_from_db()
    assert workflow.revision == 2
    assert visitor.post(address, sent, headers=HX).status_code == 200
    workflow.refresh_from_db()
    assert workflow.revision == 2
    again = visitor.post(address, sent | {"mark": "another"}, headers=HX)
    assert again.status_code == 422
    assert "does not hold any more" in json.loads(again["HX-Trigger"])["refused"]["text"]
