"""Do the model gates let a good model through, and how bad must one be to be stopped?

``python -m reviewloop_local.studies.gate_study [--csv FILE] [--out FILE.json]``. Prints two tables in Markdown:

- False alarms: challengers that are no worse than the champion (fitted on bootstrap samples of the same training rows), judged
  on half of the sealed rows, drawn anew for each. How often does which gate object?
- Power: the same challengers with a share of their answers turned into mistakes, everywhere, in one group, or for one
  sentiment. What loss of macro-F1 is stopped four times in five, and by which gate?

The model is the baseline: it is fitted in seconds, and the gates read answers, not models. Only gates on the answers to the
sealed part are studied; facts such as leakage, size or lineage do not vary with the draw.
"""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.config import Config, load_config
from reviewloop.core.bias.after.verdicts import measure_after
from reviewloop.core.evaluation.evaluation import evaluation, with_predictions
from reviewloop.core.gates.comparison import with_champion
from reviewloop.core.gates.gates import Evidence, GateResult, judge_all
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.metrics import confusion, macro_f1
from reviewloop_local.generated import put
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import (
    Probabilities,
    answers,
    fit,
    own_processes,
    read_snapshot,
    refits,
    spread_out,
    worsened,
)
from reviewloop_local.studies.gate_tables import in_markdown

NUM_CHALLENGERS: Final = 100
NUM_DRAWS: Final = 10
"""Worsened challengers at each share."""
SHARES: Final = (0.02, 0.04, 0.06, 0.09, 0.13, 0.19, 0.28, 0.4, 0.6)
"""Of the answers that become mistakes."""
NUM_RESAMPLES: Final = 300
"""For each judgement's intervals, instead of the configured number: there are more than a thousand judgements."""
CAUGHT: Final = 0.8
ANY: Final = "any gate"
SEED: Final = 20260101
COUNTS: Final = {
    "challengers": Count(NUM_CHALLENGERS, "challengers", least=2), "draws": Count(NUM_DRAWS, "worsened challengers at each share"),
}  # fmt: skip


@dataclass(frozen=True)
class Trial:
    """One challenger before the gates: both models' answers to the same rows."""

    rows: pd.DataFrame
    challenger: Probabilities
    champion: Probabilities


@dataclass(frozen=True)
class Loss:
    """Worsened challengers at one share: what they lost, and the share of them that each gate stopped."""

    where: str
    share: float
    macro_f1: float
    """Mean loss on the whole sealed part."""
    stopped_by: dict[str, float]


def judged(trial: Trial, config: Config) -> tuple[GateResult, ...]:
    """The gates that need nothing but answers to the sealed part."""
    draws = NUM_RESAMPLES, SEED
    ours, theirs = with_predictions(trial.rows, trial.challenger), with_predictions(trial.rows, trial.champion)
    report = evaluation(ours, config.contract, *draws, config.evaluation)
    versus = with_champion("1", report, ours, theirs, *draws)
    bias = measure_after(ours, config.bias, config.bias_after.model_copy(update={"num_resamples": NUM_RESAMPLES}), config.contract)
    evidence = Evidence({**report["metrics"], **versus.metrics, **bias.metrics()})
    return judge_all([gate for gate in config.gates if gate.metric in evidence.metrics and gate.mode != "off"], evidence)


def objections(trial: Trial, config: Config) -> tuple[str, ...]:
    """Gates that refuse or warn; ``ANY`` stands first where one refuses."""
    found = judged(trial, config)
    names = tuple(result.name for result in found if result.verdict != "pass")
    return (ANY, *names) if any(result.blocks for result in found) else names


