"""``step(function)`` makes a plain step a task; ``FromRun(question)`` hands it a fact about the run that it is part of."""

import inspect
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import BaseOperatorLink
from airflow.sdk.bases.decorator import DecoratedOperator, task_decorator_factory
from airflow.sdk.definitions._internal.mixins import ResolveMixin
from airflow.sdk.exceptions import AirflowSkipException

from reviewloop.errors import JobFailed, NothingToDo, Refused, Rejected
from reviewloop.pages.links import made_by
from reviewloop.refs import Ref
from reviewloop_airflow.links import report_url, run_url
from reviewloop_airflow.notify import notify_warnings
from reviewloop_airflow.patience import waiting_out

log = logging.getLogger(__name__)


class ReportLink(BaseOperatorLink):
    """The button "Report" of a task. Airflow asks for it when the task has ended, however it ended."""

    name = "Report"

    @property
    def xcom_key(self) -> str:
        """Where Airflow keeps the link of a task instance."""
        return "report_link"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 (Airflow's signature)
        """The page that the step left behind; empty when it left none."""
        return str(getattr(operator, "report_url", ""))


class ReusedLink(BaseOperatorLink):
    """The button "Reused from" of a task whose result another DAG run made: it leads to that run."""

    name = "Reused from"

    @property
    def xcom_key(self) -> str:
        """Where Airflow keeps the link of a task instance."""
        return "reused_link"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 (Airflow's signature)
        """The page of that run; empty where this run made the result itself."""
        return str(getattr(operator, "reused_url", ""))


@contextmanager
def worked() -> Iterator[None]:
    """Log the seconds of what is done inside: what of a task's time is the step's own, and not Airflow's."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        log.info("worked for %.3f s", time.perf_counter() - begun)


class StepOperator(DecoratedOperator, PythonOperator):
    """Runs one step, and translates between its world and Airflow's.

    ``NothingToDo`` is a skipped task with its reason, ``Unavailable`` one that waits (``patience``). The returned ref becomes
    the ``extra`` of every outlet's event, its report the task's link (so does a returned URI that lies under ``reports/``), and its
    ``warnings`` are told. Where another run of the DAG made it, the task has a link to that one.
    A gate that refuses and a training that fails have stored theirs before, so that the failed task has the link too.
    """

    custom_operator_name = "step"
    operator_extra_links = (ReportLink(), ReusedLink())
    template_fields: Sequence[str] = ("op_args", "op_kwargs")
    report_url = ""
    reused_url = ""
    result: Any = None

    def __init__(self, *, python_callable: Callable[..., Any], op_args: Any, op_kwargs: Any, **kwargs: Any) -> None:
        plain = {"python_callable": python_callable, "op_args": op_args, "op_kwargs": op_kwargs}
        super().__init__(kwargs_to_upstream=plain, **plain, **kwargs)

    def render_template_fields(self, context: Any, jinja_env: Any = None) -> None:
        """As Airflow does. An argument may be read from the lake, too."""
        with waiting_out(context):
            super().render_template_fields(context, jinja_env)

    def execute(self, context: Any) -> Any:
        """Run the step; see the class."""
        try:
            with worked(), waiting_out(context), made_by(self.dag_id, str(context["run_id"])):
                result = super().execute(context)
        except NothingToDo as reason:
            self._reused(reason.reused_from, context)
            raise AirflowSkipException(str(reason)) from None
        except Rejected as refusal:
            self.report_url = report_url(refusal.page_uri)
            # Airflow logs a traceback of whatever fails a task. A refusal is planned: only the frames of Airflow's own are left.
            raise refusal.with_traceback(None) from None
        except Refused as refusal:
            raise refusal.with_traceback(None) from None
        except JobFailed as error:
            self.report_url = report_url(error.page_uri)
            raise
        self.result = result
        if isinstance(result, Ref):
            self.report_url = report_url(*(getattr(result, name, None) for name in ("page_uri", "record_uri", "gate_report_uri")))
            notify_warnings(context, getattr(result, "warnings", ()), getattr(result, "page_uri", None) or "")
        self._reused(getattr(result, "made_by", ""), context)
        if isinstance(result, str):
            self.report_url = report_url(result)
        for outlet in self.outlets:
            context["outlet_events"][outlet].extra = result.model_dump(mode="json")
        return result

    def _reused(self, run_id: str, context: Any) -> None:
        if run_id and run_id != str(context["run_id"]):
            self.reused_url = run_url(self.dag_id, run_id)

    def get_openlineage_facets_on_start(self) -> Any:
        """What it reads, for Airflow's OpenLineage provider."""
        return self.get_openlineage_facets_on_failure(None)

    def get_openlineage_facets_on_complete(self, task_instance: Any) -> Any:  # noqa: ARG002 (the provider's signature)
        """What it has read, and written."""
        from reviewloop_airflow.lineage import lineage_of

        return lineage_of([*self.op_args, *self.op_kwargs.values()], self.result)

    def get_openlineage_facets_on_failure(self, task_instance: Any) -> Any:  # noqa: ARG002 (the provider's signature)
        """What it has read."""
        from reviewloop_airflow.lineage import lineage_of

        return lineage_of([*self.op_args, *self.op_kwargs.values()])


def step(function: Callable[..., Any], operator: type[StepOperator] = StepOperator, **task_kwargs: Any) -> Any:
    """The step as a TaskFlow task: call it, or ``.expand()`` it. ``task_kwargs`` are any operator's (``outlets``, ``retries``).

    Its docstring is the task's documentation in the UI, and its id, in words, the name shown.
    """
    task_id = task_kwargs.pop("task_id", function.__name__)
    task_kwargs.setdefault("doc_md", inspect.getdoc(function))
    task_kwargs.setdefault("task_display_name", task_id.replace("_", " ").capitalize())
    decorate = task_decorator_factory(decorated_operator_class=operator, multiple_outputs=False, task_id=task_id, **task_kwargs)
    return decorate(function)


class FromRun(ResolveMixin):
    """An argument that is known only when the run is: ``question(context)``. The answer shows under "Rendered Templates"."""

    def __init__(self, question: Callable[[Mapping[str, Any]], Any]) -> None:
        self.question = question

    def __repr__(self) -> str:
        # Part of the serialised DAG, which must be the same at every parse.
        return f"FromRun({self.question.__qualname__})"

    def iter_references(self) -> Iterable[Any]:
        """No upstream task: the answer comes from the run itself."""
        return ()

    def resolve(self, context: Any, **_: Any) -> Any:
        """Called by Airflow on the worker, before the step runs."""
        return self.question(context)
