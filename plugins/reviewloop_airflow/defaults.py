"""What every task and DAG starts from: who owns it, when to try again, whom to tell."""

from datetime import timedelta
from typing import Any, Final

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from reviewloop_airflow.notify import notify_failure, notify_success

RETRY_POLICY: Final = ExceptionRetryPolicy(
    rules=[
        RetryRule("reviewloop.errors.TransientError", RetryAction.RETRY, reason="a later try may find it mended"),
        RetryRule("reviewloop.errors.PermanentError", RetryAction.FAIL, reason="no retry mends this: read the error"),
    ]
)
"""The one place that maps the errors of ``reviewloop`` to Airflow. Anything else (a lost process) is retried as usual.

``Unavailable`` never comes here: a task waits it out (``patience``), at no cost in tries.
"""

DEFAULT_ARGS: Final[dict[str, Any]] = {
    "owner": "reviewloop",
    "retries": 3,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2,
    "max_retry_delay": timedelta(minutes=5),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": notify_failure,
    "on_success_callback": notify_success,
}

NO_BACKFILL: Final = ("scheduled", "manual", "asset_triggered", "asset_materialization", "operator_triggered")
"""Airflow's run types but for backfills, which pass by ``max_active_runs``: ten at once, each of them about the newest data."""

DAG_DEFAULTS: Final[dict[str, Any]] = {
    "default_args": DEFAULT_ARGS,
    "catchup": False,
    "max_active_runs": 1,
    "allowed_run_types": NO_BACKFILL,
}
"""For ``@dag(**DAG_DEFAULTS)``. A DAG that is switched on starts with its next run, never with the past."""
