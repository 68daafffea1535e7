"""What Linux offers to bind processes together: death with the parent, sessions, memory."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PROC = Path("/proc")

_libc = ctypes.CDLL(None, use_errno=True)
_forks_die_with_parent = False


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process as soon as `parent`, which forked it, is gone."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        # The parent died before the line above: the kernel will not tell any more.
        os._exit(1)


def bind_forks_to_parent() -> None:
    """From now on every process forked here, and by those, dies with the process that forked it.

    Nothing that django-q2 or a library forks can then go on unguarded after a kill -9 of its parent.
    """
    global _forks_die_with_parent
    if _forks_die_with_parent:
        return
    _forks_die_with_parent = True
    parent = os.getpid()

    def remember() -> None:
        nonlocal parent
        parent = os.getpid()

    os.register_at_fork(before=remember, after_in_child=lambda: die_with_parent(parent))


def session_members(session: int) -> Iterator[int]:
    """Ids of the processes of a session, however they are grouped."""
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if os.getsid(pid := int(entry.name)) == session:
                    yield pid


def kill_session(session: int, patience: float = 5.0) -> None:
    """SIGKILL every process of the session, those that are forked meanwhile too, and wait for their end.

    Dead processes that nobody has waited for yet (zombies) count as ended.
    """
    end = time.monotonic() + patience
    while living := [pid for pid in session_members(session) if not _is_zombie(pid)]:
        for pid in living:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            return
        time.sleep(0.005)


def _is_zombie(pid: int) -> bool:
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] in ("Z", "X")


def session_memory(session: int) -> int:
    """Bytes that the session's processes hold; a shared page counts in parts for its sharers (PSS)."""
    return sum(proportional_memory(pid) for pid in session_members(session))


def proportional_memory(pid: int) -> int:
    """PSS of one process in bytes; 0 when it is gone."""
    try:
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def data_memory() -> int:
    """Bytes of private writable memory of this process: what RLIMIT_DATA counts."""
    for line in (PROC / "self" / "status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def machine_memory() -> int:
    """Bytes of memory that this container, else this machine, has."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with suppress(OSError, ValueError):
            total = min(total, int(Path(limit).read_text()))
    return total
