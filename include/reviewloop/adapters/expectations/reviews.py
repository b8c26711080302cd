"""What a day's reviews must look like: four Great Expectations suites, defined in code from the thresholds in config.

``notes`` name each expectation in the words that a rejection uses; ``meta["family"]`` says what it is about, and with that how
severe its failure is.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import pandas as pd

from reviewloop.adapters.expectations.suites import SEVERITIES, SuiteResult, quiet_library, run_suite
from reviewloop.adapters.expectations.tallied import questions_of
from reviewloop.config import FIXED, Band, Contract, Family, QualityConfig
from reviewloop.core.delivery.history import DeliveryHistory, volume_band
from reviewloop.core.quality.rows import Rows
from reviewloop.core.quality.tally import NUM_ROWS, NUM_SHOWN, Failures, Question, tally
from reviewloop.core.reviews import SENTIMENTS, sentiment_of

T = TypeVar("T")
LATE: Final = "days behind the newest day"
"""The expectation on a day that comes late, in its words."""
LANDED: Final = pd.DataFrame({"row": pd.Series(dtype="int64"), "quarantine_reason": pd.Series(dtype=object)})
"""The columns of the landed rows; what they answer is ``landed_answers``."""
_GX_TYPES = {"int64": "int64", "string": "str"}
_HELD_AS = {"int64": "int64", "string": "object"}


def accepted_view(accepted: pd.DataFrame) -> pd.DataFrame:
    """The accepted rows with one 0/1 column per sentiment, ``is_negative`` and so on: its mean is the label's share."""
    labels = accepted["rating"].map({rating: sentiment_of(rating) for rating in range(1, 6)})
    return accepted.assign(**{f"is_{name}": (labels == i).astype("float64") for i, name in enumerate(SENTIMENTS)})


def landed_answers(num_landed: int, quarantine: pd.DataFrame, asked: Collection[Question]) -> dict[Question, Any]:
    """What the landed rows answer: each has a reason why it is in quarantine (``quarantine_reason``), or none."""
    rows = quarantine.sort_values("row", kind="stable")
    set_aside = Failures()
    first = rows.iloc[:NUM_SHOWN]
    set_aside.note(len(rows), first["reason"].tolist(), (first["row"] - 1).tolist(), len(rows))
    missing = Failures(num_landed, num_landed - len(rows))
    known = {"column_values.null": set_aside, "column_values.nonnull": missing}
    return {NUM_ROWS: num_landed, **{one: known[one.metric] for one in asked if one.metric in known}}


def delivery_view(day: str, num_landed: int, num_accepted: int, num_quarantined: int, evidence: DeliveryHistory) -> pd.DataFrame:
    """One row: what is known of the delivery as a whole. ``days_behind`` is missing where nothing can be late."""
    facts = {
        "day": day,
        "landed_on": evidence.landed_on,
        "num_unaccounted": num_landed - num_accepted - num_quarantined,
        "days_ahead": evidence.days_ahead(day),
        "days_behind": evidence.days_behind(day),
    }
    return pd.DataFrame([facts])


def schema_expectations(quality: QualityConfig, contract: Contract, columns: Collection[str]) -> list[Any]:
    """The suite of the accepted rows as such, which have ``columns``. Where those are wrong, types are not asked for."""
    quiet_library()
    import great_expectations.expectations as gxe

    make, dtypes = partial(_expectation, quality), contract.dtypes()
    suite = [make("schema", gxe.ExpectTableColumnsToMatchSet, "columns", column_set=list(dtypes), exact_match=True)]
    for field, dtype in dtypes.items() if set(columns) == set(dtypes) else ():
        suite.append(make("type", gxe.ExpectColumnValuesToBeOfType, f"type of {field}", column=field, type_=_GX_TYPES[dtype]))
    return suite


