"""From an uploaded file to plain UTF-8 text on disk: unpacked under a cap, decoded, or refused."""

from __future__ import annotations

import codecs
import gzip
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flowza.engine.operations.refusals import TableRefused

UNPACKED_LIMIT = 2 * 1024**3
MOST_UNPACKED_BYTES_PER_BYTE, ALWAYS_UNPACKED = 100, 16 * 1024**2
"""Tables shrink 5 to 20 times; what grows a hundredfold was made to fill a machine."""
CHUNK = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
UTF8_NAMES = frozenset({"utf-8", "utf-8-sig", "ascii"})

FOREIGN_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook", "Open it, save the sheet as CSV, and upload that."),
    (b"PK\x05\x06", "an empty zip archive", "Upload the CSV file itself."),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Open it, save the sheet as CSV, and upload that."),
    (b"PAR1", "a Parquet file", "Save it as CSV and upload that."),
    (b"%PDF", "a PDF document", "Upload the table as CSV."),
    (b"BZh", "a bzip2 archive", "Unpack it, or pack it as .csv.gz."),
    (b"\xfd7zXZ", "an xz archive", "Unpack it, or pack it as .csv.gz."),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it, or pack it as .csv.gz."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it, or pack it as .csv.gz."),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV and upload that."),
)


def refuse_foreign(head: bytes) -> None:
    """Raise TableRefused if the first bytes belong to a format that is no CSV."""
    for magic, what, hint in FOREIGN_FORMATS:
        if head.startswith(magic):
            raise TableRefused(f"This is {what}, not a CSV file.", code="not_csv", hint=hint)


def read_head(path: Path, size: int) -> bytes:
    """The first `size` bytes of the (unpacked) file."""
    with path.open("rb") as file:
        packed = file.read(size)
    return unpack_head(packed, size) if packed.startswith(GZIP_MAGIC) else packed


def unpack_head(packed: bytes, size: int) -> bytes:
    """The first `size` bytes of what the start of a gzip file holds."""
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, size)
    except zlib.error as error:
        raise _damaged_gzip() from error


@contextmanager
def plain_text(path: Path, encoding: str, unpacked_limit: int = UNPACKED_LIMIT) -> Iterator[Path]:
    """Path of the file as plain UTF-8: the file itself, or a temporary copy beside the system's other ones.

    Raises TableRefused: not a CSV, damaged archive, over `unpacked_limit` bytes, undecodable.
    """
    with path.open("rb") as file:
        head = file.read(16)
    refuse_foreign(head)
    packed = head.startswith(GZIP_MAGIC)
    decoded = codecs.lookup(encoding).name in UTF8_NAMES
    if decoded and not packed:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="flowza-csv-") as folder:
        plain = path
        if packed:
            plain = Path(folder) / "unpacked"
            _unpack(path, plain, unpacked_limit)
            refuse_foreign(read_head(plain, 16))
        if not decoded:
            text = Path(folder) / "decoded"
            _transcode(plain, text, encoding)
            plain = text
        yield plain


def undecodable(encoding: str, offset: int | None = None, line: int | None = None) -> TableRefused:
    """The refusal of bytes that are no text in this encoding."""
    where = f" in line {line:,}" if line else f" at byte {offset:,}" if offset is not None else ""
    return TableRefused(
        f"The file is not text in the encoding {encoding}: there is an invalid byte{where}.",
        code="undecodable",
        hint="Save the file as UTF-8, or choose the encoding it was written in.",
    )


def _unpack(source: Path, target: Path, limit: int) -> None:
    size = 0
    limit = min(limit, max(ALWAYS_UNPACKED, MOST_UNPACKED_BYTES_PER_BYTE * source.stat().st_size))
    try:
        with gzip.open(source) as packed, target.open("wb") as plain:
            while chunk := packed.read(CHUNK):
                size += len(chunk)
                if size > limit:
                    raise TableRefused(
                        f"Unpacked, the file is larger than the limit of {bytes_as_words(limit)}.",
                        code="unpacked_too_large",
                        hint="Upload fewer rows or columns.",
                        category="too_large",
                    )
                plain.write(chunk)
    except (zlib.error, EOFError, gzip.BadGzipFile) as error:
        raise _damaged_gzip() from error


def _transcode(source: Path, target: Path, encoding: str) -> None:
    decoder = codecs.getincrementaldecoder(encoding)()
    position = 0
    with source.open("rb") as raw, target.open("w", encoding="utf-8", newline="") as text:
        try:
            while chunk := raw.read(CHUNK):
                text.write(decoder.decode(chunk))
                position += len(chunk)
            text.write(decoder.decode(b"", final=True))
        except UnicodeError as error:
            raise undecodable(encoding, position + getattr(error, "start", 0)) from error


def bytes_as_words(size: int) -> str:
    """`2 GB`, `512 MB`, `900 bytes`."""
    for factor, unit in ((1024**3, "GB"), (1024**2, "MB"), (1024, "kB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def _damaged_gzip() -> TableRefused:
    return TableRefused(
        "The file looks like gzip but cannot be unpacked.",
        code="damaged_gzip",
        hint="Pack it again, or upload the plain CSV.",
    )
