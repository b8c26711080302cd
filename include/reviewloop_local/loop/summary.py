"""What a run of the loop came to, collected from where it is kept: XCom (refs), the lake (reports), the registry."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from reviewloop.adapters.lake import places, s3
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release.champion import current_champion
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.errors import ReviewloopError
from reviewloop.refs import BatchRef, ChampionRef, ChoiceRef, CuratedRef, DriftRef, GateRef, ModelRef, Ref
from reviewloop_local.loop.airflow_api import AirflowApi, DagRun, Task
from reviewloop_local.loop.follow import DAGS, Watch, label, skip_reason
from reviewloop_local.stack.home import write_private
from reviewloop_local.stack.ports import Ports

R = TypeVar("R", bound=Ref)
_INGEST, _FEATURES, _TRAIN, _RELEASE, _SCORE, _MONITOR = DAGS


@dataclass(frozen=True)
class Day:
    """One delivery's rows. ``curated`` is ``None`` when a gate stopped the day."""

    day: str
    landed: int
    curated: int | None
    quarantined: int
    reasons: Mapping[str, int]


@dataclass(frozen=True)
class Gate:
    """One gate's verdict on ``of`` (a day, or a model)."""

    name: str
    of: str
    verdict: str
    finding: str


@dataclass(frozen=True)
class ModelMetrics:
    """A model on the sealed test part."""

    role: str
    kind: str
    accuracy: float
    macro_f1: float
    recall: Mapping[str, float]


@dataclass(frozen=True)
class Champion:
    """The version that answers, and how it came there."""

    version: str
    kind: str
    previous: str | None
    approved_by: str
    trigger: str


@dataclass(frozen=True)
class MonitoredDay:
    """The monitor's verdict on a day."""

    day: str
    model_version: str
    fired: bool
    reasons: Sequence[str]


