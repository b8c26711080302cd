"""The watch's part of the training report: the rules that fired, with what they saw and what to do, then every rule."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.training.formats import format_seconds
from reviewloop.pages.training.history import SeedHistory, Training
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
_KINDS: Final[Mapping[str, kit.Kind]] = {"stop": "fail", "warn": "warn"}
"""How an action looks."""
_MARKS: Final[dict[State, kit.Kind]] = {"fired": "warn", "quiet": "pass", "blind": "none", "off": "none"}
"""The most urgent first."""
_SHORT: Final = {"gpu": "GPU", "cpu": "CPU", "io": "I/O"}


@dataclass(frozen=True)
class Fired:
    """One rule in one run: its first finding, and how many more there were."""

    run: SeedHistory
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


def in_short(training: Training) -> kit.Verdict:
    """What the rules come to: the gravest of them that fired, and how many; ``none`` where no rule could look."""
    found = fired(training)
    if not found:
        num_quiet = _num_quiet(training)
        told = f"Of {num_quiet} rules that looked, none fired." if num_quiet else "No rule could look at it."
        return kit.Verdict("pass" if num_quiet else "none", "none", told)
    names = dict.fromkeys(f"{title(one.rule)} ({_ACTIONS.get(one.action, one.action).lower()})" for one in found)
    return kit.Verdict(_KINDS.get(found[0].action, "pass"), found[0].action, f"Rules that fired: {', '.join(names)}.")


def cards(training: Training) -> Markup:
    """What fired, or the sentence that nothing did."""
    found = fired(training)
    if not found:
        return kit.paragraph(_nothing(training))
    return kit.join(_card(one, len(training.runs) > 1) for one in found)


def _nothing(training: Training) -> str:
    num_quiet = _num_quiet(training)
    if not num_quiet:
        return "The watch left nothing to judge by: no rule could look at this training."
    return f"Nothing: {num_quiet} rules looked at this training, and none fired."


def _num_quiet(training: Training) -> int:
    return sum(state == "quiet" for _, _, state in _states(training))


def _card(one: Fired, several: bool) -> Markup:
    seed = f"seed {one.run.seed}, " if several else ""
    more = f", and {one.num_more} more, the last at step {one.last_step:,.0f}" if one.num_more else ""
    advice = Markup("<br><b>Do:</b> {}").format(one.first["advice"]) if one.first.get("advice") else ""
    told = Markup('<p><b>Saw:</b> {}{}<br><span class="soft">{}{}{}</span></p>').format(
        one.first.get("saw", ""), advice, seed, _moment(one.first, one.run), more
    )
    return kit.card(_KINDS.get(one.action, "none"), f"{_ACTIONS.get(one.action, one.action)}: {title(one.rule)}", told)


def _moment(finding: Record, run: SeedHistory) -> str:
    step, seconds = number(finding.get("step")), number(finding.get("time")) - run.times[0]
    told = [f"step {step:,.0f}"] if np.isfinite(step) else []
    told += [f"{format_seconds(max(seconds, 0))} after the start"] if np.isfinite(seconds) else []
    return ", ".join(told) or "at a moment that was not told"


def table(training: Training, meanings: Meanings) -> Markup:
    """Every rule that the job names: how it ended, when it would have fired, what it would have done, what it means."""
    urgency = list(_MARKS)
    states = sorted(_states(training), key=lambda line: urgency.index(line[2]))
    if not states:
        return kit.paragraph("The job names no rules.")
    told = (
        "Observed: how often the rule could look. Patience: how often in a row it must see its threshold broken before it fires; "
        "with fewer observations than that it has judged nothing."
    )
    rows = [_row(training, *state, *meanings.get(state[0], ("", ""))) for state in states]
    head = ["Result", "Rule", "Observed", "Patience", "Threshold", "Action"]
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, (2, 3), kind="roomy")])


def _row(training: Training, rule: str, config: Record, state: State, meaning: str, unit: str) -> list[object]:
    seen = _num_observations(training, rule)
    blind = f"not judged: {'too few observations' if seen else _REASONS.get(rule, 'nothing to look at')}"
    word = {"fired": "fired", "quiet": "saw nothing", "blind": blind, "off": "off"}[state]
    threshold = number(config.get("threshold"))
    return [
        kit.mark(_MARKS[state], word),
        kit.below(title(rule), meaning) if meaning else title(rule),
        f"{seen:,}",
        config.get("patience", "–"),
        Markup('{} <span class="soft">{}</span>').format(f"{threshold:g}", unit) if np.isfinite(threshold) else "–",
        config.get("action", "–"),
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
