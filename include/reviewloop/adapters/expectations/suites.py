"""Great Expectations: run a suite defined in code on a frame, say what failed in words, render its Data Docs page.

It fails open in places (a suite that lost an expectation passes, an expectation that raised is one line in a log:
``findings/gx-suite-loses-custom-expectation.sh``, ``findings/gx-nothing-to-check-passes.sh``). So the number evaluated must be the
number defined, and an expectation that raised is an error, never a verdict.
"""

import logging
import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from markupsafe import Markup

from reviewloop.adapters.expectations.tallied import answer_from
from reviewloop.core.quality.tally import NUM_ROWS, Question
from reviewloop.errors import PermanentError
from reviewloop.pages import kit
from reviewloop.pages.links import Links

SEVERITIES: Final = {"warn": "warning", "reject": "critical"}
"""Our word for what a failed expectation does -> Great Expectations' severity, whose default is ``critical``."""


@dataclass(frozen=True)
class Check:
    """One expectation's result. ``allowed`` and ``observed`` are for people: ``10 to 120``, ``3 of 200 rows fail``."""

    column: str | None
    expectation: str
    allowed: str
    observed: str
    success: bool
    note: str
    severity: Literal["warn", "reject"] = "reject"

    def in_words(self) -> str:
        """One line: which column, what was observed, what is allowed."""
        return f"{self.note or self.column or self.expectation}: {self.observed}; allowed: {self.allowed}"


@dataclass(frozen=True)
class SuiteResult:
    """A suite's results, in the order in which it was defined. ``outcome`` is the library's own, for its page."""

    suite: str
    checks: tuple[Check, ...]
    outcome: Any

    def page(self, links: Links) -> str:
        """The Data Docs page as HTML."""
        kind: Literal["fail", "warn", "pass"] = "fail" if self.rejected else "warn" if self.failed else "pass"
        told = f"{len(self.failed)} of {len(self.checks)} expectations failed."
        body = kit.safely("Data Docs", lambda: _render(self.outcome))
        return kit.page(f"Data Docs: {self.suite}", links, kit.Verdict(kind, kind, told), body)

    @property
    def failed(self) -> list[Check]:
        """The checks that did not hold."""
        return [check for check in self.checks if not check.success]

    @property
    def rejected(self) -> list[Check]:
        """Those that stop the day; the others that failed are warnings."""
        return [check for check in self.failed if check.severity == "reject"]


def run_suite(
    suite: str,
    frame: pd.DataFrame,
    expectations: Sequence[Any],
    day: str,
    parameters: Mapping[str, Any] | None = None,
    answers: Mapping[Question, Any] | None = None,
) -> SuiteResult:
    """Validate ``frame`` against ``expectations`` (Great Expectations objects; ``notes`` names each in words).

    With ``answers`` (what ``core.quality.tally`` counted of ``questions_of(expectations)``) the frame only has the columns, and
    no row is looked at. ``parameters`` fill the ``$PARAMETER`` places of the suite. Raises ``PermanentError`` when an expectation
    raised or went missing: then there is no verdict.
    """
    quiet_library()  # its modules log as they are imported ...
    import great_expectations as gx

    quiet_library()  # ... and some set their own level
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("reviews")
    if answers is not None:
        answer_from(answers, source)
    batch = source.add_dataframe_asset(suite).add_batch_definition_whole_dataframe(day)
    defined = gx.ExpectationSuite(suite, expectations=list(expectations))
    validation = context.validation_definitions.add(
        gx.ValidationDefinition(name=suite, data=batch, suite=context.suites.add(defined))
    )
    checkpoint = context.checkpoints.add(gx.Checkpoint(name=suite, validation_definitions=[validation]))
    run = checkpoint.run(
        batch_parameters={"dataframe": _plain(frame)},
        expectation_parameters=dict(parameters or {}),
        run_id=gx.RunIdentifier(run_name=day),
    )
    (outcome,) = run.run_results.values()
    evaluated = outcome.statistics["evaluated_expectations"]
    if evaluated != len(expectations) or len(outcome.results) != len(expectations):
        raise PermanentError(f"suite {suite}: {len(expectations)} expectations are defined, {evaluated} were evaluated")
    for result in outcome.results:  # the renderer of Data Docs does not know numpy's numbers
        result.result = _native(result.result)
    order = {item.id: place for place, item in enumerate(defined.expectations)}
    results = sorted(outcome.results, key=lambda result: order[result.expectation_config.id])
    num_rows = len(frame) if answers is None else answers[NUM_ROWS]
    return SuiteResult(suite, tuple(_check(suite, result, num_rows) for result in results), outcome)


