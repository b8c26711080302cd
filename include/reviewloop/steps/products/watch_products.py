"""Of which products customers complain more than they used to."""

import json
import logging
from typing import Any

from reviewloop.adapters.catalog import days
from reviewloop.adapters.lake import artifacts, places
from reviewloop.adapters.products import reading, standing
from reviewloop.config import load_config
from reviewloop.core.digests import json_digest
from reviewloop.core.products.counting import num_reviews
from reviewloop.core.products.report import alarms_of, report
from reviewloop.core.products.state import Alarm
from reviewloop.core.products.watch import watch
from reviewloop.errors import NothingToDo
from reviewloop.pages.links import Links
from reviewloop.pages.monitoring.products import products_page
from reviewloop.refs import ProductsRef

log = logging.getLogger(__name__)


def watch_products(day: str) -> ProductsRef:
    """Compare the complaints of the last days up to ``day`` with what is usual; keep the page, and what alarms now.

    Of each product and each group: by stars, and by the champion's answers where there are none, the endpoint's traffic among them.
    A rerun on the same batches finds the page there. Raises ``NothingToDo`` where the shop has no products, nothing was scored
    yet, or the last days are empty.
    """
    config = load_config()
    if not config.products.levels:
        raise NothingToDo(f"products.levels: the dataset {config.contract.name} names no column of a product, so none is watched")
    sources = reading.sources(day)
    words_uri, telling = reading.telling_words()
    key = json_digest([sources, words_uri, config.digest("products"), config.contract.labels()])[:16]
    place = places.reports("products", f"day={day}", key)

    def files() -> dict[str, bytes]:
        found, alarms = _look(day, bool(sources[days.captures_table().name]), telling, f"{place}/report.html")
        page = products_page(found, Links(depth=3, day=day))
        return {
            "report.json": json.dumps(found, indent=1, sort_keys=True, allow_nan=False).encode(),
            "alarms.json": json.dumps([alarm.model_dump(mode="json") for alarm in alarms], indent=1).encode(),
            "report.html": page.encode(),
        }

    stored = artifacts.publish_once(place, files)
    found = json.loads(stored.read("report.json"))
    alarms = [Alarm.model_validate(one) for one in json.loads(stored.read("alarms.json"))]
    judged = bool(found["measures"])
    if judged:  # what nobody could judge is no reason to call an alarm over
        standing.note(day, alarms, f"{stored.uri}/report.html")
    for alarm in alarms:
        log.warning("%s: %s", alarm.title, "; ".join(alarm.lines))
    return ProductsRef(
        day=day, judged=judged, num_judged=found["num_judged"].get(config.products.product, 0),
        alarms=tuple(alarm.title for alarm in alarms), report_uri=f"{stored.uri}/report.json", page_uri=f"{stored.uri}/report.html",
    )  # fmt: skip


def _look(day: str, has_captures: bool, telling: list[str], page_uri: str) -> tuple[dict[str, Any], list[Alarm]]:
    config = load_config()
    look = reading.read_look(day, has_captures, config)
    if not num_reviews(look):
        since = reading.first_day(day, config.products.window_days)
        raise NothingToDo(f"{day}: nobody said anything about a product since {since}")
    watched = watch(look.tree, look.counts, config.products)
    complaints = reading.read_complaints(look, day, has_captures, config)
    found = report(look, watched, complaints, telling, config.products, config.contract.labels(), day)
    return found, alarms_of(watched, found, page_uri)
