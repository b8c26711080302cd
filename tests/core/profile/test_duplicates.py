import pytest
from tests.helpers.profiled import curated, profiled

from reviewloop.core.dataset.shingles import near_pairs
from reviewloop.core.profile.duplicates import find_duplicates
from reviewloop.core.texts import words


def jaccard(first: str, second: str) -> float:
    a, b = ({tuple(found[i : i + 3]) for i in range(len(found) - 2)} for found in (words(first), words(second)))
    return len(a & b) / len(a | b)


def pairs(texts: list[str], min_jaccard: float) -> dict[tuple[int, int], float]:
    blocks = near_pairs(texts, min_jaccard)
    return {(a, b): similarity for block in blocks for a, b, similarity in zip(*(part.tolist() for part in block), strict=True)}


def test_the_similarity_is_the_exact_jaccard_of_three_word_runs() -> None:
    texts = ["one two three four five six", "One, two three four five SEVEN!", "a b c", "two three four five", "", "one two"]
    found = pairs(texts, 0.3)
    expected = {
        (a, b): jaccard(texts[a], texts[b])
        for a in range(4)
        for b in range(a + 1, 4)
        if jaccard(texts[a], texts[b]) >= 0.3
    }  # fmt: skip
    assert found == pytest.approx(expected)
    assert found[0, 1] == pytest.approx(3 / 5)


def test_texts_too_short_for_a_shingle_are_near_to_none() -> None:
    assert pairs(["ok", "ok ok", ""], 0.1) == {}


def test_pairs_are_found_across_blocks() -> None:
    texts = [f"alpha{i} beta{i} gamma{i} delta{i}" for i in range(700)]
    texts[699] = texts[3] + " more"
    assert list(pairs(texts, 0.6)) == [(3, 699)]


def test_repeats_conflicts_and_near_pairs_are_counted_and_the_sealed_part_is_not_quoted() -> None:
    rows = curated(60)
    rows.loc[10, "text"] = rows.loc[0, "text"].upper() + "!"  # the same text and sentiment
    rows.loc[3, "text"] = rows.loc[1, "text"]  # neutral, the first is negative
    rows.loc[20, "text"] = rows.loc[5, "text"] + " indeed"  # near, positive and negative
    rows.loc[21, "text"] = rows.loc[6, "text"] + " indeed"
    found = profiled(rows).assign(part="train")
    found.loc[21, "part"] = "test"
    duplicates = find_duplicates(found, min_jaccard=0.8, max_texts=1000)
    assert (duplicates.num_repeated, duplicates.num_conflicts) == (2, 1)
    assert (duplicates.num_near, duplicates.num_near_conflicts, duplicates.num_near_across) == (2, 2, 1)
    assert [pair.review_ids for pair in duplicates.examples] == [(5, 20)]


def test_beyond_the_limit_a_fixed_sample_is_compared() -> None:
    rows = profiled(curated(100))
    found = find_duplicates(rows, 0.5, max_texts=40)
    assert (found.num_compared, found.num_distinct) == (40, 100)
    assert found == find_duplicates(rows, 0.5, max_texts=40)


def test_a_flood_from_one_template_is_counted_and_five_pairs_are_kept() -> None:
    rows = curated(400)
    rows["text"] = [f"I got this for free in exchange for my honest opinion, code {i}" for i in range(400)]
    found = find_duplicates(profiled(rows).assign(part="train"), 0.5, max_texts=1000)
    assert found.num_near == 400 * 399 // 2
    assert [pair.review_ids for pair in found.examples] == [(0, 1), (0, 2), (0, 3), (0, 4), (0, 5)]
