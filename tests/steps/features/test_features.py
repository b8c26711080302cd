import json
from collections.abc import Callable

import pandas as pd
import pytest
from tests.helpers.contracts import CONTRACT, DTYPES
from tests.helpers.intruder import take_away

from reviewloop.adapters.annotation import queues
from reviewloop.adapters.catalog import glue
from reviewloop.adapters.features import offline, online, sources
from reviewloop.adapters.features.views import group_named
from reviewloop.adapters.labels.labelled import labelled_rows
from reviewloop.adapters.lake import artifacts, claims, feature_pointers, frames, places, s3
from reviewloop.adapters.lake.sealed import open_future, open_sealed
from reviewloop.adapters.lineage.data import snapshot
from reviewloop.adapters.mlflow import registry
from reviewloop.config import AugmentationConfig, InoculationConfig, load_config
from reviewloop.core.annotation.items import Item, item_id
from reviewloop.core.dataset.provenance import PROVENANCE, is_as_delivered
from reviewloop.core.dataset.snapshots import snapshot_dtypes
from reviewloop.core.lake.manifests import HUMAN_LABELS
from reviewloop.errors import NothingToDo, PermanentError, TransientError, Unavailable
from reviewloop.refs import FeaturesRef
from reviewloop.steps.annotation.record_labels import record_labels
from reviewloop.steps.features._pipeline import PIPELINE
from reviewloop.steps.features.announce_features import announce_features
from reviewloop.steps.features.build_features import build_features
from reviewloop.steps.features.publish_features import publish_features
from reviewloop.steps.train.take_features import take_features

pytestmark = pytest.mark.contract

COLUMNS = [*snapshot_dtypes(CONTRACT), "label", "text_digest", *PROVENANCE]
GLUE_TYPES = {name: "bigint" if kind == "int64" else "string" for name, kind in DTYPES.items()}
WORDS = ["soft", "warm", "loose", "tight", "pretty", "itchy", "thin", "long", "short", "bright"]

Curate = Callable[..., str]


def reviews(num_rows: int, first_id: int = 0) -> pd.DataFrame:
    ids = list(range(first_id, first_id + num_rows))
    texts = [f'Order {i}: "{WORDS[i % 10]}",\nthen {WORDS[i // 10 % 10]} = {WORDS[i // 100 % 10]}' for i in ids]
    rows = {"review_id": ids, "product_id": 7, "age": 40, "title": [None if i % 4 else "Dress" for i in ids], "text": texts}
    rows |= {"rating": [(1, 3, 5, 5, 4)[i % 5] for i in ids], "recommended": 1, "positive_feedback": 0}
    frame = pd.DataFrame(
        {**rows, "division": "General", "department": "Dresses", "class_name": [None, *["Dresses"] * (num_rows - 1)]}
    )
    return frame.astype(DTYPES)


@pytest.fixture
def curate(lake: str) -> Curate:
    """Puts a day's rows where the step ``curate`` does; returns the batch."""

    def curate(rows: pd.DataFrame, day: str, landed_at: str = "") -> str:
        made = artifacts.publish(places.curated(day), {"reviews.parquet": frames.to_parquet(rows)}, folder="batch={digest}")
        batch = made.uri.rpartition("batch=")[2]
        glue.register_partition("reviews", GLUE_TYPES, day, batch, made.uri, landed_at=landed_at)
        return batch

    return curate


def parts(features: FeaturesRef) -> dict[str, pd.DataFrame]:
    artifact = artifacts.open_artifact(features.uri)
    read = {name: frames.from_parquet(artifact.read(f"{name}.parquet")) for name in ("train", "validation")}
    return {**read, "test": open_sealed(features, "evaluation")}


