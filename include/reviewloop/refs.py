"""The small frozen hand-offs between steps. A ref says where an artifact lies, what it holds and its digest.

Never a frame: XCom is not a data bus, and the digest is the lineage. Every ref passes through XCom as it is.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

Verdict = Literal["pass", "warn", "fail"]


class Ref(BaseModel):
    """Base of all refs: frozen, and a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DeliveryRef(Ref):
    """One day's object, copied unchanged under ``raw/``. ``digest`` is the SHA-256 of its bytes.

    ``landed_at`` (ISO 8601, UTC) goes with it to the catalog: of two batches of a day, the one that landed later counts. Refs
    of before there was this field have none there, and are older than all others.
    """

    day: str
    uri: str
    digest: str
    num_bytes: int
    declared: dict[str, str] = {}
    """What the producer says of the object, as S3 metadata: ``rows``, ``sha256``, both or neither."""
    landed_at: str = ""


class CorrectionRef(Ref):
    """An object in the inbox of a day that was landed with another one. ``etag`` and ``delivered_at`` (ISO 8601) are S3's."""

    day: str
    uri: str
    etag: str
    delivered_at: str


class BatchRef(Ref):
    """One delivery, parsed: ``accepted.parquet`` and ``quarantine.parquet`` under ``uri``.

    ``num_landed == num_accepted + num_quarantined``; ``reasons`` counts quarantined rows by their first reason.
    """

    day: str
    uri: str
    digest: str
    delivery_uri: str
    num_landed: int
    num_accepted: int
    num_quarantined: int
    reasons: dict[str, int]
    landed_at: str = ""


class GateRef(Ref):
    """A gate's stored verdict. ``report_uri`` is its JSON, ``page_uri`` the page a person reads, if it has one."""

    gate: str
    verdict: Verdict
    reason: str
    report_uri: str
    page_uri: str | None = None
    warnings: tuple[str, ...] = ()
    """What somebody is told though nothing is refused, a sentence each."""


class ReadingRef(Ref):
    """How the champion reads a day before it counts. It stops nothing: ``warn`` asks a person to look."""

    day: str
    model_version: str | None
    """None before the first release, and where nobody can say for certain which version answers."""
    verdict: Literal["pass", "warn", "not judged"]
    reason: str
    warnings: tuple[str, ...]
    """What somebody is told, a sentence each."""
    report_uri: str
    page_uri: str


class CuratedRef(Ref):
    """One day's curated rows: once published, a partition (day, batch) of the Glue table ``reviews``."""

    day: str
    batch: str
    uri: str
    digest: str
    num_landed: int
    num_rows: int
    num_quarantined: int
    landed_at: str = ""


class ChunkRef(Ref):
    """Rows ``first`` to ``stop - 1`` of a curated day, for one task to read with this model."""

    curated: CuratedRef
    first: int
    stop: int
    model_version: str
    model_digest: str


class ReadRef(Ref):
    """A chunk, read: its predictions, and what they were computed from, under ``uri``, in the model's ``form``."""

    chunk: ChunkRef
    uri: str
    digest: str
    form: str


class UnloadedRef(Ref):
    """A day of a table that the warehouse does not hold as the lake does."""

    table: Literal["reviews", "predictions"]
    day: str


class LoadedRef(Ref):
    """A day of a table, as the warehouse holds it now: the lake's batch of this digest, and of which decision it comes."""

    table: Literal["reviews", "predictions"]
    day: str
    batch: str
    digest: str
    num_rows: int
    generation: int


class TableRef(Ref):
    """A table that a crawl inferred. ``columns`` maps names to Hive types; partition keys are strings."""

    database: str
    table: str
    uri: str
    format: Literal["parquet", "csv", "json"]
    columns: dict[str, str]
    partition_keys: tuple[str, ...]
    num_files: int
    num_partitions: int


