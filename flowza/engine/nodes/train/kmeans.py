"""k-means clustering."""

from __future__ import annotations

from typing import Any

from sklearn.cluster import KMeans as Estimator
from threadpoolctl import threadpool_limits

from flowza.engine.context import Context
from flowza.engine.node import Inputs, Output
from flowza.engine.params import Params, param
from flowza.engine.train_node import TrainNode


class KMeansParams(Params):
    n_clusters: int = param(3, label="Clusters", help="How many groups to make.", ge=1, le=200)
    n_init: int = param(
        10,
        label="Fresh starts",
        help="How often to begin with other centres; the best result is kept.",
        ge=1,
        le=100,
        advanced=True,
    )
    max_iter: int = param(300, label="Iterations at most", ge=1, le=10_000, advanced=True)


class KMeans(TrainNode):
    """Groups rows around centres; a column to predict, if there is one, is not looked at."""

    kind = "kmeans"
    label = "k-means"
    icon = "chart-dots-3"
    summary = "Groups similar rows around centres. Normalise the columns first, so that each counts the same."
    task = "clustering"
    uses_openmp = True
    Params = KMeansParams

    def estimator(self, seed: int) -> Any:
        params: KMeansParams = self.params
        return Estimator(
            n_clusters=params.n_clusters, n_init=params.n_init, max_iter=params.max_iter, random_state=seed
        )

    def run(self, inputs: Inputs, context: Context) -> dict[str, Output]:
        """Fits on one thread: with several the sums of a centre are added in changing order."""
        rows, clusters = len(inputs["table"][0].train), self.params.n_clusters
        if 0 < rows < clusters:
            raise self.error(
                f"{rows} {'row' if rows == 1 else 'rows'} cannot be put into {clusters} clusters.",
                hint="Ask for fewer clusters, or give more rows.",
                code="too_few_rows",
            )
        with threadpool_limits(limits=1, user_api="openmp"):
            return super().run(inputs, context)
