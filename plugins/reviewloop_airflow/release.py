"""What a person is shown before an answer."""

from typing import Any, Final

from reviewloop.adapters.lake import s3
from reviewloop.adapters.release.card_facts import newest_card
from reviewloop.config import RolloutConfig, load_config
from reviewloop.core.reviews import SENTIMENTS
from reviewloop.refs import CandidateRef, QuestionRef
from reviewloop.steps.release.ask import read_question
from reviewloop_airflow.links import report_url

METRICS: Final = ("macro_f1", "accuracy", *(f"recall.{name}" for name in SENTIMENTS))
"""The rows of the table, by the names that the report has for them."""


def release_subject(candidate: CandidateRef) -> str:
    """The question, in one line."""
    return f"Release version {candidate.version} ({candidate.kind}, macro-F1 {candidate.macro_f1:.3f})?"


def release_body(candidate: CandidateRef) -> str:
    """Markdown: which model and why, its metrics beside the others' on the sealed test part, and what every gate found."""
    report = s3.read_json(candidate.gate_report_uri)
    models = {kind: model["metrics"] for kind, model in sorted(report["models"].items())}
    metrics = [[name, *(_number(of_model.get(name)) for of_model in models.values())] for name in METRICS]
    gates = [[gate["name"], gate["verdict"], gate["finding"], gate["reason"]] for gate in report["gates"]]
    parts = [
        f"Version **{candidate.version}**, the **{candidate.kind}** model, trained because of: {report['trigger']}.",
        f"{report['choice']}. {report['comparison']}.",
        _table(["on the sealed test part", *models], metrics),
        _table(["gate", "verdict", "finding", "why it is asked"], gates),
        _what_follows(load_config().rollout),
        f"[The whole report]({report_url(candidate.page_uri, candidate.gate_report_uri)})",
    ]
    if card := newest_card(candidate.version):
        parts.append(f"[The model's card]({report_url(f'{card}/card.html')})")
    return "\n\n".join(parts)


def _what_follows(rollout: RolloutConfig) -> str:
    """What a yes begins."""
    stages = [stage.name for stage in rollout.named(rollout.plan).stages]
    if not stages:
        return "A yes makes it the champion at once."
    return (
        f"A yes starts its rollout, by the plan **{rollout.plan}**: {', '.join(stages)}. The first champion of all answers at once."
    )


def shown_subject(question: QuestionRef) -> str:
    """The question in one line, as it was kept."""
    return str(read_question(question)["subject"])


def shown_body(question: QuestionRef) -> str:
    """What is shown, as it was kept, and the digest that the answer will be bound to."""
    return f"{read_question(question)['body']}\n\nAn answer is to this question alone: `{question.digest[:16]}`."


def _number(value: Any) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(header: list[str], rows: list[list[Any]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: Any) -> str:
    """Text that cannot break out of its cell."""
    return " ".join(str(value).split()).replace("|", "\\|")


MACROS: Final = {
    "release_subject": release_subject, "release_body": release_body, "shown_subject": shown_subject, "shown_body": shown_body
}  # fmt: skip
"""For the templates of ``sentiment_release``."""
