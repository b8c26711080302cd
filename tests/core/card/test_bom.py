"""A bill of materials is valid, says what the card says, and has the digests that the signature is over."""

import json
from typing import Any

import pytest
from tests.helpers.carded import card_of

from reviewloop.core.card.bom import bom, libraries
from reviewloop.errors import PermanentError

LOCK = "torch==2.13.0 \\\n    --hash=sha256:ab\n# celery==1\nnumpy==2.4.1\n"


def told(lock: str | None = LOCK, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(bom(card_of() | changes, lock))
    return facts


def test_it_names_the_model_its_files_what_it_was_made_of_and_the_libraries() -> None:
    found, facts = told(), card_of()
    model = found["metadata"]["component"]
    assert (model["type"], model["name"], model["version"]) == ("machine-learning-model", facts["model"], facts["version"])
    assert {one["name"]: one["hashes"][0]["content"] for one in model["components"]} == facts["files"]
    parts = {one["bom-ref"]: one for one in found["components"]}
    assert parts["base-model"]["hashes"] == [{"alg": "SHA-256", "content": "d" * 64}]
    assert parts["base-model"]["licenses"] == [{"license": {"id": "Apache-2.0"}}]
    assert parts["data"]["licenses"] == [{"license": {"id": "CC0-1.0"}}]
    assert parts["pypi:torch"]["purl"] == "pkg:pypi/torch@2.13.0"
    depends = {one["ref"]: one.get("dependsOn") for one in found["dependencies"]}
    assert depends["model"] == ["base-model", "data", "pypi:numpy", "pypi:torch"]


def test_its_card_says_what_the_card_says() -> None:
    card = told()["metadata"]["component"]["modelCard"]
    first, *_, last = card["quantitativeAnalysis"]["performanceMetrics"]
    assert first == {"type": "macro_f1", "value": "0.7", "confidenceInterval": {"lowerBound": "0.65", "upperBound": "0.75"}}
    assert last["slice"] == "department: a|b <i>\u202e"
    assert card["considerations"]["useCases"] == card_of()["told"]["intended_use"]


def test_the_same_facts_give_the_same_text() -> None:
    assert bom(card_of(), LOCK) == bom(card_of(), LOCK)


def test_a_lock_that_is_lost_is_unknown_and_no_library_is_guessed() -> None:
    found = told(None)
    assert {one["bom-ref"] for one in found["components"]} == {"base-model", "data"}
    assert "is not at hand" in found["metadata"]["properties"][0]["value"]


def test_a_baseline_has_no_base_model() -> None:
    assert [one["bom-ref"] for one in told(None, kind="baseline")["components"]] == ["data"]


def test_what_is_no_valid_bill_is_not_written() -> None:
    with pytest.raises(PermanentError, match="is no valid CycloneDX"):
        bom(card_of() | {"metrics": [{"name": 7, "value": 1.0, "low": None, "high": None}]}, LOCK)


def test_libraries_of_a_lock() -> None:
    assert libraries(LOCK) == [("torch", "2.13.0"), ("numpy", "2.4.1")]