def accepted_expectations(quality: QualityConfig, contract: Contract) -> list[Any]:
    """The suite of ``accepted_view``."""
    quiet_library()
    import great_expectations.expectations as gxe

    make = partial(_expectation, quality)
    suite = [
        make("rows", gxe.ExpectTableRowCountToBeBetween, "number of accepted rows", min_value=quality.min_rows),
        make("unique", gxe.ExpectColumnValuesToBeUnique, "review_id unique", column="review_id"),
    ]
    needed = [column.field for column in contract.columns if column.role != "other" and not column.nullable]
    for field, ceiling in {**dict.fromkeys(needed, 0.0), **_of(contract, quality.max_missing_shares)}.items():
        suite.append(make("missing", gxe.ExpectColumnValuesToNotBeNull, f"{field} present", column=field, mostly=_mostly(ceiling)))
    ranges = {column.field: column.range for column in contract.columns if None not in column.range}
    for field, (low, high) in {**ranges, **_of(contract, {"positive_feedback": quality.positive_feedback})}.items():
        words = field if field in FIXED else contract.labels()[field].lower()
        suite.append(make("range", gxe.ExpectColumnValuesToBeBetween, words, column=field, min_value=low, max_value=high))
    for name, bands in quality.label_shares.items():
        judged: tuple[tuple[Family, str, Band], ...] = (
            ("labels", f"share of {name} reviews", bands.possible),
            ("unusual_labels", f"usual share of {name} reviews", bands.usual),
        )
        for family, words, band in judged:
            suite.append(
                make(family, gxe.ExpectColumnMeanToBeBetween, words, column=f"is_{name}", min_value=band.low, max_value=band.high)
            )
    return [*suite, *_value_expectations(quality, contract), *_text_expectations(quality)]


def _value_expectations(quality: QualityConfig, contract: Contract) -> Iterator[Any]:
    """Of the columns that hold few different values, and of two that must agree."""
    import great_expectations.expectations as gxe

    from reviewloop.adapters.expectations import custom

    make = partial(_expectation, quality)
    for category, known in {column.field: column.categories for column in contract.columns if column.categories}.items():
        yield make(
            "category",
            gxe.ExpectColumnValuesToBeInSet,
            f"known {category}",
            column=category,
            value_set=list(known),
            mostly=_mostly(quality.max_unknown_share),
        )
    for field, ceiling in _of(contract, quality.max_top_shares).items():
        yield make("constant", custom.ExpectColumnTopValueShareToBeAtMost, f"commonest {field}", column=field, max_value=ceiling)
    if "recommended" in contract:
        yield make(
            "contradiction",
            custom.ExpectRecommendationToAgreeWithRating,
            "recommended agrees with rating",
            column_A="recommended",
            column_B="rating",
            mostly=_mostly(quality.max_contradiction_share),
        )


def _text_expectations(quality: QualityConfig) -> Iterator[Any]:
    import great_expectations.expectations as gxe

    from reviewloop.adapters.expectations import custom

    make = partial(_expectation, quality)
    low, high = quality.text_chars
    yield make("length", gxe.ExpectColumnValueLengthsToBeBetween, "text not empty", column="text", min_value=1)
    yield make(
        "length",
        gxe.ExpectColumnValueLengthsToBeBetween,
        "length of text",
        column="text",
        min_value=low,
        max_value=high,
        mostly=_mostly(quality.max_odd_length_share),
    )
    yield make(
        "readable",
        custom.ExpectColumnValuesToBeReadable,
        "text readable",
        column="text",
        mostly=_mostly(quality.max_unreadable_share),
        **quality.readable.model_dump(mode="json"),
    )
    yield make(
        "repeated",
        custom.ExpectColumnRepeatedTextShareToBeAtMost,
        "repeated texts",
        column="text",
        max_value=quality.max_repeated_share,
    )


def landed_expectations(quality: QualityConfig, evidence: DeliveryHistory) -> list[Any]:
    """The suite of the landed rows. ``volume_bounds`` are its parameters, where there is a band."""
    quiet_library()
    import great_expectations.expectations as gxe

    make = partial(_expectation, quality)
    suite = [
        make("rows", gxe.ExpectTableRowCountToBeBetween, "number of landed rows", min_value=quality.min_rows),
        make(
            "quarantine",
            gxe.ExpectColumnValuesToBeNull,
            "rows out of quarantine",
            column="quarantine_reason",
            mostly=_mostly(quality.max_quarantined_share),
        ),
    ]
    if volume_bounds(quality, evidence):
        low, high = {"$PARAMETER": "volume_low"}, {"$PARAMETER": "volume_high"}
        suite.append(
            make("volume", gxe.ExpectTableRowCountToBeBetween, "rows against the last days", min_value=low, max_value=high)
        )
    return suite


