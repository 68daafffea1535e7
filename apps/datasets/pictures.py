"""Small drawings for tables: histograms as rectangles of an SVG, rows of pixels as PNG."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

BAR_HEIGHT = 28
BAR_STEP = 7
BAR_WIDTH = 5
PIXEL_NAME = re.compile(r"pixel_(\d{1,3})_(\d{1,3})", re.ASCII)


@dataclass(frozen=True)
class Bar:
    """One rectangle, in units of the drawing's view box."""

    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Histogram:
    """Bars of a drawing `width` x BAR_HEIGHT."""

    bars: tuple[Bar, ...]
    width: int

    @property
    def height(self) -> int:
        return BAR_HEIGHT

    @property
    def bar_width(self) -> int:
        return BAR_WIDTH


def histogram(counts: Sequence[int]) -> Histogram:
    """Bars whose heights stand to each other like the counts; a count above 0 is always visible."""
    highest = max(counts, default=0) or 1
    heights = [round(max(count / highest * BAR_HEIGHT, 1.5 if count else 0), 2) for count in counts]
    bars = [Bar(i * BAR_STEP, round(BAR_HEIGHT - height, 2), height) for i, height in enumerate(heights)]
    return Histogram(tuple(bars), max(len(counts) * BAR_STEP - (BAR_STEP - BAR_WIDTH), 1))


def picture_shape(names: Sequence[str]) -> tuple[int, int] | None:
    """(height, width) if columns `pixel_<row>_<column>` fill a rectangle of at least 4 x 4, else None."""
    cells = {(int(found[1]), int(found[2])) for name in names if (found := PIXEL_NAME.fullmatch(name))}
    if not cells:
        return None
    height = 1 + max(row for row, _ in cells)
    width = 1 + max(column for _, column in cells)
    return (height, width) if len(cells) == height * width and min(height, width) >= 4 else None


def picture(values: Sequence[float], shape: tuple[int, int], highest: float) -> str:
    """A grey PNG (0 white, `highest` black) as a data address; `values` row by row, NaN is white."""
    height, width = shape
    shades = bytes(255 - round(255 * min(max(v / highest, 0), 1)) if v == v else 255 for v in values)
    lines = b"".join(b"\0" + shades[row * width : (row + 1) * width] for row in range(height))
    png = (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )
    return "data:image/png;base64," + base64.b64encode(png).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
