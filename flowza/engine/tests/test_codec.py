"""Stored files that cannot be read are set aside; those that the disk refuses stay where they are."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from flowza.engine.codec_files import readable
from flowza.engine.errors import StoreError


@pytest.mark.parametrize("error", [OSError("Array length did not match record batch length."), zlib.error("bad block")])
def test_bytes_that_do_not_fit_together_are_set_aside(error: Exception, tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(b"damaged")
    with pytest.raises(StoreError), readable(path):
        raise error
    assert [one.name for one in tmp_path.iterdir()] == ["a.arrow.damaged"]


def test_what_the_disk_refuses_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.arrow"
    path.write_bytes(b"good")
    with pytest.raises(PermissionError), readable(path):
        raise PermissionError(13, "Permission denied")
    assert path.exists()
