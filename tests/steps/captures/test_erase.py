"""A customer's words leave the curated day, what is made of it from then on, the feature store and the captured requests."""

from typing import Any

import pandas as pd
import pytest
from tests.adapters.captures.test_erasing import DAY, everything, put
from tests.adapters.features.test_publish import part, ref, served
from tests.helpers.captured import answer, review

from reviewloop.adapters.catalog import athena, days
from reviewloop.adapters.erasure import curated, readers, receipt
from reviewloop.adapters.features import offline, online, publish
from reviewloop.adapters.features.forgetting import forget_review
from reviewloop.adapters.features.views import group_named
from reviewloop.adapters.lake import artifacts, frames, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.contracts import load_contract
from reviewloop.core.release.events import Draft, program
from reviewloop.core.texts import text_digest
from reviewloop.errors import PermanentError, Unavailable
from reviewloop.refs import BatchRef, ErasedRef
from reviewloop.steps.captures.erase import erase
from reviewloop.steps.features._selecting import without_erased
from reviewloop.steps.ingest.curate import curate

pytestmark = pytest.mark.contract

SECRET = "my name is Ada Lovelace and this fits"
OF = "2026-01-01"
WHO = {"by": "Ada", "reason": "she asked"}


def rows(texts: list[str]) -> pd.DataFrame:
    """Accepted rows, numbered from 1."""
    dtypes = load_contract().dtypes()
    named: dict[str, Any] = {"review_id": range(1, len(texts) + 1), "text": texts, "rating": [5] * len(texts)}
    frame = pd.DataFrame({name: named.get(name, [None] * len(texts)) for name in dtypes})
    whole = {name: 30 for name, dtype in dtypes.items() if dtype == "int64" and name not in named}
    return frame.assign(**whole).astype(dtypes)


def deliver(texts: list[str], name: str = "a") -> None:
    """A delivery of the day, landed, parsed, curated and published."""
    raw = artifacts.publish(places.raw(OF), {"reviews.csv": f"{name}, as it came".encode()})
    accepted = rows(texts)
    files = {"accepted.parquet": frames.to_parquet(accepted), "origin.json": name.encode()}
    staged = artifacts.publish(places.staging(OF), files, {"delivery_uri": raw.uri})
    batch = BatchRef(
        day=OF, uri=staged.uri, digest=staged.digest, delivery_uri=raw.uri, num_landed=len(texts), num_accepted=len(texts),
        num_quarantined=0, reasons={}, landed_at=f"2026-01-02T00:00:00+00:00{name}",
    )  # fmt: skip
    made = curate(batch)
    days.publish(days.standing("reviews", OF), days.reviews_table(), made.batch, made.uri, batch.landed_at)


def hers() -> ErasedRef:
    return erase("womens_clothing", OF, 2, **WHO)


def texts() -> dict[int, object]:
    """As Athena sees them; its results tell an empty text from none only where something stands beside it."""
    found = athena.run("test", "SELECT review_id, concat('>', text) AS text FROM reviews ORDER BY review_id")
    return {int(number): str(text).removeprefix(">") for number, text in zip(found["review_id"], found["text"], strict=True)}


def holding() -> list[str]:
    """What of the lake holds the words: tables by their rows, for their bytes are packed; all else by its bytes."""
    tables = [uri for uri in s3.list_uris(s3.lake_uri("")) if uri.endswith(".parquet")]
    found = [uri for uri in tables if frames.from_parquet(s3.read_bytes(uri)).astype("string").eq(SECRET).any(axis=None)]
    return [*found, *(["elsewhere"] if SECRET.encode() in everything() else [])]


def known(name: str, snapshot: str, version: str = "") -> None:
    """The ledger tells of a model that was trained on the snapshot."""
    facts = {"job_key": f"job-{name}", "verdict": "passed", "lineage": {"features_uri": snapshot}}
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, f"digest-{name}", facts), is_witnessed=False)
    if version:
        told = {"job_key": f"job-{name}", "source": "s3://lake/m"}
        ledger.append(lambda _: Draft("registered", program("register"), version, f"digest-{name}", told), is_witnessed=False)


def snapshot(ids: list[int], of_days: dict[str, str]) -> str:
    files = {"train.parquet": frames.to_parquet(part(ids, OF)), "validation.parquet": frames.to_parquet(part([99], OF))}
    return artifacts.publish(places.features(), files, {"batches": of_days}).uri


def text_of(wanted: str) -> str:
    """One that the split puts into this part."""
    split = load_config().features.split
    texts = (f"text {at}" for at in range(100))
    return next(text for text in texts if readers.part_of(text_digest(text), split.validation, split.test) == wanted)


@pytest.fixture
def day(lake: str, monkeypatch: pytest.MonkeyPatch) -> str:
    def away() -> None:
        raise Unavailable("MLflow: away")

    monkeypatch.setattr(registry, "ledger_head", away)  # whoever asks to be forgotten does not wait for the registry
    deliver(["a lovely dress", SECRET, "too small"])
    return lake


def test_the_words_leave_the_curated_day_and_its_row_stays(day: str) -> None:
    deliver(["a lovely dress indeed", SECRET, "too small"], name="b")
    put(answer("r1", review(SECRET, 2, OF, title=SECRET)))
    assert len(holding()) == 5, "two curated batches, two parsed deliveries, and the captured request"
    found = hers()
    assert texts() == {1: "a lovely dress indeed", 2: "", 3: "too small"}
    assert holding() == []
    assert (found.num_reviews, len(found.batches), found.days) == (1, 2, (DAY,))
    assert all(uri.startswith(places.raw(OF)) for uri in found.kept)
    origin = [uri for uri in s3.list_uris(places.curated(OF)) if uri.endswith("_origin.json")]
    assert len(origin) == 3, "of which delivery each batch was made stays known"


