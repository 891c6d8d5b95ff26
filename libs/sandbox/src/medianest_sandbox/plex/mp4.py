"""Reads the length of an MP4 file out of its movie header, without a media library."""

import struct
from pathlib import Path

_MOST_BYTES = 4 * 1024 * 1024


def duration_ms(file: Path) -> int | None:
    """The length in milliseconds; None when the file does not say it where MP4 files do."""
    try:
        with file.open("rb") as stream:
            head = stream.read(_MOST_BYTES)
    except OSError:
        return None
    place = head.find(b"mvhd")
    header = head[place + 4 : place + 36]
    if place < 0 or len(header) < 32:
        return None
    if header[0] == 1:
        scale, length = struct.unpack(">IQ", header[20:32])
    else:
        scale, length = struct.unpack(">II", header[12:20])
    return round(length * 1000 / scale) if scale else None
