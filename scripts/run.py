"""`make run`: prepare the database, then serve pages and do runs until Ctrl-C; nothing stays behind.

Web server and worker each get a session of their own, so that Ctrl-C reaches this process alone. It
sends each of them one SIGTERM, and ends their groups when they take too long. When this process itself
is killed, Linux sends the SIGTERM (PR_SET_PDEATHSIG).
"""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))
STOP_SECONDS = 20
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def main() -> int:
    os.chdir(ROOT)
    refuse_taken_port()
    login = prepare()
    stopping: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: stopping.append(received))
    parts = {"worker": start("manage.py", "worker"), "web server": start(*web_server())}
    try:
        return watch(parts, stopping, login)
    finally:
        stop(parts)


def refuse_taken_port() -> None:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HOST, PORT))
        except OSError:
            sys.exit(f"Port {PORT} is in use. Choose another: make run PORT={PORT + 1}")


def prepare() -> str:
    """Bring the database up to date and make the demo's user and workflow. Returns the demo login's line."""
    output = subprocess.run([sys.executable, "scripts/prepare.py"], check=False, stdout=subprocess.PIPE, text=True)
    if output.returncode:
        sys.exit("Flowza could not prepare its database: see above.")
    return output.stdout.strip()


def web_server() -> list[str]:
    door = ["--host", HOST, "--port", str(PORT), "--no-ws"]
    capacity = ["--workers", "1", "--blocking-threads", "4", "--backpressure", "64"]
    quiet = ["--log-level", "warning", "--workers-kill-timeout", "5"]
    return ["-m", "granian", "--interface", "wsgi", *door, *capacity, *quiet, "flowza.wsgi:application"]


def start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *arguments], start_new_session=True, preexec_fn=end_with_parent)


def end_with_parent() -> None:
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def watch(parts: dict[str, subprocess.Popen[bytes]], stopping: list[int], login: str) -> int:
    """Wait for a signal or for a part's end; say once where the pages are. Returns the exit code."""
    announced = False
    while not stopping:
        for name, process in parts.items():
            if process.poll() is not None:
                print(f"The {name} ended with code {process.returncode}; stopping.", flush=True)
                return 1
        if not announced and answers():
            print(f"\n  Flowza is at http://{HOST}:{PORT}/\n  {login}\n  Ctrl-C stops it.\n", flush=True)
            announced = True
        time.sleep(0.2)
    return 0


def answers() -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{PORT}/health/", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def stop(parts: dict[str, subprocess.Popen[bytes]]) -> None:
    """One SIGTERM each; whatever is left of their sessions after STOP_SECONDS is killed."""
    for process in parts.values():
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for process in parts.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
