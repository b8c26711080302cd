from typing import Any

import pytest

from reviewloop.core.annotation.rehearsal import Rehearsal
from reviewloop.pages.annotation.question import fields, labels
from reviewloop.pages.annotation.queue import queue_page
from reviewloop.pages.links import Links

LINKS = Links(2)
BETTER = Rehearsal((100, 180), ((0.4, 0.61), (0.41, 0.62)), ((0.4, 0.5), (0.41, 0.51)))
WORSE = Rehearsal((100, 180), BETTER.random, BETTER.queue)


def of_queue(name: str = "a dress", rehearsal: Rehearsal | None = BETTER, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(("item", "day", "title", "text", "why", "rated"), name)
    guideline = {"name": name, "rules": [name]}
    return {"rows": [row], "num_erased": 0, "guideline": guideline, "rehearsal": rehearsal and rehearsal.as_json()} | more


@pytest.mark.parametrize(
    ("rehearsal", "told"),
    [
        (BETTER, ("the queue was better", "macro-F1 +0.110 after 180 labels", "with 180 labels the queue was where random")),
        (WORSE, ("random texts were better", "macro-F1 -0.110", "never was where random texts were with 180 labels")),
        (None, ("Not played through: the snapshot has too few texts", "", "")),
    ],
)
def test_the_page_says_what_the_queue_is_worth_also_where_random_wins(rehearsal: Rehearsal | None, told: tuple[str, ...]) -> None:
    page = queue_page("ab", of_queue(rehearsal=rehearsal), LINKS)
    assert all(words in page for words in told)


def test_texts_come_before_why_they_were_chosen() -> None:
    found = of_queue()
    page = queue_page("ab", {**found, "rows": [{**found["rows"][0], "why": "a model hesitates"}]}, LINKS)
    assert page.index('id="texts"') < page.index('id="why"')
    assert 'a model hesitates<br><span class="soft">a dress</span>' in page, "the item stands below, that a phone shows all of it"
    assert "0 texts were erased" not in page
    assert "2 texts were erased since" in queue_page("ab", of_queue(num_erased=2), LINKS)


def test_a_text_is_read_under_its_title_and_its_number_stands_before_it() -> None:
    found = of_queue()
    titled, bare = ({**found["rows"][0], "title": title, "text": "It is."} for title in ("So <soft>", ""))
    page = queue_page("ab", {**found, "rows": [titled]}, LINKS)
    assert "<b>So &lt;soft&gt;</b><br>It is." in page
    texts = page[page.index('id="texts"') : page.index('id="why"')]
    assert texts.index("No.") < texts.index(">Text<")
    assert "<b>" not in queue_page("ab", {**found, "rows": [bare]}, LINKS)


def test_a_form_has_no_field_without_a_text() -> None:
    assert fields([]) == {}
    assert labels(["a", "b"], {"a": "negative", "b": None}) == {"a": "negative"}
