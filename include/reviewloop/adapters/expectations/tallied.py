"""Great Expectations on rows that it never holds: its metrics are answered from a tally, its expectations stay what they are.

The library's pandas engine goes through all rows a few times for each expectation, and copies them. Here the rows are counted in
one pass, piece by piece (``core.quality``), and an engine of ours hands the counts to the library, which judges and renders them.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from reviewloop.core.quality.tally import Failures, Question, question
from reviewloop.errors import PermanentError

_COLUMNS: Final = ("column", "column_A", "column_B")
_PARTS: Final = ("condition", "map", "unexpected_count", "unexpected_values", "unexpected_index_list", "unexpected_index_query",
                 "filtered_row_count")  # fmt: skip
"""What the library asks of a condition, as the ends of its metrics' names."""
_OF_THE_TABLE: Final = ("table.columns", "table.column_types")
"""Asked of the batch itself, which has the columns and no row."""
_NOT_OPTIONS: Final = ("mostly", "result_format", "strict_min", "strict_max", "include_nested")
"""What decides no answer: how much may fail, how it is shown; we never ask strictly."""


def questions_of(expectations: Sequence[Any]) -> list[Question]:
    """What the rows must answer for the ``expectations`` to be judged."""
    found: list[Question] = []
    for one in expectations:
        columns = _columns(one.configuration.kwargs)
        metrics = one.metric_dependencies or ((one.map_metric,) if getattr(one, "map_metric", None) else ())
        by_row = bool(getattr(one, "map_metric", None))
        options = {name: getattr(one, name) for name in one.success_keys if name not in _NOT_OPTIONS} if by_row else {}
        found += [question(metric, columns, options) for metric in metrics if metric not in _OF_THE_TABLE]
        found += [Question("column_values.nonnull", (column,)) for column in columns if by_row]
    return list(dict.fromkeys(found))


def _columns(kwargs: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(kwargs[name] for name in _COLUMNS if kwargs.get(name) is not None)


def answer_from(answers: Mapping[Question, Any], source: Any) -> None:
    """Let the library's pandas data source ``source`` answer what is asked of its batches from ``answers``."""
    engine = source.get_execution_engine()  # kept from now on: it is the one that its batches will be given
    engine.__class__, engine.answers = engine_class(), answers


@lru_cache(maxsize=1)
def engine_class() -> Any:
    """``TallyEngine``; made on first use, because the library takes seconds."""
    from great_expectations.execution_engine import PandasExecutionEngine

    class TallyEngine(PandasExecutionEngine):  # type: ignore[misc]
        """Answers metrics from ``answers``, what ``core.quality.tally`` counted; those of the table itself as the library does."""

        answers: Mapping[Question, Any]

        def resolve_metrics(
            self, metrics_to_resolve: Iterable[Any], metrics: Any = None, runtime_configuration: Any = None
        ) -> dict[Any, Any]:
            asked = list(metrics_to_resolve)
            own = [one for one in asked if one.metric_name in _OF_THE_TABLE]
            found = super().resolve_metrics(own, metrics, runtime_configuration) if own else {}
            return {**found, **{one.id: self._answer(one) for one in asked if one.metric_name not in _OF_THE_TABLE}}

        def _answer(self, asked: Any) -> Any:
            name, _, part = asked.metric_name.rpartition(".")
            metric, part = (name, part) if part in _PARTS else (asked.metric_name, "")
            if part in ("condition", "map", "unexpected_index_query"):
                return None  # a step on the way to the counts, which are there already
            options = {key: value for key, value in asked.metric_value_kwargs.items() if key not in _NOT_OPTIONS}
            key = question(metric, _columns(asked.metric_domain_kwargs), options)
            if key not in self.answers:
                raise PermanentError(f"{asked.metric_name} of {', '.join(key.columns) or 'the table'} was asked, and not counted")
            return _part(self.answers[key], part)

    return TallyEngine


def _part(found: Any, part: str) -> Any:
    """One of a condition's numbers as the library asks for them; any other answer is whole."""
    if not isinstance(found, Failures):
        return found
    return {
        "unexpected_count": found.num_failed,
        "unexpected_values": list(found.values),
        "unexpected_index_list": list(found.places),
        "filtered_row_count": found.num_asked,
    }[part]
