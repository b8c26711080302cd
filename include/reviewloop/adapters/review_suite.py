"""What a day's reviews must look like: two Great Expectations suites, defined in code from the thresholds in config."""

from typing import Any

import pandas as pd

from reviewloop.adapters.expectations import quiet_library
from reviewloop.config import QualityConfig
from reviewloop.core.reviews import FIELDS, REQUIRED, SENTIMENTS, sentiment_of

_GX_TYPES = {"int64": "int64", "string": "str"}


def accepted_view(accepted: pd.DataFrame) -> pd.DataFrame:
    """The accepted rows with one 0/1 column per sentiment, ``is_negative`` and so on: its mean is the label's share."""
    labels = accepted["rating"].map({rating: sentiment_of(rating) for rating in range(1, 6)})
    return accepted.assign(**{f"is_{name}": (labels == i).astype("float64") for i, name in enumerate(SENTIMENTS)})


def landed_view(num_landed: int, quarantine: pd.DataFrame) -> pd.DataFrame:
    """One row per landed row: its number, and the reason why it is in quarantine, if it is."""
    landed = pd.DataFrame({"row": range(1, num_landed + 1)})
    return landed.assign(quarantine_reason=landed["row"].map(quarantine.set_index("row")["reason"]).astype("string"))


def accepted_expectations(quality: QualityConfig) -> list[Any]:
    """The suite of ``accepted_view``. ``notes`` name each expectation in the words that a rejection uses."""
    quiet_library()
    import great_expectations.expectations as gxe

    columns = [*FIELDS, *(f"is_{name}" for name in SENTIMENTS)]
    suite: list[Any] = [
        gxe.ExpectTableColumnsToMatchSet(column_set=columns, exact_match=True, notes="columns"),
        gxe.ExpectTableRowCountToBeBetween(min_value=quality.min_rows, notes="number of accepted rows"),
        gxe.ExpectColumnValuesToBeUnique(column="review_id", notes="review_id unique"),
        gxe.ExpectColumnValuesToBeBetween(column="rating", min_value=1, max_value=5, notes="rating"),
        gxe.ExpectColumnValuesToBeBetween(column="age", min_value=quality.age[0], max_value=quality.age[1], notes="age in years"),
        gxe.ExpectColumnValueLengthsToBeBetween(column="text", min_value=1, notes="length of text"),
    ]
    for field, dtype in FIELDS.items():
        suite.append(gxe.ExpectColumnValuesToBeOfType(column=field, type_=_GX_TYPES[dtype], notes=f"type of {field}"))
    for field, ceiling in {**dict.fromkeys(REQUIRED, 0.0), **quality.max_missing_shares}.items():
        suite.append(gxe.ExpectColumnValuesToNotBeNull(column=field, mostly=1 - ceiling, notes=f"{field} present"))
    for name, band in quality.label_shares.items():
        suite.append(
            gxe.ExpectColumnMeanToBeBetween(
                column=f"is_{name}", min_value=band.low, max_value=band.high, notes=f"share of {name} reviews"
            )
        )
    return suite


def landed_expectations(quality: QualityConfig) -> list[Any]:
    """The suite of ``landed_view``."""
    quiet_library()
    import great_expectations.expectations as gxe

    ceiling = quality.max_quarantined_share
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=quality.min_rows, notes="number of landed rows"),
        gxe.ExpectColumnValuesToBeNull(column="quarantine_reason", mostly=1 - ceiling, notes="rows out of quarantine"),
    ]
