"""Where a page leads: the header's links. A page knows no address of Airflow; its links are relative to where it is served."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

_IN_WORDS: Final = {
    "training": "Training",
    "behaviour": "Behaviour tests",
    "bias_after": "Bias after training",
}
"""Pages about a model, in words."""
_DAG_RUN: Final[ContextVar[str]] = ContextVar("dag_run", default="")


@contextmanager
def made_by(dag_id: str, run_id: str) -> Iterator[None]:
    """Pages made inside link this DAG run."""
    token = _DAG_RUN.set(f"dags/{quote(dag_id, safe='')}/runs/{quote(run_id, safe='')}")
    try:
        yield
    finally:
        _DAG_RUN.reset(token)


@dataclass(frozen=True)
class Link:
    """``href`` as the reader's browser takes it; ``away`` leaves the reports, in a tab of its own."""

    text: str
    href: str
    away: bool = False


@dataclass(frozen=True)
class Links:
    """What the header says and links, each only where it is known.

    ``depth`` is how many folders below ``reports/`` the page lies: 3 for ``reports/quality/2026-01-02/ab/index.html``.
    ``siblings`` are pages by their names in words, each as a path below ``reports/``. ``mlflow`` is a whole URL.
    """

    depth: int
    day: str = ""
    job: str = ""
    """The job's key; its first 16 characters name it in addresses."""
    siblings: Mapping[str, str] = field(default_factory=dict)
    mlflow: str = ""
    dag_run: str = field(default_factory=_DAG_RUN.get)

    @property
    def about(self) -> str:
        """The day or the job, in words."""
        return " · ".join(filter(None, [self.day, self.job and f"job {self.job[:16]}"]))

    def __iter__(self) -> Iterator[Link]:
        """The links in the order of the header."""
        reports = "../" * self.depth
        home = f"{reports}../../"  # served as pages/reports/..., below it
        yield Link("The loop", home)
        yield Link("All reports", f"{home}reports")
        if self.day:
            yield Link("All of this day", f"{home}?day={quote(self.day)}")
        if self.job:
            yield Link("All of this job", f"{home}?job={quote(self.job[:16])}")
        for text, path in self.siblings.items():
            yield Link(text, reports + quote(path, safe="/=#"))
        if self.dag_run:
            yield Link("DAG run", f"{home}../{self.dag_run}", away=True)
        if self.mlflow:
            yield Link("MLflow run", self.mlflow, away=True)


def path_below_reports(uri: str) -> str:
    """The path of a stored page below ``reports/``, as ``siblings`` take it; empty for what does not lie there."""
    return uri.partition("/reports/")[2]


def pages_of(metrics: Mapping[str, Any]) -> dict[str, str]:
    """The pages about a model, name -> URI: every ``<name>_page_uri`` of the metrics that its evaluation keeps."""
    return {key.removesuffix("_page_uri"): uri for key, uri in metrics.items() if key.endswith("_page_uri") and uri}


def siblings(pages: Mapping[str, str]) -> dict[str, str]:
    """Pages about a model, name -> URI, as ``Links`` take them; what does not lie below ``reports/`` is left out."""
    named = {_IN_WORDS.get(name, name.replace("_", " ").capitalize()): path_below_reports(uri) for name, uri in pages.items()}
    return {name: path for name, path in named.items() if path}
