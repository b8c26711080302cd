"""The debugger and profiler inside the fine-tune: ``Watcher`` observes the loop, and the rules judge what it saw."""
