"""The front page of a day's Data Docs: the verdict, what is in quarantine, and every expectation in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from reviewloop.pages import kit
from reviewloop.pages.links import Links
from reviewloop.refs import Verdict


def quality_page(
    day: str,
    verdict: Verdict,
    num_landed: int,
    reasons: Mapping[str, int],
    checks: Sequence[Mapping[str, Any]],
    not_judged: Mapping[str, str],
    links: Links,
) -> str:
    """HTML. ``checks`` are mappings with suite, note, observed, allowed, severity and success; those that failed come first.

    ``not_judged`` maps what could not be judged to the reason why.
    """
    failed = [check for check in checks if not check["success"]]
    num_rejected = sum(check["severity"] == "reject" for check in failed)
    told = (
        f"Of {len(checks)} expectations, {num_rejected} failed and reject the day, {len(failed) - num_rejected} failed and warn; "
        f"{len(not_judged)} more could not be judged."
    )
    sections = [kit.section("checks", "Expectations", lambda: _checks(checks, not_judged))]
    if reasons:
        sections.append(kit.section("quarantine", "Rows in quarantine", lambda: _quarantine(num_landed, reasons)))
    top = kit.paragraph(f"{num_landed:,} rows landed, {sum(reasons.values()):,} of them in quarantine.")
    return kit.page(f"Data quality of {day}", links, kit.Verdict(verdict, verdict, told), top, sections)


def _checks(checks: Sequence[Mapping[str, Any]], not_judged: Mapping[str, str]) -> Markup:
    head = ["Verdict", "Expectation", "Observed", "Allowed", "On failure", "Rows"]
    rows = [(_urgency(check), _row(check)) for check in checks]
    unknown = kit.mark("warn", "not judged")
    rows += [(2, [unknown, kit.below(name, why), "", "", "", "lake"]) for name, why in not_judged.items()]
    return kit.table(head, [row for _, row in sorted(rows, key=lambda one: one[0])], kind="roomy")


def _urgency(check: Mapping[str, Any]) -> int:
    return 3 if check["success"] else 1 if check["severity"] == "warn" else 0


def _row(check: Mapping[str, Any]) -> list[object]:
    mark = {0: kit.mark("fail", "failed"), 1: kit.mark("warn", "warning"), 3: kit.mark("pass", "ok")}[_urgency(check)]
    return [mark, *(check[name] for name in ("note", "observed", "allowed", "severity", "suite"))]


def _quarantine(num_landed: int, reasons: Mapping[str, int]) -> Markup:
    rows = [[reason.replace("_", " "), f"{count:,}", f"{count / num_landed:.1%}"] for reason, count in reasons.items()]
    return kit.table(["First reason", "Rows", "Of those that landed"], rows, numeric=(1, 2))
