"""The page of the monitor's verdict, and Evidently's page under our header."""

import pandas as pd
import pytest
from tests.helpers.live_quality import beside_the_verdict

from reviewloop.errors import PermanentError
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.drift import drift_page, with_banner, without_charts

LINKS = Links(3, day="2026-01-02")
MOVED = {
    "name": "text_length", "slice": None, "family": "columns", "statistic": 0.2, "chance": 0.0002, "alpha": 0.0025,
    "verdict": "moved", "words": "median 60 before, 20 today",
}  # fmt: skip
CALM = {**MOVED, "name": "<b>topic</b>", "chance": 0.7, "verdict": "as before", "words": "as it was"}
GROUP = {**CALM, "name": "complaints", "slice": "department Tops", "family": "slices"}
UNREAD = {**MOVED, "name": "text", "chance": None, "verdict": "not measured", "words": "no embeddings of this champion"}
FOUND = {
    "fired": True, "reasons": ["text length: median 60 before, 20 today", "macro-F1 <low>"], "findings": ["department: <all> gone"],
    "signals": [CALM, MOVED, GROUP, UNREAD], "num_rows": 200, "num_reference_rows": 1500, "live_macro_f1": 0.31,
    "model_version": "2",
    "smallest_change": {"before": 0.104, "words": "the smallest rise of complaints is to 18.0%"},
} | beside_the_verdict()  # fmt: skip
UNLIKE = pd.DataFrame({"review_id": [7], "text": ["a <i>router</i> drops"], "share": [0.993]})
NOTHING = UNLIKE.head(0)


def test_the_verdict_its_reasons_and_what_moved_come_first() -> None:
    page = drift_page("Drift", FOUND, UNLIKE, LINKS)
    assert '<span class="mark fail">drift: prior</span>' in page
    words = (
        ">drift: prior<", "Kind of drift: prior", "the sentiments&#39; shares moved", "macro-F1 &lt;low&gt;",
        "Quality without labels", ">moved<", "text length", "median 60 before, 20 today", ">as before<",
        "&lt;b&gt;topic", "1 groups of reviews", "department Tops", "could have shown",
        "The smallest rise of complaints is to 18.0%.", "department: &lt;all&gt; gone", "could not be judged",
        "no embeddings of this champion", "&lt;i&gt;router", "99.3%",
    )  # fmt: skip
    place = 0
    for word in words:
        assert word in page[place:], word
        place = page.index(word, place)
    assert all(number in page for number in ("1,500", "0.310", "version 2", "10.4%", "0.0002", "0.0025"))
    assert "data:image/svg+xml" in page


def test_a_group_that_moved_stands_with_what_moved() -> None:
    moved = {**GROUP, "verdict": "moved", "chance": 0.001}
    page = drift_page("Drift", FOUND | {"signals": [CALM, moved]}, NOTHING, LINKS)
    assert page.index("department Tops") < page.index("&lt;b&gt;topic")
    assert "groups of reviews" not in page


def test_a_day_without_evidence_is_neither_good_nor_bad() -> None:
    calm = {"fired": False, "reasons": ["not enough evidence: 3 rows, 10 are needed"], "live_macro_f1": None, "signals": [UNREAD]}
    page = drift_page("Drift", FOUND | calm, NOTHING, LINKS)
    assert '<span class="mark none">not judged</span>' in page
    assert ">none<" in page
    assert "Kind of drift" not in page
    assert "least like the reference" not in page


def test_the_least_usual_reviews_of_a_calm_day_are_no_accusation() -> None:
    page = drift_page("Drift", FOUND | {"fired": False, "reasons": ["calm"]}, UNLIKE, LINKS)
    assert "of any day some reviews are the least usual ones" in page
    assert "of any day" not in drift_page("Drift", FOUND, UNLIKE, LINKS)


def test_evidentlys_page_gets_our_header_and_a_title_and_stays_as_it_is() -> None:
    theirs = b"<html><head><title></title><style>h1{}</style></head><body class=x><h1>1 < 2</h1></body></html>"
    page = with_banner(theirs, "Drift <1>", False, ["calm"], LINKS).decode()
    assert page.startswith('<html><head><meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; ')
    assert "><title>Drift &lt;1&gt;</title><style>h1{}</style></head><body class=x>" in page
    assert page.endswith("<h1>1 < 2</h1></body></html>")
    assert page.count("<title>") == 1
    assert page.index('<template shadowrootmode="open">') < page.index("no drift") < page.index("</template>")


def test_a_page_without_a_body_is_an_error() -> None:
    with pytest.raises(PermanentError, match="no <body>"):
        with_banner(b"<html></html>", "x", False, ["calm"], LINKS)


def test_charts_that_could_not_be_drawn_are_named_and_the_verdict_stays() -> None:
    page = without_charts("Drift", True, ["text length moved"], ValueError("<one> column"), LINKS)
    assert "ValueError: &lt;one&gt; column" in page
    assert '<span class="mark fail">drift</span>' in page
