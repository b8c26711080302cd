"""What was set aside for want of stars alone is a review."""

import csv
import io

from tests.helpers.contracts import CONTRACT

from reviewloop.config import load_config
from reviewloop.core.delivery.parsing import MAX_KEPT, parse_whole, unrated_in

HEAD = list(CONTRACT.headers().values())
ROW = {"review_id": "1", "product_id": "9", "age": "30", "title": "", "text": "It is soft.", "rating": "", "recommended": "1",
       "positive_feedback": "0", "division": "General", "department": "Tops", "class_name": "Knits"}  # fmt: skip


def quarantine(*rows):
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(HEAD)
    writer.writerows([[(ROW | row)[name] for name in CONTRACT.headers()] for row in rows])
    return parse_whole("day.csv", sink.getvalue().encode(), CONTRACT, load_config("local").dataset.limits)[2]


def test_a_review_without_stars_and_without_another_fault_is_found():
    rows = [{}, {"review_id": "2", "rating": "n/a"}, {"review_id": "3", "rating": "5"}, {"review_id": "4", "text": ""},
            {"review_id": "5", "age": "old"}, {"review_id": "6", "rating": "9"}, {"review_id": "1"},
            {"review_id": "7", "text": "x" * (MAX_KEPT + 1)}]  # fmt: skip
    found = unrated_in(quarantine(*rows), CONTRACT)
    assert found["review_id"].tolist() == [1, 2]
    assert "rating" not in found
    assert found.dtypes.astype(str).to_dict() == {name: kind for name, kind in CONTRACT.dtypes().items() if name != "rating"}


def test_a_quarantine_of_another_contract_or_of_nothing_has_none():
    set_aside = quarantine({})
    assert unrated_in(set_aside.assign(cells='["1", "2"]'), CONTRACT).empty
    assert unrated_in(set_aside.iloc[:0], CONTRACT).empty
