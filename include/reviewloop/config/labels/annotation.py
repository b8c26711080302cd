"""Which reviews people are asked about, how, and whom."""

import hashlib
import json

from pydantic import Field

from reviewloop.config.sections import Section, Share


class GuidelineConfig(Section):
    """What people who label go by."""

    version: str = Field(pattern=r"^[A-Za-z0-9._]+$")
    rules: tuple[str, ...] = Field(min_length=1)

    @property
    def name(self) -> str:
        """As every answer keeps it: the version, and what tells these rules from others that somebody calls the same."""
        return f"{self.version}-{hashlib.sha256(json.dumps(self.rules).encode()).hexdigest()[:8]}"


class RehearsalConfig(Section):
    """The queue against random texts on the snapshot's own ratings, with as many labels each: what the page of a queue shows."""

    seeds: int = Field(ge=2)
    start: int = Field(ge=10)
    """Labels that both begin with, drawn at random."""
    size: int = Field(ge=1)
    """Labels a round."""
    rounds: int = Field(ge=1)


class AnnotationConfig(Section):
    """The queue of texts for people."""

    size: int = Field(ge=1, le=100)
    """Texts of a queue; Airflow shows them in one form."""
    random_share: Share
    """Of a queue, drawn at random: what they say of all texts is unbiased."""
    folds: int = Field(ge=2)
    """A model that has not read a text says how unsure it is: so many times trained on the others."""
    wait_seconds: float = Field(gt=0)
    """How long Airflow waits for an answer; a file may come later."""
    inbox_prefix: str = Field(pattern=r"^[a-z0-9_/-]+$")
    """Where files of answers are put: ``<prefix>/<queue>/<person>.csv``."""
    reviewers: tuple[str, ...]
    """User names that may answer; empty: everyone who may edit the run, but for ``release.not_people``."""
    guideline: GuidelineConfig
    rehearsal: RehearsalConfig
