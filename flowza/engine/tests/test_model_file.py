"""The model file: every estimator and transformer survives it exactly, and no changed file is parsed."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import FunctionTransformer
from threadpoolctl import threadpool_limits

from flowza.engine import model_file, store
from flowza.engine.errors import NodeError, StoreError
from flowza.engine.estimator_files import dump_object, load_object
from flowza.engine.evaluation import Fitted
from flowza.engine.model import Model
from flowza.engine.node import LearnedNode
from flowza.engine.table import Table
from flowza.engine.tests import contract
from flowza.engine.tests.contract import ALL, Case, assert_same_answers, frames
from flowza.engine.tests.graphs import DATA, chain, evaluate
from flowza.engine.tests.tables import AMOUNT, CLASS, people
from flowza.engine.train_node import TrainNode

LEARNED = [case for case in ALL if issubclass(case.cls, LearnedNode)]
BEHIND = [
    pytest.param(case, marks=[pytest.mark.slow] if case.params else [])
    for case in LEARNED
    if case.kind != "select_features"
]
TRAINED = [case for case in ALL if issubclass(case.cls, TrainNode)]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Any]:
    frame = people()
    return frame, frames(tmp_path_factory.mktemp("models"), frame)


@pytest.mark.parametrize("case", LEARNED, ids=str)
def test_what_a_step_learned_survives_its_file(case: Case, data: tuple[pd.DataFrame, Any], tmp_path: Path) -> None:
    frame, resources = data
    table = contract.outcome(case, frame, resources, tmp_path)
    assert isinstance(table, Table), table
    state = table.train.iloc[:0]
    for fitted in table.evaluation.fitted:
        if not isinstance(fitted, Fitted) or fitted.transformer is None:
            continue
        content, boosters = dump_object(fitted.transformer)
        copy = Fitted(fitted.step, fitted.columns, load_object(content, boosters))
        rows = frame if set(fitted.columns) <= set(frame.columns) else state
        pd.testing.assert_frame_equal(fitted.apply(rows), copy.apply(rows))


@pytest.mark.slow
@pytest.mark.parametrize("case", TRAINED, ids=str)
def test_a_model_survives_its_file(case: Case, data: tuple[pd.DataFrame, Any], tmp_path: Path) -> None:
    frame, resources = data
    model = contract.outcome(case, frame, resources, tmp_path)
    assert isinstance(model, Model), model
    assert_survives(model, frame, tmp_path)


@pytest.mark.parametrize("case", BEHIND, ids=str)
def test_a_model_behind_each_learned_step_survives_its_file(
    case: Case, data: tuple[pd.DataFrame, Any], tmp_path: Path
) -> None:
    frame, resources = data
    target = contract.target_of(case)
    steps: list[tuple[str, dict[str, Any]]] = [
        ("csv", {"dataset": DATA, "target": target}),
        ("select", {"mode": "drop", "columns": ["joined", CLASS if target == AMOUNT else AMOUNT]}),
        (case.kind, {name: value for name, value in case.params.items() if name != "target"}),
        ("impute", {}),
        ("one_hot", {}),
        ("split", {}),
        ("linear_regression" if target == AMOUNT else "logistic_regression", {}),
    ]
    model = next(output for output in evaluate(chain(*steps), resources).values() if isinstance(output, Model))
    assert_survives(model, frame, tmp_path)


def assert_survives(model: Model, frame: pd.DataFrame, folder: Path) -> None:
    path = folder / "model.zip"
    digest = store.write_bundle(model, path, {"run": 1})
    copy = store.read_bundle(path, digest)
    unseen = frame.assign(city=pd.Series(["Atlantis", None] * 45, dtype="str"), age=frame["age"] * 3)
    for rows in (frame, unseen, frame.iloc[:1], frame.iloc[:0]):
        assert_same_answers(model.predict(rows), copy.predict(rows))
    assert copy.signature == model.signature


# Files that were changed


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, data: tuple[pd.DataFrame, Any]) -> tuple[bytes, str]:
    folder = tmp_path_factory.mktemp("bundle")
    case = Case("xgboost_classifier")
    with threadpool_limits(limits=1, user_api="openmp"):
        digest = store.write_bundle(contract.outcome(case, *data, folder), folder / "model.zip", {})
    return (folder / "model.zip").read_bytes(), digest


def rewritten(content: bytes, folder: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A zip with the same files after `change`."""
    given = folder / "given.zip"
    given.write_bytes(content)
    with zipfile.ZipFile(given) as source:
        files = {name: source.read(name) for name in source.namelist()}
    change(files)
    path = folder / "changed.zip"
    with zipfile.ZipFile(path, "w") as target:
        for name, raw in files.items():
            target.writestr(name, raw)
    return path


@pytest.fixture
def nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: Any) -> None:
        raise AssertionError("a changed file was parsed")

    monkeypatch.setattr(store, "load_object", refuse)
    monkeypatch.setattr(store, "action_from_json", refuse)


