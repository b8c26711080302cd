"""Where everything lies in the lake. What older code has stored lies there too: a place that was ever used must stay."""

from enum import StrEnum

from reviewloop.adapters.lake.s3 import MODELS, SEALED, lake_uri

KEY_LETTERS = 16
"""Of a signing key's id, in the names of its signatures."""


class Folder(StrEnum):
    """The lake's top folders, in the order of the loop. The inbox is the producer's: ``dataset.inbox_prefix`` names it."""

    RAW = "raw"
    """Deliveries as they came."""
    LANDINGS = "landings"
    """When each day's delivery landed last."""
    STAGING = "staging"
    """Deliveries parsed: accepted and quarantined rows."""
    CURATED = "curated"
    """The Glue table ``reviews``: a partition for each day and batch."""
    CURRENT = "current"
    """Which batch counts, for each table and day; the Glue catalog follows it."""
    FEATURES = "features"
    """Snapshots to train on, and the pointers to the latest and the announced one."""
    SEALED = SEALED
    """The snapshots' test parts, and models' answers to them; ``adapters.lake.sealed`` alone reads here."""
    FEAST = "feast"
    """Feast's registry, and the rows that its views are over."""
    JOBS = "jobs"
    """What training jobs on AWS read and leave: orders, saved states, claims, results."""
    MODELS = MODELS
    """Trained models, and for each job a pointer to its own."""
    EVALUATIONS = "evaluations"
    """Metrics of models on the sealed test parts, and what luck does to days that are compared with them."""
    LEDGER = "ledger"
    """What was registered, judged, asked, approved and released, an object an event; and what people were shown."""
    PREDICTIONS = "predictions"
    """The Glue table ``predictions``: a partition for each scored day and batch."""
    CHUNKS = "chunks"
    """Pieces of a day that several tasks score, until the day is whole in ``predictions``."""
    CAPTURED = "captured"
    """Requests to the endpoint, and its answers, as they came."""
    CAPTURES = "captures"
    """The Glue table ``captures``, a partition for each day and batch; and what its making must remember."""
    REPORTS = "reports"
    """What people read: pages, and their numbers as JSON."""
    MONITORING = "monitoring"
    """What the loop remembers of drift, and of who was told of what; and the Glue table ``metrics``."""
    ATHENA_RESULTS = "athena-results"
    """Athena's own results."""


def of_key(key: str = "") -> str:
    """What lies at this key, or begins with it, as a listing gave it; without a key, what everything in the lake begins with."""
    return lake_uri(key)


def inbox(prefix: str, *parts: str) -> str:
    """``<prefix>/part/part``, ``prefix`` from the configuration."""
    return lake_uri(prefix, *parts)


def raw(day: str) -> str:
    """The day's deliveries, each in a folder named by its digest."""
    return lake_uri(Folder.RAW, "reviews", f"day={day}")


def landing(day: str = "") -> str:
    """The object that says when the day's delivery landed last; without a day, what all of them begin with."""
    return lake_uri(Folder.LANDINGS, "reviews", f"day={day}.json" if day else "")


def current(table: str, day: str) -> str:
    """The object that names the day's batch in this table."""
    return lake_uri(Folder.CURRENT, table, f"day={day}.json")


def staging(day: str) -> str:
    """The day's batches, each in a folder named by its digest."""
    return lake_uri(Folder.STAGING, "reviews", f"day={day}")


def curated(day: str) -> str:
    """The day's partitions ``batch=<batch>``."""
    return lake_uri(Folder.CURATED, "reviews", f"day={day}")


def curated_batch(day: str, batch: str) -> str:
    """One partition of the day."""
    return f"{curated(day)}/batch={batch}"


def features() -> str:
    """The snapshots, each in a folder named by its digest."""
    return lake_uri(Folder.FEATURES)


def feature_pointer(name: str) -> str:
    """The object that names one of the snapshots."""
    return lake_uri(Folder.FEATURES, f"{name}.json")