def test_curated_days_become_one_whole_snapshot(curate: Curate) -> None:
    batches = {"2026-01-01": curate(reviews(200), "2026-01-01"), "2026-01-02": curate(reviews(60, 180), "2026-01-02")}
    features = build_features(None)
    artifact = artifacts.open_artifact(features.uri)
    found = parts(features)

    assert set(artifact.files) == {"train.parquet", "validation.parquet", "vocabulary.json", "lengths.png", "snapshot.json"}
    assert list(found["test"].columns) == COLUMNS
    assert list(found["validation"].columns) == [*COLUMNS, "model_text", "input_ids"]
    assert list(found["train"].columns) == [*COLUMNS, "model_text", "weight", "input_ids"]
    assert (features.num_train, features.num_validation, features.num_test) == tuple(len(part) for part in found.values())
    assert features.num_new == features.num_train
    assert features.last_day == "2026-01-02"

    everything = pd.concat(found.values()).sort_values("review_id")
    assert everything["review_id"].tolist() == list(range(240))
    expected = reviews(240)
    assert everything["text"].tolist() == expected["text"].tolist()  # quotes and line ends survive the query
    assert everything["title"].isna().tolist() == expected["title"].isna().tolist()
    assert set(everything.loc[everything["rating"] == 3, "label"]) == {1}
    assert is_as_delivered(everything)

    assert artifact.meta["batches"] == batches
    assert (artifact.meta["num_curated"], artifact.meta["num_duplicates"]) == (260, 20)
    assert artifact.meta["shares"]["train"]["negative"] == pytest.approx((found["train"]["label"] == 0).mean())
    assert artifact.meta["config_digest"] == load_config().digest("features")
    stages = artifact.meta["pipeline"]
    assert [stage["stage"] for stage in stages] == [stage.name for stage in PIPELINE]
    assert [stage["rows_in"] for stage in stages] == [260, *(stage["rows_out"] for stage in stages[:-1])]
    assert stages[-1]["rows_out"] == features.num_train + features.num_validation + features.num_test
    assert stages[1] == {
        "stage": "split", "rows_in": 260, "rows_out": 240,
        "why": "20 repeat an earlier text; 0 texts came with more than one sentiment",
    }  # fmt: skip
    assert {"order", "soft", "then"} <= set(json.loads(artifact.read("vocabulary.json")))
    assert max(map(len, found["train"]["input_ids"])) <= features.max_seq_length