class FeaturesRef(Ref):
    """A published snapshot: ``train``, ``validation`` Parquet under ``uri``, the sealed test part under ``sealed_uri``."""

    uri: str
    sealed_uri: str
    digest: str
    last_day: str
    num_train: int
    num_validation: int
    num_test: int
    num_new: int
    """Rows of the train part that the last announced snapshot did not hold."""
    max_seq_length: int
    generation: int = 0
    """How often the latest snapshot changed until this one was it; 0 for a rebuilt past, and from before there was this field."""
    future_uri: str | None = None
    """The sealed part of the last days, where ``features.split.future_days`` asks for one and it holds a row."""
    num_future: int = 0
    made_of: str = ""
    """The digest of the code and configuration that it was built with last (``adapters.deployed``)."""
    changes: tuple[str, ...] = ()
    """What of them changed since the snapshot that training was told of before, a sentence each."""


class ProfileRef(Ref):
    """A snapshot's profile: ``page_uri`` for a person, the same numbers as ``profile.json`` under ``uri``."""

    uri: str
    digest: str
    page_uri: str
    num_rows: int
    """Curated rows of the snapshot, repeated texts among them."""


class LabellingRef(Ref):
    """How labelling functions do on a snapshot: ``page_uri`` for a person, the same numbers as ``labelling.json`` under ``uri``."""

    uri: str
    digest: str
    page_uri: str
    num_functions: int
    num_rows: int
    """Labelled reviews that they were tried on."""
    used: Literal["majority", "dawid_skene"]
    """How their votes are combined."""


class LabelErrorsRef(Ref):
    """Labels that may be wrong: ``page_uri`` and ``csv_uri`` for people. Nothing in the snapshot was changed."""

    uri: str
    digest: str
    page_uri: str
    csv_uri: str
    num_rows: int
    num_listed: int
    num_flagged: int
    """Of all rows: how many cleanlab takes for errors, listed or not."""


class ChangeRef(Ref):
    """What is deployed now that decides a training, or a snapshot, and is other than in the newest one: a sentence each."""

    changes: tuple[str, ...]


class TrainingRef(Ref):
    """One training job, begun: what it will train on and with. ``job_key`` is the digest of everything that decides its result."""

    job_key: str
    features: FeaturesRef
    seed: int
    epochs: int
    learning_rate: float
    mlflow_run_id: str
    """The parent MLflow run; each model logs to a child of it."""
    base_model_pin: str
    """Which pretrained weights: see ``models.pretrained.pin``."""
    dag_run_id: str
    trigger: str
    """Why this run started: ``new data``, ``schedule``, ``drift`` or ``changed ...`` (with the evidence in words), ``by hand``."""
    finetune_key: str = ""
    """The digest of what decides the fine-tuned weights alone. Jobs that share it share one fine-tune; empty: with none."""


class ModelRef(Ref):
    """A trained model's files under ``uri`` (``model.json`` names the kind); ``job_key`` identifies its inputs."""

    kind: str
    uri: str
    digest: str
    job_key: str
    mlflow_run_id: str
    page_uri: str | None = None
    """The report of the training, for a person; the baseline has none."""
    warnings: tuple[str, ...] = ()
    """What the watch over the training warned of, a sentence each."""
    made_by: str = ""
    """The DAG run that trained it, which may be an earlier one than the run that uses it; empty where nobody noted it."""


class EvaluationRef(Ref):
    """A model's metrics on the sealed test part. ``report_uri`` holds all metrics; these are the headline ones.

    ``predictions_uri`` is behind the sealed part's door (``adapters.lake.sealed``).
    """

    kind: str
    report_uri: str
    predictions_uri: str
    num_rows: int
    accuracy: float
    macro_f1: float
    recall: dict[str, float]
    page_uri: str | None = None
    """The page on the bias of its answers."""
    made_by: str = ""
    """The DAG run that computed it, which may be an earlier one than the run that uses it; empty where nobody noted it."""


class JudgedRef(Ref):
    """A candidate of a training run: a model and its metrics. ``to_beat`` marks the baseline, which wins unless it is beaten."""

    model: ModelRef
    evaluation: EvaluationRef
    to_beat: bool = False


