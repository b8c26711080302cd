"""Which questions are asked: enough of them, of every capability, and the same ones tomorrow."""

import numpy as np
from tests.helpers.behaving import CONFIG, SUITE, reviews, sealed

from reviewloop.core.behaviour.cases import Review, build_cases, build_flips, chosen_reviews


def test_the_shipped_suite_asks_hundreds_of_questions_of_every_capability_and_stays_affordable() -> None:
    cases, pairs = build_cases(SUITE, reviews(), CONFIG), build_flips(SUITE, reviews(), CONFIG)
    kinds = {kind: {case.capability for case in cases if case.kind == kind} for kind in ("mft", "inv", "dir")}
    assert kinds["mft"] == set(SUITE.minimum_functionality)
    assert kinds["inv"] == set(SUITE.invariance)
    assert kinds["dir"] == set(SUITE.directional)
    assert min(len(kinds["mft"]), len(kinds["inv"])) >= 8
    assert sum(case.kind == "mft" for case in cases) > 200
    texts = {text for case in cases for text in (case.before, case.text)}
    texts |= {text for pair in pairs for text in (pair.first, pair.second)}
    assert len(texts) < 3000


def test_every_test_of_reviews_has_its_full_number_and_changes_each_text() -> None:
    cases, pairs = build_cases(SUITE, reviews(), CONFIG), build_flips(SUITE, reviews(), CONFIG)
    for name in (*SUITE.invariance, *SUITE.directional):
        assert sum(case.capability == name for case in cases) == CONFIG.num_reviews, name
    for name in SUITE.flips:
        assert sum(pair.facet == name for pair in pairs) == CONFIG.num_reviews, name
    assert all(case.before != case.text for case in cases)
    assert all(pair.first != pair.second for pair in pairs)
    assert len({case.text for case in cases if case.kind == "mft"}) == sum(case.kind == "mft" for case in cases)


def test_words_in_reviews_come_before_added_sentences_and_get_half_of_the_places() -> None:
    colors = [case for case in build_cases(SUITE, reviews(), CONFIG) if case.capability == "colors"]
    added = [case for case in colors if case.text.count("parcel") and not case.text.rstrip(".").split()[-1].isdigit()]
    assert len(colors) - len(added) == CONFIG.num_reviews // 2


def test_directional_tests_read_reviews_of_their_labels_only() -> None:
    of = {review.text: review.sentiment for review in reviews()}
    for case in build_cases(SUITE, reviews(), CONFIG):
        if case.kind == "dir":
            assert case.before is not None
            source = next(text for text in of if case.before.startswith(text))
            assert of[source] in SUITE.directional[case.capability].labels


def test_a_review_more_leaves_the_questions_about_the_others_as_they_were() -> None:
    frame = sealed(90)
    short = chosen_reviews(frame["text"].tolist(), frame["label"], CONFIG)
    longer = chosen_reviews([*frame["text"].iloc[::-1], "A new text."], [*frame["label"].iloc[::-1], 2], CONFIG)
    for sentiment in ("negative", "neutral", "positive"):
        old, new = ([one.text for one in found if one.sentiment == sentiment] for found in (short, longer))
        assert [text for text in new if text != "A new text."] == old
    wide = CONFIG.model_copy(update={"num_reviews": 500})
    before = {(case.capability, case.before): case.text for case in build_cases(SUITE, short, wide) if case.capability == "typos"}
    after = {(case.capability, case.before): case.text for case in build_cases(SUITE, longer, wide) if case.capability == "typos"}
    assert before.items() <= after.items()


def test_a_line_more_in_a_file_leaves_the_other_cases_as_they_were() -> None:
    longer = {"other": SUITE.minimum_functionality["sizing"], **SUITE.minimum_functionality}
    more = SUITE.model_copy(update={"minimum_functionality": longer})
    assert set(build_cases(SUITE, reviews(), CONFIG)) <= set(build_cases(more, reviews(), CONFIG))


def test_reviews_come_a_sentiment_after_the_other_short_ones_once_in_an_order_of_their_own() -> None:
    texts = [*(f"bad {i}" for i in range(2)), *(f"good {i}" for i in range(9)), "good 1", "word " * (CONFIG.max_words + 1), ""]
    labels = [0] * 2 + [2] * 9 + [2, 2, 2]
    found = chosen_reviews(texts, labels, CONFIG)
    assert [review.sentiment for review in found[:4]] == ["negative", "positive", "negative", "positive"]
    assert sorted(review.text for review in found) == sorted(set(texts[:11]))
    order = np.random.default_rng(1).permutation(len(texts))
    assert chosen_reviews([texts[i] for i in order], [labels[i] for i in order], CONFIG) == found
    assert chosen_reviews(texts, labels, CONFIG.model_copy(update={"seed": 2})) != found


def test_without_short_reviews_only_the_suites_own_texts_are_left() -> None:
    assert {case.kind for case in build_cases(SUITE, [], CONFIG)} == {"mft"}
    assert build_flips(SUITE, [], CONFIG) == []
    assert {case.kind for case in build_cases(SUITE, [Review("Fine.", "neutral")], CONFIG)} == {"mft", "inv", "dir"}
