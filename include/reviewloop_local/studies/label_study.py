"""What labels are worth that no rating gave, and whether wrong labels are found.

``python -m reviewloop_local.studies.label_study [--csv FILE]``. Prints four tables in Markdown, of the train and validation part
alone (the sealed part is never looked at), by cross-validation over folds that part no near copies:

- Functions: what each labelling function does, and what their votes come to, combined in three ways.
- Worth: 1 in 20 of the training rows keeps its rating, the others get labels of functions (weak) or of a model (self), or none.
  Each way against the rated rows alone: macro-F1 of the baseline on the held-out rows, paired, every draw by itself.
- Planted: 5 % of the labels are turned into others. How many of the first so many of the list are planted ones?
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.adapters.labels.functions import load_functions
from reviewloop.config import Config, load_config
from reviewloop.core.dataset.folds import FitAndRead, folds_of, near_copy_groups, out_of_fold
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.label_errors.ranking import flagged, ranked
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop.core.statistics.metrics import Floats, Ints, confusion, macro_f1, recall
from reviewloop.core.weak.combine import combine, prior_of
from reviewloop.core.weak.functions import ABSTAINS, Votes, votes_of
from reviewloop.core.weak.self_training import POSITIVE, self_train
from reviewloop.core.weak.table import UNLABELLED, table_of
from reviewloop.models.refitted import refitted
from reviewloop_local.generated import put
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import answers, fit, read_snapshot
from reviewloop_local.studies.markdown import table

RATED_SHARE: Final = 0.05
PLANTED_SHARE: Final = 0.05
COUNTS: Final = {"draws": Count(3, "draws of the rated rows"), "folds": Count(3, "folds", least=2)}
SEED: Final = 20260101
ONLY_RATED: Final = "the rated rows alone"


@dataclass(frozen=True)
class Rows:
    """The labelled rows without the sealed part, with what the functions say of each and its fold."""

    rows: pd.DataFrame
    votes: Votes
    folds: Ints

    @property
    def labels(self) -> Ints:
        """Shape (n,)."""
        return self.rows["label"].to_numpy(dtype=np.int64)


def read_rows(csv: Path | None, config: Config, num_folds: int) -> Rows:
    """Train and validation as ``build_features`` would make them of the file's reviews; ``None``: of the made-up sample."""
    parts = read_snapshot(csv).parts
    rows = pd.concat([parts["train"], parts["validation"]]).sort_values("text_digest", ignore_index=True)
    titles = rows["title"].astype(object).where(rows["title"].notna(), None).tolist()
    votes = votes_of(load_functions(config.contract.name), titles, rows["text"].tolist())
    groups = near_copy_groups(rows["text"].tolist(), config.features.near_duplicate_jaccard)
    return Rows(rows, votes, folds_of(rows["text_digest"].tolist(), groups, num_folds))


def functions_tables(data: Rows, config: Config) -> str:
    """What each function does, and what the votes come to."""
    functions = load_functions(config.contract.name)
    found = table_of(functions, data.votes, data.labels)
    each = [
        [
            row.name, row.answers, f"{row.coverage:.1%}", f"{row.overlap:.1%}", f"{row.conflict:.1%}",
            f"{row.accuracy.value:.3f} ({row.accuracy.low:.3f} to {row.accuracy.high:.3f})", f"{row.num_labelled}",
        ]
        for row in found
    ]  # fmt: skip
    combined = combine(data.votes, data.labels, prior_of(data.labels), config.labels.weak)
    ways = {
        "majority vote": combined.answers("majority"),
        "Dawid-Skene, abstaining an answer, shares given": combined.answers("dawid_skene"),
        "Dawid-Skene as crowd-kit has it": of_crowd_kit(data.votes),
    }
    together = [[name, *_marks(data.labels, found)] for name, found in ways.items()]
    difference = combined.difference
    told = "too few labels to compare" if difference is None else f"second less first {_interval(difference)}"
    head = ["function", "answers", "coverage", "overlap", "conflict", "right (95 % interval)", "of"]
    return "\n\n".join(
        [
            table(head, each),
            f"On the {combined.num_compared} rows of which a function speaks: {told}; used: {combined.used}.",
            table(["votes combined by", "macro-F1", "recall negative", "neutral", "positive"], together),
        ]
    )


