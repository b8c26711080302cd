"""The page of the labelling functions says which way of combining votes is used, and on what evidence."""

from typing import Any

from reviewloop.pages.data.labelling import labelling_page
from reviewloop.pages.links import Links

RATE = {"value": 0.9, "low": 0.8, "high": 0.95}


def of_functions(name: str = "sent_back", **changes: Any) -> dict[str, Any]:
    """What the step ``try_functions`` keeps, of one function called ``name``."""
    function = {
        "name": name, "owner": name, "version": 3, "answers": "negative", "coverage": 0.1, "overlap": 0.05, "conflict": 0.02,
        "num_labelled": 40, "accuracy": RATE,
    }  # fmt: skip
    marks = {"macro_f1": 0.5, "recall": [0.4, None, 0.9]}
    return {
        "num_rows": 400, "coverage": 0.8, "functions": [function], "descriptions": {name: name}, "families": [[name, name]],
        "prior": [0.1, 0.2, 0.7], "methods": {"majority": marks, "dawid_skene": marks}, "num_compared": 320, "min_compared": 300,
        "difference": {"delta": -0.018, "low": -0.029, "high": -0.008, "confidence": 0.0}, "used": "majority",
    } | changes  # fmt: skip


def test_function_evidence_and_choice_are_told():
    page = labelling_page(of_functions(), Links(3))
    for words in ("sent_back", "-0.018 (-0.029 to -0.008)", "Majority vote", "0.800 to 0.950", "unknown", "One vote together"):
        assert words in page


def test_too_few_labels_are_told_as_that():
    page = labelling_page(of_functions(difference=None, num_compared=12), Links(3))
    assert "12 labelled reviews are spoken of, 300 are needed to compare: the majority is used." in page


def test_no_column_is_without_a_name():
    assert "<th></th>" not in labelling_page(of_functions(), Links(3)).replace(' class="n"', "")
