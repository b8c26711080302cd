"""What the notebook ``data`` asks of a file of reviews, each answer a table. The rules are those of the loop's own steps.

Of the sealed parts only rows are counted, as the loop's own pages do: no text of theirs is shown, and no model reads one.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.dataset.folds import folds_of, near_copy_groups, out_of_fold, require_every_sentiment
from reviewloop.core.dataset.lengths import choose_length, coverage
from reviewloop.core.dataset.snapshots import Snapshot, class_shares, model_texts, split_snapshot, without_near_copies
from reviewloop.core.delivery.history import DeliveryHistory
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.leaderboard.open_rows import open_rows
from reviewloop.core.profile.changes import chance_distance, js_distance, shape
from reviewloop.core.profile.columns import described, profile_columns
from reviewloop.core.profile.duplicates import find_duplicates
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.models.refitted import refitted
from reviewloop.pages.figures import Figures
from reviewloop_local.sample.reviews import make_reviews, to_csv_bytes

FILE: Final = "CSV"
"""The environment variable that names the review file, so that no notebook has a path of anybody's machine in it."""
DAY: Final = "2026-01-01"
"""A file of reviews has no days, and no question here needs them."""
QUANTILES: Final = {"shortest": 0.0, "quarter": 0.25, "half": 0.5, "three quarters": 0.75, "95 %": 0.95, "longest": 1.0}


@dataclass(frozen=True)
class Delivered:
    """A file as the loop reads it: what was accepted, what was set aside, and the snapshot that trainings would learn from."""

    source: str
    num_landed: int
    accepted: pd.DataFrame
    quarantine: pd.DataFrame
    rows: pd.DataFrame
    """The accepted rows with their sentiment, number of words and part (``core.profile.columns.described``)."""
    snapshot: Snapshot

    @property
    def open_rows(self) -> pd.DataFrame:
        """Train and validation of the snapshot, ordered by text."""
        return open_rows(self.snapshot.parts, load_config().features.split)


def delivered() -> Delivered:
    """The reviews of the file that ``CSV`` names; without it, the made-up sample."""
    named = os.environ.get(FILE, "")
    data = Path(named).read_bytes() if named else to_csv_bytes(make_reviews())
    config, contract = load_config(), load_contract()
    source = Path(named).name if named else "made-up sample"
    found, accepted, quarantine = parse_whole(Path(named or "sample.csv").name, data, contract, config.dataset.limits)
    split = config.features.split
    snapshot = split_snapshot(accepted.assign(day=DAY), contract, split.validation, split.test)
    rows = described(accepted.assign(day=DAY), split.validation, split.test)
    whole = without_near_copies(snapshot, config.features.near_duplicate_jaccard)
    return Delivered(source, found.num_landed, accepted, quarantine, rows, whole)


def arrived(of: Delivered) -> pd.DataFrame:
    """Where every row of the file went, in the order in which it is decided."""
    counts = of.snapshot.counts()
    set_aside = of.quarantine["reason"].astype(str).value_counts().sort_index().to_dict() if len(of.quarantine) else {}
    steps = [
        ("landed", of.num_landed),
        *((f"set aside: {reason}", -int(count)) for reason, count in set_aside.items()),
        ("accepted", len(of.accepted)),
        ("left out: an earlier row has the same text", -counts["num_duplicates"]),
        ("left out: nearly the same as a sealed text", -counts["num_near_copies"]),
        *((f"part {name}", len(part)) for name, part in of.snapshot.parts.items()),
    ]
    return pd.DataFrame(steps, columns=["rows", "number"])


def parts(of: Delivered) -> pd.DataFrame:
    """Rows and the share of each sentiment, part by part."""
    return pd.DataFrame(
        [{"part": name, "rows": len(part), **class_shares(part["label"])} for name, part in of.snapshot.parts.items()]
    )


def missing(of: Delivered) -> pd.DataFrame:
    """Each column: how many values are missing, how many different ones there are, and the most frequent of them."""
    found = profile_columns(of.rows, load_contract(), 1)
    return pd.DataFrame(
        [
            {
                "column": one.name, "kind": one.kind, "missing": one.num_missing, "share missing": one.num_missing / len(of.rows),
                "different": one.num_distinct,
                "most frequent": one.top[0][0] if one.kind != "text" and one.top else "",
            }
            for one in found
        ]
    )  # fmt: skip


def words(of: Delivered) -> pd.DataFrame:
    """How long the texts are, in words: of each sentiment, outside the sealed part."""
    rows = of.rows[of.rows["part"].isin(("train", "validation"))]
    groups = {"all": rows} | {name: rows[rows["sentiment"] == name] for name in SENTIMENTS}
    return _quantiles({name: group["num_words"].to_numpy() for name, group in groups.items()})


def tokens(of: Delivered) -> pd.DataFrame:
    """What each length that the configuration allows would hold of the training texts; the one that is chosen, ``chosen``."""
    features = load_config().features
    lengths = _tokens(of)
    chosen = choose_length(lengths, features.seq_lengths, features.max_seq_coverage)
    return pd.DataFrame(
        [
            {"tokens": length, "texts held whole": coverage(lengths, length), "": "chosen" if length == chosen else ""}
            for length in features.seq_lengths
        ]
    )


