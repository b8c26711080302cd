"""What luck does is simulated once for what decides it, and of two tasks at once the first one's counts."""

import numpy as np
import pytest

from reviewloop.adapters.lake import artifacts, nulls, s3
from reviewloop.core.monitoring.drift.null import Null, Tail
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract
DECIDES = {"reference_uri": "s3://lake/sealed/a", "num_rows": 195}


def null(largest: float) -> Null:
    return Null(195, 0, {"text": Tail(0.0, 1.0, 0.02, 0.5)}, np.array([0.5, largest]))


def test_it_is_simulated_once_and_found_again(lake: str) -> None:
    uri, first = nulls.kept(DECIDES, lambda: null(3.0))
    again, second = nulls.kept(DECIDES, lambda: pytest.fail("it was simulated already"))
    assert uri == again
    assert "/evaluations/nulls/" in uri
    assert (second.tails, second.num_rows) == (first.tails, 195)
    assert second.maxima.tolist() == [0.5, 3.0]
    assert nulls.kept(DECIDES | {"num_rows": 205}, lambda: null(4.0))[0] != uri


def test_of_two_at_once_the_first_one_counts(lake: str) -> None:
    def overtaken() -> Null:
        nulls.kept(DECIDES, lambda: null(3.0))
        return null(3.000001)

    assert nulls.kept(DECIDES, overtaken)[1].maxima.max() == 3.0


def test_one_that_was_damaged_is_no_null(lake: str) -> None:
    uri, _ = nulls.kept(DECIDES, lambda: null(3.0))
    s3.write_bytes(f"{uri}/null.json", b"{}")
    with pytest.raises(PermanentError, match="changed or damaged"):
        nulls.kept(DECIDES, lambda: null(3.0))
    assert s3.exists(f"{uri}/{artifacts.MANIFEST}")
