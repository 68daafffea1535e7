"""One BLAS thread per process and OpenMP threads that soon stop spinning, decided before numpy is first imported.

Parallel work is done by processes, one per branch of a workflow. With a BLAS thread pool in each of
them a logistic regression takes five times as long on two cores. OpenMP threads (XGBoost) that spin long while
they wait take the cores from whatever else runs: two fits at once then take ten times as long. Threads that
never spin make a fit half as long again when nothing else runs. A thousand turns cost little either way.
"""

import os

VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
SPINS = "1000"


def limit() -> None:
    """Set what the environment does not set already."""
    for variable in VARIABLES:
        os.environ.setdefault(variable, "1")
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", SPINS)