class ChoiceRef(Ref):
    """The candidate of one training run (``model``, with its ``evaluation``), and why it and not another of ``candidates``."""

    model: ModelRef
    evaluation: EvaluationRef
    candidates: tuple[JudgedRef, ...]
    """All that were trained, one of a kind, in the order in which they were handed to the choice."""
    reason: str

    @model_validator(mode="after")
    def _one_to_beat(self) -> "ChoiceRef":
        marked = [one.model.kind for one in self.candidates if one.to_beat]
        if len(marked) != 1:
            raise ValueError(f"candidates: {len(marked)} of {len(self.candidates)} are marked as the one to beat; mark one")
        return self

    @property
    def to_beat(self) -> JudgedRef:
        """The baseline."""
        return next(one for one in self.candidates if one.to_beat)


class ErrorsRef(Ref):
    """The error analysis of a candidate: ``page_uri`` for a person, the same numbers as ``errors.json`` under ``uri``."""

    kind: str
    uri: str
    digest: str
    page_uri: str
    num_rows: int
    num_mistakes: int


class CandidateRef(Ref):
    """A model version in the registry that passed every gate."""

    version: str
    kind: str
    job_key: str
    model_uri: str
    macro_f1: float
    gate_report_uri: str
    page_uri: str | None = None
    """The gates' page, for a person; versions registered before there was this field have none here."""


class QuestionRef(Ref):
    """What somebody is asked before a release. ``uri`` holds all that they are shown, ``digest`` is the SHA-256 of its bytes."""

    version: str
    uri: str
    digest: str
    replaces: str | None
    """The version that answers while this is asked; None before the first release."""


class CardsRef(Ref):
    """Cards of models that were written. ``page_uri`` is the first one's page; None where all were as they must be."""

    uris: tuple[str, ...]
    page_uri: str | None
    warnings: tuple[str, ...] = ()
    """Versions whose card could not be made, and why."""


class ChampionRef(Ref):
    """What a release left behind: the version that answers now, the one before it, and who said yes."""

    version: str
    previous: str | None
    approved_by: str
    approved_at: str
    record_uri: str


class RolloutRef(Ref):
    """Where a rollout stands. ``decision`` is what was decided of it just now; ``finish`` lets it be promoted, by the answer to
    ``question``. ``rollout`` is the SHA-256 of the event that started it; empty for the plan ``all_at_once``, which has none.
    """

    version: str
    plan: str
    rollout: str
    stage: str
    decision: Literal["started", "hold", "advance", "back", "finish", "void", "ended", "all_at_once"]
    reason: str
    question: QuestionRef | None = None
    report_uri: str | None = None
    page_uri: str | None = None


class RebuiltRef(Ref):
    """What the registry got back from ledger and lake. ``gone`` says of each version why it could not be made anew."""

    version: str | None
    """The version that answers; None before the first release."""
    made: tuple[str, ...]
    gone: dict[str, str]
    runs_gone: tuple[str, ...]
    """Versions made without the MLflow run that trained them: MLflow does not hold it any more, the ledger names it."""


class PredictionsRef(Ref):
    """One curated day scored by one model version: a partition (day, batch) of the Glue table ``predictions``."""

    day: str
    batch: str
    uri: str
    digest: str
    num_rows: int
    model_version: str


class DriftRef(Ref):
    """The monitor's verdict on one scored day. ``reasons`` name what moved, how it was, and how likely luck does that.

    ``families`` are the signal families that fired, and ``kind`` is what kind of drift it is taken for; both empty where it does
    not say. ``judged`` is false for a day of too few rows.
    """

    day: str
    batch: str
    model_version: str
    fired: bool
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str
    families: tuple[str, ...] = ()
    pooled: tuple[str, ...] = ()
    """Of the families, those that fired by the days before and the day together, and not by the day's own rows."""
    kind: str = ""
    judged: bool = True
    source: Literal["batch", "endpoint"] = "batch"
    """Whose day it is: delivered reviews, or requests to the endpoint; then ``batch`` is one of the table ``captures``."""
    warnings: tuple[str, ...] = ()
    """What somebody is told, a sentence each: that the champion does worse."""


class SkewRef(Ref):
    """Whether batch scoring, the endpoint and the feature store gave one text one answer, up to the scored ``day``."""

    day: str
    model_version: str
    verdict: Literal["skew", "agree", "not enough evidence"]
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str


class MetricsRef(Ref):
    """What is known of one monitored day: a partition (day, batch) of the Glue table ``metrics``, a row a figure."""

    day: str
    batch: str
    uri: str
    digest: str
    num_rows: int
    model_version: str


