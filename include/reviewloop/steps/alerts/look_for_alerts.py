"""What people must know is looked for."""

import logging

from reviewloop.adapters.alerts.looking import look

log = logging.getLogger(__name__)


def look_for_alerts() -> int:
    """Bring the book of alerts up to date with the ledger, the decisions on drift, and the time; returns how many are open.

    An approval or a rollout that waits, a release rolled back, a drift that nothing is done about, no day monitored for too long:
    what is found is raised, what is not found any more is over. What nobody answers becomes louder.
    """
    found = [alert for alert in look().alerts.values() if alert.is_open]
    for alert in found:
        log.info("open since %s, %s: %s", f"{alert.opened_at:%Y-%m-%d %H:%M}", alert.severity, alert.title)
    return len(found)
