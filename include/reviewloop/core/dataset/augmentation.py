"""Training rows made of training rows, by changes that leave the label alone. Off unless the configuration has evidence for it.

Only words of closed lists are left out, only spelling is disturbed, only whole sentences change places (a part of Wei and Zou,
"EDA", EMNLP 2019, whose synonyms and insertions may turn a label). Negations, sizes, numbers, names and the configured words
stay as they were, and every row that would be a near copy of a text that judges a model is refused.
"""

import random
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import pandas as pd

from reviewloop.config.features.augmentation import AugmentationConfig, Operation
from reviewloop.core.dataset.provenance import PROVENANCE
from reviewloop.core.dataset.shingles import near_matches
from reviewloop.core.dataset.snapshots import Snapshot
from reviewloop.core.dataset.splits import fraction
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.texts import text_digest

NEGATIONS: Final = frozenset(
    """
    no not none nor never neither nobody nothing nowhere without cannot cant dont doesnt didnt isnt wasnt arent werent wont wouldnt
    couldnt shouldnt hasnt havent hadnt hardly barely scarcely lacks lacking unfortunately
    """.split()  # noqa: SIM905
)
SIZES: Final = frozenset(
    """
    xxs xs s m l xl xxl small smaller smallest medium large larger largest petite petites regular plus tall short size sizes sized
    sizing tight tighter loose looser big bigger huge tiny snug baggy oversized fitted waist chest bust
    """.split()  # noqa: SIM905
)
_SMALL: Final = frozenset({"a", "an", "the", "is", "was", "are", "were", "am"})
"""Articles and forms of to be: a text without some of them is telegraphic, and says the same."""
_TURNS: Final = frozenset(
    """
    but however though although yet still otherwise instead except then so also even on that this these those which
    """.split()  # noqa: SIM905
)
"""A sentence that begins with one of them may lean on the one before it (*that matters more to me*), which must stay there."""
_OTHER_WORDS: Final = frozenset(
    """
    tried tired quiet quite trail trial angle angel being begin casual causal untied united
    """.split()  # noqa: SIM905
)
"""Two letters exchanged make another word of them, and of *i tried it on* something else."""
_MAX_CHANGED: Final = 0.3
"""Of the words that an operation may touch."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TOKEN: Final = re.compile(r"[\w'’]*\d[\w'’]*|[^\W\d_]+(?:['’][^\W\d_]+)*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


def is_kept(word: str, kept_words: Collection[str] = ()) -> bool:
    """Whether no operation may touch the word: negation (also ``n't``), size, number, name (an inner capital), or configured."""
    plain = word.casefold().replace("’", "'")
    bare = plain.replace("'", "")
    return (
        bare in NEGATIONS
        or plain.endswith("n't")
        or bare in SIZES
        or bare in kept_words
        or any(map(str.isdigit, word))
        or any(map(str.isupper, word[1:]))
    )


def kept_in(text: str, kept_words: Collection[str] = ()) -> Counter[str]:
    """The words of the text that every augmentation of it must have as often."""
    return Counter(word.casefold() for word in _TOKEN.findall(text) if is_kept(word, kept_words))


def drop(text: str, rng: random.Random, kept_words: Collection[str] = ()) -> str | None:
    """Without some of its articles and forms of to be; ``None`` where it has none."""
    found = [word for word in _WORD.finditer(text) if word[0].casefold() in _SMALL and not is_kept(word[0], kept_words)]
    return _changed(text, [(word, "") for word in _some(found, rng)])


def typo(text: str, rng: random.Random, kept_words: Collection[str] = ()) -> str | None:
    """With two inner neighbours exchanged in some lower-case words of five letters or more; ``None`` where there is none."""
    found = [
        word
        for word in _WORD.finditer(text)
        if len(word[0]) >= 5
        and word[0].isalpha()
        and word[0].islower()
        and word[0] not in _OTHER_WORDS
        and not is_kept(word[0], kept_words)
        and _places(word[0])
    ]
    return _changed(text, [(word, _exchanged(word[0], rng.choice(_places(word[0])))) for word in _some(found, rng)[:2]])


def order(text: str, rng: random.Random, _kept_words: Collection[str] = ()) -> str | None:
    """Its sentences in another order; ``None`` for fewer than three, and where one leans on the sentence before it."""
    sentences = _SENTENCE_END.split(text.strip())
    starts = [_WORD.match(sentence) for sentence in sentences]
    if len(sentences) < 3 or any(start is not None and start[0].casefold() in _TURNS for start in starts):
        return None
    if sentences[-1][-1:] not in (".", "!", "?"):  # or two sentences would grow together
        sentences[-1] += "."
    turned = sentences[:]
    rng.shuffle(turned)
    return " ".join(turned) if turned != sentences else " ".join([*sentences[1:], sentences[0]])


_BY_NAME: Final = {"drop": drop, "typo": typo, "order": order}


def augment(text: str, operation: Operation, seed: int, kept_words: Collection[str] = ()) -> str | None:
    """The text by ``operation``; ``None`` where it finds nothing to change, or would touch what must stay. Same seed, same text."""
    rng = random.Random(f"{seed}:{operation}:{text}")
    made = _BY_NAME[operation](text, rng, kept_words)
    if made is None or text_digest(made) == text_digest(text) or kept_in(made, kept_words) != kept_in(text, kept_words):
        return None
    return made


def augmented(
    train: pd.DataFrame, judging: Sequence[str], plan: AugmentationConfig, min_jaccard: float
) -> tuple[pd.DataFrame, int]:
    """The rows that ``plan`` makes of natural training rows, and how many were refused as (near) copies of a ``judging`` text.

    A row keeps everything of the one that it was made of, ``review_id``, ``day`` and label too, so that an erasure finds it; its
    text, ``text_digest`` and ``origin`` are its own.
    """
    chosen = train[(train["origin"] == "natural") & train["label"].isin([SENTIMENTS.index(name) for name in plan.sentiments])]
    chosen = chosen[[fraction(digest, f"augment {plan.seed}") < plan.share for digest in chosen["text_digest"]]]
    kept_words = frozenset(word.casefold() for word in plan.kept_words)
    made = []
    for operation in plan.operations:
        texts = [augment(text, operation, plan.seed, kept_words) for text in chosen["text"]]
        rows = chosen.assign(text=pd.array(texts, dtype="string"))
        made.append(rows[rows["text"].notna()])
    rows = pd.concat(made, ignore_index=True)
    rows = rows.assign(
        text_digest=rows["text"].map(text_digest).astype("string"), origin=pd.array(["augmented"] * len(rows), "string")
    )
    rows = rows[~rows["text_digest"].isin(train["text_digest"])].drop_duplicates("text_digest").reset_index(drop=True)
    known = {text_digest(text) for text in judging}
    refused = set(rows.index[rows["text_digest"].isin(known)])
    for first, _, _ in near_matches(rows["text"].tolist(), judging, min_jaccard):
        refused |= set(first.tolist())
    return rows.drop(index=sorted(refused)).reset_index(drop=True), len(refused)


def augment_train(snapshot: Snapshot, plan: AugmentationConfig, min_jaccard: float) -> Snapshot:
    """The snapshot with made rows behind its training part; the other parts are never augmented."""
    judging = [text for name, part in snapshot.parts.items() if name != "train" for text in part["text"]]
    train = snapshot.parts["train"]
    made, num_refused = augmented(train, judging, plan, min_jaccard)
    whole = pd.concat([train, made], ignore_index=True).astype(dict.fromkeys(PROVENANCE, "string"))
    parts = {**snapshot.parts, "train": whole}
    return replace(snapshot, parts=parts, num_augmented=len(made), num_augmented_refused=num_refused)


def _some(found: "list[re.Match[str]]", rng: random.Random) -> "list[re.Match[str]]":
    return rng.sample(found, max(round(_MAX_CHANGED * len(found)), 1)) if found else []


def _places(word: str) -> list[int]:
    return [place for place in range(1, len(word) - 2) if word[place] != word[place + 1]]


def _exchanged(word: str, place: int) -> str:
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def _changed(text: str, changes: "Sequence[tuple[re.Match[str], str]]") -> str | None:
    if not changes:
        return None
    for word, instead in sorted(changes, key=lambda change: -change[0].start()):
        text = text[: word.start()] + instead + text[word.end() :]
    return " ".join(text.split())
