"""Tables on their way to a person's disk: their names, their content types, CSV that is sent some rows at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd
from django.http import StreamingHttpResponse

from flowza.engine.operations.csv_writing import csv_parts

CSV = "text/csv; charset=utf-8"
PARQUET = "application/vnd.apache.parquet"


def file_name(words: str, ending: str) -> str:
    """`houses-2.csv`: safe in a header and on every disk."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', words).strip('-')[:80] or 'table'}.{ending}"


def csv_response(name: str, parts: Iterator[pd.DataFrame]) -> StreamingHttpResponse:
    """The parts, one after the other, as a file of that name."""
    answer = StreamingHttpResponse(csv_parts(parts), content_type=CSV)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
