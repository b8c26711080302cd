"""What is known of a rollout, counted from the captured records, a stage and an arm apart.

Records count where their ``rollout`` is this one's (SHA-256 of the event that started it), and for the stage that their
``generation`` names: what was read under an earlier plan is no evidence for a later one. A record that is there twice counts once.
Time decides nothing here but how long requests came in.

One caller may send a thousand requests, so tests ask units: each counts once, whatever it sends.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reviewloop.core.rollout.coverage import Half
from reviewloop.core.rollout.paired_quality import Pairs

CHAMPION: Final = "champion"
CHALLENGER: Final = "challenger"
LATENCY_STEP: Final = 1.1
"""Latencies are counted in steps of a tenth: step k holds ``LATENCY_STEP``^k up to ``LATENCY_STEP``^(k + 1) ms."""
MIN_LATENCY_MS: Final = 0.01


def latency_step(latency_ms: float) -> int:
    """The step that a latency is counted in. In SQL: ``floor(ln(greatest(latency_ms, 0.01)) / ln(1.1))``."""
    return math.floor(math.log(max(latency_ms, MIN_LATENCY_MS)) / math.log(LATENCY_STEP))


def upper_ms(step: int) -> float:
    """The latency, ms, that those of a step lie below."""
    return float(LATENCY_STEP ** (step + 1))


@dataclass(frozen=True)
class Reads:
    """What one version made of its requests. Requests and reviews are counted, and units that had one of a kind."""

    num_requests: int = 0
    """All that it was asked, whatever came of them."""
    num_units: int = 0
    num_answered: int = 0
    """Status 200: what it refused, or let hang until the caller went away, says nothing for it."""
    num_errors: int = 0
    """Answered with a status from 500 on, but for 504."""
    num_timeouts: int = 0
    """Status 504."""
    num_refused: int = 0
    """Status 429: it had no room."""
    num_gone: int = 0
    """Status 499: its caller went away before the answer."""
    num_not_finite: int = 0
    """Failed because a probability was no number; they are among the errors too."""
    units_with_errors: int = 0
    units_with_timeouts: int = 0
    units_refused: int = 0
    units_gone: int = 0
    units_with_not_finite: int = 0
    latencies: Mapping[int, int] = field(default_factory=dict)
    """Answered requests by ``latency_step``."""
    unit_latencies: Mapping[int, int] = field(default_factory=dict)
    """Units by the ``latency_step`` of their slowest answered request."""
    answers: Mapping[str, int] = field(default_factory=dict)
    """Reviews by the sentiment that was answered."""
    unit_answers: Mapping[str, int] = field(default_factory=dict)
    """Units by the sentiment of the first review that was answered to them."""
    num_distinct: int = 0
    """Different answers, probabilities and all, over all reviews."""


@dataclass(frozen=True)
class ArmEvidence(Reads):
    """One arm of a stage: the requests that its version answered. Units at three places, for the sample ratio.

    ``num_units`` are those assigned; of them some were answered (one status 200 at least), of these some labelled.
    """

    units_answered: int = 0
    units_labelled: int = 0
    num_reviews: int = 0
    """Answered; ``num_labelled`` of them are labelled."""
    num_labelled: int = 0
    num_chars: int = 0
    """Of all answered reviews, title and text; ``labelled_chars`` of the labelled ones: whether labels come for long ones only."""
    labelled_chars: int = 0


@dataclass(frozen=True)
class ShadowEvidence:
    """Requests of the champion's arm that the challenger has read too, and what each of the two made of these same requests."""

    champion: Reads = field(default_factory=Reads)
    challenger: Reads = field(default_factory=Reads)
    num_dropped: int = 0
    """Not read by the challenger because its queue was full."""
    tokens_dropped: int = 0
    tokens_read: int = 0
    """0 where records do not tell it."""


@dataclass(frozen=True)
class StageEvidence:
    """One stage, by its name in the plan. ``first_at`` and ``last_at``: when its first and last request came in, ISO 8601, UTC."""

    name: str
    champion: ArmEvidence = field(default_factory=ArmEvidence)
    challenger: ArmEvidence = field(default_factory=ArmEvidence)
    shadow: ShadowEvidence = field(default_factory=ShadowEvidence)
    first_at: str = ""
    last_at: str = ""


@dataclass(frozen=True)
class PairedEvidence:
    """Reviews that both versions read, over all stages. A review counts once, with its newest label.

    Of a unit the first labelled review alone is a pair: who sends and labels hundreds decides no more than anybody.
    """

    num_reviews: int = 0
    num_differ: int = 0
    """The two answered with another sentiment."""
    units: int = 0
    units_differ: int = 0
    """Units whose first such review the two answered with another sentiment."""
    pairs: Pairs = field(default_factory=lambda: Pairs(0, 0, 0))
    """Of each unit the first review with a label; ``labelled_reviews`` are all of them."""
    negative: Pairs = field(default_factory=lambda: Pairs(0, 0, 0))
    """Of each unit the first review whose label is negative."""
    labelled_reviews: int = 0
    negative_found: Mapping[str, int] = field(default_factory=dict)
    """Of these, found by each arm: its recall is this over all of ``negative``."""
    median_chars: float = 0.0
    """Of title and text; ``shorter`` are the reviews up to it, ``longer`` those beyond. An erased text counts for neither."""
    shorter: Half = field(default_factory=Half)
    longer: Half = field(default_factory=Half)
    median_tokens: float = 0.0
    """Of the requests that the shadow was offered; of those up to it, and of those beyond, so many were read and not dropped."""
    fewer_tokens: Half = field(default_factory=Half)
    more_tokens: Half = field(default_factory=Half)

    @property
    def num_labelled(self) -> int:
        """Units with a review that both read and whose label is known."""
        return self.pairs.num_champion_only + self.pairs.num_challenger_only + self.pairs.num_ties

    @property
    def num_negative(self) -> int:
        """Those with one whose label is negative."""
        return self.negative.num_champion_only + self.negative.num_challenger_only + self.negative.num_ties


@dataclass(frozen=True)
class Evidence:
    """All of one rollout. ``stages`` in the plan's order, those without a record may be left out."""

    rollout: str
    stages: tuple[StageEvidence, ...] = ()
    paired: PairedEvidence = field(default_factory=PairedEvidence)
    num_misattributed: int = 0
    """Records of this rollout that name another version or digest than their arm's: nothing was counted of them."""
    num_lost: int = 0
    """Records that a spool's numbers tell of and that are nowhere; ``num_records`` were read."""
    num_dropped: int = 0
    """Records that the endpoint itself dropped, for want of room."""
    num_records: int = 0
    num_ignored: int = 0
    """Requests of callers that are no customers: nothing else was counted of them."""

    def stage(self, name: str) -> StageEvidence:
        """What is known of a stage; one of zeros where nothing is."""
        return next((stage for stage in self.stages if stage.name == name), StageEvidence(name))