def sealed_tests() -> str:
    """The test parts, each in a folder named by its digest."""
    return lake_uri(Folder.SEALED)


def sealed_ratings(number: int | None = None) -> str:
    """The record of this number of the ratings that sealed texts have; without one, what all of them begin with."""
    return lake_uri(Folder.SEALED, "ratings", "" if number is None else f"{number:08d}.json")


def sealed_predictions() -> str:
    """Models' answers to the test parts, each in a folder named by its digest."""
    return lake_uri(Folder.SEALED, "predictions")


def feast(name: str) -> str:
    """What Feast keeps under this name."""
    return lake_uri(Folder.FEAST, name)


def jobs(backend: str, *name: str) -> str:
    """The jobs of one backend, or the job of this name."""
    return lake_uri(Folder.JOBS, backend, *name)


def making(what: str, key: str) -> str:
    """The claim of who makes ``what`` of a job just now; ``key`` is a digest of what decides it."""
    return lake_uri(Folder.JOBS, "making", f"{what}-{key[:16]}.json")


def models(kind: str) -> str:
    """The models of one kind, each in a folder named by its digest."""
    return lake_uri(Folder.MODELS, kind)


def model_pointer(kind: str, job_key: str, form: str = "") -> str:
    """The object that names the model which a job has made, or another form of it."""
    return lake_uri(Folder.MODELS, kind, "jobs", f"{job_key[:16]}.{form}.json" if form else f"{job_key[:16]}.json")


def model_finetuned(kind: str, finetune_key: str) -> str:
    """The object that names the first model whose weights have this key."""
    return lake_uri(Folder.MODELS, kind, "finetuned", f"{finetune_key[:16]}.json")


def model_signature(uri: str, key_id: str = "") -> str:
    """The signature of the model at ``uri`` by the key of this id; without an id, what all signatures of the model begin with.

    Beside the models of its kind, in no model's own folder.
    """
    kind, _, folder = uri.rstrip("/").rpartition("/")
    return f"{kind}/signatures/{folder}." + (f"{key_id[:KEY_LETTERS]}.sigstore.json" if key_id else "")


def lock(digest: str) -> str:
    """The lock file of libraries with this digest, that a model was trained with."""
    return lake_uri(Folder.MODELS, "locks", f"{digest}.txt")


def evaluations(job_key: str, kind: str) -> str:
    """The evaluations of one model of a job, each in a folder named by its digest."""
    return lake_uri(Folder.EVALUATIONS, job_key[:16], kind)


def evaluated(key: str) -> str:
    """The object that names the evaluation of one model under one set of rules; ``key`` is a digest of both."""
    return lake_uri(Folder.EVALUATIONS, "known", f"{key[:16]}.json")


def leaderboard(key: str, *parts: str) -> str:
    """Folds, answers and judgements of one leaderboard, or one of them; ``key`` is a digest of what decides it."""
    return lake_uri(Folder.EVALUATIONS, "leaderboards", key[:16], *parts)


def leaderboard_judged(sealed_digest: str, board_digest: str = "") -> str:
    """The object that says what one sealed part said of one leaderboard; without a board, what all of that part's begin with."""
    return lake_uri(
        Folder.EVALUATIONS, "leaderboards", "judged", sealed_digest[:16], f"{board_digest}.json" if board_digest else ""
    )


def null(key: str) -> str:
    """What luck does to days of one number of rows beside one champion's reference; ``key`` is a digest of what decides it."""
    return lake_uri(Folder.EVALUATIONS, "nulls", key[:16])


def ledger(name: str = "") -> str:
    """The ledger's events, or the object that holds one of them."""
    return lake_uri(Folder.LEDGER, "events", name)


def ledger_segment(name: str = "") -> str:
    """Many events in one object; without a name, what all of them begin with."""
    return lake_uri(Folder.LEDGER, "segments", name)


def snapshot_batches(name: str = "") -> str:
    """What the manifests of many snapshots say of their batches; without a name, what all of them begin with."""
    return lake_uri(Folder.LEDGER, "snapshots", name)


