"""When a value is as expected: each condition under the name of Great Expectations' metric, of a piece of a column at a time.

Each takes the values that are there (those of all columns, where there are several) and the expectation's options, and gives an
array that is true where they are as expected. ``tests/adapters/expectations/test_tallied.py`` holds them against the library's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from reviewloop.core.delivery.readability import why_unreadable
from reviewloop.core.quality.said import Said, as_arrow, listen, surely_readable

Mask = npt.NDArray[np.bool_]
Options = Mapping[str, Any]
_READABLE: Final = ("min_letter_share", "max_char_share", "min_common_word_share", "min_words")
_KINDS: Final[Mapping[str, type]] = {"str": str, "int64": np.int64}


def _between(numbers: "pd.Series[Any]", options: Options) -> Mask:
    low, high = options.get("min_value"), options.get("max_value")
    return np.asarray((low is None or numbers >= low) & (high is None or numbers <= high), dtype=bool) & np.ones(len(numbers), bool)


def _length_between(texts: "pd.Series[Any]", options: Options) -> Mask:
    import pyarrow.compute as pc

    return _between(pd.Series(pc.utf8_length(as_arrow(texts)).to_numpy()), options)


def _in_set(values: "pd.Series[Any]", options: Options) -> Mask:
    return np.asarray(values.isin(options["value_set"]), dtype=bool)


def _of_type(values: "pd.Series[Any]", options: Options) -> Mask:
    kind = _KINDS[options["type_"]]
    if isinstance(values.dtype, pd.StringDtype):
        return np.full(len(values), kind is str)
    if values.dtype != object:
        return np.ones(len(values), bool)  # the column's own type is judged
    return np.fromiter((isinstance(value, kind) for value in values), bool, len(values))


def readable(texts: "pd.Series[Any]", options: Options, said: Said | None = None) -> Mask:
    """``core.delivery.readability.why_unreadable`` finds no reason; ``said`` is what they say, where that is known."""
    rule, common = {name: options[name] for name in _READABLE}, frozenset(options["common_words"])
    found = surely_readable(said or listen(texts), common, **rule)
    for place in np.flatnonzero(~found).tolist():
        found[place] = why_unreadable(texts.iloc[place], common, **rule) is None
    return found


def recommendation_agrees(recommended: "pd.Series[Any]", rating: "pd.Series[Any]", _options: Options) -> Mask:
    """A recommendation (0 or 1) does not contradict its rating (1 to 5); 3 stars agree with both."""
    return np.asarray(~(((recommended == 1) & (rating <= 2)) | ((recommended == 0) & (rating >= 4))), dtype=bool)


CONDITIONS: Final[Mapping[str, Callable[..., Mask]]] = {
    "column_values.nonnull": lambda values, _: np.ones(len(values), bool),  # who is missing is counted for every column
    "column_values.null": lambda values, _: np.zeros(len(values), bool),
    "column_values.between": _between,
    "column_values.value_length.between": _length_between,
    "column_values.in_set": _in_set,
    "column_values.of_type": _of_type,
    "column_values.readable": readable,
    "column_pair_values.recommendation_agrees": recommendation_agrees,
}
