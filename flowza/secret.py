"""The secret key of a local installation: made once, kept in a file that only its owner reads."""

import os
import secrets
from pathlib import Path


def read_or_create(path: Path) -> str:
    """The key in `path`, written there first when the file is missing.

    Two processes that start at the same moment get the same key: the file appears complete or not
    at all, and the first to link it wins.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            draft.unlink()
            return path.read_text()
        draft.unlink()
    return path.read_text()
