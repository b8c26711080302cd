"""What many texts say at once is what each says alone, and no text is called readable that the rule would refuse."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import load_config
from reviewloop.core.delivery.readability import why_unreadable
from reviewloop.core.quality import said
from reviewloop.core.quality.conditions import readable
from reviewloop.core.quality.said import listen, normalised, surely_readable
from reviewloop.core.texts import normalise
from reviewloop_local.sample.reviews import make_reviews

CONFIG = load_config("test").quality.readable.model_dump()
COMMON = frozenset(CONFIG.pop("common_words"))
OWN = (
    "", " ", "...", "It fits.", "it  FITS", "\tIt\nfits!", "a_b c-d", "x\0y", "\0", "caf\u00e9 \u201cquoted\u201d",
    "STRASSE \u00df", "\u0130stanbul", "\u200b", "aaaa aaaa", "12 345 6789", "<br/><br/>", "asdf jkl qwer uiop zxcv bnm",
    "asdf jkl qwer", "e" * 70_000, "the dress " * 9000, "I don\u00e2\u20ac\u2122t love this dress", "THE the", "\x7f\x01 fits",
    "1 2 3 the a of", "dieses Kleid ist zu klein",
)  # fmt: skip


def drawn(seed: int) -> "pd.Series[str]":
    """Texts on both sides of every limit."""
    rng = np.random.default_rng(seed)
    words = ["the", "dress", "a", "eee", "of", "qxz", "Fits", "5", "--", "caf\u00e9", "wonderful", "wonderfully"]
    texts = [" ".join(rng.choice(words, rng.integers(0, 20), p=rng.dirichlet(np.ones(len(words)) / 2))) for _ in range(200)]
    letters = ["".join(rng.choice(list("eeeaot .,1_\n"), rng.integers(0, 30))) for _ in range(200)]
    return pd.Series([*OWN, *texts, *letters])


@pytest.fixture(params=[64, 2**19])
def _pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(said, "_BYTES", request.param)


@pytest.mark.usefixtures("_pieces")
@pytest.mark.parametrize("dtype", ["object", "string", "string[pyarrow]"])
@pytest.mark.parametrize("seed", range(5))
def test_many_texts_say_what_each_says(seed: int, dtype: str) -> None:
    texts = drawn(seed).astype(dtype)
    assert normalised(listen(texts), texts) == [normalise(text).encode() for text in texts]
    asked = [why_unreadable(text, COMMON, **CONFIG) is None for text in texts]
    assert readable(texts, {**CONFIG, "common_words": tuple(COMMON)}).tolist() == asked
    assert not (surely_readable(listen(texts), COMMON, **CONFIG) & ~np.array(asked)).any()


@pytest.mark.parametrize(
    "common", [frozenset(), frozenset({"wonderfully", "caf\u00e9"}), frozenset({"fits", "wonderful", "", "The"})]
)
def test_any_words_may_be_the_common_ones(common: frozenset[str]) -> None:
    texts = drawn(9)
    asked = [why_unreadable(text, common, **CONFIG) is None for text in texts]
    assert readable(texts, {**CONFIG, "common_words": tuple(common)}).tolist() == asked


def test_without_texts_nothing_is_said() -> None:
    none = pd.Series([], dtype="string[pyarrow]")
    assert normalised(listen(none), none) == []
    assert surely_readable(listen(none), COMMON, **CONFIG).tolist() == []


def test_most_texts_need_not_be_asked_for() -> None:
    texts = make_reviews(1000)["Review Text"].dropna()
    assert surely_readable(listen(texts), COMMON, **CONFIG).mean() > 0.98
