"""Bytes as UTF-8 text, and gzip as bytes: a fault names its place in the file."""

import codecs
import gzip
import io
import zlib
from typing import BinaryIO

from reviewloop.config import LimitsConfig
from reviewloop.core.delivery.bounds import require_ratio, require_size
from reviewloop.core.delivery.rows import refuse

_PIECE = 2**20
_TAIL = 16
"""Bytes at the end in which a Ctrl-Z counts as the end, with line ends around it."""


class Utf8(io.RawIOBase):
    """The bytes of ``stream`` up to ``end``, each checked to be UTF-8 before it is handed on.

    ``last`` is the last piece's last byte.
    """

    def __init__(self, name: str, stream: BinaryIO, end: int) -> None:
        self._name, self._stream, self._end = name, stream, end
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._place = 0
        self.last = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer``; refuses the file at its first byte that is no UTF-8."""
        data = self._stream.read(min(len(buffer), self._end - self._place))
        held = len(self._decoder.getstate()[0])  # the beginning of a character, from the piece before
        try:
            if held or not data.isascii():
                self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            place = self._place - held + error.start
            refuse(self._name, f"not UTF-8 at byte {place} (0x{error.object[error.start]:02x}); write the file as UTF-8")
        buffer[: len(data)] = data
        self._place += len(data)
        self.last = data[-1:] or self.last
        return len(data)


def open_text(name: str, stream: BinaryIO, newline: str) -> tuple[io.TextIOWrapper, Utf8]:
    """The text from the stream's beginning, without a byte order mark; lines end as ``io.open`` says for ``newline``.

    A Ctrl-Z at the end is none of it: DOS ended a text so, and ``copy a.csv+b.csv`` on Windows still does.
    """
    raw = Utf8(name, stream, _end_of_text(stream))
    stream.seek(0)
    return io.TextIOWrapper(io.BufferedReader(raw, _PIECE), encoding="utf-8-sig", newline=newline), raw


def _end_of_text(stream: BinaryIO) -> int:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    padding = len(tail) - len(tail.rstrip(b"\x1a\r\n"))
    marked = tail.find(b"\x1a", len(tail) - padding)
    return size if marked < 0 else size - len(tail) + marked


def unzip(name: str, source: BinaryIO, sink: BinaryIO, limits: LimitsConfig) -> None:
    """Write what the gzip file ``source`` holds into ``sink``.

    Refuses a file that is damaged or cut off (gzip has a checksum), or unpacks to more than the limits allow: at that point,
    not at its end.
    """
    num_bytes, num_packed = 0, source.seek(0, io.SEEK_END)
    source.seek(0)
    try:
        with gzip.GzipFile(fileobj=source) as pieces:
            while piece := pieces.read(_PIECE):
                num_bytes += sink.write(piece)
                require_size(name, num_bytes, limits)
                require_ratio(name, num_bytes, num_packed, limits)
    except EOFError:
        refuse(name, f"gzip: cut off after {num_bytes} unpacked bytes; send it again")
    except (OSError, zlib.error) as error:
        refuse(name, f"gzip: damaged after {num_bytes} unpacked bytes ({error}); send it again")
