"""A queue for whoever labels: the guideline, the texts and, further down, why each was chosen and what such a queue is worth."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.annotation.items import LABELS
from reviewloop.pages import kit
from reviewloop.pages.links import Link, Links

_WINNERS: Final[Mapping[str, tuple[kit.Kind, str]]] = {
    "queue": ("pass", "the queue was better"),
    "random": ("warn", "random texts were better"),
    "neither": ("none", "no difference that so few seeds could tell"),
}


def queue_page(name: str, found: Mapping[str, Any], links: Links) -> str:
    """HTML. ``found`` is a queue's record with its ``rows``: items with ``title`` and ``text``, those left out that were erased."""
    rows = found["rows"]
    told = f"labels: {', '.join(LABELS)}; texts that nobody answers are asked again"
    top = kit.join([
        kit.paragraph(
            "Answer in Airflow, under Required Actions of a run of reviews_annotate. Or fill in the column label of the file, and "
            f"upload it to the lake's inbox for labels as {name}/<your user name>.csv: it is read before the next snapshot."
        ),
        kit.ways([Link("queue.csv", "queue.csv", away=True)]),
        kit.paragraph(f"{found['num_erased']} texts were erased since, and are gone from here.") if found["num_erased"] else "",
    ])  # fmt: skip
    sections = [
        kit.section("guideline", "Guideline", lambda: _guideline(found["guideline"])),
        kit.section("texts", "Texts", lambda: _texts(rows)),
        kit.section("why", "Why each was chosen (read this after you have answered)", lambda: _why(rows)),
        kit.section("worth", "What such a queue is worth here", lambda: _worth(found["rehearsal"])),
    ]
    return kit.page(f"Texts to label: queue {name}", links, kit.Verdict("none", f"{len(rows)} texts", told), top, sections)


def _guideline(guideline: Mapping[str, Any]) -> Markup:
    version = kit.paragraph(f"Version {guideline['name']}; every answer keeps it.", "soft")
    return kit.join([kit.bullets(guideline["rules"]), version])


def _texts(rows: Sequence[Mapping[str, Any]]) -> Markup:
    shown = [[number, kit.titled(row["title"], row["text"])] for number, row in enumerate(rows, 1)]
    return kit.table(["No.", "Text"], shown, numeric=(0,))


def _why(rows: Sequence[Mapping[str, Any]]) -> Markup:
    shown = [[number, kit.below(row["why"], row["item"]), row["rated"]] for number, row in enumerate(rows, 1)]
    return kit.table(["No.", "Why, and the item", "Rated"], shown, numeric=(0,))


def _worth(rehearsal: Mapping[str, Any] | None) -> Markup:
    if rehearsal is None:
        return kit.paragraph("Not played through: the snapshot has too few texts for annotation.rehearsal.", "soft")
    kind, word = _WINNERS[rehearsal["winner"]]
    gain, num, seeds = rehearsal["gain"], rehearsal["num_labels"], len(rehearsal["queue"])
    means = [[sum(run[at] for run in rehearsal[name]) / seeds for at in range(len(num))] for name in ("queue", "random")]
    enough = rehearsal["enough"]
    reached = f"with {enough} labels the queue was where random texts were with {num[-1]}" if enough else (
        f"the queue never was where random texts were with {num[-1]} labels"
    )  # fmt: skip
    told = (
        f": macro-F1 {gain['mean']:+.3f} after {num[-1]} labels (95 % interval {gain['low']:+.3f} to {gain['high']:+.3f}, "
        f"{seeds} seeds); {reached}."
    )
    rows = [[labels, f"{means[0][at]:.3f}", f"{means[1][at]:.3f}"] for at, labels in enumerate(num)]
    how = (
        "The queue's rule and random texts, with as many labels each, on this snapshot's training part: its ratings were hidden "
        "and handed out as they were asked for; a linear model of the known ones was marked on the validation part."
    )
    verdict = kit.join([kit.mark(kind, word), told])
    marks = kit.table(["Labels", "Queue", "Random"], rows, numeric=(0, 1, 2), caption="Macro-F1, mean of the seeds")
    return kit.join([kit.paragraph(verdict), marks, kit.paragraph(how, "soft")])
