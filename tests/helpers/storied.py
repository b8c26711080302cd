"""A small lake in memory that tells whole stories: a version promoted, one refused, one rejected, days scored and captured."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain as each
from typing import Any

import pytest
from tests.helpers.fake_edges import World, enter

from reviewloop.core.release.events import Event
from reviewloop_local.bench_trace import stories
from reviewloop_local.bench_trace.stories import Made


@dataclass
class Told:
    """The lake, its days (day -> batch), its models in the order in which they were made, and the ledger's events."""

    world: World
    days: Mapping[str, str]
    made: list[Made]
    events: tuple[Event, ...]

    def of(self, fate: str, at: int = 0) -> Made:
        return [one for one in self.made if one.fate == fate][at]

    def add(self, *drafts: Any) -> Event:
        """More events, of which the last is given."""
        self.events = stories.chain([*(_draft(event) for event in self.events), *drafts])
        stories.lay(self.events)
        return self.events[-1]


def _draft(event: Event) -> Any:
    from reviewloop.core.release.events import Draft

    return Draft(event.kind, event.by, event.version, event.digest, event.facts)


def tell(monkeypatch: pytest.MonkeyPatch, num: int = 6, num_days: int = 8) -> Told:
    """The first and the fourth are promoted, the second refused, the third rejected; the fourth scores every day."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)  # whoever asks MLflow fails
    world = enter(World(), monkeypatch)
    days = stories.days(num_days)
    made = list(stories.versions(num, days, range(1, num + 1)))
    events = stories.chain(each.from_iterable(drafts for _, drafts in made))
    stories.lay(events)
    told = Told(world, days, [one for one, _ in made], events)
    for day, batch in days.items():
        stories.score(day, batch, told.of("promoted"))
    return told
