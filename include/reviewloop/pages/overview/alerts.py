"""What people are to know now, what they were told, and what could not be told."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links, path_below_reports

NUM_SHOWN: Final = 100
"""The newest messages that are shown."""
_KINDS: Final[Mapping[str, kit.Kind]] = {"info": "none", "warning": "warn", "critical": "fail"}
_WORST: Final = ("critical", "warning", "info")


def alerts_page(book: Mapping[str, Any], links: Links) -> str:
    """HTML, of ``core.alerts.book.Book`` as JSON."""
    alerts = sorted(book["alerts"].values(), key=lambda one: one["opened_at"], reverse=True)
    opened = [one for one in alerts if one["asks"] and not one["over_at"]]
    undelivered = [one for one in book["messages"] if one["failed"]]
    messages = list(reversed(book["messages"]))[:NUM_SHOWN]
    sections = [
        kit.section("open", "Open", lambda: _open(opened, links)),
        kit.section("undelivered", "What could not be told", lambda: _undelivered(undelivered)),
        kit.section("messages", "What was told", lambda: _messages(messages, links)),
    ]
    top = kit.tiles(
        (str(len(opened)), "alerts are open"),
        (str(sum(not one["answered_by"] for one in opened)), "of them nobody has answered"),
        (str(len(undelivered)), "messages could not be told to everybody"),
    )
    return kit.page("Alerts", links, _verdict(opened, undelivered), top, sections)


def _verdict(opened: Sequence[Mapping[str, Any]], undelivered: Sequence[Mapping[str, Any]]) -> kit.Verdict:
    if undelivered:
        names = ", ".join(sorted({name for one in undelivered for name in one["failed"]}))
        return kit.Verdict("fail", "not delivered", f"to {names}: {len(undelivered)} of the messages below; they are tried again")
    worst = min((one["severity"] for one in opened), key=_WORST.index, default=None)
    if worst is None:
        return kit.Verdict("pass", "nothing open", "nothing waits for a person")
    return kit.Verdict(_KINDS[worst], f"{len(opened)} open", "; ".join(one["title"] for one in opened[:3]))


def _open(opened: Sequence[Mapping[str, Any]], links: Links) -> Markup:
    if not opened:
        return kit.paragraph("Nothing.", "soft")
    rows = [[_what(one, links), _time(one["opened_at"]), _answered(one), one["key"]] for one in opened]
    told = kit.paragraph(
        "Each is over by itself once its cause is. Who looks after one says so, and it becomes no louder: python -m reviewloop "
        "answer_alert --key KEY --by NAME --reason WHAT.",
        "soft",
    )
    return kit.join([told, kit.table(["What", "Since (UTC)", "Answered", "Key"], rows)])


def _answered(alert: Mapping[str, Any]) -> str | Markup:
    if alert["answered_by"]:
        return kit.below(alert["answered_by"], alert["answer"])
    return f"nobody; {alert['level']} times louder" if alert["level"] else "nobody"


def _undelivered(messages: Sequence[Mapping[str, Any]]) -> Markup:
    if not messages:
        return kit.paragraph("Everything was told to everybody who is to hear of it.", "soft")
    rows = [
        [_time(one["at"]), one["title"], ", ".join(f"{name} ({error})" for name, error in one["failed"].items()), str(one["tries"])]
        for one in messages
    ]
    return kit.table(["When (UTC)", "What", "To whom (error)", "Tries"], rows, numeric=(3,))


def _messages(messages: Sequence[Mapping[str, Any]], links: Links) -> Markup:
    if not messages:
        return kit.paragraph("Nothing yet.", "soft")
    rows = [
        [_what(one, links), one["word"], _time(one["at"]), ", ".join(one["told"]) or "nobody is named: the log alone"]
        for one in messages
    ]
    return kit.table(["What", "", "When (UTC)", "Told"], rows)


def _what(one: Mapping[str, Any], links: Links) -> Markup:
    first = kit.join([kit.mark(_KINDS[one["severity"]], one["severity"]), " ", _titled(one, links)])
    return kit.below(first, "; ".join(one["lines"]))


def _titled(one: Mapping[str, Any], links: Links) -> str | Markup:
    place = path_below_reports(one["page_uri"])
    if not place:
        return str(one["title"])
    return Markup('<a href="{}">{}</a>').format("../" * links.depth + quote(place, safe="/="), one["title"])


def _time(text: str) -> Markup:
    return Markup('<span class="line">{}</span>').format(text[:16].replace("T", " "))
