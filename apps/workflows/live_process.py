"""The web process's hold on the process that makes live rows: started once and warm, one job at a time, killed on
overrun.

Threads of the web server share it. It is started when first asked (or by `warm`), is not taken over by a fork, and
ends when this process does, because its input closes then.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

from django.conf import settings

SECONDS = 5.0
"""What a job may take."""
TURN_SECONDS = 4.0
"""How long a request waits for its turn."""
START_SECONDS = 30.0
"""How long the first requests wait for the process to have imported what it needs."""
MEMORY_MB = 1024
MOST_WAITING = 2
"""Requests that wait for their turn; more are sent away at once, so that pages keep threads to be served by."""
LONGEST_ANSWER = 64_000_000
KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "FLOWZA_DATA_DIR")

logger = logging.getLogger(__name__)


class PreviewRefused(Exception):
    """No preview, for a reason that a person may read. again: it is worth asking again soon."""

    message: ClassVar[str] = "Flowza could not look at this step on the sample."
    again: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__(self.message)


class Overrun(PreviewRefused):
    """The job took longer than it may."""

    message = f"This step takes longer than {SECONDS:g} s on the sample. Run the workflow to see it."


class OutOfMemory(PreviewRefused):
    """The job wanted more memory than it may have."""

    message = (
        f"This step needs more than {MEMORY_MB / 1024:g} GB of memory on the sample. Use fewer columns before it, or"
        " run the workflow to see it."
    )


class Broken(PreviewRefused):
    """The process died over the job, or the job met a mistake of ours; the log has more."""

    message = "Flowza could not look at this step on the sample. Run the workflow to see it; the run says more."


class Busy(PreviewRefused):
    """Others are before this request, or the process is not ready yet."""

    message = "Waiting for a turn to look at the sample."
    again = True


class Superseded(PreviewRefused):
    """A newer request asks for the same."""

    message = "A newer request asks for this step."
    again = True


class Ticket:
    """A request that waits for its turn or has it. topic: what it asks for; the newest of a topic is the one that
    counts.
    """

    def __init__(self, topic: str, number: int) -> None:
        self.topic = topic
        self.number = number
        self.superseded = False


class LiveProcess:
    """One process and the queue before it. All of it may be used from several threads."""

    def __init__(
        self, command: Sequence[str] | None = None, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB
    ) -> None:
        self.command = command or [sys.executable, "-m", "apps.workflows.live_child", str(memory_mb)]
        self.seconds = seconds
        self._pipe: Pipe | None = None
        self._settle()
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def _settle(self) -> None:
        self._turn = threading.Condition()
        self._running: Ticket | None = None
        self._newest: dict[str, Ticket] = {}
        self._waiting = 0
        self._count = 0
        self._closed = False

    def ask(self, job: dict[str, Any], topic: str) -> dict[str, Any]:
        """Have the job done. Raises PreviewRefused."""
        ticket = self._take_turn(topic)
        try:
            return self._exchange({**job, "id": ticket.number, "seconds": self.seconds})
        finally:
            with self._turn:
                self._running = None
                if self._newest.get(topic) is ticket:
                    del self._newest[topic]
                self._turn.notify_all()

    def warm(self) -> None:
        """Start the process without waiting for it, so that the first person does not have to."""
        with self._turn:
            if self._running is None and self._pipe is None:
                self._pipe = Pipe(self.command)

    @property
    def pid(self) -> int | None:
        """The id of the process while there is one."""
        return None if self._pipe is None else self._pipe.process.pid

    def close(self) -> None:
        """End the process; a later request starts another."""
        pipe, self._pipe = self._pipe, None
        if pipe is not None:
            pipe.end()

    def _forget(self) -> None:
        """In a forked process: the process belongs to the parent, so leave it alone and start from nothing."""
        pipe, self._pipe = self._pipe, None
        self._settle()
        if pipe is not None:
            pipe.abandon()

    # Turns

    def _take_turn(self, topic: str) -> Ticket:
        with self._turn:
            ready = self._pipe is not None and self._pipe.ready
            end = time.monotonic() + TURN_SECONDS + (0 if ready else START_SECONDS)
            self._count += 1
            ticket = Ticket(topic, self._count)
            self._supersede(topic)
            if self._running is not None and self._waiting >= MOST_WAITING:
                raise Busy
            self._newest[topic] = ticket
            self._waiting += 1
            try:
                while self._running is not None:
                    if ticket.superseded:
                        raise Superseded
                    if not self._turn.wait(end - time.monotonic()) and self._running is not None:
                        raise Busy
                if ticket.superseded:
                    raise Superseded
                self._running = ticket
            finally:
                self._waiting -= 1
            return ticket

    def _supersede(self, topic: str) -> None:
        """Tell an older request for the same that it need not be answered."""
        older = self._newest.get(topic)
        if older is None:
            return
        older.superseded = True
        self._turn.notify_all()
        if older is self._running and self._pipe is not None:
            with suppress(OSError, ValueError):  # it has just been closed
                self._pipe.send({"cancel": older.number}, 0.2)

    # The work, by the thread whose turn it is

    def _exchange(self, job: dict[str, Any]) -> dict[str, Any]:
        pipe = self._ready_pipe()
        try:
            pipe.send(job, self.seconds)
            said = pipe.receive(self.seconds)
        except TimeoutError as error:
            self._replace(pipe)
            raise Overrun from error
        except OSError as error:
            self._replace(pipe)
            logger.warning("The preview process died over a job (exit code %s).", pipe.process.returncode)
            raise Broken from error
        if said.get("worn"):
            self._replace(pipe)
        if "found" in said:
            found: dict[str, Any] = said["found"]
            return found
        raise {"superseded": Superseded, "memory": OutOfMemory}.get(str(said.get("refused")), Broken)

    def _ready_pipe(self) -> Pipe:
        for attempt in range(2):
            pipe = self._pipe
            if pipe is None or pipe.process.poll() is not None:
                # It may have died while nobody asked: the kernel takes it first when the machine is short of memory.
                self.close()
                pipe = self._pipe = Pipe(self.command)
            try:
                pipe.wait_until_ready(START_SECONDS)
                return pipe
            except TimeoutError as error:
                self.close()
                raise Busy from error
            except OSError as error:
                self.close()
                if attempt:
                    logger.error("The preview process does not start.")
                    raise Broken from error
        raise AssertionError("unreachable")

    def _replace(self, pipe: Pipe) -> None:
        """Kill it and start the next one, which warms up while nobody waits."""
        if self._pipe is pipe:
            self._pipe = None
        pipe.end()
        self._pipe = Pipe(self.command)


class Pipe:
    """A process that takes and gives JSON lines."""

    def __init__(self, command: Sequence[str]) -> None:
        environment = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
        self.process = subprocess.Popen(  # noqa: S603 - our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=settings.BASE_DIR,
            env=environment | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"},
            bufsize=0,
        )
        if self.process.stdin is None or self.process.stdout is None:
            raise AssertionError("both are pipes")
        self._in, self._out = self.process.stdin, self.process.stdout
        os.set_blocking(self._in.fileno(), False)
        self._sending = threading.Lock()
        self._read = bytearray()
        self.ready = False

    def wait_until_ready(self, seconds: float) -> None:
        """Raises TimeoutError; OSError when it has died."""
        if not self.ready:
            self.receive(seconds)
            self.ready = True

    def send(self, message: dict[str, Any], seconds: float) -> None:
        """Raises TimeoutError; OSError when it has died."""
        end = time.monotonic() + seconds
        rest = memoryview(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        with self._sending:
            while rest:
                wait_for(self._in.fileno(), select.POLLOUT, end)
                rest = rest[os.write(self._in.fileno(), rest) :]

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next message. Raises TimeoutError; OSError when it has died."""
        end = time.monotonic() + seconds
        searched = 0
        while (found := self._read.find(b"\n", searched)) < 0:
            searched = len(self._read)
            wait_for(self._out.fileno(), select.POLLIN, end)
            part = os.read(self._out.fileno(), 1 << 18)
            if not part or searched > LONGEST_ANSWER:
                raise OSError("the preview process has closed its pipe")
            self._read += part
        line = bytes(self._read[:found])
        del self._read[: found + 1]
        message: dict[str, Any] = json.loads(line)
        return message

    def end(self) -> None:
        """Kill it and wait for its end."""
        with self._sending:
            self._close()
        self.process.kill()
        self.process.wait()

    def abandon(self) -> None:
        """Let go of a process that is another's child."""
        self._close()
        self.process.returncode = 0  # nothing here may wait for it

    def _close(self) -> None:
        for stream in (self._in, self._out):
            with suppress(OSError):
                stream.close()


def wait_for(descriptor: int, event: int, end: float) -> None:
    """Raises TimeoutError at `end` (of the monotonic clock)."""
    poll = select.poll()
    poll.register(descriptor, event)
    left = end - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError


process = LiveProcess()
"""The one of this web process."""
