"""The front page of a day's Data Docs: the verdict, what is in quarantine, and every expectation in words."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from reviewloop.pages import plain
from reviewloop.refs import Verdict

_KINDS: Final = {"pass": "pass", "warn": "unknown", "fail": "fail"}
"""Verdict -> its colour on a page."""


def quality_page(
    day: str,
    verdict: Verdict,
    num_landed: int,
    reasons: Mapping[str, int],
    checks: Sequence[Mapping[str, Any]],
    not_judged: Mapping[str, str],
) -> str:
    """HTML. ``checks`` are mappings with suite, note, observed, allowed, severity and success; those that failed come first.

    ``not_judged`` maps what could not be judged to the reason why. It links ``<suite>.html`` beside it, the pages that Great
    Expectations itself renders.
    """
    num_quarantined = sum(reasons.values())
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    failed = [check for check in checks if not check["success"]]
    num_rejected = sum(check["severity"] == "reject" for check in failed)
    rows = [_row(check) for check in sorted(checks, key=_urgency)]
    open_rows = [
        [plain.verdict("not judged", "unknown"), "lake", escape(name), escape(why), "", ""] for name, why in not_judged.items()
    ]
    links = " · ".join(plain.link(f"{suite}.html", f"Data Docs: {suite}") for suite in dict.fromkeys(c["suite"] for c in checks))
    return plain.page(
        f"Data quality of {day}",
        f"<p>{plain.verdict(verdict, _KINDS[verdict])}: of {len(checks)} expectations, {num_rejected} failed and reject the day,"
        f" {len(failed) - num_rejected} failed and warn; {len(not_judged)} more could not be judged.</p>"
        + plain.lead(f"{num_landed} rows landed, {num_quarantined} in quarantine{': ' + why if why else ''}.")
        + f"<p>{links}</p>"
        + plain.table(
            ["Verdict", "Rows", "Expectation", "Observed", "Allowed", "On failure"],
            [*rows[: len(failed)], *open_rows, *rows[len(failed) :]],
        ),
    )


def _urgency(check: Mapping[str, Any]) -> int:
    return 2 if check["success"] else 1 if check["severity"] == "warn" else 0


def _row(check: Mapping[str, Any]) -> list[str]:
    mark = (plain.verdict("failed", "fail"), plain.verdict("warning", "unknown"), plain.verdict("ok", "pass"))[_urgency(check)]
    return [mark, *(escape(str(check[name])) for name in ("suite", "note", "observed", "allowed", "severity"))]