def quiet_library() -> None:
    """Hundreds of INFO lines would bury ours in the task log."""
    for name in ["great_expectations", *logging.root.manager.loggerDict]:
        if name.split(".")[0] == "great_expectations" and logging.getLogger(name).level != logging.ERROR:
            logging.getLogger(name).setLevel(logging.ERROR)  # it empties every logger's cache: only where it changes something


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Missing text as None: Great Expectations cannot render ``pandas.NA``."""
    texts = [str(name) for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.StringDtype)]
    return frame.assign(**{name: frame[name].astype(object).where(frame[name].notna(), None) for name in texts})


def _native(value: Any) -> Any:
    """numpy's numbers as Python's, also inside lists, tuples and mappings."""
    if isinstance(value, dict):
        return {key: _native(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_native(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def _check(suite: str, result: Any, num_rows: int) -> Check:
    config = result.expectation_config
    for info in [result.exception_info, *(v for v in result.exception_info.values() if isinstance(v, dict))]:
        if info.get("raised_exception"):
            raise PermanentError(
                f"suite {suite}: {config.type} {config.kwargs.get('column', '')} raised: {info['exception_message']}"
            )
    kwargs = {key: value for key, value in config.kwargs.items() if key != "batch_id"}
    return Check(
        column=kwargs.pop("column", None),
        expectation=config.type,
        allowed=_allowed(kwargs),
        observed=_observed(result.result, num_rows),
        success=bool(result.success),
        note=str(config.notes or ""),
        severity="warn" if config.severity == SEVERITIES["warn"] else "reject",
    )


def _allowed(kwargs: dict[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    words = ""
    if low is not None or high is not None:
        words = f"at least {low:g}" if high is None else f"at most {high:g}" if low is None else f"{low:g} to {high:g}"
    elif "value_set" in kwargs:
        words = f"one of {', '.join(map(str, kwargs['value_set']))}"
    elif "column_set" in kwargs:
        words = f"exactly {', '.join(kwargs['column_set'])}"
    elif "type_" in kwargs:
        words = str(kwargs["type_"])
    if kwargs.get("mostly", 1) < 1:
        return f"{words}{', in ' if words else ''}at least {kwargs['mostly']:.1%} of rows"
    return words or "no exception"


def _observed(result: dict[str, Any], num_rows: int) -> str:
    if "unexpected_count" in result:
        count, total = result["unexpected_count"], result.get("element_count", num_rows)
        values = [str(value) for value in result.get("partial_unexpected_list", []) if value is not None]
        examples = [textwrap.shorten(value, 40, placeholder="...") or repr(value) for value in dict.fromkeys(values)][:3]
        return f"{count} of {total} rows fail ({count / max(total, 1):.1%})" + (
            f", such as {', '.join(examples)}" if examples else ""
        )
    value = result.get("observed_value")
    mismatched = result.get("details", {}).get("mismatched")
    if mismatched:
        return "; ".join(f"{kind} {', '.join(names)}" for kind, names in mismatched.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "nothing" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


_DEAD_OFFLINE = (
    r"<script\b.*?</script>",
    r"<link\b[^>]*>",
    r"<style\b.*?</style>",
    r"<img\b[^>]*>",
    r"<footer\b.*?</footer>",
    r"<nav class=\"navbar .*?</nav>\s*</div>\s*</nav>",
    r"<div class=\"card mb-3\">.*?(?=<div class=\"card d-md-block)",  # buttons that need script
)


def _harmless(value: Any) -> Any:
    """The library puts observed values into its tables as they are: a producer's cell would become markup."""
    if isinstance(value, dict):
        return {_harmless(key): _harmless(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_harmless(item) for item in value)
    return value.replace("<", "\u2039") if isinstance(value, str) else value


def _render(outcome: Any) -> Markup:
    """What Data Docs show of the validation, cut loose from their page: without script, and in the style of ours."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer
    from great_expectations.render.view import DefaultJinjaPageView

    for result in outcome.results:
        result.result = _harmless(result.result)
    html: str = DefaultJinjaPageView().render(ValidationResultsPageRenderer(run_info_at_end=True).render(outcome))
    html = re.sub("|".join(_DEAD_OFFLINE), "", html, flags=re.DOTALL | re.IGNORECASE)
    html = re.sub(r'<a href="[./]*expectations/[^"]*"\s*>(.*?)</a>', r"\1", html)
    body = re.search(r"<body\b[^>]*>(.*)</body>", html, flags=re.DOTALL | re.IGNORECASE)
    if body is None:
        raise PermanentError("Great Expectations rendered no <body>")
    return Markup('<div class="docs">{}</div>').format(Markup(body[1]))  # noqa: S704 (HTML; see ``_harmless``)
