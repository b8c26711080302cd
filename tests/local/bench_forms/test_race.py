"""The race's table: each form beside the weights as trained, and the form that cannot run named."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reviewloop_local.bench_forms import __main__ as bench
from reviewloop_local.bench_forms.forms import AS_TRAINED, Form, Ids, forms

ROWS = [np.full(1 + place % 9, place, dtype=np.int64) for place in range(96)]
LABELS = np.array([place % 3 for place in range(96)])


def one_hot(answers: Sequence[int]) -> NDArray[np.float64]:
    return np.eye(3)[list(answers)] * 0.9 + 0.05


def honest(rows: Sequence[Ids]) -> NDArray[np.float64]:
    return one_hot([int(row[0]) % 3 for row in rows])


def swayed(rows: Sequence[Ids]) -> NDArray[np.float64]:
    """Every 32nd text is answered otherwise, and in company one more."""
    answers = [(int(row[0]) + (row[0] % 32 == 0)) % 3 for row in rows]
    if len(rows) > 1:
        answers[1] = (answers[1] + 1) % 3
    return one_hot(answers)


def broken() -> None:
    raise RuntimeError("no such instruction\nand more")


def test_each_form_is_compared_with_the_weights_as_trained_and_with_itself_in_a_batch() -> None:
    chosen = [Form(AS_TRAINED, lambda: honest), Form("swayed", lambda: swayed), Form("broken", broken)]  # type: ignore[arg-type, return-value]
    found, refused = bench.race(chosen, ROWS)
    assert refused == ["broken did not race: RuntimeError: no such instruction"]
    assert len(found["swayed"].ms) == bench.ROUNDS
    _, _, same, other = bench.markdown(found, LABELS).splitlines()
    assert same.split(" | ")[3:] == ["0.00% (0.00% to 3.77%)", "+0.0000 (+0.0000 to +0.0000)", "the same bits |"]
    assert other.split(" | ")[3] == "3.12% (0.65% to 8.86%)"
    assert other.split(" | ")[4].startswith("-0.03")
    assert other.split(" | ")[5] == "up to 9e-01 apart, 3 of 96 another answer |"


def test_without_the_other_packages_the_product_s_own_runtimes_race_alone(tmp_path: Path) -> None:
    names = [form.name for form in forms(tmp_path, ROWS, tmp_path / "none", tmp_path)]
    assert names[0] == AS_TRAINED
    assert {name.partition(",")[0] for name in names} == {"torch", "OpenVINO"}
