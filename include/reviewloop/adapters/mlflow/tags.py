"""The names of our tags on runs and versions in MLflow. What is registered carries them: a name that was ever used must stay."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

OURS: Final = "reviewloop."
"""How the name of each of our tags begins."""
LEDGER_HEAD: Final = f"{OURS}ledger_head"
"""Of the registered model itself: the last event of the ledger, as ``core.release.witness`` writes it."""


class Tag(StrEnum):
    """First what a job begins with, then what the gates said of it, what its version adds, and what the release does."""

    JOB_KEY = "reviewloop.job_key"
    KIND = "reviewloop.kind"
    FEATURES_URI = "reviewloop.features_uri"
    FEATURES_DIGEST = "reviewloop.features_digest"
    LAST_DAY = "reviewloop.last_day"
    CONFIG_DIGEST = "reviewloop.config_digest"
    GATES_DIGEST = "reviewloop.gates_digest"
    GIT_COMMIT = "reviewloop.git_commit"
    GIT_DIRTY = "reviewloop.git_dirty"
    LOCK_DIGEST = "reviewloop.lock_digest"
    CODE_DIGEST = "reviewloop.code_digest"
    BASE_MODEL = "reviewloop.base_model"
    BASE_MODEL_PIN = "reviewloop.base_model_pin"
    DAG_RUN = "reviewloop.dag_run"
    SEED = "reviewloop.seed"
    TRIGGER = "reviewloop.trigger"
    TRAINED_BY = "reviewloop.trained_by"
    VERDICT = "reviewloop.verdict"
    REFUSED_BY = "reviewloop.refused_by"
    GATE_REPORT_URI = "reviewloop.gate_report_uri"
    GATE_PAGE_URI = "reviewloop.gate_page_uri"
    EVALUATION_URI = "reviewloop.evaluation_uri"
    REFERENCE_URI = "reviewloop.reference_uri"
    MACRO_F1 = "reviewloop.macro_f1"
    MODEL_DIGEST = "reviewloop.model_digest"
    APPROVED_BY = "reviewloop.approved_by"
    APPROVED_AT = "reviewloop.approved_at"


def tagged(facts: Mapping[str, str]) -> dict[str, str]:
    """Facts under their tags' names (``seed`` under ``reviewloop.seed``). Raises ``ValueError`` for one that has no ``Tag``."""
    return {Tag(f"{OURS}{name}"): fact for name, fact in facts.items()}


def ours(tags: Mapping[str, str]) -> dict[str, str]:
    """Of a run's or a version's tags those of ours, under their short names: the way back from ``tagged``."""
    return {name.removeprefix(OURS): fact for name, fact in tags.items() if name.startswith(OURS)}
