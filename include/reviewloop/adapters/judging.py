"""By which gates a model is judged: their digest."""

from typing import Final

from reviewloop.adapters.behaviour_suite import suite_digest
from reviewloop.adapters.provenance import JUDGING, code_digest
from reviewloop.config import Config
from reviewloop.core.digests import json_digest

JUDGES: Final = ("gates", "evaluation", "bias", "bias_after", "behaviour")
"""Sections of the configuration that judge a result and make none."""


def gates_digest(config: Config) -> str:
    """SHA-256 of what judges: the sections ``JUDGES``, the behaviour suite, and the gates' code."""
    return json_digest([config.digest(*JUDGES), suite_digest(config.behaviour.suite), code_digest(JUDGING)])
