"""A stored JSON report as a page for a person: its verdict, then every field, whatever it holds."""

import json
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links

_DEEPEST = 4
"""What lies deeper is shown as JSON."""


def record_page(title: str, record: object, raw: str, links: Links) -> str:
    """HTML. ``raw`` is the address of the JSON itself."""
    address = Markup('<a href="{}">The record as JSON</a>').format(raw)
    sections = [kit.section("record", "", lambda: _value(record, 0))]
    return kit.page(title, links, verdict_of(record), kit.paragraph(address), sections)


def verdict_of(record: object) -> kit.Verdict | None:
    """What a gate's report or a release's record comes to, in one word; ``None`` where it says nothing of the kind."""
    if not isinstance(record, Mapping):
        return None
    told = str(record.get("reason") or "")
    if (verdict := record.get("verdict")) in ("pass", "warn", "fail"):
        return kit.Verdict(verdict, verdict, told)
    if verdict == "not judged":
        return kit.Verdict("none", verdict, told)
    if record.get("rejected_by"):
        return kit.Verdict("fail", "rejected", told or f"by {record['rejected_by']}")
    if record.get("sent_back_by"):
        return kit.Verdict("warn", "sent back", told or f"by {record['sent_back_by']}")
    if record.get("approved_by"):
        return kit.Verdict("pass", "released", told or f"by {record['approved_by']}")
    return None


def _value(value: object, depth: int) -> str | Markup:
    if value in (None, "", [], {}):
        return "–"
    if depth >= _DEEPEST and isinstance(value, (Mapping, list)):
        return Markup("<pre>{}</pre>").format(json.dumps(value, indent=1, ensure_ascii=False))
    if isinstance(value, Mapping):
        rows = [[str(name).replace("_", " "), _value(one, depth + 1)] for name, one in value.items()]
        return kit.table(["Field", "Value"], rows)
    if isinstance(value, list):
        return _sequence(value, depth)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _sequence(values: Sequence[object], depth: int) -> str | Markup:
    first = values[0]
    if isinstance(first, Mapping) and all(isinstance(one, Mapping) and one.keys() == first.keys() for one in values):
        rows = [[_value(cell, depth + 1) for cell in one.values()] for one in values if isinstance(one, Mapping)]
        return kit.table([str(name).replace("_", " ") for name in first], rows)
    if any(isinstance(one, (Mapping, list)) for one in values):
        return kit.bullets(_value(one, depth + 1) for one in values)
    return ", ".join(map(str, values))
