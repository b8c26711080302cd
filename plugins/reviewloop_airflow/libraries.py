"""The heavy libraries, for a process whose forks are tasks, or parse DAG files, to import beforehand.

Airflow runs a task in a fork of its worker. What the worker has imported no task imports again: that saves 2 to 10 seconds
of most tasks, and the forks share the memory (some 700 MB). Importing these starts no Python thread, which a fork would lose.
"""

import logging
import warnings
from collections.abc import Iterable
from importlib import import_module
from typing import Final

LIBRARIES: Final = (
    "pandas",
    "pyarrow.parquet",
    "boto3.session",
    "scipy.stats",
    "sklearn.pipeline",
    "skops.io",
    "model_signing.verifying",
    "mlflow",
    "great_expectations.expectations",
    "evidently",
    "feast",
    "torch",
    "transformers.modeling_utils",
    "tokenizers",
    "matplotlib.figure",
    "sqlglot",
)
"""Of the tasks. Other people's code alone: so an edit to a step or a DAG is in force at the next task, without a restart."""

PARSED: Final = ("pandas", "pyarrow", "scipy.stats", "boto3.session", "requests", "pydantic_settings")
"""Of the DAG files themselves, whose modules import them at their top."""


def preload(libraries: Iterable[str] = LIBRARIES) -> None:
    """Import them. Raises ``ImportError`` where one of them is not installed."""
    logging.getLogger("great_expectations").setLevel(logging.WARNING)  # it tells of every function that it registers
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # skops looks at every name of every module, Airflow's deprecated ones too
        for name in libraries:
            import_module(name)
