"""Where records go: to their file and to the rules, whose findings go to a file and to the log. Rank 0 alone has one."""

import logging
from collections import deque
from pathlib import Path

from reviewloop.config import WatchConfig
from reviewloop.core.watch_rules.panel import Panel
from reviewloop.core.watch_rules.records import Finding, Record, SystemReading
from reviewloop.training.watch.journal import Journal
from reviewloop.training.watch.system import Sampler

log = logging.getLogger(__name__)


class Recorder:
    """Goes on where the files end: the rules remember the run before ``start_step`` as if it had not been interrupted."""

    def __init__(self, config: WatchConfig, folder: Path, start_step: int) -> None:
        self._journal = Journal(folder)
        self._panel = Panel(config.rules)
        self._readings: deque[SystemReading] = deque()
        self._sampler = Sampler(config.system_seconds, self._sample)
        self.stop_rule: str | None = None
        """The first rule with the action ``stop`` that fired."""
        records, findings = self._journal.resume(start_step)
        known = frozenset((found.rule, found.step) for found in findings)
        for record in sorted(records, key=lambda record: record.time):
            self._judge(record, record.step, known)
        stops = {name for name, rule in config.rules.items() if rule.action == "stop"}
        self.stop_rule = next((found.rule for found in findings if found.rule in stops), self.stop_rule)

    def start(self) -> None:
        """Begin to read the machine."""
        self._sampler.start()

    def close(self, step: int) -> None:
        """Read the machine no longer, and judge what was read since the last record."""
        self._sampler.stop()
        self._judge_readings(step)

    def take(self, record: Record, step: int) -> None:
        """A record made after ``step`` steps."""
        self._journal.append(record)
        self._judge(record, step)
        self._judge_readings(step)

    def _sample(self, reading: SystemReading) -> None:
        """Called by the sampler's thread: the file at once, the rules when the training comes by."""
        self._journal.append(reading)
        self._readings.append(reading)

    def _judge_readings(self, step: int) -> None:
        while self._readings:
            self._judge(self._readings.popleft(), step)

    def _judge(self, record: Record, step: int, known: frozenset[tuple[str, int]] = frozenset()) -> None:
        for found in self._panel.observe(record, step):
            if (found.rule, found.step) not in known:
                self._tell(found)

    def _tell(self, found: Finding) -> None:
        self._journal.append(found)
        level = logging.INFO if found.action == "note" else logging.WARNING
        log.log(level, "rule %s (%s) at step %d: %s. %s", found.rule, found.action, found.step, found.saw, found.advice)
        if found.action == "stop" and self.stop_rule is None:
            self.stop_rule = found.rule
