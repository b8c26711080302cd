"""What is odd about a day's columns, named whatever the tests say: nothing there, nothing but one value, values never seen."""

from collections.abc import Iterator

from reviewloop.core.facets import MISSING
from reviewloop.core.monitoring.descriptors import NUMBERS
from reviewloop.core.monitoring.sample import Sample

_MAX_NAMED = 5
_MAX_CHARACTERS = 60


def findings(reference: Sample, day: Sample) -> Iterator[str]:
    """In words, for the page. A column may have several."""
    if not len(day):
        yield "the day has no reviews"
    if day.num_repeated:
        yield f"{day.num_repeated:,} reviews of the day repeat another's text; each text counts once"
    for rows in (reference, day):
        yield from (f"{name}: {words}" for name, words in rows.oddities.items())
    for name in reference.columns:
        known = reference.columns[name]
        if known.nunique(dropna=False) == 1:
            yield f"{name}: all reviews of the reference have the same value ({shortened(known.iloc[0])})"
        if name in NUMBERS or name not in day.columns or not len(day):
            continue
        values = day.columns[name]
        if (values == MISSING).all() and not (known == MISSING).all():
            yield f"{name}: no review of the day has a value"
        unseen = values[~values.isin({*known, MISSING})]
        if len(unseen):
            counts = unseen.value_counts()
            named = ", ".join(shortened(value) for value in sorted(counts.index, key=lambda one: (-counts[one], one))[:_MAX_NAMED])
            more = f" and {len(counts) - _MAX_NAMED} more" if len(counts) > _MAX_NAMED else ""
            yield f"{name}: {len(unseen):,} reviews have values that the reference never had: {named}{more}"


def shortened(value: object) -> str:
    """A value of the data, of at most 60 characters."""
    text = str(value)
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 1]}…"
