"""The configured rules together: records in, findings out."""

from collections.abc import Mapping

from reviewloop.config import RuleConfig, RuleName
from reviewloop.core.watch_rules import RULES
from reviewloop.core.watch_rules.records import Finding, Record


class Panel:
    """Every rule that is not ``off``, with its memory of the run so far."""

    def __init__(self, configs: Mapping[RuleName, RuleConfig]) -> None:
        self._rules = [RULES[name](config) for name, config in configs.items() if config.action != "off"]

    def observe(self, record: Record, step: int) -> list[Finding]:
        """The rules that fire at ``record``, which was made after ``step`` steps."""
        found = []
        for rule in self._rules:
            if not isinstance(record, rule.reads):
                continue
            saw = rule.observe(record)
            if saw is not None:
                found.append(Finding(rule.name, rule.config.action, step, record.time, saw, rule.advice))
        return found
