"""Showcase dataset: a table that comes with Flowza."""

from __future__ import annotations

from typing import Annotated

import pandas as pd
from pydantic import AfterValidator

from flowza.engine.context import Context, Resources
from flowza.engine.node import SourceNode, TargetParams
from flowza.engine.params import param
from flowza.engine.showcase import SHOWCASES, Showcase, ShowcaseMissing, openml, showcase
from flowza.engine.table import Table

OPENML = "openml"
CHOICES = {slug: table.title for slug, table in SHOWCASES.items()} | {OPENML: "By name from openml.org"}


def known(name: str) -> str:
    if name not in CHOICES:
        raise ValueError(f"there is no showcase dataset '{name[:60]}'; there are: {', '.join(CHOICES)}")
    return name


class ShowcaseParams(TargetParams):
    name: Annotated[str, AfterValidator(known)] = param("titanic", label="Dataset", choices=CHOICES)
    openml_name: str = param(
        "",
        label="Name at openml.org",
        help="Such as 'adult' or 'credit-g'. Fetched once; this machine needs internet for it.",
        max_length=200,
        shown_when={"name": [OPENML]},
    )
    openml_version: int = param(
        1, label="Version at openml.org", ge=1, le=1_000_000, advanced=True, shown_when={"name": [OPENML]}
    )
    target: str = param(
        "",
        label="Column to predict",
        help="Leave empty for the dataset's own: on Titanic who survived, on Iris the species.",
        column="any",
    )


class ShowcaseDataset(SourceNode):
    """Brings in a table that comes with Flowza, to try things on.

    All but the two whose names say "Synthetic" are real, and none is downloaded, except those chosen by
    name from openml.org. Each knows the column that people usually predict; it is the target unless you
    choose another one here. A step that groups rows without a target, such as k-means, leaves the target
    out of its work.
    """

    kind = "showcase"
    label = "Showcase dataset"
    category = "sources"
    icon = "stack-2"
    summary = "Brings in a table that comes with Flowza, to try things on."
    Params = ShowcaseParams

    @property
    def answers_at_once(self) -> bool:
        return bool(self.params.name != OPENML)

    def load(self, context: Context) -> tuple[pd.DataFrame, list[str]]:
        return self._showcase().frame(), []

    def key_material(self, resources: Resources) -> str:
        if self.params.name == OPENML:
            # A version at openml.org never changes.
            return f"openml:{self.params.openml_name}:{self.params.openml_version}"
        return self._showcase().digest

    def targeted(self, table: Table) -> Table:
        """With the dataset's own target where none is chosen."""
        table = super().targeted(table)
        if table.target is not None:
            return table
        return table.with_target(self._showcase().target, self.params.positive or None, self.origin)

    def _showcase(self) -> Showcase:
        params: ShowcaseParams = self.params
        if params.name == OPENML and not params.openml_name:
            raise self.error("No name of a table at openml.org is given.", hint="Type one, such as 'adult'.")
        try:
            if params.name == OPENML:
                return openml(params.openml_name, version=params.openml_version)
            return showcase(params.name)
        except ShowcaseMissing as error:
            raise self.error(str(error), hint="Choose another showcase dataset.", code="missing_dataset") from error
