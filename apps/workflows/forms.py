"""Forms of the workflow pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from apps.workflows.models import Workflow, WorkflowVersion
from apps.workflows.starting import Column, fits, misfit, proposed_target, ways_for
from apps.workflows.step_forms import Offers, ParamsForm, params_form
from apps.workflows.steps import described
from flowza.engine.catalogue import find
from flowza.engine.templates import Template


class NameForm(forms.ModelForm[Workflow]):
    """Name and description."""

    class Meta:
        model = Workflow
        fields = ("name", "description")
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}


class VersionForm(forms.ModelForm[WorkflowVersion]):
    """Name and note of a version. optional: it may go without a name, as those that a run keeps do."""

    class Meta:
        model = WorkflowVersion
        fields = ("name", "note")
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}
        help_texts = {"name": "Such as “Baseline” or “Before the new columns”.", "note": "Why you keep it."}

    def __init__(self, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = not optional


TASKS = {"classification": "classification", "regression": "regression"}
TASK_WORDS = {
    "classification": "which of the values a row has",
    "regression": "how much a row has, as a number",
}


class TargetForm(forms.Form):
    """What is to be predicted in a table, and with which template.

    A template that was chosen before says the task; else the task follows from the column, and can be changed. What
    was chosen for another column is not taken over: `about` names the column that the choices are for.
    """

    target = forms.ChoiceField(label="Column to predict")
    about = forms.CharField(required=False, widget=forms.HiddenInput)
    task = forms.ChoiceField(choices=list(TASKS.items()), required=False)
    use = forms.ChoiceField(label="Template", required=False)
    positive = forms.ChoiceField(
        label="Positive class",
        required=False,
        help_text="The value that metrics speak of, such as precision and recall.",
    )

    def __init__(self, template: Template | None, columns: list[Column], data: Mapping[str, Any] | None = None) -> None:
        asked = template.task if template else ""
        given = dict((data or {}).items())
        chosen = str(given.get("target") or proposed_target(columns, asked))
        if given.get("about", chosen) != chosen:
            given = {name: value for name, value in given.items() if name not in ("task", "use", "positive")}
        self.column = next((column for column in columns if column.name == chosen), None)
        self.proposed_task = asked or (self.column.task if self.column else "classification")
        self.chosen_task = given["task"] if not asked and given.get("task") in TASKS else self.proposed_task
        self.task_is_open = template is None
        self.ways = [template] if template else ways_for(self.chosen_task)
        self.template = next((way for way in self.ways if way.slug == given.get("use")), self.ways[0])
        bound = {**given, "about": chosen, "task": self.chosen_task, "use": self.template.slug}
        super().__init__(bound if data is not None else None, initial={"target": chosen, "about": chosen})
        self.misfit = misfit(self.chosen_task, self.column) if self.column else ""
        self.offer_targets(columns, asked, bool(chosen))
        self.fields["use"].choices = [(way.slug, way.title) for way in self.ways]  # type: ignore[attr-defined]
        self.offer_positive()

    @property
    def task_choices(self) -> list[tuple[str, str, str]]:
        return [(task, word, TASK_WORDS[task]) for task, word in TASKS.items()]

    def offer_targets(self, columns: list[Column], asked: str, proposed: bool) -> None:
        fitting = [column for column in columns if fits(asked or column.task, column)]
        others = [column for column in columns if column not in fitting]
        groups = [("Fits this template" if asked else "Can be predicted", fitting), ("Other columns", others)]
        empty = [] if proposed else [("", "Choose a column")]
        offered = [
            (word, [(column.name, f"{column.name} · {column.words}") for column in group])
            for word, group in groups
            if group
        ]
        self.fields["target"].choices = [*empty, *offered]  # type: ignore[attr-defined]

    def offer_positive(self) -> None:
        """Only two classes have a positive one."""
        column = self.column
        if self.template.task != "classification" or column is None or column.labels != 2 or len(column.levels) != 2:
            del self.fields["positive"]
            return
        # Of equals the later in order, as the engine chooses.
        rarer = min(sorted(column.levels, reverse=True), key=lambda level: level[1])[0]
        levels = [(word, f"{word} · {count:,} rows") for word, count in column.levels]
        self.fields["positive"].choices = [("", f"The rarer one ({rarer})"), *levels]  # type: ignore[attr-defined]


def template_forms(graph: Mapping[str, Any], data: Mapping[str, Any] | None = None) -> dict[str, ParamsForm]:
    """The plain parameters of a template's steps that need no look at the data: step -> form."""
    found = {}
    for node in graph["nodes"]:
        cls = find(node["kind"])
        if cls is None or cls.category not in ("split", "train", "validate"):
            continue
        form = params_form(
            cls.Params,
            Offers(),
            data,
            values=node.get("params"),
            node=node["id"],
            prefix=node["id"],
            only=lambda info: not ({"advanced", "column", "columns", "dataset", "shown_when"} & described(info).keys()),
        )
        if form.fields:
            form.title = cls.label  # type: ignore[attr-defined]
            found[node["id"]] = form
    return found
