"""Which products make customers unhappy, and about what: for a merchandiser."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.products.report import name_of
from reviewloop.core.products.watch import ANSWERED
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_SLOT: Final = 12
_HEIGHT: Final = 34
"""Of a day in a drawing, in px: its width, and the height of the day with the most reviews."""
_THEMES_SHOWN: Final = 3
_MAX_QUOTE: Final = 700
"""Characters of a review that the page shows."""


def products_page(found: Mapping[str, Any], links: Links) -> str:
    """HTML, of what ``core.products.report`` makes."""
    sections = [
        kit.section("first", "Look at these first", lambda: _ranking(found)),
        kit.section("reviews", "The reviews behind it", lambda: _reviews(found)),
        kit.section("themes", "What customers complain about", lambda: _themes(found)),
        kit.section("groups", "Groups of products", lambda: _groups(found)),
        kit.section("least", "Liked least, over all days", lambda: _standings(found)),
        kit.section("unseen", "What this page cannot see", lambda: _unseen(found)),
    ]
    title = f"Complaints about products, up to {found['day']}"
    return kit.page(title, links, kit.judged(lambda: _verdict(found)), kit.safely("In short", lambda: _in_short(found)), sections)


def _alarms(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in (*found["ranking"], *found["groups"]) if one["alarms"]]


def _verdict(found: Mapping[str, Any]) -> kit.Verdict:
    alarms = _alarms(found)
    if alarms:
        return kit.Verdict("fail", "complaints rose", "; ".join(f"{_name(one, found)}: {_counted(one)}" for one in alarms))
    if not found["measures"]:
        return kit.Verdict("warn", "not judged", "; ".join(found["not_judged"]))
    return kit.Verdict("pass", "as usual", f"nothing has more complaints than luck explains, in {found['num_reviews']:,} reviews")


def _counted(one: Mapping[str, Any]) -> str:
    return f"{one['complaints']} of {one['reviews']} reviews complain, {one['expected']:.1f} are usual"


def _name(one: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    return name_of(one["path"], one["level"], found["labels"])


def _in_short(found: Mapping[str, Any]) -> Markup:
    days, share = found["limits"]["window_days"], found["num_complaints"] / max(found["num_reviews"], 1)
    return kit.tiles(
        (str(len(_alarms(found))), "products and groups alarm"),
        (f"{found['num_complaints']:,}", f"complaints in {days} days, {share:.1%} of the reviews"),
        (f"{found['num_reviews']:,}", f"reviews, on {len(found['days'])} days"),
        (f"{found['num_judged'].get(found['levels'][-1], 0):,}", "products with enough reviews to judge"),
    )


def _ranking(found: Mapping[str, Any]) -> Markup:
    if not found["ranking"]:
        return kit.paragraph("No product had enough reviews in these days.", "soft")
    about = _about(found)
    rows = [
        [
            _cell(one, one["path"][:-1]),
            f"{one['complaints']} of {one['reviews']}",
            f"{one['expected']:.1f}",
            _spark(about[tuple(one["path"])]["by_day"], found),
            _spoken(about[tuple(one["path"])]["themes"]),
            _luck(one["chance"]),
            _needed(one),
        ]
        for one in found["ranking"]
    ]
    told = (
        "What alarms first, then by how many complaints there are beyond what is usual for the product. Of clean weeks at most "
        f"{found['limits']['false_discovery_rate']:.0%} hold an alarm; a product without one may still be worth a look."
    )
    product = found["labels"].get(found["levels"][-1], "Product")
    head = [product, "Complaints", "Usual", "By day", "About", "Luck", "Alarms from"]
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, numeric=(1, 2, 5, 6), kind="middle roomy")])


def _cell(one: Mapping[str, Any], groups: Sequence[str]) -> Markup:
    """A unit under its groups, with its alarm."""
    name = kit.shorten(one["path"][-1])
    alarm = kit.join([kit.mark("fail", "alarm"), " "]) if one["alarms"] else ""
    return kit.below(kit.join([alarm, name]), " · ".join(groups))


def _about(found: Mapping[str, Any]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    return {tuple(one["path"]): one for one in found["about"]}


def _spark(by_day: Mapping[str, Sequence[int]], found: Mapping[str, Any]) -> str | Markup:
    if not by_day:
        return "–"
    most = max(reviews for _, reviews in by_day.values()) or 1
    days = [
        {
            "x": _SLOT * at, "reviews": _HEIGHT * reviews / most, "complaints": _HEIGHT * complaints / most,
            "tip": f"{day}: {complaints} of {reviews} reviews complain",
        }
        for at, day in enumerate(found["days"])
        for complaints, reviews in [by_day.get(day, (0, 0))]
    ]  # fmt: skip
    label = f"complaints among the reviews of {len(days)} days"
    return kit.drawing("spark.html", days=days, slot=_SLOT, width=_SLOT * len(days), height=_HEIGHT, label=label)


def _spoken(themes: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{theme['name']} {theme['num_texts']}" for theme in themes[:_THEMES_SHOWN]) or "–"


def _luck(chance: float) -> str:
    if chance < 1e-6:
        return "under 1 in 1,000,000"
    return f"1 in {round(1 / chance):,}" if chance < 0.1 else "likely"


def _needed(one: Mapping[str, Any]) -> str:
    """By the measure that has most of its reviews."""
    least = max(one["measured"], key=lambda measured: measured["reviews"])["alarms_from"]
    return "cannot" if least is None else f"{least}"


def _reviews(found: Mapping[str, Any]) -> str | Markup:
    parts = []
    alarmed = [tuple(one["path"]) for one in _alarms(found)]
    for path, about in sorted(_about(found).items(), key=lambda one: one[0] not in alarmed):
        if not about["quotes"]:
            continue
        body = kit.join([_theme_lines(about["themes"], about["num_texts"]), *map(_quote, about["quotes"])])
        name = name_of(path, about["level"], found["labels"])
        name = name[:1].upper() + name[1:]
        told = f"{name}: {len(about['quotes'])} of {about['num_texts']} complaints, the latest first"
        parts.append(kit.card("fail", told, body) if path in alarmed else kit.details(told, body))
    if not parts:
        return kit.paragraph("Nobody complained about the products above.", "soft")
    return kit.join([kit.paragraph("Marked are the words that tell what a complaint is about.", "soft"), *parts])


def _theme_lines(themes: Sequence[Mapping[str, Any]], num_texts: int) -> Markup:
    return kit.bullets(
        f"{one['name']}: {one['num_texts']} of {num_texts} ({', '.join(one['words'])})" for one in themes[:_THEMES_SHOWN]
    )


def _quote(quote: Mapping[str, Any]) -> Markup:
    text, parts, at = kit.shorten(quote["text"], _MAX_QUOTE), [], 0
    for start, end in quote["spans"]:
        if end < _MAX_QUOTE:
            parts += [Markup("{}<mark>{}</mark>").format(text[at:start], text[start:end])]
            at = end
    return Markup('<blockquote>{}{} <span class="soft line">{}</span></blockquote>').format(
        kit.join(parts), text[at:], quote["day"]
    )


def _themes(found: Mapping[str, Any]) -> Markup:
    if not found["themes"]:
        return kit.paragraph("No complaint uses a word of the lexicon, or there is none.", "soft")
    whole = found["num_texts"]
    rows = [
        [one["name"], kit.bar(one["num_texts"] / whole, "negative"), f"{one['num_texts']} ({one['num_texts'] / whole:.0%})",
         ", ".join(one["words"])]
        for one in found["themes"]
    ]  # fmt: skip
    told = (
        f"Of the {whole:,} complaints of these days in the whole shop; one may speak of several things. Other words are those "
        "by which the champion knows a complaint and that no theme has."
    )
    return kit.join([kit.paragraph(told, "soft"), kit.table(["Theme", "", "Complaints", "Said most"], rows, (2,), kind="middle")])


def _groups(found: Mapping[str, Any]) -> Markup:
    if not found["groups"]:
        return kit.paragraph("No group had enough reviews in these days.", "soft")
    rows = [
        [
            _cell(one, [found["labels"].get(one["level"], one["level"]), *one["path"][:-1]]),
            f"{one['complaints']} of {one['reviews']}", f"{one['expected']:.1f}", _luck(one["chance"]), _needed(one),
        ]
        for one in found["groups"]
    ]  # fmt: skip
    told = "Each without the products and groups in it that alarm by themselves."
    head = ["Group", "Complaints", "Usual", "Luck", "Alarms from"]
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, numeric=range(1, 5), kind="middle")])


def _standings(found: Mapping[str, Any]) -> Markup:
    if not found["standings"]:
        return kit.paragraph("Too few stars are known.", "soft")
    rows = [
        [kit.below(kit.shorten(one["path"][-1]), " · ".join(one["path"][:-1])), kit.bar(one["share"], "negative"),
         f"{one['share']:.1%}", f"{one['low']:.1%} to {one['high']:.1%}", f"{one['complaints']} of {one['reviews']}"]
        for one in found["standings"]
    ]  # fmt: skip
    told = (
        "Share of complaints by stars over every day in the lake, shrunk towards the product's group: two complaints in two "
        "reviews are no 100 %. The interval holds the true share with 95 %."
    )
    head = [found["labels"].get(found["levels"][-1], "Product"), "", "Share", "Interval", "Complaints"]
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, numeric=(2, 3, 4), kind="middle")])


def _unseen(found: Mapping[str, Any]) -> Markup:
    limits, labels = found["limits"], found["labels"]
    rows = [
        [labels.get(level, level), *(f"{found[name][level]:,}" for name in ("num_units", "num_judged", "num_blind")),
         f"{found['strengths'][level]:,.0f}" if level in found["strengths"] else "–"]
        for level in reversed(found["levels"])
    ]  # fmt: skip
    head = ["Of each", "Known", "Judged", "Could not alarm", "Leans on its group like"]
    told = (
        f"Judged is what has {limits['min_reviews']} reviews or more in {limits['window_days']} days. What could not alarm has so "
        "few that every one of them might complain and luck would still explain it. The last column is in reviews."
    )
    measures = " and ".join("the champion's answers" if one == ANSWERED else "stars" for one in found["measures"]) or "nothing"
    lines = [f"Judged by {measures}.", *found["not_judged"]]
    if found["num_unnamed"]:
        lines.append(f"{found['num_unnamed']:,} reviews came to the endpoint without the name of a product: they count for none.")
    return kit.join([kit.paragraph(told, "soft"), kit.table(head, rows, numeric=range(1, 5)), kit.bullets(lines)])
