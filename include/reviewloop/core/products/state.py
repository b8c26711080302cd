"""What alarms about products now: the newest look decides, and an alarm that goes on keeps the words that it began with."""

from collections.abc import Iterator, Mapping, Sequence

from reviewloop.core.kept import Kept
from reviewloop.refs import AlertRef


class Alarm(Kept):
    """A product or a group. ``title`` and ``lines`` are of the day on which it began, so that people are told once."""

    level: str
    path: tuple[str, ...]
    since: str
    title: str
    lines: tuple[str, ...]
    page_uri: str

    @property
    def key(self) -> str:
        """Of its alert."""
        return f"product/{self.level}/{'/'.join(self.path)}"


class ProductState(Kept):
    """Of the newest day that was looked at."""

    day: str = ""
    alarms: tuple[Alarm, ...] = ()
    """The one to look at first, first."""
    page_uri: str = ""


def after(state: ProductState, day: str, alarms: Sequence[Alarm], page_uri: str) -> ProductState:
    """The state once ``day`` was looked at. An older day than the newest changes nothing, whenever it comes."""
    if day < state.day:
        return state
    known: Mapping[str, Alarm] = {alarm.key: alarm for alarm in state.alarms}

    def goes_on(alarm: Alarm) -> Alarm:
        old = known.get(alarm.key)
        return old.model_copy(update={"page_uri": page_uri}) if old and old.since < day else alarm

    return ProductState(day=day, alarms=tuple(map(goes_on, alarms)), page_uri=page_uri)


def alerts(state: ProductState, most: int) -> Iterator[AlertRef]:
    """An alert for each alarm; of more than ``most`` at once a single one that names them: the shop moved, not its products."""
    if len(state.alarms) <= most:
        for alarm in state.alarms:
            yield AlertRef(key=alarm.key, title=alarm.title, lines=alarm.lines, page_uri=alarm.page_uri, asks=True)
        return
    title = f"Complaints rose about {len(state.alarms)} products and groups at once"
    lines = tuple(alarm.title for alarm in state.alarms)
    yield AlertRef(key="product/many", title=title, lines=lines, page_uri=state.page_uri, asks=True)