@dataclass
class Summary:
    """Everything the closing table shows. The loop succeeded when there are no ``problems``."""

    problems: list[str] = field(default_factory=list)
    days: list[Day] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    models: list[ModelMetrics] = field(default_factory=list)
    choice: str = ""
    reused: list[str] = field(default_factory=list)
    """What was not computed again, and which DAG run made it."""
    made_good: list[str] = field(default_factory=list)
    """Trainings that failed, where a later one did not: their failures are no problem any more."""
    champion: Champion | None = None
    drift: list[MonitoredDay] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the loop did all it should."""
        return not self.problems


class Collector:
    """Reads what the tasks of the followed runs returned, and fills a ``Summary``."""

    def __init__(self, api: AirflowApi, ports: Ports, watch: Watch) -> None:
        self._api, self._ports, self._watch = api, ports, watch
        self._runs = api.runs(DAGS)
        self.summary = Summary(links={"Airflow": ports.airflow_url, "MLflow": ports.mlflow_url})

    def ingest(self) -> None:
        """Rows and data gates of each delivery; all rows of a day must be accounted for."""
        for run in sorted(self._watch.ours(), key=label):
            batch = self._newest(BatchRef, [run], "parse")
            if batch is None:
                continue
            curated = self._newest(CuratedRef, [run], "publish_day")
            num_curated = curated.num_rows if curated else None
            self.summary.days.append(Day(batch.day, batch.num_landed, num_curated, batch.num_quarantined, batch.reasons))
            for task_id, title in (("validate", "Data Docs"), ("check_bias", "Bias report")):
                gate = self._newest(GateRef, [run], task_id)
                if gate:
                    self.summary.gates.append(Gate(gate.gate, batch.day, gate.verdict, gate.reason))
                    self._link(title, gate.page_uri)
            if curated:
                finding = f"{curated.num_landed} landed = {curated.num_rows} curated + {curated.num_quarantined} quarantined"
                self.summary.gates.append(Gate("counts", batch.day, "pass", finding))
                if curated.num_landed != curated.num_rows + curated.num_quarantined:
                    self.summary.problems.append(f"{batch.day}: rows were lost: {finding.replace('=', 'is not')}")

    def training(self) -> None:
        """The newest training that came to a choice: metrics of its candidates, every line of the metric gate."""
        for run in reversed(self._of(_TRAIN)):
            choice = self._newest(ChoiceRef, [run], "choose")
            self.summary.reused += self._reused(run, is_settled=choice is None)
            if choice is None:
                continue
            self.summary.choice = choice.reason
            for judged in (one.evaluation for one in choice.candidates):
                role = f"{judged.kind} (candidate)" if judged.kind == choice.model.kind else judged.kind
                self.summary.models.append(ModelMetrics(role, judged.kind, judged.accuracy, judged.macro_f1, judged.recall))
            gate = self._newest(GateRef, [run], "gate_model")
            if uri := gate.report_uri if gate else _refusal(choice.model.job_key):
                of = f"candidate ({choice.model.kind})"
                lines = s3.read_json(uri)["gates"]
                self.summary.gates += [Gate(line["name"], of, line["verdict"], line["finding"]) for line in lines]
                self._link("Model gate report", uri.removesuffix("report.json") + "report.html")
            return

    def release(self) -> None:
        """The champion, and its metrics on the sealed part it was judged on."""
        info = current_champion()
        if info is None:
            self.summary.problems.append("there is no champion: no candidate passed every gate and was released")
            return
        tags = info.tags
        released = self._newest(ChampionRef, self._of(_RELEASE), "promote")
        self.summary.champion = Champion(
            version=info.version,
            kind=tags[Tag.KIND],
            previous=released.previous if released else None,
            approved_by=tags[Tag.APPROVED_BY],
            trigger=tags[Tag.TRIGGER],
        )
        metrics = s3.read_json(tags[Tag.EVALUATION_URI])["metrics"]
        recall = {name: metrics[f"recall.{name}"] for name in SENTIMENTS}
        role = f"champion (version {info.version})"
        self.summary.models.append(ModelMetrics(role, tags[Tag.KIND], metrics["accuracy"], metrics["macro_f1"], recall))

    def monitoring(self) -> None:
        """The newest verdict on each scored day; every daily delivery must have one."""
        newest = {ref.day: ref for ref in self._all(DriftRef, self._of(_MONITOR), "monitor")}
        for day in sorted(newest):
            ref = newest[day]
            self.summary.drift.append(MonitoredDay(day, ref.model_version, ref.fired, ref.reasons))
            self._link("Drift report", ref.page_uri)
        history = min((entry.day for entry in self.summary.days), default="")
        daily = [entry.day for entry in self.summary.days if entry.curated and entry.day > history]
        missing = [day for day in daily if day not in newest]
        if self.summary.champion and missing:
            self.summary.problems.append(f"not monitored: {', '.join(missing)}")

    def seconds(self, whole: float) -> None:
        """How long each DAG's newest run took, of the training runs the newest that trained, and the two trainings in it."""
        for dag_id in DAGS:
            over = [run for run in self._of(dag_id) if run.started and run.ended]
            trained = [run for run in over if dag_id == _TRAIN and self._newest(ChoiceRef, [run], "choose")]
            for run in (trained or over)[-1:]:
                self.summary.seconds[dag_id] = _seconds(run)
                for task in self._api.tasks(run):
                    if task.task_id in {"train_baseline", "finetune"} and task.seconds:
                        self.summary.seconds[f"{dag_id}.{task.task_id}"] = task.seconds
        self.summary.seconds["this command"] = whole

    def failures(self) -> None:
        """Every followed run that failed, with where to look; of trainings, only where no later one has succeeded."""
        later = [run.started for run in self._of(_TRAIN) if run.started and self._newest(GateRef, [run], "gate_model")]
        for failure in self._watch.failures():
            if failure.run.dag_id == _TRAIN and failure.run.started and any(one > failure.run.started for one in later):
                self.summary.made_good.append(f"{failure}; a later training has passed")
                continue
            self.summary.problems.append(str(failure))
            if failure.run.dag_id == _INGEST:  # the metric gate's lines come from its report
                gate, _, finding = failure.error.partition(": ")[2].partition(": ")
                self.summary.gates.append(Gate(gate or failure.task.task_id, label(failure.run), "fail", finding or failure.error))

    def _of(self, dag_id: str) -> list[DagRun]:
        return [run for run in self._runs if run.dag_id == dag_id]

    def _all(self, kind: type[R], runs: Sequence[DagRun], task_id: str) -> Iterator[R]:
        for run in runs:
            for task in sorted(self._api.tasks(run), key=_map_index):
                if task.task_id == task_id and task.state == "success":
                    value = self._api.returned(task)
                    if value is not None:
                        yield kind.model_validate(value)

    def _newest(self, kind: type[R], runs: Sequence[DagRun], task_id: str) -> R | None:
        return next(reversed([*self._all(kind, runs, task_id)]), None)

    def _reused(self, run: DagRun, is_settled: bool) -> Iterator[str]:
        """What a training run took from earlier ones; of one that came to no choice, why it trained nothing."""
        is_old = run.ended is not None and run.ended < self._watch.began
        if is_settled:
            skipped = [task for task in self._api.tasks(run) if (task.task_id, task.state) == ("begin_training", "skipped")]
            reasons = (skip_reason(self._api.log(task)).partition(". ")[0] for task in skipped if not is_old)
            yield from (f"training ({label(run)}): {reason}" for reason in reasons if reason)
        elif is_old:
            yield f"training: nothing new was to be trained, reused from run {run.run_id}"
        else:
            for task_id in ("train_baseline", "finetune", "export_served"):
                model = self._newest(ModelRef, [run], task_id)
                if model and model.made_by not in {"", run.run_id}:
                    yield f"{task_id}: reused from run {model.made_by}"

    def _link(self, title: str, page_uri: str | None) -> None:
        if page_uri:
            _, key = s3.split_uri(page_uri)
            self.summary.links[title] = f"{self._ports.airflow_url}/reviewloop/pages/{key}"


def collect(api: AirflowApi, ports: Ports, watch: Watch, whole_seconds: float) -> Summary:
    """The summary of what the watch followed, in the light of all that is stored."""
    collector = Collector(api, ports, watch)
    for look in (collector.ingest, collector.training, collector.release, collector.monitoring, collector.failures):
        try:
            look()
        except ReviewloopError as error:  # what cannot be read is a problem of the loop, and no reason to hide the rest
            collector.summary.problems.append(str(error))
    collector.seconds(whole_seconds)
    return collector.summary


def collect_deliveries(api: AirflowApi, ports: Ports, watch: Watch) -> Summary:
    """What ingest made of the deliveries that the watch followed, and every run after them that failed."""
    collector = Collector(api, ports, watch)
    collector.ingest()
    collector.failures()
    return collector.summary


def write(summary: Summary, path: Path) -> None:
    """The summary as JSON."""
    write_private(path, json.dumps({"succeeded": summary.succeeded, **asdict(summary)}, indent=2))


def _refusal(job_key: str) -> str | None:
    """The report of a gate that refused: its task returned nothing, but it stored this before it failed."""
    found = [uri for uri in s3.list_uris(places.reports("model", job_key[:16])) if uri.endswith("/report.json")]
    return found[-1] if found else None


def _seconds(run: DagRun) -> float:
    return (run.ended - run.started).total_seconds() if run.ended and run.started else 0.0


def _map_index(task: Task) -> int:
    return task.map_index
