"""Which models were trained on a dataset."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from apps.accounts.models import User
from apps.datasets.usage import Use
from apps.registry.models import RegisteredModel


def models_trained_on(user: User, datasets: Iterable[int]) -> Mapping[int, Sequence[Use]]:
    """Dataset id -> this person's models with a version from a run that read it, in any data version. One query."""
    ids = list(datasets)
    if not ids:
        return {}
    read = "versions__run__inputs__version__dataset"
    trained = RegisteredModel.objects.for_user(user).filter(**{f"{read}__in": ids})
    found: defaultdict[int, list[Use]] = defaultdict(list)
    for model in trained.order_by().values_list("pk", "name", read).distinct():
        pk, name, dataset = model
        found[dataset].append(Use("model", name, RegisteredModel(pk=pk).get_absolute_url()))
    return found
