"""What every rule has: a threshold, patience, and a sentence for what it saw."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Generic, TypeVar

from reviewloop.config import RuleConfig, RuleName

R = TypeVar("R")


class Rule(ABC, Generic[R]):
    """One rule over the records of one kind.

    It fires when ``patience`` records in a row break its threshold, and speaks again only after as many sound ones in a row:
    a fault that comes and goes does not fill the log.
    """

    name: ClassVar[RuleName]
    reads: ClassVar[tuple[type[Any], ...]]
    """The kinds of record it looks at; it never sees another."""
    unit: ClassVar[str]
    """Of the threshold."""
    advice: ClassVar[str]
    """What a person should do about it."""

    def __init__(self, config: RuleConfig) -> None:
        self.config = config
        self._num_broken = 0
        self._num_sound = 0
        self._fired = False

    def applies(self, record: R) -> bool:  # noqa: ARG002  rules that look closer take it
        """Whether ``record`` tells this rule anything; one that does not is no observation."""
        return True

    @abstractmethod
    def breach(self, record: R) -> str:
        """What breaks the threshold, with the numbers; empty where nothing does."""

    def observe(self, record: R) -> str | None:
        """What was seen, at the record with which the rule fires."""
        if not self.applies(record):
            return None
        saw = self.breach(record)
        self._num_broken = self._num_broken + 1 if saw else 0
        self._num_sound = 0 if saw else self._num_sound + 1
        if self._num_sound >= self.config.patience:
            self._fired = False
        if self._fired or self._num_broken < self.config.patience:
            return None
        self._fired = True
        return saw if self.config.patience == 1 else f"{saw} ({self.config.patience} observations in a row)"
