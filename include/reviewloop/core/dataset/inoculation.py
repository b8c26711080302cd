"""Training rows made from templates, so that a model hears what few reviews say plainly: negations, contrasts, a return at the end.

Rows of the kind that a behaviour suite asks for, a few hundred of them, close gaps that are of the data and not of the model (Liu,
Schwartz and Smith, "Inoculation by Fine-Tuning", NAACL 2019). They share no sentence, no run of four words and no listed word with
the suite: otherwise its gates would ask for what was learnt by heart.
"""

import random
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
from pydantic import Field, ValidationError, model_validator

from reviewloop.config import InoculationConfig, Section, Sentiment
from reviewloop.core.behaviour.important import Important
from reviewloop.core.behaviour.perturbations import with_sentence
from reviewloop.core.behaviour.suite import Name, Suite, Text, Words, mistakes
from reviewloop.core.behaviour.templates import draw, fill, fillings, slots, stray_brace
from reviewloop.core.dataset.provenance import PROVENANCE
from reviewloop.core.dataset.snapshots import Snapshot
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import text_digest
from reviewloop.errors import ConfigError

NOBODY: Final = -1
"""In the place of a ``review_id``: no customer wrote it."""
MAX_WORDS: Final = 60
"""A longer review gets no ending: its tokens may be cut before it."""
RUN: Final = 4
"""Words in a row that no template may share with the suite."""
_WORD: Final = re.compile(r"[\w'’-]+")
_SLOT: Final = re.compile(r"\{[a-z0-9_]+\}")


class Whole(Section):
    """Templates of whole reviews, and their sentiment."""

    label: Sentiment
    templates: tuple[Text, ...] = Field(min_length=1)


class Ending(Section):
    """Sentences that are put behind reviews of the sentiments ``of``, and what they make of them."""

    of: tuple[Sentiment, ...] = Field(min_length=1)
    label: Sentiment
    templates: tuple[Text, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _turns(self) -> "Ending":
        if self.label in self.of:
            raise ValueError(f"label {self.label} is among {', '.join(self.of)}: the ending would change nothing")
        return self


class Lessons(Section):
    """A file of templates: word lists for the slots, whole reviews by capability, and endings by name."""

    words: Words
    texts: dict[Name, tuple[Whole, ...]] = Field(min_length=1)
    endings: dict[Name, Ending] = Field(min_length=1)

    @model_validator(mode="after")
    def _slots_are_known(self) -> "Lessons":
        for template in self.templates():
            if stray_brace(template):
                raise ValueError(f"{template!r} has a brace that is no {{slot}} of small letters, digits and _")
            if unknown := [name for name in slots(template) if name not in self.words]:
                raise ValueError(f"{template!r}: no list {unknown[0]!r} under words; known: {', '.join(sorted(self.words))}")
        return self

    def templates(self) -> list[str]:
        """All of them, in the order of the file."""
        whole = [one for groups in self.texts.values() for group in groups for one in group.templates]
        return whole + [one for ending in self.endings.values() for one in ending.templates]


def parse_lessons(name: str, data: Any) -> Lessons:
    """Validate what a file holds; raises ``ConfigError`` in one line: entry, field and what is allowed."""
    try:
        return Lessons.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"inoculation: {mistakes(error, name)}") from None


def shared_with_suite(lessons: Lessons, suite: Suite, examples: Iterable[Important]) -> list[str]:
    """What the lessons share with the suite and its important examples, in words; empty where they are apart.

    Shared is a run of ``RUN`` words between two slots, a word that stands in a list of both, and a word or phrase of the suite's
    lists inside a template, unless it is a number, a name or another word that carries no opinion and no garment.
    """
    asked = [*_sentences(suite), *(one for example in examples for one in (example.title or "", example.text))]
    runs = {run for sentence in asked for run in _runs(sentence)}
    found = [f"{template!r} has {' '.join(run)!r}" for template in lessons.templates() for run in _runs(template) if run in runs]
    listed = {word.casefold() for words in suite.words.values() for word in words}
    found += [f"words.{name} has {word!r}" for name, words in lessons.words.items() for word in words if word.casefold() in listed]
    telling = _whole_words(word for name, words in suite.words.items() if name not in _SAY_NOTHING for word in words)
    taught = [*lessons.templates(), *(word for words in lessons.words.values() for word in words)]
    return found + [f"{text!r} has {hit[0]!r}" for text in taught if (hit := telling.search(text))]


_SAY_NOTHING: Final = frozenset({
    "first_name", "age", "color_word", "size_number", "other_garment", "month", "usually", "it_is", "white_name", "black_name",
})  # fmt: skip
"""Lists of a suite that its invariance and flip tests put other words in the place of: what they hold must not matter."""


