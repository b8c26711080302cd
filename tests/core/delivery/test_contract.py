"""The contract holds together, and what it bans never reaches a model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray

from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop.core.delivery.contract import parse_contract
from reviewloop.core.reviews import FIELDS, MODEL_INPUTS
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

FILES = sorted((settings().config_dir / "datasets").glob("*.yaml"))
CONTRACT = load_contract("womens_clothing")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_contract_is_valid_and_says_what_a_column_is(path) -> None:
    contract = load_contract(path.stem)
    assert set(contract.headers()) == set(FIELDS)
    assert all(comment.strip() for comment in contract.comments().values())


def test_what_leaks_or_discriminates_is_banned_with_its_reason() -> None:
    assert {"age", "recommended", "product_id", "rating"} <= set(CONTRACT.never_model_inputs())
    assert not set(MODEL_INPUTS) & set(CONTRACT.never_model_inputs())


def change(field: str, **values: Any) -> Callable[[dict[str, Any]], None]:
    def apply(data: dict[str, Any]) -> None:
        next(column for column in data["columns"] if column["field"] == field).update(values)

    return apply


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data["columns"].pop(), "each field must be named once; missing, unknown or repeated: class_name"),
        (lambda data: data["columns"].append(data["columns"][0]), "missing, unknown or repeated: review_id"),
        (change("age", column="Title"), "two fields share a column: Title"),
        (change("age", type="string", range=[None, None]), "age: the type must be that of core.reviews"),
        (change("text", nullable=True), "text: cannot be nullable"),
        (change("title", never_model_input="why not"), "title: role is model_input, but never_model_input says"),
        (change("department", role="model_input"), "role model_input must be that of title, text"),
        (change("text", range=[1, 2]), "text: range limits integers"),
        (change("age", rnage=[1, 2]), "columns.2.rnage: Extra inputs"),
        (lambda data: data.update(name="other"), "name: is 'other'; it must be the file's, 'womens_clothing'"),
    ],
)
def test_a_contract_that_does_not_hold_together_is_a_config_error_in_one_line(damage, words) -> None:
    data = yaml.safe_load((settings().config_dir / "datasets" / "womens_clothing.yaml").read_text())
    damage(data)
    with pytest.raises(ConfigError) as refused:
        parse_contract("womens_clothing", data)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_unknown_contract_is_named_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match=r"dataset\.contract: no file shoes\.yaml; known: .*womens_clothing"):
        load_contract("shoes")


class Letters:
    """A tokenizer that gives everything away: one token a letter."""

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def token_ids(self, texts: Sequence[str], max_seq_length: int) -> list[NDArray[np.int32]]:
        return [np.frombuffer(text.encode("utf-32-le"), dtype=np.int32)[:max_seq_length] for text in texts]


def reviews(num_rows: int = 200) -> pd.DataFrame:
    rows = {name: [f"{name} {i}" if dtype == "string" else i for i in range(num_rows)] for name, dtype in FIELDS.items()}
    return pd.DataFrame(rows).assign(rating=[1 + i % 5 for i in range(num_rows)], day="2026-01-01")


def inputs_of(curated: pd.DataFrame) -> list[pd.DataFrame]:
    """What the trainings read of both parts, as the features step makes them."""
    snapshot = split_snapshot(curated, 0.2, 0.2)
    made = model_inputs(snapshot.parts["train"], snapshot.parts["validation"], Letters(), load_config().features)
    return [part[["model_text", "input_ids", "label"]] for part in (made.train, made.validation)]


@pytest.mark.parametrize("field", CONTRACT.never_model_inputs())
def test_no_banned_field_reaches_what_a_model_reads(field: str) -> None:
    curated = reviews()
    same_sentiment = {1: 2, 2: 1, 3: 3, 4: 5, 5: 4}
    other = curated["rating"].map(same_sentiment) if field == "rating" else curated[field] + 1_000_000
    before, after = inputs_of(curated), inputs_of(curated.assign(**{field: other}))
    for told, changed in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(told, changed)


@pytest.mark.parametrize("field", MODEL_INPUTS)
def test_a_model_input_does_reach_it(field: str) -> None:
    curated = reviews()
    changed = inputs_of(curated.assign(**{field: curated[field].str.upper()}))
    assert inputs_of(curated)[0]["model_text"].tolist() != changed[0]["model_text"].tolist()
