"""The contract holds together, and what it bans never reaches a model."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from numpy.typing import NDArray

from reviewloop.adapters.expectations.reviews import accepted_view
from reviewloop.config import FIXED, MODEL_INPUTS, load_config, parse_contract
from reviewloop.config.data.names import OURS, is_name
from reviewloop.contracts import load_contract
from reviewloop.core.dataset.model_inputs import model_inputs
from reviewloop.core.dataset.snapshots import split_snapshot
from reviewloop.core.evaluation.evaluation import PROBABILITIES, with_predictions
from reviewloop.core.evaluation.slices import facets
from reviewloop.core.monitoring.descriptors import describe
from reviewloop.core.monitoring.predictions import COLUMNS as PREDICTIONS
from reviewloop.core.profile.columns import described
from reviewloop.errors import ConfigError
from reviewloop.settings import settings

FILES = sorted((settings().config_dir / "datasets").glob("*.yaml"))
CONTRACT = load_contract("womens_clothing")
Contract = dict[str, Any]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_contract_is_valid_and_says_what_a_column_is(path) -> None:
    assert all(comment.strip() for comment in load_contract(path.stem).comments().values())


def test_what_leaks_or_discriminates_is_banned_with_its_reason() -> None:
    assert {"age", "recommended", "product_id", "rating"} <= set(CONTRACT.never_model_inputs())
    assert not set(MODEL_INPUTS) & set(CONTRACT.never_model_inputs())


def test_a_contract_says_what_follows_from_it() -> None:
    assert CONTRACT.dtypes() == {
        "review_id": "int64", "product_id": "int64", "age": "int64", "title": "string", "text": "string", "rating": "int64",
        "recommended": "int64", "positive_feedback": "int64", "division": "string", "department": "string", "class_name": "string",
    }  # fmt: skip
    assert CONTRACT.hive_types()["age"] == "bigint"
    assert CONTRACT.facet_bands() == {"age_band": (0, 30, 40, 50, 60), "division": (), "department": (), "class_name": ()}
    assert CONTRACT.labels()["class_name"] == "Class"
    assert CONTRACT.labels()["age_band"] == CONTRACT.labels()["age"] == "Age in years"
    assert CONTRACT.labels()["positive_feedback"] == "Positive feedback"


def shipped() -> Contract:
    data: Contract = yaml.safe_load((settings().config_dir / "datasets" / "womens_clothing.yaml").read_text())
    return {name: value for name, value in data.items() if name != "config"}


def change(field: str, **values: Any) -> Callable[[Contract], None]:
    def apply(data: Contract) -> None:
        next(column for column in data["columns"] if column["field"] == field).update(values)

    return apply


def remove(*fields: str) -> Callable[[Contract], None]:
    def apply(data: Contract) -> None:
        data["columns"] = [column for column in data["columns"] if column["field"] not in fields]

    return apply


def add(field: Any, **values: Any) -> Callable[[Contract], None]:
    own = {"field": field, "column": "Own", "type": "string", "nullable": True, "role": "facet", "description": "ours"}
    return lambda data: data["columns"].append(own | values)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove("text"), "field missing: text; every contract needs it, under this name"),
        (remove("review_id", "title", "rating"), "field missing: review_id, title, rating"),
        (lambda data: data["columns"].append(dict(data["columns"][0], column="Again")), "named twice: 'review_id'"),
        (add("department"), "a field is named twice: 'department'; each column needs a field of its own"),
        (change("age", column="Title"), "two fields share a column: 'Title'"),
        (change("age", column=" Age"), "age: column ' Age' has outer blanks, which are cut off a header's cells; write 'Age'"),
        (add("Brand Name"), "Brand Name: the field is no name of a column; allowed: lower-case letters, digits and _"),
        (add("1st"), "1st: the field is no name of a column"),
        (add("x" * 65), "the field is no name of a column"),
        (add('brand" --'), "the field is no name of a column"),
        (add("day"), "day: the field is taken by a column that our code adds (taken: answered, batch, "),
        (add("sentiment"), "choose another name, such as sentiment_name"),
        (add("order"), "order: the field is a reserved word of SQL; choose another name, such as order_name"),
        (add(True), "columns.True.field: True is no text to YAML; put it in quotes"),
        (add("age_band"), "age: its bands are the facet age_band, and that name is taken; rename one of the two fields"),
        (change("age", type="string", range=[None, None]), "age: bands are of an integer with role facet; it is string with"),
        (change("age", bands=[]), "age: an integer facet needs bands, the lower edges of its groups, such as [0, 30, 60]"),
        (change("age", bands=[0, 40, 30]), "age: bands [0, 40, 30] must rise"),
        (change("age", role="other"), "age: bands are of an integer with role facet; it is integer with role other"),
        (change("age", nullable=True), "age: cannot be nullable: an integer column has no gaps"),
        (change("age", range=[120, 10]), "age: range [120, 10] is empty; give [lowest, highest]"),
        (change("age", type="number"), "columns.age.type: Input should be 'integer' or 'string' (found 'number')"),
        (change("age", categories=["young"]), "age: categories are of strings; limit an integer by its range"),
        (change("department", categories=["Tops", "Tops"]), "department: category 'Tops' is listed twice"),
        (
            change("department", categories=["Tops", "None"], missing=["-", "None"]),
            "department: 'None' is among its categories and its words for missing; leave it in one of them",
        ),
        (change("title", missing=[7]), "columns.title.missing.0: 7 is no text to YAML; put it in quotes"),
        (change("department", categories=["Tops", 7]), "columns.department.categories.1: 7 is no text to YAML; put it in quotes"),
        (change("department", role="model_input"), "department: role model_input must be that of title, text; nothing else"),
        (
            change("department", role="key"),
            "department: role key must be that of review_id; nothing else; allowed here: facet",
        ),
        (change("text", nullable=True), "text: cannot be nullable"),
        (change("text", role="other"), "text: the role must be model_input: our code reads it by name"),
        (change("text", range=[1, 2]), "text: range limits integers"),
        (
            change("product_id", type="string", range=[None, None]),
            "product_id: the type must be integer: our code",
        ),
        (change("rating", range=[1, 10]), "rating: range must be [1, 5]: other numbers mean nothing to our code"),
        (change("recommended", range=[0, 10]), "recommended: range must be [0, 1]"),
        (change("title", never_model_input="why not"), "title: role is model_input, but never_model_input says"),
        (change("age", rnage=[1, 2]), "columns.age.rnage: no such key; known: field, column, label, type, nullable, range"),
        (lambda data: data["columns"][2].pop("role"), "columns.age.role: Field required"),
        (lambda data: data["columns"].append("brand"), "columns.12: Input should be a valid dictionary"),
        (lambda data: data.update(colums=[]), "colums: no such key; known: name, additive_columns, columns, config"),
        (lambda data: data.update(columns=None), "columns: Input should be a valid tuple (found 'None')"),
        (remove("age", "department", "division", "class_name"), "no column has the role facet; the bias gate compares groups"),
        (lambda data: data.update(name="other"), "name: is 'other'; it must be the file's, 'womens_clothing'"),
    ],
)
def test_a_contract_that_does_not_hold_together_is_a_config_error_in_one_line(damage, words) -> None:
    data = shipped()
    damage(data)
    with pytest.raises(ConfigError) as refused:
        parse_contract("womens_clothing", data)
    assert str(refused.value).startswith("datasets/womens_clothing.yaml: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_optional_may_be_left_out_and_what_is_the_dataset_s_own_may_be_added() -> None:
    data = shipped()
    remove("age", "recommended", "positive_feedback", "product_id", "class_name")(data)
    add("brand", label="Maker")(data)
    add("price", column="Price", type="integer", nullable=False, bands=[0, 20])(data)
    add("note", column="Note", role="other")(data)
    contract = parse_contract("womens_clothing", data)
    assert list(contract.facets) == ["division", "department", "brand", "price_band"]
    assert contract.labels()["brand"] == "Maker"
    assert "age" not in contract
    assert contract.dtypes() | {"note": "string", "price": "int64"} == contract.dtypes()


@pytest.mark.parametrize("word", ["nan", "NaN", "None", " NULL ", r"\N", r"\n", "n/a", "#N/A", "<NA>", "-", "\u2014", "NaT", "nil"])
def test_a_word_for_missing_is_known_whatever_its_case_and_outer_blanks(word: str) -> None:
    assert all(column.says_missing(word) for column in CONTRACT.columns)


@pytest.mark.parametrize(
    "word", ["No", "Nope", "nothing", "Missing!", "unknown", "?", "0", "false", "None of it fits", "A-", "Nan bread"]
)
def test_a_short_answer_is_no_word_for_missing(word: str) -> None:
    assert not any(column.says_missing(word) for column in CONTRACT.columns)


def test_a_field_s_own_list_takes_the_place_of_the_usual_words_and_a_known_category_is_a_value() -> None:
    data = shipped()
    change("title", missing=["untitled"])(data)
    change("text", missing=[])(data)
    change("division", categories=["General", "NA", "None"])(data)
    contract = parse_contract("womens_clothing", data)
    columns = {column.field: column for column in parse_contract("womens_clothing", contract.model_dump()).columns}
    told = {"title": ["untitled"], "text": [], "division": ["nan"], "department": ["nan", "None", "NA"]}
    words = ("untitled", "nan", "None", "NA")
    assert {field: [word for word in words if columns[field].says_missing(word)] for field in told} == told


def test_no_column_that_our_code_adds_can_be_the_dataset_s() -> None:
    inputs = inputs_of_parts(reviews())
    added = {name for part in inputs for name in part.columns} | set(PREDICTIONS) | set(PROBABILITIES) | set(described_columns())
    assert added - set(CONTRACT.dtypes()) <= OURS
    assert all(is_name(name) for name in FIXED)


def described_columns() -> list[str]:
    predicted = with_predictions(reviews().assign(label=0), np.full((200, 3), 1 / 3))
    describing = describe(predicted, set(), CONTRACT)
    frames = [described(reviews(), 0.1, 0.2), predicted, accepted_view(reviews()), describing, facets(predicted, CONTRACT, [0, 30])]
    return [str(name) for frame in frames for name in frame.columns if name not in CONTRACT.facets]


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
    rows = {name: [f"{name} {i}" if dtype == "string" else i for i in range(num_rows)] for name, dtype in CONTRACT.dtypes().items()}
    return pd.DataFrame(rows).assign(rating=[1 + i % 5 for i in range(num_rows)], day="2026-01-01")


def inputs_of_parts(curated: pd.DataFrame) -> list[pd.DataFrame]:
    """Both parts that the trainings read, as the features step makes them."""
    snapshot = split_snapshot(curated, CONTRACT, 0.2, 0.2)
    made = model_inputs(snapshot.parts["train"], snapshot.parts["validation"], Letters(), load_config().features)
    return [made.train, made.validation]


def inputs_of(curated: pd.DataFrame) -> list[pd.DataFrame]:
    """What they read of them."""
    return [part[["model_text", "input_ids", "label"]] for part in inputs_of_parts(curated)]


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
