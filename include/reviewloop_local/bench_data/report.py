"""The tables of ``make bench-data``."""

from collections.abc import Mapping, Sequence
from typing import Final

from reviewloop_local.bench_data.costs import Cost, growth
from reviewloop_local.bench_data.ingest import FEATURES, GATES, SCORING, STEPS
from reviewloop_local.studies.markdown import table

Costs = Mapping[str, Mapping[int, Cost]]
"""Step -> number of rows -> cost."""
_WORDS: Final = {
    "land": "landing", "parse": "parsing", "validate": "quality gate", "check_bias": "bias gate", "curate": "curation",
    "check_counts": "counting in Athena", "publish_day": "publishing", SCORING: "texts for batch scoring",
    FEATURES: "features (the snapshot of all days)",
    "read_csv": "`pandas.read_csv`", "quality": "read, Great Expectations on the frame", "bias": "read, Clarify's measures by hand",
}  # fmt: skip
MAX_GROWTH, MAX_PEAK_MB, MAX_TIMES_READ_CSV, MIN_FASTER = 1.3, 1500.0, 5.0, 5.0


def whole(costs: Costs) -> dict[int, Cost]:
    """The whole ingest, from the landing to the day that counts: seconds summed up, the highest peak."""
    sizes = list(costs["land"])
    parts = {size: [costs[step][size] for step in STEPS if step in costs] for size in sizes}
    return {
        size: Cost(sum(one.seconds for one in of), sum(one.processor for one in of), max(one.peak_mb for one in of))
        for size, of in parts.items()
    }


def markdown(costs: Costs, plain: Costs, before: Mapping[int, Sequence[Cost]], commit: str) -> str:
    """Everything that was measured. ``before`` has of each size the whole ingest of ``commit``, a turn each."""
    sizes = list(costs["land"])
    head = ["", *[f"{size:,} rows, s" for size in sizes], "rows/s", "times linear", "processor, s", "peak, MB"]
    rows = [_row(_WORDS[step], found, sizes) for step, found in {**costs}.items()]
    together = whole(costs)
    tables = [table(head, [*rows, _row("**the whole ingest**", together, sizes)])]
    instead = [_row(_WORDS[step], found, sizes) for step, found in plain.items()]
    tables.append(table(["what one would write instead", *head[1:]], instead))
    if before:
        told = [
            [f"{size:,}", f"{_mean(turns):.1f}", f"{together[size].seconds:.1f}", f"{_mean(turns) / together[size].seconds:.2f}"]
            for size, turns in before.items()
        ]
        tables.append(table(["rows", f"whole ingest of {commit}, s", "now, s", "times as fast"], told))
    return "\n\n".join([*tables, *missed(costs, plain, before)])


def missed(costs: Costs, plain: Costs, before: Mapping[int, Sequence[Cost]]) -> list[str]:
    """Each aim that the largest size misses, in a line; none where all are met."""
    together = whole(costs)
    most = max(together)
    gates = sum(costs[step][most].seconds for step in GATES) / plain["read_csv"][most].seconds
    told = [f"Quality and bias gate take {gates:.1f} times `pandas.read_csv` at {most:,} rows (aim: {MAX_TIMES_READ_CSV:g})."]
    told = told if gates > MAX_TIMES_READ_CSV else []
    if len(together) > 1 and (grown := growth(together)) > MAX_GROWTH:
        told.append(f"The whole ingest grows {grown:.2f} times linear (aim: {MAX_GROWTH:g}).")
    if (peak := together[most].peak_mb) > MAX_PEAK_MB:
        told.append(f"The highest peak is {peak:,.0f} MB (aim: {MAX_PEAK_MB:,.0f}).")
    if before and (faster := _mean(before[max(before)]) / together[max(before)].seconds) < MIN_FASTER:
        told.append(f"The whole ingest is {faster:.2f} times as fast as before (aim: {MIN_FASTER:g}).")
    return told


def _row(name: str, found: Mapping[int, Cost], sizes: Sequence[int]) -> list[str]:
    most = max(found)
    cost = found[most]
    grown = f"{growth(found):.2f}" if len(found) > 1 else ""
    seconds = [f"{found[size].seconds:.2f}" if size in found else "" for size in sizes]
    return [name, *seconds, f"{most / cost.seconds:,.0f}", grown, f"{cost.processor:.1f}", f"{cost.peak_mb:,.0f}"]


def _mean(turns: Sequence[Cost]) -> float:
    return sum(one.seconds for one in turns) / len(turns)