def test_the_file_as_written_is_read(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle
    path = rewritten(content, tmp_path, lambda files: None)
    assert store.read_bundle(path, digest).task == "classification"


@pytest.mark.usefixtures("nothing_is_parsed")
def test_one_byte_changed_in_any_file_is_refused_before_parsing(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle
    names: list[str] = []
    rewritten(content, tmp_path, lambda files: names.extend(files))
    assert any(name.endswith(".ubj") for name in names)
    assert any(name.startswith("recipe") for name in names)
    for name in names:

        def change(files: dict[str, bytes], name: str = name) -> None:
            raw = bytearray(files[name])
            raw[len(raw) // 2] ^= 1
            files[name] = bytes(raw)

        with pytest.raises(StoreError, match="changed after"):
            store.read_bundle(rewritten(content, tmp_path, change), digest)


@pytest.mark.usefixtures("nothing_is_parsed")
def test_a_byte_changed_anywhere_in_the_zip_is_refused(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle
    path = tmp_path / "model.zip"
    refused = 0
    for place in range(0, len(content), max(1, len(content) // 150)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            model_file.verified(path, digest)
        except StoreError:
            refused += 1
        else:
            assert same_files(path, content, tmp_path), "only bytes that say nothing may change unseen"
    assert refused > 100


@pytest.mark.usefixtures("nothing_is_parsed")
@pytest.mark.parametrize("bits", [0x01, 0x06, 0x80, 0xFF])
def test_each_byte_of_a_small_file_may_be_changed(bits: int, tmp_path: Path) -> None:
    path, text = tmp_path / "model.zip", model_file.canonical({"format": model_file.FORMAT, "files": {}})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr(model_file.MANIFEST, text)
    content, digest = path.read_bytes(), hashlib.sha256(text).hexdigest()
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ bits]) + content[place + 1 :])
        try:
            model_file.verified(path, digest)
        except StoreError:
            continue
        assert same_files(path, content, tmp_path)


def same_files(path: Path, content: bytes, folder: Path) -> bool:
    given = folder / "given.zip"
    given.write_bytes(content)
    with zipfile.ZipFile(path) as one, zipfile.ZipFile(given) as other:
        return {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }


@pytest.mark.usefixtures("nothing_is_parsed")
@pytest.mark.parametrize("name", ["evil.py", "../../evil.py", "/etc/passwd", "recipe-99.skops"])
def test_a_foreign_file_is_refused(name: str, bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle
    path = rewritten(content, tmp_path, lambda files: files.update({name: b"print(1)"}))
    with pytest.raises(StoreError, match="other files"):
        store.read_bundle(path, digest)


@pytest.mark.usefixtures("nothing_is_parsed")
def test_a_missing_file_is_refused(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle

    def without(files: dict[str, bytes]) -> None:
        del files["estimator.skops"]

    with pytest.raises(StoreError, match="other files"):
        store.read_bundle(rewritten(content, tmp_path, without), digest)


@pytest.mark.usefixtures("nothing_is_parsed")
def test_a_manifest_rewritten_for_changed_files_is_refused(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle

    def forge(files: dict[str, bytes]) -> None:
        files["estimator.skops"] += b"more"
        manifest = json.loads(files["manifest.json"])
        manifest["files"]["estimator.skops"] = hashlib.sha256(files["estimator.skops"]).hexdigest()
        files["manifest.json"] = model_file.canonical(manifest)

    with pytest.raises(StoreError, match="manifest was changed"):
        store.read_bundle(rewritten(content, tmp_path, forge), digest)


@pytest.mark.usefixtures("nothing_is_parsed")
@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip at all", b"\x00" * 1000])
def test_what_is_no_zip_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(content)
    with pytest.raises(StoreError):
        store.read_bundle(path, "0" * 64)
    with pytest.raises(StoreError):
        store.read_bundle(tmp_path / "nothing.zip", "0" * 64)


def test_two_files_of_one_name_are_refused(bundle: tuple[bytes, str], tmp_path: Path) -> None:
    content, digest = bundle
    path = tmp_path / "twice.zip"
    path.write_bytes(content)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("estimator.skops", b"another")
    with pytest.raises(StoreError):
        store.read_bundle(path, digest)


# Types that only hold data


def test_a_type_beyond_the_list_is_refused() -> None:
    content = skops.io.dumps(FunctionTransformer(people))
    with pytest.raises(StoreError, match="not trusted"):
        load_object(content, [])


@pytest.mark.parametrize("name", ["builtins.eval", "os.system", "subprocess.Popen", "functools.partial"])
def test_a_type_that_does_things_is_not_on_the_list(name: str) -> None:
    from flowza.engine.estimator_files import TRUSTED, TRUSTED_PREFIXES

    assert name not in TRUSTED
    assert not name.startswith(TRUSTED_PREFIXES)


def test_records_of_another_type_are_refused_in_words(data: tuple[pd.DataFrame, Any], tmp_path: Path) -> None:
    model = contract.outcome(Case("logistic_regression"), *data, tmp_path)
    record = {"age": 31.5, "income": None, "children": 2, "city": "Ulm", "member": True}
    answers = model.scorer.predict_records([record, {**record, "city": None}])
    assert len(answers.values) == 2
    with pytest.raises(NodeError) as caught:
        model.scorer.predict_records([{**record, "age": "old"}])
    assert caught.value.column == "age"
