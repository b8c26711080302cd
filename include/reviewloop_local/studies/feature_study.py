"""What does a feature add to title and text? ``python -m reviewloop_local.studies.feature_study [--csv FILE] [--only NAME]``.

Cross-validation on train and validation; the sealed part is not looked at. The baseline reads title and text; a second model reads
the baseline's answers to texts that it did not learn from, without the feature and with it (in bins, so that any shape of an effect
is seen). The gain is macro-F1 with it less macro-F1 without it, on the same rows, with the 95 % interval of a paired bootstrap. A
feature stays, and may train, where the lower bound is above 0: it goes into the feature's row in ``config/base.yaml``.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.table import Table

from reviewloop.config import Config, load_config
from reviewloop.core.dataset.balance import class_weights
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.features.text import MADE, text_features
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop_local.loop.display import new_console
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import Probabilities, answers, fit, read_snapshot

COUNTS: Final = {"folds": Count(5, "parts of the cross-validation", 2), "resamples": Count(2000, "draws of the bootstrap", 100)}
MAX_BINS: Final = 10
SEED: Final = 20260101


@dataclass(frozen=True)
class Ablation:
    """Of one feature: what it adds, and microseconds a review that it takes here."""

    name: str
    gain: Difference
    cost_us: float

    @property
    def stays(self) -> bool:
        """Whether a model may learn from it."""
        return self.gain.low > 0


def folds_of(digests: Sequence[str], num_folds: int) -> npt.NDArray[np.int64]:
    """The part that each text is in: a hash of the text, so that no order of rows decides."""
    return np.array([int(fraction(digest, "ablation") * num_folds) for digest in digests], dtype=np.int64)


def held_out(rows: pd.DataFrame, folds: npt.NDArray[np.int64], config: Config) -> Probabilities:
    """The baseline's answer to each row, by one that has learnt from the other folds."""
    found = np.zeros((len(rows), 3))
    for fold in np.unique(folds):
        model = fit(rows[folds != fold].reset_index(drop=True), config, SEED)
        found[folds == fold] = answers(model, rows[folds == fold])
    return found


def ablations(
    rows: pd.DataFrame, values: pd.DataFrame, folds: npt.NDArray[np.int64], config: Config, num_resamples: int
) -> dict[str, Difference]:
    """The gain of each column of ``values``, beside what the baseline makes of title and text."""
    read_text = np.log(held_out(rows, folds, config).clip(1e-9))
    labels = rows["label"].to_numpy(dtype=np.int64)
    weights = _weights(rows["label"], config)
    without = _stacked(read_text, labels, weights, folds)
    found = {}
    for name in values:
        with_it = _stacked(np.hstack([read_text, _binned(values[name])]), labels, weights, folds)
        found[str(name)] = macro_f1_difference(labels, with_it, without, num_resamples, SEED)
    return found


def _weights(labels: "pd.Series[int]", config: Config) -> npt.NDArray[np.float64]:
    """As the baseline's own rows are weighed."""
    by_class = class_weights(labels, config.features.balance_power)
    weights: Any = labels.map(by_class).to_numpy(dtype="float64") ** config.training.baseline.weight_power
    return np.asarray(weights, dtype=np.float64)


def _binned(values: "pd.Series[Any]") -> npt.NDArray[np.float64]:
    """One column a bin; a value that is missing is in none. The edges are the values' own, no label has a say in them."""
    bins = pd.qcut(values.astype("float64"), MAX_BINS, labels=False, duplicates="drop")
    return pd.get_dummies(bins, dtype="float64").to_numpy()


def _stacked(
    seen: npt.NDArray[np.float64], labels: npt.NDArray[np.int64], weights: npt.NDArray[np.float64], folds: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    from sklearn.linear_model import LogisticRegression

    found = np.zeros(len(labels), dtype=np.int64)
    for fold in np.unique(folds):
        learnt = folds != fold
        model = LogisticRegression(max_iter=1000).fit(seen[learnt], labels[learnt], sample_weight=weights[learnt])
        found[~learnt] = model.predict(seen[~learnt])
    return found


def study(rows: pd.DataFrame, names: Sequence[str], num_folds: int, num_resamples: int) -> list[Ablation]:
    """The ablation of each named text feature on ``rows`` (``title``, ``text``, ``label``, ``text_digest``)."""
    values, costs = {}, {}
    for name in names:
        started = process_time()
        values[name] = text_features(rows, [name])[name]
        costs[name] = 1e6 * (process_time() - started) / len(rows)
    folds = folds_of(rows["text_digest"].tolist(), num_folds)
    gains = ablations(rows, pd.DataFrame(values), folds, load_config(), num_resamples)
    return [Ablation(name, gains[name], costs[name]) for name in names]


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns the exit status."""
    parser = parser_of("study-features", str(__doc__), COUNTS, None)
    candidates = [name for name in MADE if name != "model_text"]
    parser.add_argument("--only", action="append", choices=candidates, help="a feature; may be given again (default: all)")
    chosen = read(parser, COUNTS, arguments)
    parts = read_snapshot(Path(chosen.csv) if chosen.csv else None).parts
    rows = pd.concat([parts["train"], parts["validation"]], ignore_index=True)
    found = study(rows, chosen.only or candidates, chosen.folds, chosen.resamples)
    table = Table(
        "feature", "gain of macro-F1", "95 % interval", "microseconds a review", "verdict", title=f"{len(rows):,} reviews"
    )
    for one in found:
        interval = f"{one.gain.low:+.4f} to {one.gain.high:+.4f}"
        table.add_row(
            one.name, f"{one.gain.delta:+.4f}", interval, f"{one.cost_us:.1f}", "stays" if one.stays else "does not train"
        )
    new_console().print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
