"""Bytes as UTF-8 text, and gzip as bytes: a fault names its place in the file."""

import codecs
import gzip
import io
import zlib
from typing import BinaryIO

from reviewloop.core.delivery.rows import refuse

_PIECE = 2**20


class Utf8(io.RawIOBase):
    """The bytes of ``stream``, each checked to be UTF-8 before it is handed on. ``last`` is the last piece's last byte."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self._name, self._stream = name, stream
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._place = 0
        self.last = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Fill ``buffer``; refuses the file at its first byte that is no UTF-8."""
        data = self._stream.read(len(buffer))
        held = len(self._decoder.getstate()[0])  # the beginning of a character, from the piece before
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            place = self._place - held + error.start
            refuse(self._name, f"not UTF-8 at byte {place} (0x{error.object[error.start]:02x}); write the file as UTF-8")
        buffer[: len(data)] = data
        self._place += len(data)
        self.last = data[-1:] or self.last
        return len(data)


def open_text(name: str, stream: BinaryIO, newline: str) -> tuple[io.TextIOWrapper, Utf8]:
    """The text from the stream's beginning, without a byte order mark; lines end as ``io.open`` says for ``newline``."""
    stream.seek(0)
    raw = Utf8(name, stream)
    return io.TextIOWrapper(io.BufferedReader(raw, _PIECE), encoding="utf-8-sig", newline=newline), raw


def unzip(name: str, source: BinaryIO, sink: BinaryIO) -> None:
    """Write what the gzip file ``source`` holds into ``sink``. Refuses a file that is damaged or cut off: gzip has a checksum."""
    num_bytes = 0
    try:
        with gzip.GzipFile(fileobj=source) as pieces:
            while piece := pieces.read(_PIECE):
                num_bytes += sink.write(piece)
    except EOFError:
        refuse(name, f"gzip: cut off after {num_bytes} unpacked bytes; send it again")
    except (OSError, zlib.error) as error:
        refuse(name, f"gzip: damaged after {num_bytes} unpacked bytes ({error}); send it again")
