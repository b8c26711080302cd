"""What reviews are about: planted subjects are found, the same rows say the same, and no sealed row is looked at."""

import numpy as np
import pandas as pd
import pytest

from reviewloop.config import ExplorationConfig, load_config
from reviewloop.core.profile.exploration import MIN_TEXTS, Exploration, explore
from reviewloop.errors import PermanentError

SUBJECTS = {
    "shoes": ["heel", "sole", "lace", "leather", "toe", "ankle", "boot", "walk"],
    "coats": ["wool", "collar", "button", "winter", "lining", "sleeve", "warm", "hood"],
    "bags": ["strap", "zipper", "pocket", "shoulder", "canvas", "laptop", "carry", "purse"],
}
CONFIG = load_config("test").profiling.exploration.model_copy(update={"max_clusters": 5, "max_mapped": 1500})


def texts(num_rows: int = 300) -> pd.DataFrame:
    """A third about each subject; whoever writes about shoes is never content."""
    rng, names = np.random.default_rng(3), list(SUBJECTS)
    rows = []
    for number in range(num_rows):
        subject = names[number % 3]
        words = rng.choice(SUBJECTS[subject], 6, replace=False)
        label = 0 if subject == "shoes" else 2
        rows.append((number, None if number % 2 else subject, f"the {' '.join(words)} number{number}", label))
    found = pd.DataFrame(rows, columns=["review_id", "title", "text", "label"])
    digests = [f"{number:064x}" for number in range(num_rows)]
    return found.assign(text_digest=digests, part="train", sentiment=found["label"].map({0: "negative", 2: "positive"}))


def explored(rows: pd.DataFrame, config: ExplorationConfig = CONFIG) -> Exploration:
    return explore(rows, config, 5, 10.0)


@pytest.fixture(scope="module")
def found() -> Exploration:
    return explored(texts())


def test_planted_subjects_are_the_clusters_and_their_number_is_found(found: Exploration) -> None:
    assert [one.num_clusters for one in found.tried] == [3, 4, 5]
    assert found.silhouette == found.tried[0].silhouette > 0.3
    assert [one.num_texts for one in found.clusters] == [100, 100, 100]
    subject_of = {word: name for name, words in SUBJECTS.items() for word in words}
    for one in found.clusters:
        (subject,) = {subject_of[word.word] for word in one.words}
        assert one.shares == {"negative": float(subject == "shoes"), "neutral": 0.0, "positive": float(subject != "shoes")}
        assert all(set(example.text.split()[1:-1]) <= set(SUBJECTS[subject]) for example in one.examples)
        assert len(one.examples) == CONFIG.num_examples
    assert {one.number for one in found.clusters} == {1, 2, 3}


def test_near_each_other_on_the_map_are_texts_of_one_subject(found: Exploration) -> None:
    places, numbers = np.array(found.places), np.array(found.map_clusters)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2) + np.eye(len(places)) * 1e9
    assert found.num_mapped == len(places) == 300
    assert (numbers[apart.argmin(axis=1)] == numbers).mean() > 0.95


def test_the_order_of_rows_and_a_text_that_comes_twice_say_nothing(found: Exploration) -> None:
    rows = texts()
    assert explored(pd.concat([rows.sample(frac=1.0, random_state=1), rows.head(7)])) == found


def test_a_sealed_row_is_refused() -> None:
    for part in ("test", "future"):
        rows = texts()
        rows.loc[5, "part"] = part
        with pytest.raises(PermanentError, match=r"^exploration: 1 of 300 rows are sealed"):
            explored(rows)


@pytest.mark.parametrize("rows", [texts().head(0), texts(MIN_TEXTS - 1), texts(150).assign(title=None, text="the and of")])
def test_of_too_few_texts_or_none_with_words_in_common_nothing_is_said(rows: pd.DataFrame) -> None:
    found = explored(rows)
    assert (found.clusters, found.tried, found.places, found.silhouette) == ((), (), (), 0.0)
    assert found.num_texts == rows["text_digest"].nunique()


def test_texts_and_map_are_drawn_where_there_are_too_many() -> None:
    few = CONFIG.model_copy(update={"max_texts": 200, "max_mapped": 130, "max_compared": 90, "max_clusters": 3})
    found = explored(texts(), few)
    assert (found.num_offered, found.num_texts, found.num_mapped) == (300, 200, 130)
    assert len(found.map_clusters) == len(found.map_sentiments) == 130
    assert "places" not in found.as_json()


def test_fewer_clusters_at_most_than_at_least_are_refused() -> None:
    with pytest.raises(ValueError, match="min_clusters 9 is above max_clusters 4"):
        ExplorationConfig.model_validate(CONFIG.model_dump() | {"min_clusters": 9, "max_clusters": 4})
