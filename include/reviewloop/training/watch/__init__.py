"""The debugger and profiler inside the fine-tune: ``Watcher`` observes the loop, and the rules judge what it saw."""

from typing import Final

WATCH: Final = "watch"
"""The folder of its files, inside the job's output."""
