"""The profile of the real data set, where it is at hand: what is known of it is found, within the time it may take."""

import os
import time
from pathlib import Path

import pytest
from tests.helpers.profiled import profiled

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.dataset.lengths import choose_length
from reviewloop.core.dataset.snapshots import model_texts
from reviewloop.core.delivery.parsing import parse_whole
from reviewloop.core.profile.lengths import measure_lengths
from reviewloop.core.profile.profile import measure
from reviewloop.models.encoder.tokenizer import load_tokenizer
from reviewloop.pages.links import Links
from reviewloop.pages.profile.figures import profile_figures
from reviewloop.pages.profile.page import profile_page

pytestmark = pytest.mark.slow

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "Womens Clothing E-Commerce Reviews.csv"
REAL = Path(os.environ.get("REVIEWLOOP_REAL_CSV", SHARED))


@pytest.mark.skipif(not REAL.is_file(), reason="no real data set: set REVIEWLOOP_REAL_CSV to the CSV file as Kaggle ships it")
def test_the_real_reviews_are_profiled_within_a_minute_of_one_core() -> None:
    started = time.process_time()
    config = load_config()
    _, accepted, _ = parse_whole(REAL.name, REAL.read_bytes(), load_contract(), load_config().dataset.limits)
    rows = profiled(accepted.assign(day="2026-01-01"))
    training = rows[rows["part"] == "train"].drop_duplicates("text_digest")
    num_tokens = load_tokenizer(config.training.transformer.model).lengths(model_texts(training))
    chosen = choose_length(num_tokens, config.features.seq_lengths, config.features.max_seq_coverage)
    lengths = measure_lengths(rows["num_words"].tolist(), num_tokens, chosen, config.features.seq_lengths)
    found = measure(rows, lengths, "ab" * 32, None, config.contract, config.profiling)
    page = profile_page(found, profile_figures(rows, config.contract, num_tokens, chosen), Links(3, day="2026-01-01"))
    spent = time.process_time() - started

    assert spent < 60, f"{spent:.0f} s for {len(rows)} reviews"
    assert len(page) < 1_000_000
    assert found.lengths.max_words <= 115  # the customer's own count
    assert found.lengths.by_words.max_seq_length == 128
    assert found.lengths.max_tokens > 128, "words are not tokens"
    assert [one.column for one in found.associations if one.role == "leaks"] == ["recommended"]
    assert {"disappointed", "returned"} <= {word.word for word in found.keywords["negative"]}
    assert {"love", "perfect"} <= {word.word for word in found.keywords["positive"]}
    assert found.duplicates.num_compared == found.duplicates.num_distinct
