"""The nine headings of the technical documentation that Annex IV of Regulation (EU) 2024/1689 asks of high-risk systems.

Whether this system is one is its owner's to say. For each heading: where its evidence is recorded, or that there is a gap.
"""

from collections.abc import Mapping
from typing import Any, Final

HEADINGS: Final = (
    "General description of the AI system",
    "Elements of the AI system and the process of its development",
    "Monitoring, functioning and control of the AI system",
    "Appropriateness of the performance metrics",
    "Risk management system (Article 9)",
    "Relevant changes through its lifecycle",
    "Harmonised standards applied",
    "EU declaration of conformity (Article 47)",
    "Evaluation of its performance after it is placed on the market, with the monitoring plan (Article 72)",
)
GAP: Final = "gap"


def annex_iv(facts: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """Number, heading, and the evidence of each heading: something that is recorded of this very version, or ``gap`` and why."""
    lineage, report = facts["lineage"], facts["report"]
    needed = ("features_digest", "git_commit", "config_digest", "lock_digest")
    missing = [name for name in needed if not lineage.get(name)]
    evidence = (
        "this card, What it is and Intended use",
        f"this card, Lineage, Data and Gates; {report['uri']}" if report and not missing
        else f"{GAP}: not recorded: {', '.join(missing) or 'the gate report'}",
        "docs/monitoring.md and docs/serving.md; this card, Limits and Who approved it",
        f"the reason beside each gate in {report['uri']}; docs/gates.md" if report else f"{GAP}: no gate report is recorded",
        f"{GAP}: Limits and Marginal risk name risks; no system after Article 9 is recorded",
        f"this card, Its events in the ledger: {len(facts['events'])}" if facts["events"] else f"{GAP}: the ledger tells nothing",
        f"{GAP}: none is recorded",
        f"{GAP}: none is recorded",
        "docs/monitoring.md, docs/live-quality.md and docs/alerts.md: the plan; its findings are reports of the loop",
    )  # fmt: skip
    return [(place, title, told) for place, (title, told) in enumerate(zip(HEADINGS, evidence, strict=True), start=1)]