def test_the_receipt_names_who_and_which_models_and_not_the_words(day: str) -> None:
    batches = {OF: "b"}
    known("reader", snapshot([1, 2], batches), "1")
    known("other", snapshot([1, 3], batches), "2")
    known("older", snapshot([1, 2, 4], {"2025-12-31": "b"}), "3")
    known("refused", snapshot([2, 5], batches))
    known("silent", "", "4")
    found = hers()
    assert (found.trained, found.judged, found.unknown) == (("job job-refused", "1"), (), ("4",))
    event = ledger.read_unwitnessed()[-1]
    assert (event.number, event.kind, event.by) == (found.receipt, "erased", "person:Ada")
    assert event.facts["subject"] == receipt.subject_digest("womens_clothing", OF, 2)
    assert event.facts["trained"] == ["job job-refused", "1"]
    assert SECRET not in event.to_bytes().decode()
    assert any("/features/" in uri for uri in found.kept)


def test_again_changes_nothing_and_has_the_same_receipt(day: str) -> None:
    first = hers()
    listed = sorted(uri for uri in s3.list_uris(s3.lake_uri("")) if "erasures" not in uri)
    again = hers()
    assert (again.receipt, again.batches, again.num_reviews) == (first.receipt, (), 0)
    assert sorted(uri for uri in s3.list_uris(s3.lake_uri("")) if "erasures" not in uri) == listed


@pytest.mark.parametrize(
    "where", [(days, "publish"), (s3, "remove"), (curated, "drop_staged"), (readers, "readers"), (ledger, "append")]
)
def test_a_kill_anywhere_is_ended_by_the_next_try(day: str, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str]) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(*where, killed)
        with pytest.raises(KeyboardInterrupt):
            hers()
    assert hers().receipt > 0
    assert texts() == {1: "a lovely dress", 2: "", 3: "too small"}
    assert holding() == []


def test_another_delivery_of_the_day_does_not_bring_the_words_back(day: str) -> None:
    hers()
    deliver(["a lovely dress", SECRET, "too small", "new"], name="c")
    assert texts() == {1: "a lovely dress", 2: "", 3: "too small", 4: "new"}


def test_no_snapshot_to_come_holds_the_review(day: str) -> None:
    frame = pd.DataFrame({"day": [OF, OF, "2026-01-02"], "review_id": [1, 2, 2], "text": ["a", SECRET, "b"]})
    assert len(without_erased(frame)) == 3
    hers()
    assert without_erased(frame)["text"].tolist() == ["a", "b"], "also where the curated day still had it"
    assert without_erased(frame.assign(text=["a", "", "b"]))["text"].tolist() == ["a", "b"]


def test_the_feature_store_forgets_it_on_both_sides_and_is_not_told_again(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    features = ref(snapshot([1, 2], {}))
    publish.publish(features)
    group, write = group_named("review_text"), online.write
    assert served("review_text", 2, day=OF)["num_words"].tolist() == [5]
    assert not forget_review("2026-01-09", 2), "another day's review of this number"
    late: list[pd.DataFrame] = []
    monkeypatch.setattr(online, "write", lambda of, rows: (late.append(rows) if of == group else None, write(of, rows)))
    publish.publish(features)
    monkeypatch.undo()

    assert hers().online
    assert served("review_text", 1, 2, day=OF)["num_words"].isna().tolist() == [False, True]
    for name in ("review_text", "review_tokens", "review_snapshot"):
        rows = offline.rows(group_named(name))
        assert rows is not None
        assert set(rows["review"]) == {f"{OF}/1", f"{OF}/99"}
        assert len(list(s3.list_folders(f"{places.feast(name)}/"))) == 1, "what held it before is gone"
    online.write(group, late[0])
    publish.publish(features)
    assert served("review_text", 2, day=OF)["num_words"].isna().all(), "a writer that was late, and the same snapshot again"
    assert not hers().online


def test_every_snapshot_with_the_words_is_named_also_those_that_no_model_has_read(day: str) -> None:
    read, older, newest = snapshot([1, 2], {OF: "b"}), snapshot([2], {OF: "b"}), snapshot([1, 2, 3], {OF: "b"})
    without = snapshot([1], {OF: "b"})
    s3.write_bytes(f"{places.features()}/half/train.parquet", b"of a writer that was killed")
    known("reader", read, "7")
    found = readers.readers(OF, 2, {text_digest(text_of("train"))})
    assert set(found.snapshots) == {read, older, newest}
    assert without not in found.snapshots
    assert (found.trained, found.unknown) == (("7",), ())


def test_a_sealed_text_was_judged_and_not_trained_on(day: str) -> None:
    """Which part a text belongs to follows from the text: nobody opens the sealed part for that."""
    sealed = text_of("test")
    known("judge", snapshot([1], {OF: "b"}), "7")
    found = readers.readers(OF, 2, {text_digest(sealed)})
    assert (found.trained, found.judged) == ((), ("7",))
    assert readers.readers(OF, 2, ()).judged == ("7",), "also when the words are gone, and with them what tells the part"


@pytest.mark.parametrize(
    ("wrong", "line"),
    [({"dataset": "shop"}, "dataset: 'shop' is not this lake's, which holds 'womens_clothing'"), ({"day": "x"}, "is no day")],
)
def test_a_mistake_gets_a_line_and_erases_nothing(day: str, wrong: dict[str, str], line: str) -> None:
    with pytest.raises(PermanentError, match=line):
        erase(**{"dataset": "womens_clothing", "day": OF, "review_id": 2, **WHO, **wrong})  # type: ignore[arg-type]
    assert texts()[2] == SECRET
