"""A caller's ``traceparent`` goes through; whatever else stands in its place is as if it were not there."""

import pytest
from tests.helpers.slow_endpoint import Served, until

from reviewloop.serving.api.trace_context import traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    "value", [GOOD, f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-ff", f"01-{TRACE}-{SPAN}-01", f"cc-{TRACE}-{SPAN}-01-what.comes"]
)
def test_a_valid_one_is_taken_as_it_is(value: str) -> None:
    assert traceparent([(b"host", b"x"), (b"traceparent", value.encode())]) == value


@pytest.mark.parametrize(
    "value",
    [
        b"", b"00", GOOD.upper().encode(), f"ff-{TRACE}-{SPAN}-01".encode(), f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(), f"{GOOD}-more".encode(), f"{GOOD}-".encode(), f"{GOOD} ".encode(),
        f" {GOOD}".encode(), f"{GOOD}\n".encode(), f"{GOOD},{GOOD}".encode(), f"00-{TRACE[:-1]}g-{SPAN}-01".encode(),
        f"00_{TRACE}_{SPAN}_01".encode(), f"00-{TRACE}{SPAN}-01".encode(), f"01-{TRACE}-{SPAN}-01.x".encode(),
        f"01-{TRACE}-{SPAN}-01-{'x' * 200}".encode(), f"01-{TRACE}-{SPAN}-01-a\x00b".encode(), b"\xff" * 55,
        f"01-{TRACE}-{SPAN}-01-\r\nset-cookie:a=b".encode(), "٠٠-".encode() + GOOD[3:].encode(), b"<script>", b"0" * 100_000,
    ],
)  # fmt: skip
def test_a_hostile_one_is_none(value: bytes) -> None:
    assert traceparent([(b"traceparent", value)]) is None


def test_two_are_none_for_nobody_knows_which() -> None:
    assert traceparent([(b"traceparent", GOOD.encode())] * 2) is None


def test_it_is_on_the_answer_on_a_refusal_and_in_the_record(served: Served) -> None:
    served.model.gate.set()
    answers = [
        served.predict("fine", traceparent=GOOD),
        served.predict("", traceparent=GOOD),
        served.predict("fine", traceparent=f"{GOOD}x"),
    ]
    assert [(one.status_code, one.headers.get("traceparent")) for one in answers] == [(200, GOOD), (422, GOOD), (200, None)]
    until(lambda: len(served.captured) == 2)
    assert [record["traceparent"] for record in served.captured] == [GOOD, None]
