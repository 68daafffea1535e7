"""What is forked from the worker is warm, and OpenMP works in it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, sys, time
import django
django.setup()
from apps.runs.preload import preload
preload()
loaded = set(sys.modules)
pid = os.fork()
if pid == 0:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from xgboost import XGBClassifier
    x, y = [[i % 7, i % 5] for i in range(2000)], [i % 2 for i in range(2000)]
    XGBClassifier(n_estimators=3).fit(x, y)
    HistGradientBoostingClassifier(max_iter=3).fit(x, y)
    from flowza.engine.job import perform
    cold = {name.split('.')[0] for name in set(sys.modules) - loaded} & {'pandas', 'sklearn', 'xgboost', 'flowza'}
    os._exit(len(cold))
for _ in range(200):
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        sys.exit(os.waitstatus_to_exitcode(status))
    time.sleep(0.1)
os.kill(pid, 9)
sys.exit('A fit in a forked child hangs.')
"""


@pytest.mark.slow
def test_a_process_forked_from_the_worker_fits_boosted_trees_and_imports_nothing_more() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
