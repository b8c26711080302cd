"""What a day's way through the lake costs as it grows: ``python -m reviewloop_local.bench_data``."""
