"""How long a trace takes in a lake with the ledger of many years: ``python -m reviewloop_local.bench_trace``."""
