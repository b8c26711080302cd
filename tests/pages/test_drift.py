"""The page of the monitor's verdict, and Evidently's page under our header."""

import pytest

from reviewloop.errors import PermanentError
from reviewloop.pages.drift import drift_page, with_banner
from reviewloop.pages.links import Links

LINKS = Links(3, day="2026-01-02")
MOVED = {"column": "text_length", "method": "wasserstein", "value": 0.412, "threshold": 0.3, "drifted": True}
CALM = {**MOVED, "column": "<b>topic</b>", "drifted": False}
FOUND = {
    "fired": True, "reasons": ["text_length reaches 0.3", "macro-F1 <low>"], "columns": [CALM, MOVED], "num_rows": 200,
    "num_reference_rows": 1500, "live_macro_f1": 0.31, "model_version": "2",
}  # fmt: skip


def test_the_verdict_its_reasons_and_what_moved_come_first() -> None:
    page = drift_page("Drift", FOUND, LINKS)
    assert '<span class="mark fail">drift</span>' in page
    words = (">drift<", "macro-F1 &lt;low&gt;", ">moved<", "text length", ">as before<", "&lt;b&gt;topic")
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert all(number in page for number in ("1,500", "0.310", "version 2", "0.412"))


def test_a_day_too_small_to_judge_is_not_called_calm() -> None:
    page = drift_page("Drift", {**FOUND, "fired": False, "reasons": ["not enough evidence: 3 rows, 50 are needed"]}, LINKS)
    assert '<span class="mark none">not judged</span>' in page
    assert "no drift" not in page


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