def ledger_probe() -> str:
    """The object by which a store shows that it honours conditional writes."""
    return lake_uri(Folder.LEDGER, "probe")


def shown(digest: str) -> str:
    """What a person was shown before an answer, named by its digest."""
    return lake_uri(Folder.LEDGER, "shown", f"{digest}.json")


def release_record(version: str, act: str) -> str:
    """The record of one release of a version; ``act`` tells it from the version's others."""
    return reports("releases", f"version={version}", f"{act}.json")


def cards(version: str) -> str:
    """The cards of a version, each in a folder named by the last event that it knows and by its digest."""
    return reports("cards", f"version={version}")


def predictions(day: str) -> str:
    """The day's partitions ``batch=<batch>``."""
    return lake_uri(Folder.PREDICTIONS, f"day={day}")


def chunks(day: str, batch: str, model_digest: str) -> str:
    """What a model has read of the day's batch, a folder a piece, until all of it is read."""
    return lake_uri(Folder.CHUNKS, f"day={day}", f"batch={batch}", f"model={model_digest[:16]}")


def captured(key: str = "") -> str:
    """An object of captured records; without a key, what all of them begin with."""
    return lake_uri(Folder.CAPTURED, key)


def captures_root() -> str:
    """What everything that was made of captured records begins with."""
    return lake_uri(Folder.CAPTURES, "")


def captures(day: str) -> str:
    """The day's partitions ``batch=<batch>``."""
    return lake_uri(Folder.CAPTURES, "rows", f"day={day}")


def captures_late(day: str) -> str:
    """Records that belong to this day's answers and that came in on later days."""
    return lake_uri(Folder.CAPTURES, "late", f"day={day}", "")


def captures_collected(day: str = "") -> str:
    """The object that says what the day's partition was made of; without a day, what all of them begin with."""
    return lake_uri(Folder.CAPTURES, "collected", f"day={day}.json" if day else "")


def erasure(name: str = "") -> str:
    """The object that says who asked to erase what; without a name, what all of them begin with."""
    return lake_uri(Folder.CAPTURES, "erasures", name)


def response() -> str:
    """The object that holds the days' votes on drift, and what was answered to them."""
    return lake_uri(Folder.MONITORING, "response.json")


def skew() -> str:
    """The object that remembers what was found of skew."""
    return lake_uri(Folder.MONITORING, "skew.json")


def deployed() -> str:
    """The object that says of what code and configuration the newest training was, and which change was announced."""
    return lake_uri(Folder.MONITORING, "deployed.json")


def deployed_features() -> str:
    """The object that says of what code and configuration the newest snapshot was, and which change was announced."""
    return lake_uri(Folder.MONITORING, "deployed_features.json")


def alerts() -> str:
    """The object that holds the book of alerts."""
    return lake_uri(Folder.MONITORING, "alerts.json")


def notices() -> str:
    """The object that says how far programs were told of what happens to models."""
    return lake_uri(Folder.MONITORING, "notices.json")


def metrics(day: str) -> str:
    """The day's partitions ``batch=<batch>``."""
    return lake_uri(Folder.MONITORING, "metrics", f"day={day}")


def products() -> str:
    """The object that holds what alarms about products now."""
    return lake_uri(Folder.MONITORING, "products.json")


def budget() -> str:
    """The object that holds what is reserved, and what was spent, on AWS."""
    return lake_uri(Folder.MONITORING, "budget.json")


def retained(name: str = "") -> str:
    """The record of one run that deleted what was superseded; without a name, what all of them begin with."""
    return lake_uri(Folder.MONITORING, "retained", name)


def sizes() -> str:
    """The object that says how large each store is."""
    return lake_uri(Folder.MONITORING, "sizes.json")


def reports(*parts: str) -> str:
    """The reports, or the room, folder or page among them that ``parts`` name."""
    return lake_uri(Folder.REPORTS, *parts)


def athena_results() -> str:
    """Where Athena writes; it wants the slash at the end."""
    return lake_uri(Folder.ATHENA_RESULTS, "")
