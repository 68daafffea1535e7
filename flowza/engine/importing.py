"""A CSV file becomes a stored table: read, profiled, written. Also as a process of its own, for large files.

`python -m flowza.engine.importing <folder>` works on `<folder>/original`, with `request.json` beside it, and leaves
`table.parquet` and `answer.json`. What reading needs in memory, several times the file's size, ends with the process.
"""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowza.engine.operations.csv_settings import CsvSettings
from flowza.engine.operations.profile import profile
from flowza.engine.operations.reading import digest, load_csv, write_parquet
from flowza.engine.operations.refusals import TableRefused

ORIGINAL, TABLE, REQUEST, ANSWER = "original", "table.parquet", "request.json", "answer.json"


@dataclass(frozen=True)
class ImportedTable:
    """What is known of a table that was read, as plain JSON. columns: name, type, missing, unique, profile."""

    digest: str
    rows: int
    columns: list[dict[str, Any]]
    settings: dict[str, Any]
    notices: list[dict[str, Any]]
    doubts: list[dict[str, Any]]


def import_table(folder: Path, settings: CsvSettings | None, unpacked_limit: int) -> ImportedTable:
    """Read `folder/original` into `folder/table.parquet`. settings None: they are found out. Raises TableRefused."""
    table = load_csv(folder / ORIGINAL, settings, unpacked_limit=unpacked_limit)
    write_parquet(table.frame, folder / TABLE)
    return ImportedTable(
        digest(folder / TABLE),
        len(table.frame),
        [
            {
                "name": column.name,
                "type": column.type,
                "missing": column.missing,
                "unique": column.unique,
                "profile": column.as_dict(),
            }
            for column in profile(table.frame)
        ],
        table.settings.model_dump(mode="json"),
        [notice.as_dict() for notice in table.notices],
        [doubt.as_dict() for doubt in table.doubts],
    )


def write_request(folder: Path, settings: CsvSettings | None, unpacked_limit: int, memory_limit: int) -> None:
    """What the process is to do. memory_limit: bytes, 0 for none."""
    given = settings.model_dump(mode="json") if settings else None
    request = {"settings": given, "unpacked_limit": unpacked_limit, "memory_limit": memory_limit}
    (folder / REQUEST).write_text(json.dumps(request))


def read_answer(folder: Path) -> ImportedTable | None:
    """What the process found; None when it ended without an answer. Raises TableRefused when it refused the file."""
    path = folder / ANSWER
    if not path.exists():
        return None
    answer = json.loads(path.read_text())
    if "refused" in answer:
        raise TableRefused(**answer["refused"])
    return ImportedTable(**answer["table"])


def main(folder: Path) -> None:
    request = json.loads((folder / REQUEST).read_text())
    limit_memory(request["memory_limit"])
    settings = CsvSettings.model_validate(request["settings"]) if request["settings"] else None
    try:
        answer: dict[str, Any] = {"table": vars(import_table(folder, settings, request["unpacked_limit"]))}
    except TableRefused as refusal:
        answer = {"refused": vars(refusal)}
    part = folder / (ANSWER + ".part")
    part.write_text(json.dumps(answer))
    part.replace(folder / ANSWER)


def limit_memory(limit: int) -> None:
    """When memory runs out this process ends, not the one that serves pages."""
    import resource

    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
