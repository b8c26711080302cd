"""The front page of a day's Data Docs: the verdict, what is in quarantine, and every expectation in words."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from reviewloop.core import pages


def quality_page(day: str, verdict: str, num_landed: int, reasons: Mapping[str, int], checks: Sequence[Mapping[str, Any]]) -> str:
    """HTML. ``checks`` are mappings with suite, note, observed, allowed and success; those that failed come first.

    It links ``<suite>.html`` beside it, the page that Great Expectations itself renders.
    """
    num_quarantined = sum(reasons.values())
    why = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
    num_failed = sum(not check["success"] for check in checks)
    rows = [
        [
            pages.verdict("ok", "pass") if check["success"] else pages.verdict("failed", "fail"),
            escape(str(check["suite"])),
            escape(str(check["note"])),
            escape(str(check["observed"])),
            escape(str(check["allowed"])),
        ]
        for check in sorted(checks, key=lambda check: bool(check["success"]))
    ]
    links = " · ".join(pages.link(f"{suite}.html", f"Data Docs: {suite}") for suite in dict.fromkeys(c["suite"] for c in checks))
    return pages.page(
        f"Data quality of {day}",
        f"<p>{pages.verdict(verdict, verdict)}: {num_failed} of {len(checks)} expectations failed.</p>"
        + pages.lead(f"{num_landed} rows landed, {num_quarantined} in quarantine{': ' + why if why else ''}.")
        + f"<p>{links}</p>"
        + pages.table(["Verdict", "Rows", "Expectation", "Observed", "Allowed"], rows),
    )
