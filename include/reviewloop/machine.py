"""What of this machine's processor decides the last digits of a result: two that differ in it round differently."""

import platform
from functools import lru_cache
from pathlib import Path
from typing import Final

_WIDE: Final = ("fma", "avx", "amx", "sse4", "asimd", "bf16", "i8mm", "sve")
"""How the names of instructions begin that multiply and add many numbers at once."""


@lru_cache(maxsize=2)
def arithmetic(told: Path = Path("/proc/cpuinfo")) -> str:
    """Architecture and wide instructions, such as ``x86_64 avx avx2 fma``; outside of Linux the architecture alone."""
    try:
        words = set(told.read_text(encoding="utf-8").split())
    except OSError:
        words = set()
    return " ".join([platform.machine(), *sorted(word for word in words if word.startswith(_WIDE))])
