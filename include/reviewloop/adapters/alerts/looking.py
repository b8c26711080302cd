"""What people must know, looked for in the ledger and in the decisions on drift; the book then holds that and no other."""

from collections.abc import Iterator
from datetime import datetime

from reviewloop.adapters.alerts import channel, outbox
from reviewloop.adapters.costs import budget as costs
from reviewloop.adapters.monitoring import response, skew
from reviewloop.adapters.products import standing as products
from reviewloop.adapters.release import ledger
from reviewloop.config import load_config
from reviewloop.core.alerts import book, standing
from reviewloop.core.alerts.book import Book
from reviewloop.core.costs import budget
from reviewloop.core.monitoring.response.state import State
from reviewloop.core.products import state as product_state
from reviewloop.core.release.standing import Events, champion
from reviewloop.refs import AlertRef


def look() -> Book:
    """Raise what is found, end what is not found any more, and let quiet times and patience pass; returns the book."""
    events, state, now = ledger.read(), response.read(), channel.now()
    found = {one.key: one for one in _found(events, state, now)}
    limits = load_config().alerts

    def looked(before: Book) -> Book:
        for one in found.values():
            before = book.raised(before, one, now, limits)
        for key in [key for key in before.alerts if key.startswith(standing.LOOKED_AFTER) and key not in found]:
            before = book.over(before, key, now)
        return book.tended(before, now, limits)

    return channel.change(looked)


def silence() -> AlertRef | None:
    """The alert where no day was monitored for too long; None where all is well, and before the first release."""
    return standing.silent(_last_look(ledger.read(), response.read()), channel.now(), load_config().alerts)


def _found(events: Events, state: State, now: datetime) -> list[AlertRef]:
    config, act = load_config(), champion(events)
    silent = standing.silent(_last_look(events, state), now, config.alerts)
    return [
        *standing.waits(events, now, config.release, config.alerts),
        *standing.happened(events, now),
        *standing.undelivered(outbox.read(), now),
        *(standing.drifted(state.decisions, str(act.version), now) if act else ()),
        *(standing.skewed(skew.read(), str(act.version)) if act else ()),
        *([silent] if silent else []),
        *_product_alerts(),
        *budget.alerts(costs.read(), config.costs.month_cap_usd, now),
    ]


def _product_alerts() -> Iterator[AlertRef]:
    return product_state.alerts(products.read(), load_config().products.num_top)


def _last_look(events: Events, state: State) -> datetime | None:
    act = champion(events)
    times = [one.at for one in state.decisions[-1:]] + ([datetime.fromisoformat(act.at)] if act else [])
    return max(times, default=None)
