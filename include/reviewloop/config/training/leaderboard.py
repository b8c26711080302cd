"""How kinds of models are tried beside each other."""

from pydantic import Field

from reviewloop.config.sections import Section


class LeaderboardConfig(Section):
    """A run of ``sentiment_leaderboard`` that is told nothing else."""

    num_folds: int = Field(ge=3)
    """Of the cross-validation; the settings of each are chosen on the others."""
    num_trials: int = Field(ge=1)
    """Settings that a full search tries of a kind, in each part: every outer fold, and all rows."""
    trials_a_task: int = Field(ge=1)
    """Of one kind, in each part: a task and its process cost seconds, whatever they try."""
    num_at_once: int = Field(ge=1)
    """Tasks that try or answer beside each other, each on one core; the scheduler's other slots stay free for the loop."""
    minutes: float = Field(gt=0)
    """Of all kinds together."""
    full_minutes: float = Field(gt=0)
    """Of a full search."""
