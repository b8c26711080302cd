"""What Great Expectations has no expectation for: readable texts, repeated texts, stuck columns, contradicting columns.

Each is a metric (how it is measured, on pandas) and an expectation (what is allowed), so that it stands in Data Docs like
the library's own. Importing this module imports the library, seconds of it: import it inside the function that needs it.
"""

from typing import Any, ClassVar

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnAggregateExpectation,
    ColumnMapExpectation,
    ColumnPairMapExpectation,
)
from great_expectations.expectations.metrics.column_aggregate_metric_provider import (
    ColumnAggregateMetricProvider,
    column_aggregate_value,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    ColumnMapMetricProvider,
    ColumnPairMapMetricProvider,
    column_condition_partial,
    column_pair_condition_partial,
)
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
from great_expectations.render.renderer.renderer import renderer

from reviewloop.core.quality.conditions import readable, recommendation_agrees
from reviewloop.core.texts import normalise

_RULE = ("min_letter_share", "max_char_share", "min_common_word_share", "min_words", "common_words")


def _sentence(template: str, params: dict[str, Any], runtime: dict[str, Any] | None) -> list[Any]:
    """One line of a Data Docs page; each ``$name`` of ``template`` shows that parameter."""
    styling = (runtime or {}).get("styling")
    content = {"template": template, "params": params, "styling": styling}
    return [RenderedStringTemplateContent(content_block_type="string_template", string_template=content)]


class ReadableTexts(ColumnMapMetricProvider):  # type: ignore[misc]
    """Which texts can be read, by ``reviewloop.core.delivery.readability.why_unreadable``."""

    condition_metric_name = "column_values.readable"
    condition_value_keys = _RULE

    @column_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: "pd.Series[Any]", common_words: list[str], **kwargs: Any) -> "pd.Series[bool]":  # noqa: N805
        return pd.Series(readable(column, {**kwargs, "common_words": common_words}), index=column.index)


class ExpectColumnValuesToBeReadable(ColumnMapExpectation):  # type: ignore[misc]
    """Expect texts decoded rightly, with enough letters, no character that crowds out the rest, and words of the language."""

    min_letter_share: float
    max_char_share: float
    min_common_word_share: float
    min_words: int
    common_words: list[str]

    map_metric = "column_values.readable"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", *_RULE)

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)  # type: ignore[untyped-decorator]
    def _prescriptive_renderer(cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None) -> list[Any]:
        kwargs = {"mostly": 1.0, **(configuration or result.expectation_config).kwargs}
        template = (
            "$column values must be readable: decoded with the right table, at least $min_letter_share of their characters letters,"
            " no character more than $max_char_share of them and, from $min_words words on, at least $min_common_word_share of the"
            " words common ones;"
            " in at least $mostly of rows."
        )
        return _sentence(template, kwargs, runtime_configuration)


class RepeatedTextShare(ColumnAggregateMetricProvider):  # type: ignore[misc]
    """Share of texts that say what an earlier one says, up to case, punctuation and white space; missing ones left out."""

    metric_name = "column.repeated_text_share"

    @column_aggregate_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: "pd.Series[Any]", **_kwargs: Any) -> float:  # noqa: N805
        texts = column.dropna().map(normalise)
        return float(texts.duplicated().mean()) if len(texts) else 0.0


class TopValueShare(ColumnAggregateMetricProvider):  # type: ignore[misc]
    """Share of a column's commonest value; missing ones left out."""

    metric_name = "column.top_value_share"

    @column_aggregate_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column: "pd.Series[Any]", **_kwargs: Any) -> float:  # noqa: N805
        shares = column.value_counts(normalize=True)
        return float(shares.iloc[0]) if len(shares) else 0.0


class _ShareAtMost(ColumnAggregateExpectation):  # type: ignore[misc]
    """Base of expectations that one share of a column is at most ``max_value`` (0 to 1)."""

    max_value: float

    metric_name: ClassVar[str] = ""
    words: ClassVar[str] = ""
    success_keys: ClassVar[tuple[str, ...]] = ("max_value",)

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)  # type: ignore[untyped-decorator]
    def _prescriptive_renderer(cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None) -> list[Any]:
        kwargs = (configuration or result.expectation_config).kwargs
        return _sentence(f"$column {cls.words} must be at most $max_value.", kwargs, runtime_configuration)

    def _validate(self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None) -> Any:
        return self._validate_metric_value_between(self.metric_name, metrics, runtime_configuration, execution_engine)


class ExpectColumnRepeatedTextShareToBeAtMost(_ShareAtMost):
    """Expect that few texts say what an earlier one says."""

    metric_dependencies = ("column.repeated_text_share",)
    metric_name = "column.repeated_text_share"
    words = "share of repeated texts"


class ExpectColumnTopValueShareToBeAtMost(_ShareAtMost):
    """Expect that no single value fills the column."""

    metric_dependencies = ("column.top_value_share",)
    metric_name = "column.top_value_share"
    words = "share of the commonest value"


class RecommendationsThatAgree(ColumnPairMapMetricProvider):  # type: ignore[misc]
    """Which recommendations (0 or 1) do not contradict their rating (1 to 5); 3 stars agree with both."""

    condition_metric_name = "column_pair_values.recommendation_agrees"
    condition_domain_keys = ("batch_id", "table", "column_A", "column_B", "ignore_row_if")
    condition_value_keys = ()

    @column_pair_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_A: Any, column_B: Any, **_kwargs: Any) -> Any:  # noqa: N803, N805
        return pd.Series(recommendation_agrees(column_A, column_B, {}), index=column_A.index)


class ExpectRecommendationToAgreeWithRating(ColumnPairMapExpectation):  # type: ignore[misc]
    """Expect ``column_A`` (recommended, 0 or 1) not to contradict ``column_B`` (rating, 1 to 5)."""

    ignore_row_if: str = "either_value_is_missing"

    map_metric = "column_pair_values.recommendation_agrees"
    domain_keys: ClassVar[tuple[str, ...]] = (
        "batch_id",
        "column_A",
        "column_B",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)  # type: ignore[untyped-decorator]
    def _prescriptive_renderer(cls, configuration: Any = None, result: Any = None, runtime_configuration: Any = None) -> list[Any]:
        kwargs = {"mostly": 1.0, **(configuration or result.expectation_config).kwargs}
        template = (
            "$column_A must not contradict $column_B (recommended at 1 or 2 stars, not recommended at 4 or 5),"
            " in at least $mostly of rows."
        )
        return _sentence(template, kwargs, runtime_configuration)