def volume_bounds(quality: QualityConfig, evidence: DeliveryHistory) -> dict[str, int]:
    """``volume_low`` and ``volume_high`` in rows; empty where the lake holds too few earlier days."""
    if len(evidence.last_counts) < quality.volume.min_days:
        return {}
    low, high = volume_band(evidence.last_counts, quality.volume.band_width, quality.volume.min_spread_share)
    return {"volume_low": low, "volume_high": high}


def delivery_expectations(quality: QualityConfig, evidence: DeliveryHistory, day: str) -> list[Any]:
    """The suite of ``delivery_view``."""
    quiet_library()
    import great_expectations.expectations as gxe

    make = partial(_expectation, quality, expectation=gxe.ExpectColumnMaxToBeBetween)
    suite = [
        make("rows", words="landed rows in neither part", column="num_unaccounted", min_value=0, max_value=0),
        make("future", words="days ahead of its own landing", column="days_ahead", max_value=0),
    ]
    if evidence.days_behind(day) is not None:
        suite.append(make("late", words=LATE, column="days_behind", max_value=quality.max_late_days))
    return suite


def run_suites(
    quality: QualityConfig,
    contract: Contract,
    day: str,
    accepted: Rows,
    quarantine: pd.DataFrame,
    num_landed: int,
    evidence: DeliveryHistory,
) -> list[SuiteResult]:
    """All suites on a parsed delivery. Raises ``PermanentError`` where an expectation gave no verdict.

    Values are judged only in a table that has the agreed columns and types: in another the questions make no sense.
    """
    agreed = _is_agreed(accepted.head, contract)
    schema = schema_expectations(quality, contract, accepted.head.columns)
    values = accepted_expectations(quality, contract) if agreed else []
    seen = accepted.seen_as(accepted_view) if agreed else accepted
    answers = tally(questions_of([*schema, *values]), seen.pieces())
    results = [run_suite("schema", accepted.head, schema, day, answers=answers)]
    if not results[0].failed:
        results.append(run_suite("accepted", seen.head, values, day, answers=answers))
    landed, bounds = landed_expectations(quality, evidence), volume_bounds(quality, evidence)
    told = landed_answers(num_landed, quarantine, questions_of(landed))
    delivery = delivery_view(day, num_landed, answers[NUM_ROWS], len(quarantine), evidence)
    return [
        *results,
        run_suite("landed", LANDED, landed, day, bounds, told),
        run_suite("delivery", delivery, delivery_expectations(quality, evidence, day), day),
    ]


def _is_agreed(head: pd.DataFrame, contract: Contract) -> bool:
    """Whether the columns and their types are the contract's, as the suite ``schema`` will say in detail."""
    wanted = {field: _HELD_AS[dtype] for field, dtype in contract.dtypes().items()}
    return {str(name): str(dtype) for name, dtype in head.dtypes.items()} == wanted


def not_judged(quality: QualityConfig, evidence: DeliveryHistory, day: str) -> dict[str, str]:
    """What cannot be judged, and why, in words: the lake knows too little, or the question does not arise."""
    missing = {}
    if not volume_bounds(quality, evidence):
        found, needed = len(evidence.last_counts), quality.volume.min_days
        missing["rows against the last days"] = f"not enough evidence: {found} earlier days are curated, {needed} are needed"
    if evidence.days_behind(day) is None:
        why = "the day was curated before: a correction or a rerun" if evidence.is_repeat else "no other day is curated yet"
        missing[LATE] = why
    return missing


def _of(contract: Contract, limits: Mapping[str, T]) -> dict[str, T]:
    """The limits of columns that the contract has: those of the optional ones stand in the configuration for every dataset."""
    return {field: limit for field, limit in limits.items() if field in contract}


def _expectation(quality: QualityConfig, family: Family, expectation: Any, words: str, **kwargs: Any) -> Any:
    severity = SEVERITIES[quality.severities[family]]
    return expectation(**kwargs, notes=words, meta={"family": family}, severity=severity)


def _mostly(ceiling: float) -> float:
    """The share that must hold, given the share that may not; rounded, so that 1 - 0.35 is 0.65 and not a hair more."""
    return round(1 - ceiling, 9)