def inoculated(train: pd.DataFrame, lessons: Lessons, plan: InoculationConfig) -> pd.DataFrame:
    """The rows that the lessons make, ``plan.share`` of the rows of ``train`` at most, in its columns and types.

    Of them ``plan.endings`` are natural training rows with an ending, which keep ``review_id`` and ``day``, so that an erasure
    finds them; the others are of nobody (``NOBODY``, no day). A draw is a hash of template, text and seed.
    """
    total = round(plan.share * len(train))
    num_endings = round(plan.endings * total)
    rows = [_whole_rows(train, lessons, plan.seed, total - num_endings), _with_endings(train, lessons, plan.seed, num_endings)]
    # By value: pandas' concatenation takes no dtype from a column that is empty in one of them, as titles are here.
    made = pd.DataFrame({name: [value for frame in rows for value in frame[name]] for name in train.columns})
    made = made.assign(text_digest=made["text"].map(text_digest), label_source="template")
    made = made[~made["text_digest"].isin(train["text_digest"])].drop_duplicates("text_digest")
    return made[list(train.columns)].astype(train.dtypes.to_dict()).reset_index(drop=True)


def inoculate_train(snapshot: Snapshot, lessons: Lessons, plan: InoculationConfig) -> Snapshot:
    """The snapshot with the lessons' rows behind its training part; the other parts stay as they are."""
    train = snapshot.parts["train"]
    made = inoculated(train, lessons, plan)
    whole = pd.concat([train, made], ignore_index=True).astype(dict.fromkeys(PROVENANCE, "string"))
    return replace(snapshot, parts={**snapshot.parts, "train": whole}, num_inoculated=len(made))


def _whole_rows(train: pd.DataFrame, lessons: Lessons, seed: int, wanted: int) -> pd.DataFrame:
    templates = [(one, group.label) for groups in lessons.texts.values() for group in groups for one in group.templates]
    random.Random(str(seed)).shuffle(templates)  # few rows are of every capability, too
    per_template = -(-wanted // len(templates))
    turns = [
        [(text, label) for text in fillings(template, lessons.words, per_template, random.Random(f"{seed}\0{template}"))]
        for template, label in templates
    ]
    texts = [turn[place] for place in range(per_template) for turn in turns if place < len(turn)][:wanted]
    made: dict[str, Any] = {"text": [text for text, _ in texts], "label": [SENTIMENTS.index(label) for _, label in texts]}
    made |= {"day": "", "review_id": NOBODY, "origin": "template", "sampling_weight": 1.0, "inclusion_probability": np.nan}
    empty = {name: 0 if pd.api.types.is_integer_dtype(kind) else None for name, kind in train.dtypes.items()}
    return pd.DataFrame({name: made.get(str(name), empty[name]) for name in train.columns}).astype(train.dtypes.to_dict())


def _with_endings(train: pd.DataFrame, lessons: Lessons, seed: int, wanted: int) -> pd.DataFrame:
    short = train["text"].map(lambda text: len(text.split()) <= MAX_WORDS)
    natural = train[train["origin"].eq("natural") & short]
    made = [natural.iloc[:0]]
    for name, ending in lessons.endings.items():
        rows = natural[natural["label"].isin([SENTIMENTS.index(sentiment) for sentiment in ending.of])]
        places = rows["text_digest"].map(lambda digest, name=name: fraction(digest, f"inoculate {seed} {name}"))
        rows = rows.loc[places.sort_values(kind="stable").index[: wanted // len(lessons.endings)]]
        texts = [with_sentence(text, _drawn(ending, lessons, f"{seed}\0{name}\0{text}")) for text in rows["text"]]
        made.append(rows.assign(text=texts, label=SENTIMENTS.index(ending.label), origin="augmented"))
    return pd.concat(made, ignore_index=True)


def _drawn(ending: Ending, lessons: Lessons, seed: str) -> str:
    rng = random.Random(seed)
    template = rng.choice(ending.templates)
    return fill(template, draw(slots(template), lessons.words, rng))


def _sentences(suite: Suite) -> Iterable[str]:
    for capability in suite.minimum_functionality.values():
        yield from (one for case in capability.cases for one in case.templates)
    for test in suite.invariance.values():
        yield from test.add
    for direction in suite.directional.values():
        yield from (part for pair in direction.add for part in pair)
    for flip in suite.flips.values():
        yield from (part for pair in flip.add for part in pair)


def _runs(template: str) -> Iterable[tuple[str, ...]]:
    for piece in _SLOT.split(template.casefold()):
        words = _WORD.findall(piece)
        yield from (tuple(words[place : place + RUN]) for place in range(len(words) - RUN + 1))


def _whole_words(words: Iterable[str]) -> "re.Pattern[str]":
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words)))})(?!\w)", re.IGNORECASE)