def test_the_same_rows_give_the_same_snapshot(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    first = build_features(None)
    written = list(s3.list_uris(s3.lake_uri("features")))
    assert build_features("2026-01-01") == first
    assert list(s3.list_uris(s3.lake_uri("features"))) == written


def test_other_test_rows_alone_make_another_digest(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    first = build_features(None)
    sealed_id = int(parts(first)["test"]["review_id"].iloc[0])
    corrected = reviews(200).assign(age=lambda rows: rows["age"].mask(rows["review_id"] == sealed_id, 41))
    curate(corrected, "2026-01-01")
    second = build_features(None)
    pd.testing.assert_frame_equal(parts(first)["train"], parts(second)["train"])
    assert second.digest != first.digest


def test_a_superseded_batch_is_not_in_the_snapshot(curate: Curate) -> None:
    curate(reviews(250), "2026-01-01")
    curate(reviews(200), "2026-01-01")
    assert sum(map(len, parts(build_features(None)).values())) == 200


def test_a_rebuilt_past_does_not_hide_newer_days(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    curate(reviews(100, 200), "2026-01-02")
    newest = build_features(None)
    past = build_features("2026-01-01")
    assert (past.last_day, past.num_train + past.num_validation + past.num_test) == ("2026-01-01", 200)
    assert take_features(None) == newest


def test_a_snapshot_of_then_reads_nothing_that_landed_later_and_is_not_the_latest(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01", "2026-01-02T01:00")
    curate(reviews(100, 200), "2026-01-02", "2026-01-05T01:00")  # its ratings came late
    newest = build_features(None)
    then = build_features(None, "2026-01-04T00:00")
    assert (then.last_day, then.num_train + then.num_validation + then.num_test) == ("2026-01-01", 200)
    assert take_features(None) == newest
    assert build_features(None, "2026-01-05T12:00").digest == newest.digest
    assert take_features(None) == newest
    with pytest.raises(NothingToDo, match="no curated reviews yet, known at 2026-01-01T00:00"):
        build_features(None, "2026-01-01T00:00")


def asked(features: FeaturesRef) -> dict[str, int]:
    """Text -> label of the sealed part."""
    test = parts(features)["test"]
    return dict(zip(test["text"], test["label"], strict=True))


def turned(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(rating=6 - rows["rating"])


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-01", "2026-01-02"])
def test_no_later_delivery_changes_what_the_exam_asks_for(curate: Curate, day: str) -> None:
    curate(reviews(200), "2026-01-01", "2026-01-02T01:00")
    first = asked(build_features(None))
    curate(turned(reviews(250)), day, "2026-01-09T01:00")  # an old day, a correction, a new day
    second = asked(build_features(None))
    assert {text: second[text] for text in first} == first
    assert len(second) > len(first)
    curate(reviews(200), "2026-01-01", "2026-01-10T01:00")
    assert {text: label for text, label in asked(build_features(None)).items() if text in second}.items() <= second.items()


def test_an_older_lakes_exam_stays_what_it_was(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    first = asked(build_features(None))
    for uri in list(s3.list_uris(places.sealed_ratings())):
        take_away(uri)  # an older lake has none
    curate(turned(reviews(200)), "2026-01-01")
    assert asked(build_features(None)) == first


def test_two_snapshots_at_once_agree_on_what_was_sealed_first(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(reviews(200), "2026-01-01")
    take, asked_by_other = claims.take, {}

    def overtaken(uri: str, **note: object) -> claims.Claim | None:
        monkeypatch.setattr(claims, "take", take)
        curate(turned(reviews(200)), "2026-01-01")
        asked_by_other.update(asked(build_features(None)))
        return take(uri, **note)

    monkeypatch.setattr(claims, "take", overtaken)
    with pytest.raises(TransientError, match="another snapshot was named meanwhile; a retry starts from what is there now"):
        build_features(None)
    assert asked(build_features(None)) == asked_by_other


def test_the_last_days_are_sealed_apart_where_that_is_asked_for(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(reviews(200), "2026-01-01")
    curate(reviews(100, 200), "2026-01-02")
    without = build_features(None)
    config = load_config()
    split = config.features.split.model_copy(update={"future_days": 1})
    asking = config.model_copy(update={"features": config.features.model_copy(update={"split": split})})
    monkeypatch.setattr("reviewloop.steps.features.build_features.load_config", lambda: asking)
    ahead = build_features(None)
    assert (without.future_uri, without.num_future, open_future(without, "evaluation")) == (None, 0, None)
    assert ahead.sealed_uri == without.sealed_uri
    future = open_future(ahead, "evaluation")
    assert future is not None
    assert (set(future["day"]), len(future)) == ({"2026-01-02"}, ahead.num_future)
    found = parts(ahead)
    assert {str(day) for name in ("train", "validation") for day in found[name]["day"]} == {"2026-01-01"}
    assert ahead.num_future == without.num_train + without.num_validation - ahead.num_train - ahead.num_validation
    with pytest.raises(PermanentError, match="the test part is sealed"):
        s3.read_bytes(f"{ahead.future_uri}/test.parquet")
    assert artifacts.open_artifact(ahead.uri).meta["future_from"] == "2026-01-02"


def test_made_rows_are_learnt_from_and_nothing_else_hears_of_them(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = reviews(200)
    curate(rows.assign(text=rows["text"] + " and the colour is fine"), "2026-01-01")
    without = build_features(None)
    config = load_config()
    gain = {"delta": 0.02, "low": 0.01, "high": 0.03, "num_rows": 900}
    plan = {"operations": ["drop"], "share": 1.0, "sentiments": ["neutral"], "gain": gain}
    making = {"augmentation": AugmentationConfig.model_validate(plan), "near_duplicate_jaccard": 1.0}
    asking = config.model_copy(update={"features": config.features.model_copy(update=making)})
    monkeypatch.setattr("reviewloop.steps.features.build_features.load_config", lambda: asking)
    made = build_features(None)
    whole, more = parts(without), parts(made)
    num_made = artifacts.open_artifact(made.uri).meta["num_augmented"]
    assert num_made > 0
    assert (made.num_train, made.num_new, made.sealed_uri) == (without.num_train + num_made, without.num_new, without.sealed_uri)
    assert more["train"]["origin"].value_counts().to_dict() == {"natural": without.num_train, "augmented": num_made}
    pd.testing.assert_frame_equal(more["validation"], whole["validation"])
    vocabularies = [json.loads(artifacts.open_artifact(one.uri).read("vocabulary.json")) for one in (without, made)]
    assert vocabularies[0] == vocabularies[1]
    assert len(sources.rows(group_named("review_text"), made.uri)) == without.num_train + without.num_validation


def test_rows_from_templates_are_learnt_from_and_nothing_else_hears_of_it(curate: Curate, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(reviews(200), "2026-01-01")
    config = load_config()

    def built(plan: InoculationConfig | None) -> FeaturesRef:
        asking = config.model_copy(update={"features": config.features.model_copy(update={"inoculation": plan})})
        monkeypatch.setattr("reviewloop.steps.features.build_features.load_config", lambda: asking)
        return build_features(None)

    without, made = built(None), built(InoculationConfig(share=0.2, endings=0.5, seed=0))
    whole, more = parts(without), parts(made)
    num_made = artifacts.open_artifact(made.uri).meta["num_inoculated"]
    assert num_made > 0
    assert (made.num_train, made.num_new, made.sealed_uri) == (without.num_train + num_made, without.num_new, without.sealed_uri)
    taught = more["train"][more["train"]["label_source"] == "template"]
    assert taught["origin"].value_counts().keys().sort_values().tolist() == ["augmented", "template"]
    assert (len(taught), taught["weight"].gt(0).all()) == (num_made, True)
    pd.testing.assert_frame_equal(more["validation"], whole["validation"])
    vocabularies = [json.loads(artifacts.open_artifact(one.uri).read("vocabulary.json")) for one in (without, made)]
    assert vocabularies[0] == vocabularies[1]
    assert len(sources.rows(group_named("review_text"), made.uri)) == without.num_train + without.num_validation
    assert len(labelled_rows(made.uri)) == len(labelled_rows(without.uri))


def test_without_curated_days_there_is_nothing_to_do(lake: str) -> None:
    with pytest.raises(NothingToDo, match="no curated reviews up to 2026-01-01"):
        build_features("2026-01-01")
    with pytest.raises(NothingToDo, match="no features yet"):
        take_features(None)


def test_a_catalogued_day_without_rows_fails_loudly(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    uri = s3.lake_uri("curated", "reviews", "day=2026-01-02", "batch=0123456789abcdef")
    glue.register_partition("reviews", GLUE_TYPES, "2026-01-02", "0123456789abcdef", uri)
    with pytest.raises(PermanentError, match="no rows of 2026-01-02"):
        build_features(None)


def test_training_hears_of_the_first_snapshot_and_then_of_enough_new_rows(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    first = build_features(None)
    assert announce_features(first) == first
    assert announce_features(first) == first  # a task that was killed after the pointer moved announces again

    curate(reviews(20, 200), "2026-01-02")
    second = build_features(None)
    assert second.num_new == second.num_train - first.num_train
    with pytest.raises(NothingToDo, match=f"{second.num_new} of {second.num_train} training rows are new .*; a training needs 20%"):
        announce_features(second)
    assert feature_pointers.read_pointer("announced") == first

    curate(reviews(80, 220), "2026-01-03")
    third = build_features(None)
    assert third.num_new == third.num_train - first.num_train  # counted from the last announced, not the last built
    assert announce_features(third) == third
    assert build_features(None).num_new == 0


def test_training_waits_for_the_day_it_was_started_for(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    features = build_features(None)
    assert take_features("2026-01-01") == features
    with pytest.raises(TransientError, match="end on 2026-01-01; 2026-01-02 is not in them yet"):
        take_features("2026-01-02")


def test_the_feature_store_never_shows_the_sealed_part(curate: Curate) -> None:
    curate(reviews(200), "2026-01-01")
    features = build_features(None)
    assert publish_features(features) == features
    keys = [f"2026-01-01/{number}" for number in range(200)]
    sealed = {keys[number] for number in parts(features)["test"]["review_id"]}
    for name in ("review_text", "review_tokens", "review_snapshot"):
        group = group_named(name)
        served, kept = online.read(group, keys).dropna(), offline.rows(group)
        assert kept is not None
        assert len(served) == features.num_train + features.num_validation
        assert sealed.isdisjoint([*served["review"], *kept["review"]])
    products = online.read(group_named("product_history"), [7, 8])
    assert products["num_reviews"].tolist() == [200, 0], "of a new product nothing is known; its stars alone are read of a review"


def test_a_human_label_outranks_the_rating_in_the_next_snapshot_and_its_lineage_says_who(
    curate: Curate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> str:
        raise Unavailable("the registry is away")

    monkeypatch.setattr(registry, "ledger_head", away)  # a label does not wait for it
    rows = reviews(200)
    curate(rows, "2026-01-01")
    first = build_features(None)
    assert artifacts.open_artifact(first.uri).meta["num_human_labels"] == 0
    train = parts(first)["train"]
    asked, other = train[train["rating"] == 5].iloc[0], train[train["rating"] == 5].iloc[1]
    items = [
        Item(item_id(day, number, digest), day, number, digest, "unsure", "positive", "why")
        for day, number, digest in ((row["day"], int(row["review_id"]), row["text_digest"]) for row in (asked, other))
    ]  # fmt: skip
    queue = queues.publish(first.uri, items, load_config().annotation.guideline, None)
    labels = {items[0].item: "negative", items[1].item: "neutral"}
    record_labels(queue.ref, "ada", "2026-02-01T10:00:00+00:00", labels, "airflow")
    # The second one is a late answer: its review was taken back and has another text by now.
    changed = rows.assign(text=rows["text"].mask(rows["review_id"] == other["review_id"], "Now it is a loose and warm thing"))
    curate(changed, "2026-01-01")

    second = build_features(None)
    after = parts(second)["train"].set_index("review_id")
    assert second.digest != first.digest
    assert after.loc[asked["review_id"], ["label", "label_source", "rating"]].tolist() == [0, "human", 5]
    assert set(after["label_source"]) == {"human", "rating"}
    assert (after["label_source"] == "human").sum() == 1, "an answer to a text that is gone labels nothing"
    assert set(parts(second)["test"]["label_source"]) == {"rating"}

    artifact = artifacts.open_artifact(second.uri)
    (told,) = json.loads(artifact.read(HUMAN_LABELS))
    said = {"by": "ada", "label": "negative", "answered_at": "2026-02-01T10:00:00+00:00", "event": 1}
    assert told == {
        "text_digest": asked["text_digest"], "label": "negative",
        "answers": [said | {"guideline": load_config().annotation.guideline.name}],
    }  # fmt: skip
    assert artifact.meta["num_human_labels"] == 1
    link = next(link for link in snapshot(second.uri, second.digest) if link.what == "labels")
    assert link.told.startswith(
        "1 texts labelled by ada (1), 2026-02-01T10:00:00+00:00 to 2026-02-01T10:00:00+00:00, by guideline 1-"
    )
    assert link.told.endswith("(events 1)")
    assert build_features(None).digest == second.digest
    then = build_features(None, "2026-01-31T00:00:00+00:00")
    assert HUMAN_LABELS not in artifacts.open_artifact(then.uri).files, "what was known then knows no label of today"
