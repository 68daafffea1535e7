"""The worker: parent of the django-q2 cluster and of its keeper. It only starts, watches and stops processes.

    worker ── cluster (own session) ── sentinel ── supervisors ── a run's process (own session) ── branches
           └─ keeper                          └─ pusher, monitor

It never opens the database, so that nothing can hold it up, and computes nothing, so that what is forked
from it is warm and safe. Every process here dies with the one that forked it.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from django.db import connections

from apps.runs import keeper, processes, stopping

logger = logging.getLogger(__name__)

DRAIN_SECONDS = 8.0
"""How long the cluster may take to stop by itself; django-q2's own end is without bound."""
GIVE_BACK_SECONDS = 4.0
RESTART_PAUSE = 1.0


class Worker:
    """Runs until SIGTERM or SIGINT, then stops all within 15 seconds; unfinished runs wait again."""

    def __init__(self, started: Callable[[], None] = lambda: None) -> None:
        self._started = started
        self._stop = False
        self._cluster = self._keeper = 0
        self._name = ""
        self._orders, self._orders_in = os.pipe()

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        stopping.clear()
        self._start_cluster()
        self._started()
        while not self._stop:
            ordered, _, _ = select.select([self._orders], [], [], 0.2)
            if ordered:
                os.read(self._orders, 100)
            if ordered:
                # It stood still: its runs are not to blame.
                self._restart_cluster(lambda: keeper.give_back(self._name))
            elif not _lives(self._cluster):
                # It died: the leases run out, and the attempts count.
                self._restart_cluster(lambda: keeper.sweep(0))
            elif not _lives(self._keeper):
                self._keeper = self._fork(self._keep)
        self._stop_all()

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop = True

    def _start_cluster(self) -> None:
        self._name = uuid.uuid4().hex[:12]
        stopping.name_cluster(self._name)
        self._cluster = self._fork(self._be_cluster)
        self._keeper = self._fork(self._keep)

    def _restart_cluster(self, tidy: Callable[[], object]) -> None:
        """The new one starts after the old one's last process is gone."""
        logger.error("The cluster %s is started anew.", self._name)
        self._end_cluster()
        self._in_passing(tidy)
        time.sleep(RESTART_PAUSE)
        if not self._stop:
            self._start_cluster()

    def _stop_all(self) -> None:
        stopping.ask()
        with suppress(ProcessLookupError):
            os.kill(self._cluster, signal.SIGTERM)
        end = time.monotonic() + DRAIN_SECONDS
        while _lives(self._cluster) and time.monotonic() < end:
            time.sleep(0.05)
        self._end_cluster()
        self._in_passing(lambda: keeper.give_back(self._name))

    def _end_cluster(self) -> None:
        """Nothing of the cluster, its runs and its keeper is left afterwards."""
        processes.kill_session(self._cluster)
        _reap(self._cluster)
        with suppress(ProcessLookupError):
            os.kill(self._keeper, signal.SIGKILL)
        _reap(self._keeper)

    def _fork(self, main: Callable[[], object]) -> int:
        """A child that does `main` and dies with this process."""
        connections.close_all()
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            _be_child(main, parent)
        return pid

    def _in_passing(self, work: Callable[[], object]) -> None:
        """Do what needs the database in a child, and no longer than it may take."""
        pid = self._fork(work)
        end = time.monotonic() + GIVE_BACK_SECONDS
        while _lives(pid) and time.monotonic() < end:
            time.sleep(0.02)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        _reap(pid)

    def _be_cluster(self) -> None:
        from django_q.cluster import Cluster

        os.setsid()
        cluster = Cluster()
        cluster.start()
        if cluster.sentinel is not None:
            cluster.sentinel.join()

    def _keep(self) -> None:
        watch = keeper.Keeper(self._name, restart=lambda: os.write(self._orders_in, b"."))
        while True:
            watch.cycle()
            time.sleep(keeper.CYCLE_SECONDS)


def _be_child(main: Callable[[], object], parent: int) -> NoReturn:
    code = 1
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        processes.die_with_parent(parent)
        processes.bind_forks_to_parent()
        main()
        code = 0
    except BaseException:
        logger.exception("A process of the worker ended.")
    finally:
        # Not sys.exit: what the parent has opened is the parent's to close.
        os._exit(code)


def _lives(pid: int) -> bool:
    """Whether a child of this process goes on; reaps it when not."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == 0
    except ChildProcessError:
        return False


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
