"""`python -m apps.runs.packing_child`: reads an order (JSON) from its input, writes the files of a download.

Exit code 0 when they are there, 2 with `{"refusal": …}` when they cannot be. Needs no database.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from flowza import threads

threads.limit()


def main() -> int:
    from apps.runs.orders import from_order
    from flowza.engine.errors import GraphError, NodeError
    from flowza.engine.export import NotExportable
    from flowza.engine.export.package import PackageRefused, package

    job, wish, folder = from_order(json.load(sys.stdin))
    try:
        with tempfile.TemporaryDirectory(prefix="flowza-outbox-") as outbox:
            package(replace(job, outbox=Path(outbox)), wish, folder)
    except (PackageRefused, NotExportable) as refused:
        reason = str(refused)
    except NodeError as error:
        reason = f"{error.message} {error.hint}".strip()
    except GraphError as error:
        reason = error.problems[0].message
    else:
        return 0
    json.dump({"refusal": reason}, sys.stdout)
    return 2


if __name__ == "__main__":
    sys.exit(main())
