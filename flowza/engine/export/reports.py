"""Statements of the steps that come after a model or a table: metrics, predictions, files."""

from __future__ import annotations

from collections.abc import Callable

from flowza.engine.errors import NodeError
from flowza.engine.export.frames import State, stateless
from flowza.engine.export.learning import Learned, features_of, labels_of, whole_model
from flowza.engine.export.outline import Outline, sliced
from flowza.engine.export.writer import NotExportable, Writer
from flowza.engine.model import Model
from flowza.engine.node import Node
from flowza.engine.operations.answers import with_answers
from flowza.engine.operations.csv_writing import write_csv
from flowza.engine.operations.metrics import clustering_metrics
from flowza.engine.operations.scripts import (
    answers_of,
    fold_metrics,
    learned_on_folds,
    mean_metrics,
    metrics_of,
    prepared_on_folds,
)
from flowza.engine.recipe import StatelessStep
from flowza.engine.validation import subject_of


def positive_of(writer: Writer, model: Model) -> str:
    positive = subject_of(model).positive
    return "" if positive is None else f", positive={writer.literal(positive)}"


def keep_metrics(writer: Writer, node: str, value: str) -> None:
    writer.add(node, f"metrics[{writer.literal(node)}] = {value}")


def write_evaluate(writer: Writer, node: Node, models: list[tuple[Model, Learned]]) -> None:
    model, learned = models[0]
    features, labels = learned.test or learned.train
    measured = f"{writer.named(metrics_of)}({learned.fitted}, {features}, {labels}{positive_of(writer, model)})"
    keep_metrics(writer, node.id, measured)
    figure = "confusion_figure" if model.task == "classification" else "predicted_figure"
    writer.figure(node.id, figure, f"{learned.fitted}, {features}, {labels}")


# Folds


def write_folds(writer: Writer, node: Node, model: Model, learned: Learned) -> str:
    """Divide the training rows; gives the name of the list of folds."""
    state, outline = learned.state, learned.outline
    params = node.params
    stratified = model.task == "classification" and params.method == "stratified"
    splitter = writer.imported("sklearn.model_selection", "StratifiedKFold" if stratified else "KFold")
    seed = writer.literals.argument("random_state", writer.seed)
    labels = f", {whole_labels(writer, node.id, outline, state)}" if stratified else ""
    folds = writer.names.variable(f"{node.id} folds")
    writer.add(
        node.id,
        f"{folds} = list({splitter}({params.folds}, shuffle=True, {seed}).split({state.train}{labels}))",
    )
    return folds


def whole_labels(writer: Writer, node: str, outline: Outline, state: State) -> str:
    """The labels of the training rows, also where a step behind a learned one makes them."""
    if not outline.labels:
        return labels_of(writer, outline, state.train)
    writer.add(node, f"seen = {state.train}")
    sample = outline.sample
    for entry in outline.entries:
        sample = entry.action.apply(sample) if isinstance(entry.action, StatelessStep) else sample
    for step in outline.labels:
        writer.add(node, f"seen = {stateless(writer, step, 'seen', sample)}")
        sample = step.apply(sample)
    return labels_of(writer, outline, "seen")


def fold_scores(writer: Writer, model: Model, learned: Learned, folds: str) -> str:
    """The metrics of each fold, with all steps learned again."""
    state, outline = learned.state, learned.outline
    if learned.prepare:
        target = writer.target(str(outline.target))
        arguments = f"{learned.prepare}, {learned.fitted}, {state.train}, {target}, {folds}"
        again = f"{writer.named(prepared_on_folds)}({arguments})"
    else:
        features, labels = features_of(writer, outline, state.train), labels_of(writer, outline, state.train)
        arguments = f"{whole_model(learned)}, {features}, {labels}, {folds}"
        again = f"{writer.named(learned_on_folds)}({arguments})"
    return f"{writer.named(fold_metrics)}({again}{positive_of(writer, model)})"


def write_cross_validate(writer: Writer, node: Node, models: list[tuple[Model, Learned]]) -> None:
    model, learned = models[0]
    folds = write_folds(writer, node, model, learned)
    scores = fold_scores(writer, model, learned, folds)
    keep_metrics(writer, node.id, f"{writer.named(mean_metrics)}({scores})")


