"""The debugger and the profiler inside the fine-tune."""
