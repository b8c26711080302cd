"""What looks after the alerts when nothing else happens."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Final

from reviewloop.adapters.alerts.looking import silence
from reviewloop.refs import AlertsRef
from reviewloop.steps.alerts.look_for_alerts import look_for_alerts
from reviewloop.steps.alerts.show_alerts import show_alerts
from reviewloop_airflow.notices import tell_programs
from reviewloop_airflow.notify import deliver, tell

log = logging.getLogger(__name__)
_OVER: Final = ("success", "failed")


def tend_alerts() -> AlertsRef:
    """Look for what people must know, tell them what they were not told yet, and keep the page.

    Alerts that nobody answers become louder, alerts whose cause is gone are over. What waits to be told is tried first, whatever
    else is away.
    """
    deliver()
    try:
        tell_programs()
    except Exception:
        log.exception("programs could not be told")  # people still can; what was not sent is sent the next time
    look_for_alerts()
    deliver()
    return show_alerts()


async def no_monitor(context: Mapping[str, Any]) -> None:
    """Airflow's callback for a deadline that a run has missed; it runs in the triggerer.

    Airflow calls it of a run that failed long before, too (apache/airflow#60927): that one was told as a failure. And a run that is
    late tells nothing of the days that others took in: the lake is asked whether any day was monitored.
    """
    run = context["dag_run"]
    if run["state"] in _OVER:
        log.info("%s is over (%s): its deadline says nothing", run["dag_run_id"], run["state"])
        return
    found = await asyncio.to_thread(silence)
    if found is not None:
        await asyncio.to_thread(tell, found)
