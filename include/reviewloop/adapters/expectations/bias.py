"""The bias gate in Great Expectations: an expectation per facet, measure and limit, on the groups as the gate judged them.

The batch is the report's own list of groups, so all expectations of a suite share its one bootstrap, and with it one correction
for the number of tests. They stand in Data Docs like any other expectation; a warn limit is of severity ``warning``.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, ClassVar

import pandas as pd

from reviewloop.adapters.expectations.suites import SuiteResult, quiet_library, run_suite
from reviewloop.config import BiasConfig
from reviewloop.core.bias.measures import MEASURES, PER_OUTCOME
from reviewloop.core.bias.verdicts import GroupReport, Mark
from reviewloop.errors import PermanentError

SUITE = "bias"
METRIC = "reviews.clarify_bias"
_GROUP = "group"
"""The batch's only column."""
_LEVELS = {"warn": ("warn", "reject"), "reject": ("reject",)}
"""A limit, and the verdicts that lie beyond it."""


def check(groups: Sequence[GroupReport], bias: BiasConfig, day: str) -> SuiteResult:
    """Run the suite on ``groups`` (what ``verdicts.measure`` returns).

    Raises ``PermanentError`` when it does not fail exactly where they are marked: then the suite is broken, and there is no
    verdict.
    """
    result = run_suite(SUITE, pd.DataFrame({_GROUP: list(groups)}), expectations(bias), day)
    theirs = {one.note for one in result.failed}
    ours = {
        note(group.facet, mark.measure, level)
        for group in groups
        for mark in group.marks
        for level, beyond in _LEVELS.items()
        if mark.verdict in beyond
    }
    if theirs != ours:
        raise PermanentError(f"suite {SUITE}: its result and the report disagree on {', '.join(sorted(theirs ^ ours))}")
    return result


def expectations(bias: BiasConfig) -> list[Any]:
    """One expectation per facet, measure and limit in config."""
    make = expectation_class()
    return [
        make(
            facet=facet.name,
            measure=name,
            level=level,
            **bounds(name, getattr(bias.limit(name), level)),
            notes=note(facet.name, name, level),
            severity="critical" if level == "reject" else "warning",
        )
        for facet in bias.facets
        for name in MEASURES
        for level in _LEVELS
    ]


def note(facet: str, name: str, level: str) -> str:
    """What an expectation checks, in words."""
    return f"{facet}: {name} within its {level} limit"


def bounds(name: str, limit: float) -> dict[str, float]:
    """The measure's limit as Great Expectations writes limits."""
    if name == "CI":
        return {"min_value": -limit}
    return {"min_value": -limit, "max_value": limit} if name in PER_OUTCOME else {"max_value": limit}


@lru_cache(maxsize=1)
def expectation_class() -> Any:
    """``ExpectGroupsToBeTreatedAlike``, registered with its metric; made on first use, because the library takes seconds."""
    quiet_library()
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.metrics.metric_provider import metric_value
    from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider
    from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent
    from great_expectations.render.renderer.renderer import renderer

    class ClarifyBias(TableMetricProvider):  # type: ignore[misc]
        """The groups of every facet, judged."""

        metric_name = METRIC

        @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
        def _pandas(
            cls,  # noqa: N805
            execution_engine: Any,
            metric_domain_kwargs: Any,
            **_: Any,
        ) -> list[GroupReport]:
            frame, _compute, _accessor = execution_engine.get_compute_domain(metric_domain_kwargs, domain_type="table")
            return list(frame[_GROUP])

    class ExpectGroupsToBeTreatedAlike(BatchExpectation):  # type: ignore[misc]
        """No group of ``facet`` lies, with evidence, beyond one measure's limit."""

        facet: str
        measure: str
        level: str
        min_value: float | None = None
        max_value: float | None = None

        metric_dependencies: ClassVar[tuple[str, ...]] = (METRIC,)
        success_keys: ClassVar[tuple[str, ...]] = ("facet", "measure", "level", "min_value", "max_value")

        def _validate(self, metrics: dict[str, Any], **_: Any) -> dict[str, Any]:
            groups = [group for group in metrics[METRIC] if group.facet == self.facet]
            marks = [(group, mark) for group in groups for mark in group.marks if mark.measure == self.measure]
            beyond = [(group, mark) for group, mark in marks if mark.verdict in _LEVELS[self.level]]
            return {"success": not beyond, "result": {"observed_value": observed(marks, beyond)}}

        @classmethod
        @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)  # type: ignore[untyped-decorator]
        def _prescriptive_renderer(cls, configuration: Any = None, result: Any = None, **_: Any) -> list[Any]:
            kwargs = (configuration or result.expectation_config).kwargs
            low, high = kwargs.get("min_value", -math.inf), kwargs.get("max_value", math.inf)
            words = f"at least {low:g}" if high == math.inf else f"at most {high:g}" if low == -math.inf else f"{low:g} to {high:g}"
            text = (
                f"{kwargs['facet']}: $measure of every group must be {words} ({kwargs['level']} limit), unless chance explains it."
            )
            template = {"template": text, "params": {"measure": kwargs["measure"]}}
            return [RenderedStringTemplateContent(content_block_type="string_template", string_template=template)]

    return ExpectGroupsToBeTreatedAlike


def observed(marks: Sequence[tuple[GroupReport, Mark]], beyond: Sequence[tuple[GroupReport, Mark]]) -> str:
    """The strongest mark beyond the limit, or else of all that were judged, in words: ``Tops: DPL of positive +0.12 (...)``."""
    judged = beyond or [(group, mark) for group, mark in marks if mark.verdict != "not enough evidence"]
    if not judged:
        return f"not enough evidence in any of {len({group.group for group, _ in marks})} groups"
    group, mark = max(judged, key=lambda one: one[1].strength)
    return f"{group.group}: {mark.in_words()}"
