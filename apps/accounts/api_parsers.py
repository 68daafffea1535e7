"""JSON as the API reads it: so large and so deep, and no further."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from apps.accounts.api_errors import WHOLE, Refusal

MAX_BYTES = 1_000_000


class SmallJSONParser(BaseParser):
    """A JSON body of at most 1 MB. Raises Refusal 413 when it is larger, ParseError when it is not JSON."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise Refusal(413, "too_large", "The request is larger than 1 MB.", field=WHOLE, hint="Send less.")
        try:
            return json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        except RecursionError:
            raise Refusal(400, "too_deep", "The JSON is nested too deep.", field=WHOLE) from None
        except ValueError as error:
            raise ParseError(f"This is not JSON: {error}.") from error


def refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")
