"""The replay's history and daily deliveries, clean as they are, pass the quality gate without an alarm."""

import os
from pathlib import Path

import pytest

from reviewloop.adapters.lake import s3
from reviewloop.config import load_config
from reviewloop.refs import GateRef
from reviewloop.steps.ingest.curate import curate
from reviewloop.steps.ingest.land import land
from reviewloop.steps.ingest.parse import parse
from reviewloop.steps.ingest.publish_day import publish_day
from reviewloop.steps.ingest.validate import validate
from reviewloop_local.loop.replay import deliver, reviews

pytestmark = pytest.mark.contract
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "Womens Clothing E-Commerce Reviews.csv"
REAL = Path(os.environ.get("REVIEWLOOP_REAL_CSV", SHARED))


def judged(csv_path: str) -> dict[str, GateRef]:
    gates = {}
    for delivery in reviews(csv_path):
        deliver(delivery, load_config())
        batch = parse(land(delivery.day))
        gates[delivery.day] = validate(batch)
        publish_day(curate(batch))
    return gates


def passed_every_day(gates: dict[str, GateRef]) -> bool:
    alarms = [check for gate in gates.values() for check in s3.read_json(gate.report_uri)["checks"] if not check["success"]]
    assert alarms == []
    return len(gates) == 4 and {gate.verdict for gate in gates.values()} == {"pass"}


def test_the_sample_passes(lake: str) -> None:
    assert passed_every_day(judged(""))


@pytest.mark.skipif(not REAL.is_file(), reason="the real review file is not here; name it in REVIEWLOOP_REAL_CSV")
def test_the_real_file_passes(lake: str) -> None:
    gates = judged(str(REAL))
    for day, gate in gates.items():
        print(day, gate.verdict, gate.reason)
    assert passed_every_day(gates)
