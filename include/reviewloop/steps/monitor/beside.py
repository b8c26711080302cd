"""What stands beside a day's verdict: the kind of drift that it is, and how well the champion does."""

from collections.abc import Sequence
from typing import Any

from reviewloop.config import Config
from reviewloop.core.monitoring.drift.decision import DriftVerdict
from reviewloop.core.monitoring.kinds.described import Before
from reviewloop.core.monitoring.kinds.kinds import MORE_THAN_SHARES
from reviewloop.core.monitoring.kinds.naming import NOTHING_MOVED, name_kind
from reviewloop.core.monitoring.quality.calibration import NotEnoughRows
from reviewloop.core.monitoring.quality.live import calibration_of, counts_of, live_quality
from reviewloop.core.monitoring.quality.realised import DayCounts
from reviewloop.steps.monitor.compared import Compared


def beside(
    found: Compared, verdict: DriftVerdict, day: str, version: str, earlier: Sequence[DayCounts], config: Config
) -> dict[str, Any]:
    """``kind``, ``quality`` and ``priors`` of the report, as plain JSON.

    A kind that moves more than the sentiments' shares forbids to tell these from the answers.
    """
    reference, rows = found.reference.rows, found.day
    try:
        calibration = calibration_of(reference, rows)[0]
    except NotEnoughRows:
        calibration = None
    named = name_kind(Before.of(reference), rows, calibration, config.kinds) if verdict.fired else NOTHING_MOVED
    moved = named.why if named.kind in MORE_THAN_SHARES else ""
    now = counts_of(day, version, rows.reviews, config.contract)
    quality = live_quality(reference, rows, now, earlier, moved, config.live_quality, config.contract)
    return {"kind": named.as_json(), "quality": quality.as_json(), "priors": quality.priors.as_json()}
