"""What the days say of the champion and of the products, and what it leads to."""

from typing import Literal

from reviewloop.refs.base import Ref


class DriftRef(Ref):
    """The monitor's verdict on one scored day. ``reasons`` name what moved, how it was, and how likely luck does that.

    ``families`` are the signal families that fired, and ``kind`` is what kind of drift it is taken for; both empty where it does
    not say. ``judged`` is false for a day of too few rows.
    """

    day: str
    batch: str
    model_version: str
    fired: bool
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str
    families: tuple[str, ...] = ()
    pooled: tuple[str, ...] = ()
    """Of the families, those that fired by the days before and the day together, and not by the day's own rows."""
    kind: str = ""
    judged: bool = True
    source: Literal["batch", "endpoint"] = "batch"
    """Whose day it is: delivered reviews, or requests to the endpoint; then ``batch`` is one of the table ``captures``."""
    warnings: tuple[str, ...] = ()
    """What somebody is told, a sentence each: that the champion does worse."""


class SkewRef(Ref):
    """Whether batch scoring, the endpoint and the feature store gave one text one answer, up to the scored ``day``."""

    day: str
    model_version: str
    verdict: Literal["skew", "agree", "not enough evidence"]
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str


class MetricsRef(Ref):
    """What is known of one monitored day: a partition (day, batch) of the Glue table ``metrics``, a row a figure."""

    day: str
    batch: str
    uri: str
    digest: str
    num_rows: int
    model_version: str


class ProductsRef(Ref):
    """Complaints about products up to ``day``. ``alarms`` are products and groups about which they rose, in words.

    ``judged`` is false where too little is known of the days before.
    """

    day: str
    judged: bool
    num_judged: int
    """Products with enough reviews in the last days."""
    alarms: tuple[str, ...]
    report_uri: str
    page_uri: str


class DecisionRef(Ref):
    """What the last days' drift leads to under the champion ``model_version``. ``day`` is the newest day that voted.

    ``families`` are confirmed, by the drift of ``days`` and for the monitor's ``reasons``; ``reason`` says why there is a training
    (``train``), or why not.
    """

    day: str
    model_version: str
    verdict: Literal["calm", "pending", "answered", "suppressed", "train"]
    reason: str
    families: tuple[str, ...]
    days: tuple[str, ...]
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str