def near_copies(of: Delivered) -> pd.DataFrame:
    """Texts that came twice, and pairs of texts that are nearly the same."""
    profiling = load_config().profiling
    found = find_duplicates(of.rows, profiling.near_duplicate_jaccard, profiling.max_compared_texts)
    told = {
        "rows whose text an earlier row has": found.num_repeated,
        "texts that came with more than one sentiment": found.num_conflicts,
        "different texts": found.num_distinct,
        "pairs of nearly the same text": found.num_near,
        "of these, with different sentiments": found.num_near_conflicts,
        "of these, one sealed and one not": found.num_near_across,
    }
    return pd.DataFrame({"what": list(told), "number": list(told.values())})


def drift_between_parts(of: Delivered) -> pd.DataFrame:
    """Each column of validation and of the sealed part beside training: Jensen-Shannon distance, and what luck alone would reach
    once in 1,000 times. The parts are drawn by hash, so that none should be beyond luck by much."""
    contract = load_contract()
    shapes = {str(name): shape(rows, contract, str(name)).counts for name, rows in of.rows.groupby("part", sort=True)}
    train = shapes.pop("train")
    return pd.DataFrame(
        [
            {"part": part, "column": name, "distance": distance, "by luck": luck, "": "moved" if distance > luck else ""}
            for part, counts in shapes.items()
            for name in train
            for distance, luck in [_distances(train[name], counts[name])]
        ]
    )


def _distances(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[float, float]:
    luck = chance_distance(len({*before, *now}), sum(before.values()), sum(now.values()))
    return js_distance(before, now), luck


def label_noise(of: Delivered) -> pd.DataFrame:
    """How many labels the list of `labels_check` would doubt: the baseline reads each open row after it was fitted on others, near
    copies never parted; cleanlab says which labels it takes for errors. A list for people, never a filter."""
    from reviewloop.core.label_errors.ranking import flagged

    config = load_config()
    rows, limits = of.open_rows, config.labels.errors
    groups = near_copy_groups(rows["text"].tolist(), config.features.near_duplicate_jaccard)
    folds = folds_of(rows["text_digest"].tolist(), groups, limits.num_folds)
    labels = rows["label"].to_numpy(dtype=np.int64)
    require_every_sentiment(labels, folds)
    doubted = flagged(labels, out_of_fold(rows, folds, refitted(config.training.baseline, limits.seed)))
    return pd.DataFrame(
        [
            {"sentiment": name, "rows": int((labels == label).sum()), "doubted": int(doubted[labels == label].sum())}
            for label, name in enumerate(SENTIMENTS)
        ]
    ).assign(share=lambda table: table["doubted"] / table["rows"])


def gates(of: Delivered) -> pd.DataFrame:
    """What the gates on data say of the whole file as one delivery: expectations that fail, and groups that are marked."""
    from reviewloop.adapters.expectations.reviews import run_suites
    from reviewloop.core.bias.contrasts import facet_frame
    from reviewloop.core.bias.verdicts import in_words, measure
    from reviewloop.core.quality.rows import rows_of

    config, contract = load_config(), load_contract()
    nothing_before = DeliveryHistory(landed_on=DAY, last_counts=(), newest_day=None, is_repeat=False)
    quarantine, accepted = of.quarantine, rows_of(of.accepted)
    suites = run_suites(config.quality, contract, DAY, accepted, quarantine, of.num_landed, nothing_before)
    checks = [check for suite in suites for check in suite.checks]
    groups = measure(facet_frame(of.accepted, config.bias, contract), config.bias)
    told = [("quality", check.severity, check.in_words()) for check in checks if not check.success]
    told += [
        ("bias", group.verdict, f"{group.name}: {in_words(group, config.bias)}")
        for group in groups
        if group.verdict in ("warn", "reject")
    ]
    summary = [
        ("quality", "", f"{len(checks)} expectations, {sum(not check.success for check in checks)} do not hold"),
        ("bias", "", f"{len(groups)} groups, {sum(group.verdict == 'not enough evidence' for group in groups)} too small to judge"),
    ]
    return pd.DataFrame([*summary, *told], columns=["gate", "verdict", "what"])


def figures(of: Delivered) -> Figures:
    """The panels of the profile page, as SVG: texts by words and by tokens, and every facet that is a number."""
    from reviewloop.pages.profile.figures import profile_figures

    features, lengths = load_config().features, _tokens(of)
    chosen = choose_length(lengths, features.seq_lengths, features.max_seq_coverage)
    return profile_figures(of.rows, load_contract(), lengths, chosen)


def _tokens(of: Delivered) -> list[int]:
    from reviewloop.models.encoder.tokenizer import load_tokenizer

    train: pd.DataFrame = of.snapshot.parts["train"]
    return load_tokenizer(load_config().training.transformer.model).lengths(model_texts(train))


def _quantiles(groups: "Mapping[str, np.ndarray[tuple[int], np.dtype[np.int64]]]") -> pd.DataFrame:
    """A row a group: how many, and the quantiles."""
    return pd.DataFrame(
        [
            {"reviews of": name, "number": len(values)}
            | {head: float(np.quantile(values, at)) if len(values) else np.nan for head, at in QUANTILES.items()}
            for name, values in groups.items()
        ]
    )