class AlertRef(Ref):
    """Something that people are to know. Alerts of one ``key`` are one alert, however often it is raised.

    One that ``asks`` stays open until it is over; any other is told once.
    """

    key: str
    severity: Literal["info", "warning", "critical"] = "warning"
    title: str
    lines: tuple[str, ...] = ()
    page_uri: str = ""
    asks: bool = False


class AlertsRef(Ref):
    """What people are to know now: alerts that are open, and messages that some target could not be told so far."""

    num_open: int
    num_undelivered: int
    page_uri: str


class ReapedRef(Ref):
    """What the reaper found of this deployment on AWS. ``warnings`` are what a person looks at, a sentence each.

    ``num_due`` were to go and stayed, because nobody asked for more than a look.
    """

    num_found: int
    num_gone: int
    num_due: int
    applied: bool
    warnings: tuple[str, ...] = ()


class RetainedRef(Ref):
    """What of the lake was superseded. ``num_due`` things (``due_bytes``) were to go; ``num_gone`` went, with ``apply`` alone.

    ``record_uri`` is the lake's own record of what was deleted; empty where nothing was.
    """

    num_found: int
    num_due: int
    due_bytes: int
    num_gone: int
    gone_bytes: int
    applied: bool
    record_uri: str = ""
    warnings: tuple[str, ...] = ()


class ExpiredLogsRef(Ref):
    """Log files that were older than ``retention.log_days``, and are deleted."""

    log_days: int
    num_files: int
    num_bytes: int


class SizesRef(Ref):
    """How large all stores together are; ``uri`` has each."""

    uri: str
    at: str
    num_objects: int
    num_bytes: int


class BudgetRef(Ref):
    """The month's money, in USD. ``reserved_usd`` is part of ``counted_usd``: of jobs that may still run."""

    month: str
    cap_usd: float
    counted_usd: float
    reserved_usd: float
    warnings: tuple[str, ...] = ()


class ProductsRef(Ref):
    """Complaints about products up to ``day``. ``alarms`` are products and groups about which they rose, in words.

    ``judged`` is false where too little is known of the days before.
    """

    day: str
    judged: bool
    num_judged: int
    """Products with enough reviews in the last days."""
    alarms: tuple[str, ...]
    report_uri: str
    page_uri: str


class DecisionRef(Ref):
    """What the last days' drift leads to under the champion ``model_version``. ``day`` is the newest day that voted.

    ``families`` are confirmed, by the drift of ``days`` and for the monitor's ``reasons``; ``reason`` says why there is a training
    (``train``), or why not.
    """

    day: str
    model_version: str
    verdict: Literal["calm", "pending", "answered", "suppressed", "train"]
    reason: str
    families: tuple[str, ...]
    days: tuple[str, ...]
    reasons: tuple[str, ...]
    report_uri: str
    page_uri: str


class CollectedRef(Ref):
    """One day of captured requests, as a partition (day, batch) of the Glue table ``captures``: a row for each review.

    ``num_failed`` times an arm did not answer (a request that the other one answered then counts as one request).
    ``num_unreadable`` lines of its objects are no records, ``num_unmatched`` shadows and feedback found no answer.
    """

    day: str
    batch: str
    uri: str
    digest: str
    num_requests: int
    num_rows: int
    num_failed: int
    num_shadowed: int
    num_feedback: int
    num_unreadable: int
    num_unmatched: int
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    arms: dict[str, int]
    """Requests by the arm that was asked."""


class CapturesRef(Ref):
    """Days of captured requests; ``changed`` are those of which something was new.

    Of the spools that these days have records of, ``num_records`` are kept, ``num_lost`` are in no object though nobody dropped
    them, ``num_dropped`` the endpoint dropped for want of room. Counted over all days that are kept: a request that is answered
    after midnight has its number among those of the next day. ``warnings`` say it of each spool.
    """

    days: tuple[CollectedRef, ...]
    changed: tuple[str, ...]
    num_records: int
    num_lost: int
    num_dropped: int
    warnings: tuple[str, ...]
    page_uri: str


