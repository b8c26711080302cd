import numpy as np
import pandas as pd
import pytest

from reviewloop.core.annotation.choosing import Chosen, choose, drawn, margins, num_random, spread, text_vectors
from reviewloop.core.sampling.sample import draws, in_order
from reviewloop.core.texts import text_digest

NOUNS = ["dress", "blouse", "jacket", "skirt", "sweater"]
ENDS = ["ripped at once", "is lovely and soft", "came in another colour", "shrank in the wash", "fits like a glove"]


def pool(num: int = 400) -> pd.DataFrame:
    texts = [f"item {n} this {NOUNS[n % 5]} number {n} {ENDS[n // 5 % 5]} said my friend {n * 7}" for n in range(num)]
    return pd.DataFrame({"text": texts, "text_digest": [text_digest(text) for text in texts]})


def read(rows: pd.DataFrame, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet([1, 1, 1], len(rows))


def asked(rows: pd.DataFrame, probabilities: np.ndarray, **kwargs: object) -> list[Chosen]:
    return choose(rows, probabilities, **{"size": 20, "random_share": 0.2, "min_jaccard": 0.8, **kwargs})


def texts(rows: pd.DataFrame, found: list[Chosen]) -> list[tuple[str, str, str]]:
    return [(str(rows["text"].iloc[one.place]), one.kind, one.why) for one in found]


def test_a_margin_is_the_likeliest_class_less_the_second() -> None:
    assert margins(np.array([[0.4, 0.35, 0.25], [0.1, 0.1, 0.8], [0.5, 0.5, 0.0]])).tolist() == pytest.approx([0.05, 0.7, 0.0])


def test_a_fifth_is_drawn_at_random_and_the_rest_are_unsure_and_each_says_why() -> None:
    rows = pool()
    probabilities = read(rows)
    found = asked(rows, probabilities)
    assert [one.kind for one in found].count("random") == 4
    assert [one.kind for one in found].count("unsure") == 16
    assert len({one.place for one in found}) == 20
    unsure = [margins(probabilities)[one.place] for one in found if one.kind == "unsure"]
    assert max(unsure) < np.sort(margins(probabilities))[200], "of the less sure half"
    assert {one.why for one in found if one.kind == "random"} == {"drawn at random, one of 4 from 400 texts"}
    least = next(one for one in found if one.kind == "unsure")
    assert least.why.startswith("unsure: ")
    assert " against " in least.why
    assert least.why.endswith("in doubt as number 1 of 400; the least sure of the texts like it")


def test_the_same_pool_gives_the_same_queue_in_whatever_order_it_comes() -> None:
    rows = pool()
    probabilities = read(rows)
    order = np.random.default_rng(3).permutation(len(rows))
    again = rows.iloc[order].reset_index(drop=True)
    assert texts(again, asked(again, probabilities[order])) == texts(rows, asked(rows, probabilities))


def test_the_random_part_does_not_depend_on_what_the_model_thinks() -> None:
    rows = pool()
    by_chance = [[one.place for one in asked(rows, read(rows, seed)) if one.kind == "random"] for seed in (1, 2)]
    assert by_chance[0] == by_chance[1]


def test_the_random_part_is_a_simple_random_sample_with_its_inclusion_probability() -> None:
    rows = pool()
    found = asked(rows, read(rows))
    keys = rows["text_digest"].tolist()
    expected = in_order(draws(keys, 0, "annotation"), keys)[:4]
    assert [one.place for one in found if one.kind == "random"] == expected.tolist()
    assert {one.inclusion_probability for one in found if one.kind == "random"} == {4 / 400}
    assert {one.inclusion_probability for one in found if one.kind == "unsure"} == {None}
    disputed = [keys[place] for place in range(50)]
    beside = asked(rows, read(rows), disputed=disputed)
    assert {one.inclusion_probability for one in beside} == {None, 4 / 350}, "what comes first anyhow is not drawn from"


def test_the_estimate_from_the_random_part_is_unbiased_over_many_pools() -> None:
    """Horvitz and Thompson's total over 400 pools of other texts is the truth within three standard errors."""
    totals = []
    for run in range(400):
        rows = pool(40).assign(text_digest=[f"{run}-{place}" for place in range(40)])
        found = asked(rows, read(rows), size=10, random_share=1.0)
        totals.append(sum(float(one.place % 3) / float(one.inclusion_probability or 0) for one in found))
    assert np.mean(totals) == pytest.approx(sum(place % 3 for place in range(40)), abs=3 * np.std(totals) / np.sqrt(400))


def test_who_answered_is_not_drawn_again_and_the_next_ones_are_next_in_the_same_order() -> None:
    rows = pool()
    order = drawn(rows["text_digest"].tolist())
    left = rows.drop(index=order[:4]).reset_index(drop=True)
    assert left["text"].iloc[drawn(left["text_digest"].tolist())].tolist() == rows["text"].iloc[order[4:]].tolist()


def test_every_text_is_drawn_as_often_as_any_other() -> None:
    """The hash is no rule that likes some texts: over 300 pools the mean rank of each of ten places is in the middle."""
    ranks = [np.argsort(drawn([f"{run}-{place}" for place in range(10)])) for run in range(300)]
    assert np.mean(ranks, axis=0) == pytest.approx([4.5] * 10, abs=4.5 * 2.87 / np.sqrt(300))


def test_twenty_wordings_of_one_doubt_are_one_doubt() -> None:
    """Of the twenty least sure texts fifteen doubt the zip and five the colour: two are chosen, one of each."""
    same = [f"the zip broke on day {n} and zip and zip" for n in range(15)] + [f"colour colour pale colour {n}" for n in range(10)]
    margin = np.linspace(0.0, 0.1, len(same))
    chosen = spread(margin, text_vectors(same), 2)
    assert sorted(same[place].split()[1] for place in chosen) == ["colour", "zip"]
    assert chosen[0] == 0


def test_no_near_copy_of_an_answered_text_nor_of_another_chosen_one_is_asked() -> None:
    rows = pool(60)
    twins = pd.DataFrame({"text": [f"{text} indeed" for text in rows["text"]]})
    twins["text_digest"] = twins["text"].map(text_digest)
    whole = pd.concat([rows, twins], ignore_index=True)
    found = texts(whole, asked(whole, read(whole), size=60, asked=rows["text"].tolist()[:20]))
    stems = [text.removesuffix(" indeed") for text, _, _ in found]
    assert len(set(stems)) == len(stems) == 40, "one of each pair, none of the twenty that were answered"
    assert not set(stems) & set(rows["text"][:20])


def test_disputed_texts_come_first_and_leave_the_random_share_alone() -> None:
    rows = pool()
    plain = asked(rows, read(rows))
    by_chance = {one.place for one in plain if one.kind == "random"}
    disputed = rows["text_digest"].drop(index=list(by_chance)).tolist()[:3]
    found = asked(rows, read(rows), disputed=disputed)
    assert [one.kind for one in found[:3]] == ["disputed"] * 3
    assert {rows["text_digest"].iloc[one.place] for one in found[:3]} == set(disputed)
    assert {one.place for one in found if one.kind == "random"} == by_chance
    assert len(found) == 20
    many = asked(rows, read(rows), disputed=rows["text_digest"].tolist()[10:])
    assert [one.kind for one in many] == ["disputed"] * 16 + ["random"] * 4
    drawn_before = rows["text_digest"].iloc[sorted(by_chance)].tolist()
    again = asked(rows, read(rows), disputed=drawn_before)
    assert not by_chance & {one.place for one in again if one.kind != "disputed"}, "what was answered is drawn no second time"


@pytest.mark.parametrize(("size", "share", "num"), [(20, 0.2, 4), (10, 0.25, 3), (3, 0.2, 1), (20, 0.0, 0), (20, 1.0, 20)])
def test_the_random_share_is_never_rounded_away(size: int, share: float, num: int) -> None:
    assert num_random(size, share) == num


@pytest.mark.parametrize("num", [0, 1, 7])
def test_a_small_pool_is_asked_whole(num: int) -> None:
    rows = pool(num)
    assert len(asked(rows, read(rows))) == num
    assert asked(rows, read(rows), size=1, random_share=1.0)[:1] == asked(rows, read(rows), size=1, random_share=1.0)


@pytest.mark.filterwarnings("ignore:Number of distinct clusters")
def test_texts_without_a_word_do_not_break_it() -> None:
    rows = pd.DataFrame({"text": ["!!", "??", "the"], "text_digest": ["a", "b", "c"]})
    assert len(asked(rows, read(rows), size=2, random_share=0)) == 2