def write_compare(writer: Writer, node: Node, models: list[tuple[Model, Learned]]) -> None:
    """One metric for each model: `auc:<node>`, as the run's report names them."""
    folds = write_folds(writer, node, *models[0])
    # Which metric ranks them depends on what all folds could give: the run's own report knows.
    metric = writer.reported[node.id][0].partition(":")[0]
    scores = writer.names.variable(f"{node.id} scores")
    writer.add(node.id, f"{scores} = {{}}")
    for model, learned in models:
        found = fold_scores(writer, model, learned, folds)
        key = writer.literal(f"{metric}:{model.node}")
        writer.add(node.id, f"{scores}[{key}] = {writer.named(mean_metrics)}({found})[{writer.literal(metric)}]")
    keep_metrics(writer, node.id, scores)
    writer.figure(node.id, "scores_figure", scores)


def write_cluster_report(writer: Writer, node: Node, models: list[tuple[Model, Learned]]) -> None:
    _, learned = models[0]
    features = learned.train[0]
    writer.imports.module("numpy", "np")
    seed = writer.literals.argument("seed", writer.seed)
    arguments = [
        f"{features}.to_numpy(np.float64)",
        f"np.asarray({learned.fitted}.predict({features}), dtype=np.int64)",
        f"np.asarray({learned.fitted}.cluster_centers_, dtype=np.float64)",
        seed,
    ]
    keep_metrics(writer, node.id, f"{writer.named(clustering_metrics)}({', '.join(arguments)})")


# Deliveries


def write_predict(
    writer: Writer, node: Node, model: Model, learned: Learned, rows: str, columns: list[str], same_source: bool
) -> str:
    """Add a model's answers to a table; gives the variable. columns: those of the table."""
    if learned.prepare:
        raise NotExportable(f"'{node.id}' uses a model whose steps drop training rows, which scripts cannot replay.")
    outline = learned.outline
    seen = rows_for_model(writer, node, outline, rows, columns)
    wanted = fit_columns(outline)
    answers, shares = writer.names.variable(f"{node.id} answers"), writer.names.variable(f"{node.id} probabilities")
    call = f"{writer.named(answers_of)}({whole_model(learned)}, {seen}[{writer.literal(wanted)}])"
    classes = f"{whole_model(learned)}.classes_.tolist()" if model.task == "classification" else "None"
    params = node.params
    given = f"{answers}, {shares if params.probabilities else 'None'}, {classes}, {writer.literal(params.name)}"
    result = writer.names.variable(f"{node.id} table")
    writer.add(
        node.id,
        f"{answers}, {shares} = {call}",
        f"{result} = {writer.named(with_answers)}({rows}, {given})",
    )
    if same_source:
        state = learned.state
        writer.add(node.id, f'{result}["in_sample"] = {rows}.index.isin({state.train}.index)')
    return result


def rows_for_model(writer: Writer, node: Node, outline: Outline, rows: str, columns: list[str]) -> str:
    """Do to the rows what was done to the model's frame before anything learned; gives the variable."""
    eager = [entry.action for entry in outline.entries if isinstance(entry.action, StatelessStep)]
    seen = rows
    sample = outline.sample[[name for name in outline.sample.columns if name in columns]]
    try:
        for step in sliced(eager, set(fit_columns(outline))):
            made = step.apply(sample)
            writer.add(node.id, f"seen = {stateless(writer, step, seen, sample)}")
            seen, sample = "seen", made
    except NodeError as error:
        raise NotExportable(f"'{node.id}' gives its model rows that lack a column: {error.message}") from error
    if absent := [name for name in fit_columns(outline) if name not in sample.columns]:
        raise NotExportable(f"'{node.id}' gives its model rows without the column '{absent[0]}'.")
    return seen


def fit_columns(outline: Outline) -> list[str]:
    """The columns that a Pipeline is fitted on."""
    before = outline.tail[0].before.columns if outline.tail else outline.columns
    return [str(name) for name in before if name != outline.target]


def write_export_dataset(writer: Writer, node: Node, rows: str, test: str | None) -> None:
    params = node.params
    frame = rows
    if params.with_role and test is not None:
        held_out = f"{rows}.index.isin({test}.index)"
        frame = f'{rows}.assign(role=["test" if is_test else "train" for is_test in {held_out}])'
    file = f"HERE / {writer.literal(f'{params.name}.{params.format}')}"
    if params.format == "csv":
        writer.add(node.id, f"{writer.named(write_csv)}({frame}, {file})")
    else:
        writer.add(node.id, f"{frame}.reset_index(drop=True).to_parquet({file})")


MODEL_WRITERS: dict[str, Callable[[Writer, Node, list[tuple[Model, Learned]]], None]] = {
    "evaluate": write_evaluate,
    "cross_validate": write_cross_validate,
    "compare": write_compare,
    "cluster_report": write_cluster_report,
}
NOTES = {
    "register_model": "Registering a version is done in Flowza; the fitted model above is what it keeps.",
    "export_model": "The model's own file is made in Flowza; the fitted model above is what it holds.",
}
