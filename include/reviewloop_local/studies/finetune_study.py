"""What makes the fine-tune better? Settings side by side, on reviews that none of them saw, and on the behaviour suite.

``make study-finetune CSV=FILE``: every variant is trained on the same cut of the train part and reads what is left of it and the
validation part (the sealed part is not read), macro-F1 paired on the same rows with the settings of today. The suite's tests on
reviews are put to validation rows.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from reviewloop.adapters.behaviour_suite import load_suite
from reviewloop.adapters.inoculation import load_lessons
from reviewloop.adapters.lake.frames import to_parquet
from reviewloop.config import Config, InoculationConfig, load_config
from reviewloop.core.behaviour import cases, flips, important, verdicts
from reviewloop.core.behaviour.answers import Answers
from reviewloop.core.dataset.inoculation import inoculated
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.leaderboard.open_rows import open_rows
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.statistics.bootstrap import Difference, macro_f1_difference
from reviewloop.core.statistics.metrics import accuracy, confusion, macro_f1
from reviewloop.files import write_json
from reviewloop.models.encoder.pretrained import fetched
from reviewloop.models.encoder.tokenizer import Tokenizer, load_tokenizer
from reviewloop.training.job import Job
from reviewloop_local.errors import LocalError
from reviewloop_local.studies.arguments import Count, parser_of, read
from reviewloop_local.studies.challengers import Probabilities, answers, fit, read_snapshot
from reviewloop_local.studies.finetune_program import ANSWERS, JOB, MEAN, TEXTS
from reviewloop_local.studies.markdown import table

COUNTS: Final = {
    "rows": Count(6000, "training rows of every variant; more than there are takes all", 100),
    "resamples": Count(2000, "of the bootstrap", 100),
}
TODAY: Final = "as configured, without rows from templates"


@dataclass(frozen=True)
class Variant:
    """Changes of ``training.transformer``, rows from templates, and what the head reads."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    inoculation: InoculationConfig | None = None
    pools_mean: bool = False


def variants() -> tuple[Variant, ...]:
    """What was tried, today's settings first."""
    tenth = InoculationConfig(share=0.1, endings=0.5, seed=0)
    return (
        Variant(TODAY),
        Variant("rows from templates", inoculation=tenth),
        Variant("mean over the tokens", pools_mean=True),
        Variant("three epochs at 1.5e-4", {"epochs": 3, "learning_rate": 1.5e-4}),
    )


@dataclass(frozen=True)
class Rows:
    """Training rows, the rows that are asked, and the validation rows among them, with their ``part``."""

    train: pd.DataFrame
    asked: pd.DataFrame

    @property
    def validation(self) -> pd.DataFrame:
        """What the suite's tests on reviews change."""
        return self.asked[self.asked["part"] == "validation"]


@dataclass(frozen=True)
class Read:
    """What one variant answered: probabilities (n, 3) of the asked rows, the suite's metrics, and the seconds of it all."""

    probabilities: Probabilities
    behaviour: Mapping[str, float]
    seconds: float


def cut(parts: Mapping[Any, pd.DataFrame], config: Config, num_rows: int) -> Rows:
    """``num_rows`` of the train part by a hash of their text; all others of train and validation are asked."""
    validation = set(parts["validation"]["text_digest"])
    rows = open_rows(parts, config.features.split)
    rows = rows.assign(part=np.where(rows["text_digest"].isin(validation), "validation", "train"))
    order = rows["text_digest"].map(lambda digest: fraction(digest, "study-finetune")).where(rows["part"] == "train", 2.0)
    taken = (order.rank(method="first") <= num_rows) & (order < 2)
    return Rows(rows[taken].reset_index(drop=True), rows[~taken].reset_index(drop=True))


def study(rows: Rows, config: Config, chosen: Sequence[Variant], work: Path) -> dict[str, Read]:
    """Every variant by name, one after another."""
    suite, examples = load_suite(config.behaviour.suite)
    asked = model_texts(rows.asked)
    reviews = cases.chosen_reviews(model_texts(rows.validation), rows.validation["label"], config.behaviour)
    questions, pairs = cases.build_cases(suite, reviews, config.behaviour), cases.build_flips(suite, reviews, config.behaviour)
    texts = [text for case in questions for text in (case.before, case.text) if text is not None]
    texts += [text for pair in pairs for text in (pair.first, pair.second)] + [example.model_text for example in examples]
    every = list(dict.fromkeys([*asked, *texts]))
    found = {}
    for variant in chosen:
        print(f"training: {variant.name}", file=sys.stderr, flush=True)
        start = time.monotonic()
        probabilities = trained(rows, config, variant, every, work)
        by_text = Answers(dict(zip(every, probabilities, strict=True)))
        judged = verdicts.judge_all(suite, questions, by_text, config.behaviour)
        metrics = verdicts.metrics(judged) | flips.metrics(flips.flip_results(suite, pairs, by_text, config.behaviour))
        metrics |= important.metrics(important.judged(examples, by_text))
        place = {text: at for at, text in enumerate(every)}
        own = probabilities[[place[text] for text in asked]]
        found[variant.name] = Read(own, metrics, time.monotonic() - start)
    return found


