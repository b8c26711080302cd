"""What the drift page says of the champion's live quality."""

from tests.helpers.live_quality import beside_the_verdict

from reviewloop.pages.monitoring.live_quality import quality_section


def section(rated: float = 1.0, **changes: object) -> str:
    found = beside_the_verdict(rated=rated)
    return str(quality_section(found["quality"] | changes, found["priors"]))


def test_estimated_marks_stand_beside_the_realised_ones_with_their_intervals() -> None:
    shown = section()
    for word in ("Estimated", "Realised", "Labels arrived", "macro-F1", "recall of neutral", "MLLS", "BBSE", "100%", " to "):
        assert word in shown
    assert "100% of the labels have arrived: 200 of 200." in shown
    assert "provisional" not in shown
    assert "concept drift" in shown  # what the estimate cannot see


def test_of_few_labels_every_verdict_is_provisional() -> None:
    shown = section(rated=0.5)
    assert "is replaced as more come" in shown
    assert "(provisional)" in shown


def test_what_is_not_estimated_and_not_told_says_why() -> None:
    found = beside_the_verdict()
    nothing = found["quality"] | {"estimated": None, "refused": "the day has no answers"}
    shown = str(quality_section(nothing, {"mlls": [], "bbse": [], "refused": "words moved"}))
    assert "Nothing is estimated: the day has no answers." in shown
    assert "Not told: words moved." in shown


def test_a_fall_is_red_and_a_gap_that_fired_too() -> None:
    found = beside_the_verdict()["quality"]
    fallen = [one | {"standing": "worse", "words": "macro-F1 fell"} for one in found["falls"]]
    fired = [one | {"fired": True} for one in found["gaps"]]
    shown = section(falls=fallen, gaps=fired)
    assert '<span class="mark fail">worse</span>' in shown
    assert '<span class="mark fail">gap</span>' in shown
