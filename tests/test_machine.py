"""What of a processor decides the last digits of a result."""

import platform
from pathlib import Path

from reviewloop.machine import arithmetic


def test_wide_instructions_are_named_in_order_and_nothing_else_is(tmp_path: Path) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(
        "model name : A processor at 2 GHz\nflags : fpu avx2 fma sse4_2 amx_bf16 hypervisor\nprocessor : 1\nflags : avx2\n"
    )
    assert arithmetic(told) == f"{platform.machine()} amx_bf16 avx2 fma sse4_2"
    assert arithmetic(tmp_path / "none") == platform.machine()
