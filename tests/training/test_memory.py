"""Memory that is freed stays with the process."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import resource, sys, torch
from reviewloop.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def faults():
    for _ in range(20):
        torch.zeros(12_000_000).add_(1)  # 48 MB: the library's own rule keeps up to 32
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
faults()
before = faults()
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the GNU C library's alone")
def test_the_next_step_takes_no_new_pages() -> None:
    keep, leave = (
        int(subprocess.run([sys.executable, "-c", PROGRAM, word], check=True, capture_output=True).stdout)
        for word in ("keep", "leave")
    )
    assert keep < leave / 10