def trained(rows: Rows, config: Config, variant: Variant, texts: Sequence[str], work: Path) -> Probabilities:
    """Train ``variant`` by the product's own program, and answer ``texts`` with the result: probabilities (n, 3)."""
    settings, tokenizer = config.training.transformer, load_tokenizer(config.training.transformer.model)
    columns = [name for name in rows.train.columns if name != "part"]
    train = rows.train[columns]
    if variant.inoculation is not None:
        lessons = load_lessons(config.contract.name, config.behaviour.suite)
        train = pd.concat([train, inoculated(train, lessons, variant.inoculation)], ignore_index=True)
    inputs = model_inputs(train, rows.validation[columns], tokenizer, config.features)
    folder = work / "training"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "train.parquet").write_bytes(to_parquet(inputs.train[["input_ids", "label", "weight"]]))
    (folder / "validation.parquet").write_bytes(to_parquet(inputs.validation[["input_ids", "label"]]))
    knobs = settings.model_dump(mode="json", exclude={"model"}) | {
        "base_model": str(fetched(settings.model)), "labels": list(SENTIMENTS), "max_seq_length": inputs.max_seq_length,
        "seed": config.training.seed, "num_seeds": 1, "output": str(folder / "output"),
        "train": str(folder / "train.parquet"), "validation": str(folder / "validation.parquet"),
    }  # fmt: skip
    write_json(folder / JOB, Job.model_validate(knobs | dict(variant.changes)).model_dump(mode="json"))
    write_json(folder / TEXTS, _ids(tokenizer, texts, inputs.max_seq_length))
    command = [
        sys.executable,
        "-m",
        "reviewloop_local.studies.finetune_program",
        str(folder),
        *([MEAN] if variant.pools_mean else []),
    ]
    with (folder / "training.log").open("wb") as sink:
        done = subprocess.run(command, env=os.environ, stdout=sink, stderr=sink, check=False)  # noqa: S603
    if done.returncode:
        raise LocalError(f"{variant.name}: the training failed: {(folder / 'training.log').read_text()[-2000:]}")
    found: Probabilities = np.load(folder / ANSWERS)
    return found


def _ids(tokenizer: Tokenizer, texts: Sequence[str], max_seq_length: int) -> list[list[int]]:
    return [ids.tolist() for ids in tokenizer.token_ids(list(texts), max_seq_length)]


def without_training(rows: Rows, config: Config, today: Probabilities) -> dict[str, Probabilities]:
    """What can be had of today's answers alone: mixed with the baseline's, and with factors for the rare classes."""
    baseline = answers(fit(rows.train, config, config.training.seed), rows.asked)
    labels, halves = (
        rows.asked["label"].to_numpy(),
        rows.asked["text_digest"].map(lambda one: fraction(one, "half") < 0.5).to_numpy(),
    )
    adjusted = today.copy()
    for half in (halves, ~halves):
        adjusted[~half] *= best_factors(labels[half], today[half])
    return {"mixed with TF-IDF, half and half": (today + baseline) / 2, "factors for the classes": adjusted}


def best_factors(labels: np.ndarray, probabilities: Probabilities) -> np.ndarray:
    """What negative and neutral probabilities are multiplied by for the best macro-F1 on these rows; positive stays (3,)."""
    tried = [np.array([negative, neutral, 1.0]) for negative in FACTORS for neutral in FACTORS]
    return max(tried, key=lambda factors: float(macro_f1(confusion(labels, (probabilities * factors).argmax(1)))))


FACTORS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.5, 1.75, 2.0)


def in_words(rows: Rows, found: Mapping[str, Read], mixed: Mapping[str, Probabilities], num_resamples: int, seed: int) -> str:
    """The table: macro-F1 and accuracy of the asked rows, what is gained over today's settings, and the suite's weakest tests."""
    labels = rows.asked["label"].to_numpy()
    today = found[TODAY].probabilities.argmax(1)

    def gain(probabilities: Probabilities) -> list[str]:
        said = probabilities.argmax(1)
        counts = confusion(labels, said)
        delta: Difference = macro_f1_difference(labels, said, today, num_resamples, seed)
        told = f"{delta.delta:+.3f} ({delta.low:+.3f} to {delta.high:+.3f})"
        return [f"{float(macro_f1(counts)):.3f}", told, f"{float(accuracy(counts)):.3f}"]

    lines = []
    for name, one in found.items():
        suite = [f"{one.behaviour[f'behaviour.{kind}.min_rate']:.2f}" for kind in ("mft", "dir", "inv")]
        flipped, wrong = f"{one.behaviour['flip.max_rate']:.2f}", f"{one.behaviour['important.num_wrong']:.0f}"
        lines.append([name, *gain(one.probabilities), *suite, flipped, wrong, f"{one.seconds:.0f}"])
    lines += [[name, *gain(one), *[""] * 6] for name, one in mixed.items()]
    head = ["settings", "macro-F1", "gain (95 %)", "accuracy", "weakest capability", "weakest direction", "weakest invariance"]
    head += ["flips", "important wrong", "seconds"]
    first = f"{len(rows.train):,} training rows, {len(rows.asked):,} rows that nobody saw; seed {seed}."
    return f"{first}\n\n{table(head, lines)}"


def main(arguments: list[str] | None = None) -> int:
    """Print the table; returns 0, for no result is wrong."""
    parser = parser_of("study-finetune", str(__doc__), COUNTS, None)
    parser.add_argument("--only", help="one variant beside today's settings, by its name")
    chosen: argparse.Namespace = read(parser, COUNTS, arguments)
    known = variants()
    wanted = [one for one in known if one.name in (TODAY, chosen.only or one.name)]
    if len(wanted) < 2:
        parser.error(f"--only: no variant {chosen.only}; known: {', '.join(one.name for one in known[1:])}")
    config = load_config()
    rows = cut(read_snapshot(chosen.csv).parts, config, chosen.rows)
    with tempfile.TemporaryDirectory(prefix="study-finetune-") as work:
        found = study(rows, config, wanted, Path(work))
    mixed = without_training(rows, config, found[TODAY].probabilities)
    print(in_words(rows, found, mixed, chosen.resamples, config.training.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
