"""An explanation in colours."""

import re

from tests.helpers.explained import explain

from reviewloop.core.explain.words import explained
from reviewloop.pages.words import coloured


def test_the_stronger_a_word_the_deeper_its_colour_and_nothing_becomes_markup() -> None:
    page = coloured(explain("<b>love</b> but torn & faint rest", {"love": 2.0, "torn": -1.0, "faint": 0.01}, num_chars=24))
    assert 'rgba(47,111,174,0.70);border-radius:2px" title="+2.00">love' in page
    assert 'rgba(200,85,27,0.35);border-radius:2px" title="-1.00">torn' in page
    assert "&lt;" in page
    assert "&amp;" in page
    assert "<b>" not in page
    assert re.sub(r"<[^>]*>", "", page) == "&lt;b&gt;love&lt;/b&gt; but torn &amp; faint rest"
    assert page.count("does not read so far") == 1


def test_a_blank_text_stays_blank() -> None:
    assert coloured(explained("  ", [], 2, [0.2, 0.1, 0.7], 0.0)) == "  "
