"""When a service goes away, and what it finds when it comes back; the whole study is `make study-outage`."""

import io
import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from reviewloop_local.loop.follow import DAGS, Watch, follow
from reviewloop_local.stack.backup import STORED
from reviewloop_local.stack.health import PartState
from reviewloop_local.stack.home import Home
from reviewloop_local.stack.ports import Ports
from reviewloop_local.studies import outage_study
from reviewloop_local.studies.outage_study import Outage, Outages, daily, history, losses

OURS = "delivery__2026-01-01__ab"


class Parts:
    """A stack whose services have data and no process."""

    def __init__(self, home: Home) -> None:
        self.home, self.ports, self.calls = home, Ports(), list[str]()

    def stop_part(self, name: str) -> None:
        self.calls.append(f"stop {name}")

    def start_part(self, name: str) -> None:
        self.calls.append(f"start {name} with {self.found()}")

    def states(self) -> dict[str, PartState]:
        return {}

    def found(self) -> list[str]:
        """What the services store."""
        with closing(sqlite3.connect(self.home.root / "mlflow.db")) as database:
            versions = [str(n) for (n,) in database.execute("SELECT n FROM versions ORDER BY n")]
        return [*versions, *sorted(path.name for path in (self.home.root / "aws" / "s3").iterdir())]

    def write(self, name: str) -> None:
        (self.home.root / "aws" / "s3" / name).write_text(name)
        with closing(sqlite3.connect(self.home.root / "mlflow.db")) as database:
            database.execute(f"INSERT INTO versions VALUES ({name})")
            database.commit()


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Parts:
    home = Home(tmp_path / "home")
    home.make()
    home.secrets()
    (home.root / "aws" / "s3").mkdir(parents=True)
    with closing(sqlite3.connect(home.root / "mlflow.db")) as database:
        database.execute("CREATE TABLE versions (n INTEGER)")
        database.commit()
    made = Parts(home)
    made.write("1")
    monkeypatch.setattr(outage_study, "wait_until_ready", lambda *_: None)
    return made


def test_every_dag_and_service_has_its_outage() -> None:
    planned = {(one.service, one.dag_id) for one in chain(history(), *daily())}
    assert planned == {(service, dag_id) for service in STORED for dag_id in DAGS} - {("mlflow", "reviews_features")}
    assert {one.service for one in losses()} == set(STORED)


def test_a_service_goes_away_once_its_task_was_seen_and_one_at_a_time(airflow, api, parts: Parts) -> None:
    airflow.add_run("reviews_ingest", OURS, "running", conf={"day": "2026-01-01"})
    airflow.add_task(OURS, "land", "running")
    first, second = Outage("aws", "reviews_ingest", "parse"), Outage("mlflow", "reviews_ingest", "validate")
    display = Outages(Console(file=io.StringIO()), parts, seconds=0.2)
    display.plan([second, first])

    def step(*changes: tuple[str, str]) -> list[str]:
        for task_id, state in changes:
            airflow.add_task(OURS, task_id, state)
        list(map(display.changed, (change for change in watch.look() if hasattr(change, "task"))))
        display.tick(watch)
        return [call.partition(" with")[0] for call in parts.calls]

    watch = Watch(api, {OURS})
    assert step() == [], "its task has not begun"
    step(("land", "success"), ("parse", "running"), ("validate", "running"))
    step(("parse", "up_for_reschedule"))
    display.over()
    assert [call.split()[1] for call in parts.calls] == ["mlflow", "mlflow"], "the other one waits"
    step()
    display.over()
    assert [call.partition(" with")[0] for call in parts.calls] == ["stop mlflow", "start mlflow", "stop aws", "start aws"]
    assert second.slept == {"reviews_ingest.parse"}
    assert min(first.seconds, second.seconds) >= 0.2


def test_no_outage_begins_in_a_run_that_is_over(airflow, api, parts: Parts) -> None:
    airflow.add_run("reviews_ingest", OURS, "success", conf={"day": "2026-01-01"})
    airflow.add_task(OURS, "parse", "success")
    outage = Outage("aws", "reviews_ingest", "parse")
    display = Outages(Console(file=io.StringIO()), parts, seconds=0)
    display.plan([outage])
    follow(Watch(api, {OURS}), display, poll_seconds=0)
    display.over()
    assert (parts.calls, outage.seconds) == ([], 0.0), "the study tells of it"


@pytest.mark.parametrize(("service", "left"), [("aws", ["1", "2", "1"]), ("mlflow", ["1", "1", "2"])])
def test_what_was_lost_comes_back_as_it_was_saved(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, service: str, left: list[str]
) -> None:
    stop = parts.stop_part

    def write_and_stop(name: str) -> None:
        parts.write("2")  # after the backup
        stop(name)

    monkeypatch.setattr(parts, "stop_part", write_and_stop)
    display = Outages(Console(file=io.StringIO()), parts, seconds=0)
    display._begin(Outage(service, "sentiment_train", "finetune", lost=True))
    display.over()
    assert parts.calls == [f"stop {service}", f"start {service} with {left}"]


def test_a_loss_that_cannot_be_mended_fails_the_study(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outage_study, "backup", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    display = Outages(Console(file=io.StringIO()), parts, seconds=0)
    display._begin(Outage("aws", "sentiment_train", "finetune", lost=True))
    with pytest.raises(OSError, match="disk full"):
        display.over()


def version(number: str, job: str) -> SimpleNamespace:
    return SimpleNamespace(version=number, tags={"reviewloop.job_key": job})


@pytest.mark.parametrize(
    ("champion", "versions", "told", "said"),
    [
        (version("2", "b"), [version("2", "b"), version("1", "a")], ["1", "2"], ""),
        (None, [version("2", "b"), version("1", "a")], ["1", "2"], "no champion"),
        (version("1", "a"), [version("2", "b"), version("1", "a")], ["1", "2"], "version 1 answers, not 2"),
        (version("3", "b"), [version("3", "b"), version("2", "b"), version("1", "a")], ["1", "3"], "2 trainings, but"),
        (version("2", "b"), [version("2", "b"), version("1", "a")], ["1", "2", "2"], "2 trainings, but"),
    ],
)
def test_the_end_is_one_champion_and_a_version_a_training(monkeypatch, champion, versions, told, said: str) -> None:
    monkeypatch.setattr(outage_study, "current_champion", lambda: champion)
    monkeypatch.setattr(outage_study.registry, "versions", lambda: versions)
    events = [SimpleNamespace(kind="registered", version=number) for number in told]
    monkeypatch.setattr(outage_study.ledger, "read", lambda: events)
    problems = outage_study.not_one_champion(num_trainings=2)
    assert len(problems) == bool(said)
    assert said in "".join(problems)
