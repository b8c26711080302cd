"""The clothing shop's own functions."""

import numpy as np
import pytest

from reviewloop.adapters.labels.functions import functions_digest, load_functions
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.core.weak.functions import ABSTAINS, votes_of
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

FUNCTIONS = load_functions("womens_clothing")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Very disappointed. It fell apart after one wash and I am sending it back.", "negative"),
        ("It is ok, I am on the fence and might return it.", "neutral"),
        ("I love this dress! So flattering, I get compliments every time. Highly recommend!", "positive"),
    ],
)
def test_plain_words_are_heard(text, label):
    votes = votes_of(FUNCTIONS, [None], [text])[0]
    spoken = votes[votes != ABSTAINS]
    assert np.bincount(spoken, minlength=3).argmax() == SENTIMENTS.index(label)


def test_every_sentiment_has_functions_and_silence_is_silence():
    assert {one.answers for one in FUNCTIONS} == set(SENTIMENTS)
    assert (votes_of(FUNCTIONS, [None, None], ["", "The parcel came on Tuesday."]) == ABSTAINS).all()


def test_one_file_one_function_in_under_twenty_lines():
    files = sorted((settings().config_dir / "labelling" / "womens_clothing").glob("*.yaml"))
    assert [path.stem for path in files] == [one.name for one in FUNCTIONS]
    for path in files:
        assert len(path.read_text().splitlines()) < 20, path.name


def test_a_dataset_without_functions_has_none_and_a_wrong_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "reviewloop.adapters.labels.functions.settings", lambda: settings().model_copy(update={"config_dir": tmp_path})
    )
    assert load_functions("shoes") == ()
    empty = functions_digest("shoes")
    folder = tmp_path / "labelling" / "shoes"
    folder.mkdir(parents=True)
    (folder / "worn.yaml").write_text("owner: me\nowner: you\n")
    assert functions_digest("shoes") != empty
    with pytest.raises(ConfigError, match=r"labelling/shoes: worn\.yaml: .*'owner' stands twice"):
        load_functions("shoes")
