"""A JSON record as a page."""

import pytest

from reviewloop.pages.kit import Verdict
from reviewloop.pages.links import Links
from reviewloop.pages.record import record_page, verdict_of


def test_every_field_is_shown_and_the_json_is_a_link_away() -> None:
    deep = {"a": {"b": {"c": {"d": {"e": "deepest"}}}}}
    record = {"verdict": "fail", "reason": "2 rows <lost>", "counts": [{"day": "x", "n": 1200}], "names": ["u", "v"]}
    record |= {"none": None, **deep}
    page = record_page("Rows counted: 2026-01-02", record, "?raw=true", Links(3, day="2026-01-02"))
    assert all(word in page for word in ("2 rows &lt;lost&gt;", "<th>day</th>", "1,200", "u, v", "–", "deepest"))
    assert '<a href="?raw=true">' in page
    assert '<span class="mark fail">fail</span>' in page


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        ({"verdict": "warn", "reason": "odd"}, Verdict("warn", "warn", "odd")),
        ({"approved_by": "ann", "previous": "1"}, Verdict("pass", "released", "by ann")),
        ({"rejected_by": "ann"}, Verdict("fail", "rejected", "by ann")),
        ({"sent_back_by": "ann"}, Verdict("warn", "sent back", "by ann")),
        ({"verdict": "<odd>"}, None),
        ([1], None),
    ],
)
def test_what_a_record_comes_to(record: object, verdict: Verdict | None) -> None:
    assert verdict_of(record) == verdict