def of_crowd_kit(votes: Votes) -> Ints:
    """The likeliest sentiment of each row; ``UNLABELLED`` where all abstain."""
    from crowdkit.aggregation import DawidSkene

    task, worker = np.nonzero(votes != ABSTAINS)
    data = pd.DataFrame({"task": task, "worker": worker, "label": votes[task, worker].astype(int)})
    found = DawidSkene(n_iter=100).fit_predict_proba(data)
    labels = np.full(len(votes), UNLABELLED)
    labels[found.index.to_numpy()] = found.columns.to_numpy()[found.to_numpy().argmax(axis=1)]
    return labels


Bools = npt.NDArray[np.bool_]
Way = Callable[[Rows, Bools, Config, int], pd.DataFrame]
"""Of some rows, and which of them keep their ratings: the rows that a model is fitted on, with ``label``."""


def only_rated(data: Rows, rated: Bools, config: Config, seed: int) -> pd.DataFrame:  # noqa: ARG001 (a Way)
    """What there is without any of this."""
    return data.rows[rated]


def all_rated(data: Rows, rated: Bools, config: Config, seed: int) -> pd.DataFrame:  # noqa: ARG001 (a Way)
    """What ratings of all would give."""
    return data.rows


def with_weak(data: Rows, rated: Bools, config: Config, seed: int) -> pd.DataFrame:  # noqa: ARG001 (a Way)
    """The others with the labels of the functions, where the votes are sure enough."""
    known = np.where(rated, data.labels, UNLABELLED)
    labels = combine(data.votes, known, prior_of(known), config.labels.weak).labels(config.labels.weak.min_share)
    weak = ~rated & (labels != UNLABELLED)
    both: pd.DataFrame = pd.concat([data.rows[rated], data.rows[weak].assign(label=labels[weak])], ignore_index=True)
    return both


def with_self(data: Rows, rated: Bools, config: Config, seed: int) -> pd.DataFrame:
    """The others with the labels of a model, where it is sure enough; a fifth of the rated rows is its validation."""
    known, unknown = data.rows[rated], data.rows[~rated].drop(columns="label")
    held = np.array([fraction(digest, f"self {seed}") < 0.2 for digest in known["text_digest"]])
    reader = refitted(config.training.baseline, seed)
    found = self_train(known[~held], unknown, known[held], reader, config.labels.self_training)
    return pd.concat([known, found.rows], ignore_index=True)


WAYS: Final[dict[str, Way]] = {
    ONLY_RATED: only_rated, "and weak labels": with_weak, "and a model's own labels": with_self, "all of them rated": all_rated,
}  # fmt: skip


@dataclass(frozen=True)
class Worth:
    """Of one way and one draw: how many rows it was fitted on, its answers to every held-out row, against the rated rows alone."""

    way: str
    num_rows: float
    macro_f1: float
    positive_share: float
    difference: Difference


def worth(data: Rows, config: Config, num_draws: int) -> Iterator[Worth]:
    """Every way at every draw, cross-validated."""
    ways = {name: way for name, way in WAYS.items() if name != "all of them rated"}
    whole = _cross_validated(data, all_rated, config, 0)
    for draw in range(num_draws):
        found = {name: _cross_validated(data, way, config, draw) for name, way in ways.items()} | {"all of them rated": whole}
        base, _ = found[ONLY_RATED]
        for name, (said, num_rows) in found.items():
            mark = float(macro_f1(confusion(data.labels, said)))
            difference = macro_f1_difference(data.labels, said, base, 2000, SEED)
            yield Worth(name, num_rows, mark, float((said == POSITIVE).mean()), difference)


def _cross_validated(data: Rows, way: Way, config: Config, draw: int) -> tuple[Ints, float]:
    said, sizes = np.full(len(data.rows), UNLABELLED), []
    drawn = np.array([fraction(digest, f"rated {draw}") < RATED_SHARE for digest in data.rows["text_digest"]])
    for fold in np.unique(data.folds):
        held = data.folds == fold
        pool = Rows(data.rows[~held].reset_index(drop=True), data.votes[~held], data.folds[~held])
        fitted = way(pool, drawn[~held], config, draw)
        sizes.append(len(fitted))
        said[held] = answers(fit(fitted, config, SEED), data.rows[held]).argmax(axis=1)
    return said, float(np.mean(sizes))


