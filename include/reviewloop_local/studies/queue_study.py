"""Is the queue worth a person's time? ``python -m reviewloop_local.studies.queue_study``.

The queue's rule against random texts, with as many labels each, by cross-validation: a fold of the texts is held out to mark on,
and the ratings of the others are hidden and handed out as they are asked for. The sealed part is not looked at. Prints a table in
Markdown, whoever wins. Exit status 0 only where the interval does not say that random texts are better than the queue as it is
configured.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from reviewloop.config import RehearsalConfig, load_config
from reviewloop.core.annotation.choosing import text_vectors
from reviewloop.core.annotation.rehearsal import Known, Rehearsal, rehearse
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.dataset.splits import fraction
from reviewloop_local.errors import LocalError
from reviewloop_local.generated import put
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import read_snapshot
from reviewloop_local.studies.drift_study import say
from reviewloop_local.studies.markdown import table

COUNTS: Final = {
    "folds": Count(5, "held out one after another, each another seed", 2),
    "start": Count(100, "labels that both begin with", 10),
    "size": Count(100, "labels a round"),
    "rounds": Count(9, "rounds"),
}


@dataclass(frozen=True)
class Texts:
    """Texts that may be learnt from, none of the sealed part: ``vectors`` (n, d), ``labels`` (n,)."""

    digests: Sequence[str]
    vectors: Any
    labels: NDArray[np.int64]


def open_texts(csv: Path | None) -> Texts:
    """Of a review file, or of the sample."""
    parts = read_snapshot(csv).parts
    digests = [*parts["train"]["text_digest"], *parts["validation"]["text_digest"]]
    vectors = text_vectors([*model_texts(parts["train"]), *model_texts(parts["validation"])])
    return Texts(digests, vectors, np.concatenate([parts["train"]["label"], parts["validation"]["label"]]))


def play(texts: Texts, random_share: float, num_folds: int, config: RehearsalConfig) -> Rehearsal:
    """The rehearsal of every fold, each with another part held out and another draw. Raises ``LocalError`` for too few texts."""
    fold = np.array([int(fraction(digest, "queue study") * num_folds) for digest in texts.digests])
    found = []
    for held_out in range(num_folds):
        inside, outside = np.flatnonzero(fold != held_out), np.flatnonzero(fold == held_out)
        pool, marked = (Known(texts.vectors[rows], texts.labels[rows]) for rows in (inside, outside))
        one = rehearse(pool, np.array(texts.digests)[inside].tolist(), marked, config, random_share)
        if one is None:
            raise LocalError(f"{len(inside)} texts are too few for {config.rounds} rounds of {config.size}: ask for fewer")
        say(f"random share {random_share:g}, fold {held_out + 1} of {num_folds}: {one.queue[0][-1]:.3f}, {one.random[0][-1]:.3f}")
        found.append(one)
    return Rehearsal(found[0].num_labels, tuple(one.queue[0] for one in found), tuple(one.random[0] for one in found))


def told(name: str, found: Rehearsal) -> list[str]:
    """A row of the table."""
    gain, low, high = found.gain
    marks = (np.mean(np.array(runs)[:, -1]) for runs in (found.queue, found.random))
    enough = "never" if found.enough is None else f"{found.enough:,} ({found.enough / found.num_labels[-1]:.0%})"
    winners = {"queue": "the queue", "random": "random", "neither": "neither"}
    return [name, *(f"{mark:.3f}" for mark in marks), f"{gain:+.3f} ({low:+.3f} to {high:+.3f})", enough, winners[found.winner]]


def main(arguments: list[str] | None = None) -> int:
    """Run the study."""
    parser = parser_of("study-queue", str(__doc__), COUNTS, "labelling.md")
    chosen = read(parser, COUNTS, arguments)
    shipped = load_config("local").annotation
    asked = {"seeds": 1, "start": chosen.start, "size": chosen.size, "rounds": chosen.rounds}
    config = shipped.rehearsal.model_copy(update=asked)  # a seed a fold
    texts = open_texts(chosen.csv)
    try:
        found = {share: play(texts, share, chosen.folds, config) for share in (shipped.random_share, 0.0)}
    except LocalError as error:
        parser.error(str(error))
    as_shipped, last = found[shipped.random_share], found[shipped.random_share].num_labels[-1]
    head = ["of a queue", "queue", "random texts", "gain", f"as good as {last:,} random labels with", "better"]
    names = {shipped.random_share: f"{shipped.random_share:.0%} at random, as configured", 0.0: "unsure texts alone"}
    at = range(0, len(as_shipped.num_labels), 2)
    means = [np.mean(np.array(runs), axis=0) for runs in (as_shipped.queue, as_shipped.random)]
    tables = "\n\n".join([
        f"{chosen.csv.name if chosen.csv else 'made-up sample'}: {len(texts.digests):,} texts, none of the sealed part; "
        f"{chosen.folds} folds, {chosen.start:,} labels to begin with, {chosen.rounds} rounds of {chosen.size:,}. Macro-F1 of a "
        "linear model after the last round, mean of the folds; gain: fold by fold, 95 % interval by Student's t.",
        table(head, [told(names[share], one) for share, one in found.items()]),
        table(["labels", *(f"{as_shipped.num_labels[step]:,}" for step in at)], [
            [name, *(f"{mean[step]:.3f}" for step in at)] for name, mean in zip(("queue", "random texts"), means, strict=True)
        ]),
    ])  # fmt: skip
    print(tables)
    if chosen.docs:
        put("labelling.md", f"make study-queue{' CSV=...' if chosen.csv else ''} DOCS=1", tables)
    return 1 if as_shipped.winner == "random" else 0


if __name__ == "__main__":
    sys.exit(main())