def half(trial: Trial, seed: int) -> Trial:
    """The trial on half of its rows, drawn without replacement; the two models stay paired.

    Such a half is a fair sample of half the size. A bootstrap sample is none: it holds the chance of the sealed part as well as its
    own, and the gates' tests, which reckon with one, would find something in most of them.
    """
    num_rows = len(trial.rows)
    places = np.sort(np.random.default_rng(seed).choice(num_rows, num_rows // 2, replace=False))
    return Trial(trial.rows.iloc[places].reset_index(drop=True), trial.challenger[places], trial.champion[places])


def shares_of(found: Sequence[tuple[str, ...]], names: Sequence[str]) -> dict[str, float]:
    """How often each name occurs."""
    return {name: sum(name in one for one in found) / len(found) for name in names}


def damaged_places(sealed: pd.DataFrame, facet: str) -> dict[str, Any]:
    """Where answers are made worse, by name: everywhere, in the second largest group of a facet, or for complaints alone."""
    group = sealed[facet].value_counts().index[:2][-1]
    return {
        "everywhere": np.ones(len(sealed), dtype=bool),
        f"in {group} only": (sealed[facet] == group).fillna(False).to_numpy(dtype=bool),
        f"{SENTIMENTS[0]} reviews only": (sealed["label"] == 0).to_numpy(dtype=bool),
    }


def damaged_facet(config: Config) -> str:
    """The first text facet of the contract that is a slice by itself."""
    texts = [name for name, column in config.contract.facets.items() if not column.bands]
    return next(one[0] for one in config.evaluation.slices if len(one) == 1 and one[0] in texts)


def study_power(
    processes: Executor,
    sealed: pd.DataFrame,
    challengers: Sequence[Probabilities],
    config: Config,
    names: Sequence[str],
    num_draws: int,
) -> list[Loss]:
    """Every share of mistakes in every place; challenger and champion are fitted to different samples, as in the first table."""
    labels, rng = sealed["label"].to_numpy(dtype=np.int64), np.random.default_rng(SEED)
    settings = [
        (where, places, share) for where, places in damaged_places(sealed, damaged_facet(config)).items() for share in SHARES
    ]
    trials: list[Trial] = []
    losses: list[float] = []
    for _, places, share in settings:
        for draw in range(num_draws):
            one, other = challengers[draw % len(challengers)], challengers[(draw + 1) % len(challengers)]
            worse = worsened(labels, one, places, share, rng)
            losses.append(_macro_f1(labels, one) - _macro_f1(labels, worse))
            trials.append(half(Trial(sealed, worse, other), seed=len(trials)))
    found = spread_out(processes, objections, [(trial, config) for trial in trials], "worsened challengers judged")
    return [
        Loss(where, share, float(np.mean(losses[start : start + num_draws])), shares_of(found[start : start + num_draws], names))
        for start, (where, _, share) in zip(range(0, len(trials), num_draws), settings, strict=True)
    ]


def _macro_f1(labels: Any, probabilities: Probabilities) -> float:
    return float(macro_f1(confusion(labels, probabilities.argmax(axis=1))))


def loss_caught(losses: Sequence[Loss], name: str) -> float | None:
    """The loss of macro-F1 at which ``name`` stops ``CAUGHT`` of the challengers; between two points, on a straight line."""
    before = (0.0, 0.0)
    for loss in losses:
        now = (loss.macro_f1, loss.stopped_by[name])
        if now[1] >= CAUGHT:
            rise = (CAUGHT - before[1]) / (now[1] - before[1])
            return before[0] + rise * (now[0] - before[0])
        before = now
    return None


def study(csv: Path | None, num_challengers: int, num_draws: int) -> dict[str, Any]:
    """Both studies, as plain JSON."""
    with own_processes() as processes:
        return _study(processes, csv, num_challengers, num_draws)


def _study(processes: Executor, csv: Path | None, num_challengers: int, num_draws: int) -> dict[str, Any]:
    config, parts = load_config(), read_snapshot(csv).parts
    train, sealed = parts["train"], parts["test"]
    whole = answers(fit(train, config, SEED), sealed)
    fitted = refits(processes, train, sealed, config, range(num_challengers))
    clean = judged(Trial(sealed, whole, whole), config)
    studied = [result.name for result in clean]
    names = [ANY, *(result.name for result in clean if result.verdict == "pass")]
    if not names[1:]:
        raise SystemExit("gate_study: the champion passes no gate; there is nothing to study")
    kept = config.model_copy(update={"gates": tuple(gate for gate in config.gates if gate.name in names)})

    equals = [Trial(sealed, one, fitted[(place + 1) % num_challengers]) for place, one in enumerate(fitted)]
    against_whole = [Trial(sealed, one, whole) for one in fitted]
    alarms = {
        title: spread_out(
            processes, objections, [(half(trial, seed), kept) for seed, trial in enumerate(trials)], "challengers judged"
        )
        for title, trials in (("equal", equals), ("less_data", against_whole))
    }
    labels = sealed["label"].to_numpy(dtype=np.int64)
    losses = study_power(processes, sealed, fitted, kept, names, num_draws)
    return {
        "data": csv.name if csv else "made-up sample",
        "caught_share": CAUGHT, "num_train": len(train), "num_sealed": len(sealed),
        "num_challengers": num_challengers, "num_draws": num_draws,
        "champion_macro_f1": _macro_f1(labels, whole),
        "challengers_macro_f1": float(np.mean([_macro_f1(labels, one) for one in fitted])),
        "failed_by_the_champion": [result.name for result in clean if result.verdict != "pass"],
        "not_studied": [gate.name for gate in config.gates if gate.name not in studied],
        "modes": {ANY: "enforce", **{gate.name: gate.mode for gate in config.gates if gate.name in names}},
        "false_alarms": {title: shares_of(found, names) for title, found in alarms.items()},
        "power": [asdict(one) for one in losses],
        "caught": {
            where: {name: loss_caught([one for one in losses if one.where == where], name) for name in names}
            for where in damaged_places(sealed, damaged_facet(config))
        },
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run both studies and print their tables."""
    parser = parser_of("study-gates", str(__doc__), COUNTS, "gates.md")
    parser.add_argument("--out", type=Path, help="a JSON file for every number")
    chosen = read(parser, COUNTS, arguments)
    found = study(chosen.csv, chosen.challengers, chosen.draws)
    if chosen.out:
        chosen.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
        sys.stderr.write(f"every number: {chosen.out}\n")
    print(in_markdown(found))
    if chosen.docs:
        put("gates.md", f"make study-gates{' CSV=...' if chosen.csv else ''} DOCS=1", in_markdown(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
