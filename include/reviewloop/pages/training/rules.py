"""The watch's part of the training report: the rules that fired, with what they saw and what to do, then every rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final, Literal

import numpy as np

from reviewloop.pages import legacy as parts
from reviewloop.pages.training.parts import format_seconds
from reviewloop.pages.training.run import Run, Training
from reviewloop.pages.training.series import Record, number

Meanings = Mapping[str, tuple[str, str]]
"""What each rule means, and the unit of its threshold."""
State = Literal["fired", "quiet", "blind", "off"]
"""``blind``: the rule had too few observations to fire, so that it has not found the training sound either."""

_REASONS: Final = {
    "low_gpu_use": "no GPU read",
    "low_cpu_use": "no reading without a GPU",
    "cpu_bottleneck": "no GPU read",
    "gpu_memory": "no GPU read",
    "load_imbalance": "never more than one process",
    "dead_neurons": "no such activation seen",
    "saturated_activations": "no such activation seen",
}
"""Why a rule had nothing to look at, where a reason can be told."""
_ACTIONS: Final = {"stop": "Stopped the training", "warn": "Warning", "note": "Note"}
"""The gravest first."""
_CLASSES: Final[dict[State, str]] = {"fired": "warn-text", "quiet": "good", "blind": "soft", "off": "soft"}
"""The most urgent first."""
_SHORT: Final = {"gpu": "GPU", "cpu": "CPU", "io": "I/O"}


@dataclass(frozen=True)
class Fired:
    """One rule in one run: its first finding, and how many more there were."""

    run: Run
    rule: str
    action: str
    first: Record
    num_more: int
    last_step: float


def fired(training: Training) -> list[Fired]:
    """The rules that fired, the gravest action first, then in the order of time."""
    found = []
    for run in training.runs:
        for rule in dict.fromkeys(str(finding["rule"]) for finding in run.findings):
            same = [finding for finding in run.findings if str(finding["rule"]) == rule]
            action, last = str(same[0].get("action", "note")), number(same[-1].get("step"))
            found.append(Fired(run, rule, action, same[0], len(same) - 1, last))
    gravity = list(_ACTIONS)
    return sorted(
        found,
        key=lambda one: (
            gravity.index(one.action) if one.action in gravity else len(gravity),
            np.nan_to_num(number(one.first.get("time"))),
        ),
    )


def title(rule: str) -> str:
    """A rule's name as words: ``Low GPU use``."""
    words = " ".join(_SHORT.get(word, word) for word in rule.split("_"))
    return words[:1].upper() + words[1:]


def cards(training: Training) -> str:
    """What fired, or the sentence that nothing did."""
    found = fired(training)
    if not found:
        return parts.paragraph(_nothing(training))
    return f'<ul class="found">{"".join(_card(one, len(training.runs) > 1) for one in found)}</ul>'


def _nothing(training: Training) -> str:
    num_quiet = sum(state == "quiet" for _, _, state in _states(training))
    if not num_quiet:
        return "The watch left nothing to judge by: no rule could look at this training."
    return f"Nothing: {num_quiet} rules looked at this training, and none fired."


def _card(one: Fired, several: bool) -> str:
    seed = f"seed {one.run.seed}, " if several else ""
    more = f", and {one.num_more} more, the last at step {one.last_step:,.0f}" if one.num_more else ""
    advice = f"<br><b>Do:</b> {escape(str(one.first['advice']))}" if one.first.get("advice") else ""
    return (
        f'<li class="{escape(one.action)}"><b>{escape(_ACTIONS.get(one.action, one.action))}: {escape(title(one.rule))}</b>'
        f"<br><b>Saw:</b> {escape(str(one.first.get('saw', '')))}{advice}"
        f'<br><span class="soft">{seed}{_moment(one.first, one.run)}{more}</span></li>'
    )


def _moment(finding: Record, run: Run) -> str:
    step, seconds = number(finding.get("step")), number(finding.get("time")) - run.times[0]
    told = [f"step {step:,.0f}"] if np.isfinite(step) else []
    told += [f"{format_seconds(max(seconds, 0))} after the start"] if np.isfinite(seconds) else []
    return ", ".join(told) or "at a moment that was not told"


def table(training: Training, meanings: Meanings) -> str:
    """Every rule that the job names: how it ended, when it would have fired, what it would have done, what it means."""
    urgency = list(_CLASSES)
    states = sorted(_states(training), key=lambda line: urgency.index(line[2]))
    if not states:
        return parts.paragraph("The job names no rules.")
    told = (
        "Observed: how often the rule could look. Patience: how often in a row it must see its threshold broken before it fires; "
        "with fewer observations than that it has judged nothing."
    )
    rows = [_row(training, *state, *meanings.get(state[0], ("", ""))) for state in states]
    return parts.table(["Rule", "Result", "Observed", "Patience", "Threshold", "Action"], rows, (2, 3), caption=told)


def _row(training: Training, rule: str, config: Record, state: State, meaning: str, unit: str) -> list[str]:
    seen = _num_observations(training, rule)
    blind = f"not judged: {'too few observations' if seen else _REASONS.get(rule, 'nothing to look at')}"
    mark = {"fired": "! fired", "quiet": "saw nothing", "blind": blind, "off": "off"}[state]
    threshold = number(config.get("threshold"))
    return [
        f'{escape(title(rule))}<br><span class="soft">{escape(meaning)}</span>' if meaning else escape(title(rule)),
        f'<span class="{_CLASSES[state]}">{mark}</span>',
        f"{seen:,}",
        escape(str(config.get("patience", "–"))),
        f'{threshold:g} <span class="soft">{escape(unit)}</span>' if np.isfinite(threshold) else "–",
        escape(str(config.get("action", "–"))),
    ]


def _states(training: Training) -> Iterator[tuple[str, Record, State]]:
    rules: Mapping[str, Record] = (training.job.get("watch") or {}).get("rules") or {}
    names = {one.rule for one in fired(training)}
    for rule in [*rules, *sorted(names - set(rules))]:  # a finding counts also when the job does not name its rule
        config = rules.get(rule, {})
        if rule in names:
            yield rule, config, "fired"
        elif config.get("action") == "off":
            yield rule, config, "off"
        else:
            yield rule, config, "quiet" if _num_observations(training, rule) >= max(1, config.get("patience", 1)) else "blind"


def _num_observations(training: Training, rule: str) -> int:
    """The most in one run: patience does not reach from one seed into the next."""
    return max(run.observations.get(rule, 0) for run in training.runs)