def worth_table(found: Sequence[Worth]) -> str:
    """The ways, each over all draws."""
    rows = []
    for way in WAYS:
        mine = [one for one in found if one.way == way]
        deltas, lows = ([getattr(one.difference, name) for one in mine] for name in ("delta", "low"))
        rows.append(
            [
                way, f"{np.mean([one.num_rows for one in mine]):.0f}", f"{np.mean([one.macro_f1 for one in mine]):.3f}",
                f"{np.mean([one.positive_share for one in mine]):.1%}",
                "" if way == ONLY_RATED else f"{np.mean(deltas):+.3f}", "" if way == ONLY_RATED else f"{min(lows):+.3f}",
            ]
        )  # fmt: skip
    return table(["fitted on", "rows", "macro-F1", "answers positive", "gain", "lowest lower end of a draw's 95 % interval"], rows)


def planted_table(data: Rows, config: Config) -> str:
    """Errors planted, and how they are found: by every row counting the same, and as weighted for training."""
    rng = np.random.default_rng(SEED)
    wrong = rng.random(len(data.rows)) < PLANTED_SHARE
    labels = np.where(wrong, (data.labels + rng.integers(1, 3, len(wrong))) % 3, data.labels)
    rows = data.rows.assign(label=labels)
    readers: dict[str, FitAndRead] = {
        "every row the same": refitted(config.training.baseline, SEED),
        "weighted as for training": lambda known, unknown: answers(fit(known, config, SEED), unknown),
    }
    found = []
    for name, reader in readers.items():
        read: Floats = out_of_fold(rows, data.folds, reader)
        first = ranked(rows, read, int(wrong.sum()))
        hits = first["review_id"].isin(rows.loc[wrong, "review_id"])
        called = flagged(labels, read)
        found.append(
            [name, f"{hits.mean():.2f}", f"{called.sum()}", f"{wrong[called].mean():.2f}", f"{called[wrong].mean():.2f}",
             ", ".join(f"{called[labels == label].mean():.0%}" for label in range(3))]
        )  # fmt: skip
    head = ["baseline fitted with", f"planted among the first {wrong.sum()}", "cleanlab flags", "of them planted",
            "of the planted flagged", "flagged of negative, neutral, positive"]  # fmt: skip
    return table(head, found)


def _marks(labels: Ints, found: Ints) -> list[str]:
    matrix = confusion(labels[found != UNLABELLED], found[found != UNLABELLED])
    return [f"{float(macro_f1(matrix)):.3f}", *(f"{one:.3f}" for one in recall(matrix))]


def _interval(difference: Difference) -> str:
    return f"{difference.delta:+.3f} ({difference.low:+.3f} to {difference.high:+.3f})"


def study(csv: Path | None, num_draws: int, num_folds: int) -> str:
    """All tables in Markdown."""
    config = load_config()
    data = read_rows(csv, config, num_folds)
    shares = np.bincount(data.labels, minlength=3) / len(data.rows)
    return "\n\n".join(
        [
            f"{csv.name if csv else 'made-up sample'}: {len(data.rows)} rows of train and validation, positive {shares[2]:.1%}.",
            functions_tables(data, config),
            f"Worth, where 1 in {1 / RATED_SHARE:.0f} rows keeps its rating; {num_draws} draws, {num_folds} folds:",
            worth_table(list(worth(data, config, num_draws))),
            f"{PLANTED_SHARE:.0%} of the labels turned into others; luck would find {PLANTED_SHARE:.2f}:",
            planted_table(data, config),
        ]
    )


def main(arguments: list[str] | None = None) -> int:
    """Run the study and print its tables."""
    parser = parser_of("study-labels", str(__doc__), COUNTS, "labels.md")
    chosen = read(parser, COUNTS, arguments)
    found = study(chosen.csv, chosen.draws, chosen.folds)
    print(found)
    if chosen.docs:
        put("labels.md", f"make study-labels{' CSV=...' if chosen.csv else ''} DOCS=1", found)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