class ExpiredRef(Ref):
    """Days of captured requests that are deleted now, because they are older than ``retention_days``."""

    retention_days: int
    oldest_kept: str
    days: tuple[str, ...]
    num_objects: int


class ErasedRef(Ref):
    """What was erased, and who asked for it: ``uri`` keeps both, without a word of it. ``num_reviews`` are captured ones."""

    uri: str
    by: str
    reason: str
    num_reviews: int
    days: tuple[str, ...]
    """Days of requests in which something was changed."""
    batches: tuple[str, ...] = ()
    """Of the curated day, those whose words were erased."""
    online: bool = False
    """Whether the feature store held the review."""
    trained: tuple[str, ...] = ()
    """Versions that were trained on it."""
    judged: tuple[str, ...] = ()
    """Versions whose exam held it."""
    unknown: tuple[str, ...] = ()
    """Versions of which nothing tells on what they were trained."""
    kept: tuple[str, ...] = ()
    """What still holds the words."""
    receipt: int = 0
    """The number of the ledger's event; 0 without one."""


class QueueRef(Ref):
    """Texts that people are asked to label. ``csv_uri`` is the file to fill in, ``page_uri`` says why each was chosen."""

    uri: str
    digest: str
    num_items: int
    csv_uri: str
    page_uri: str


class AnswersRef(Ref):
    """What people have labelled so far: ``num_new`` answers were new just now.

    Of ``num_texts`` that somebody answered ``num_labels`` have a label, and on ``num_disputed`` people are at odds. ``warnings``
    name files of which nothing was taken, and why.
    """

    num_new: int
    num_texts: int
    num_labels: int
    num_disputed: int
    page_uri: str
    warnings: tuple[str, ...] = ()


class SearchRef(Ref):
    """A leaderboard, planned: its rows, kinds and folds, and until when what is done (seconds of ``time.time``).

    ``key`` names its studies and answers. ``folds_uri`` holds the fold of each row, in the order of ``open_rows``.
    """

    key: str
    features: FeaturesRef
    folds_uri: str
    folds_digest: str
    num_folds: int
    kinds: tuple[str, ...]
    """From simple to complex."""
    num_trials: int
    """Of each kind that has something to search, in each part; 0: nothing is searched."""
    trials_a_task: int
    seed: int
    begun_at: float
    search_until: float
    answer_until: float
    budget_seconds: float


class TrialsRef(Ref):
    """Trials of one kind, ``first`` to ``stop - 1``: of each number one for each outer fold, and one for all rows."""

    search: SearchRef
    kind: str
    first: int
    stop: int


class TriedRef(Ref):
    """How trials ended: ``done``, ``failed`` or ``timed out``, with the reason where they are not done."""

    kind: str
    first: int
    state: str
    reason: str = ""


class KindRef(Ref):
    """One kind that is to answer all rows out of fold, and the ``settings`` that were found for each part; none: its own."""

    search: SearchRef
    kind: str
    settings: dict[str, dict[str, float | bool]]
    told: str = ""
    """What the search for them came to, in words."""


class AnsweredRef(Ref):
    """A kind's answers under ``uri``; or the state that it ended in instead, and why."""

    kind: str
    state: Literal["done", "failed", "timed out"]
    reason: str = ""
    uri: str | None = None
    digest: str | None = None


class LeaderboardRef(Ref):
    """A leaderboard: ``leaderboard.json`` and its page under ``uri``. ``chosen`` is the kind that it chose; None: none was done."""

    uri: str
    digest: str
    page_uri: str
    search: SearchRef
    chosen: str | None
    macro_f1: float | None
    """Of the chosen kind, out of fold."""


class WinnerRef(Ref):
    """What the sealed part said of a leaderboard's choice, once. It promotes nothing."""

    board_digest: str
    kind: str
    uri: str
    digest: str
    page_uri: str
    macro_f1: float
    made_by: str
    """The DAG run that judged it, which may be an earlier one."""


class SeedsRef(Ref):
    """A fine-tune of several seeds, marked on the validation part: its row under ``uri``, or the state it ended in, and why."""

    state: Literal["done", "failed", "timed out"]
    reason: str = ""
    uri: str | None = None
    digest: str | None = None
