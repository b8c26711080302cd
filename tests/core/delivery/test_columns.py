import pytest

from reviewloop.core.delivery.columns import integer


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("5", 5),
        (" -5 ", -5),
        ("5.0", 5),
        ("5.", 5),
        ("1729384756102938475", 1729384756102938475),
        (str(2**63 - 1), 2**63 - 1),
        (str(-(2**63)), -(2**63)),
        (str(2**63), None),
        ("9" * 19, None),
        (f"{2**53 - 1}.0", 2**53 - 1),
        (f"{2**53}.0", None),
        (f"-{2**53}.00", None),
        ("1729384756102938368.0", None),
        ("1.7293847561029384e+18", None),
        ("4.5", None),
        ("1e3", None),
        ("", None),
        ("٣", None),
    ],
)
def test_a_cell_is_an_integer_where_it_says_one_for_certain(cell: str, value: int | None) -> None:
    assert integer(cell) == value
