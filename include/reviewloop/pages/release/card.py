"""A model's card as a page, and as Markdown with the metadata that the model hub reads. Both say the same, part by part."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from reviewloop.core.card.content import UNKNOWN, Block, Table, parts
from reviewloop.pages import kit
from reviewloop.pages.links import Links

_KINDS: Final[Mapping[str, kit.Kind]] = {"answers": "pass", "rolled back": "fail", "rejected": "fail"}
_ALIVE: Final = re.compile(r"([\\`*_\[\]<>|~&$@]|(?<=\w):(?=//)|(?<=[wW]{3})\.|^[-+#=])")
"""What Markdown, or the HTML that it lets through, could take for more than text; some of it at the beginning of a line only."""
_NUMBERED: Final = re.compile(r"^(\d+)([.)])(?=\s|$)")
"""What begins a numbered list there."""
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"})
"""Unicode's categories of what shows nothing, turns the direction of writing, or is no character."""


def card_page(facts: Mapping[str, Any], links: Links) -> str:
    """HTML. ``facts`` as ``adapters.release.card_facts`` brings them together."""
    sections = [kit.section(part.anchor, part.title, partial(_all, part.blocks)) for part in parts(facts)]
    notice = _shown(facts["notice"])
    verdict = kit.Verdict(_KINDS.get(facts["stands"], "none"), facts["stands"], notice)
    top = kit.findings(("fail", notice, "history")) if facts["stands"] == "rolled back" else ""
    return kit.page(f"Model card: version {facts['version']}", links, verdict, top, sections)


def card_markdown(facts: Mapping[str, Any]) -> str:
    """Markdown: a header in YAML as ``huggingface_hub`` writes and reads it, then the parts."""
    lines = ["---", _metadata(facts), "---", "", f"# Model card: version {_text(facts['version'])}", ""]
    if facts["notice"]:
        lines += [f"> **{_text(facts['notice'])}**", ""]
    for part in parts(facts):
        lines += [f"## {_text(part.title)}", ""]
        for block in part.blocks:
            lines += [_markdown(block), ""]
    return "\n".join(lines).rstrip() + "\n"


def _metadata(facts: Mapping[str, Any]) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    base = str(facts["lineage"].get("base_model") or "").removeprefix("package:").partition("@")[0]
    licence = str(facts["base_licence"]).lower()
    results = [
        EvalResult(
            task_type="text-classification", dataset_type=facts["dataset"], dataset_name=f"{facts['dataset']}, sealed test part",
            metric_type=one["name"], metric_value=one["value"], source_name=str(facts["evaluation"].get("sha256", UNKNOWN))[:16],
            source_url=str(facts["evaluation"].get("uri", UNKNOWN)),
        )
        for one in facts["metrics"]
        if one["value"] is not None
    ]  # fmt: skip
    data = ModelCardData(
        language="en", license=licence or "other", license_name=None if licence else UNKNOWN, base_model=base or None,
        datasets=[facts["dataset"]], pipeline_tag="text-classification", model_name=f"reviewloop-{facts['version']}",
        eval_results=results or None, tags=["sentiment", str(facts["kind"] or UNKNOWN)],
    )  # fmt: skip
    return str(data.to_yaml())


def _all(blocks: Sequence[Block]) -> Markup:
    return kit.join(map(_html, blocks))


def _html(block: Block) -> Markup:
    if isinstance(block, Table):
        rows = [[_shown(cell) for cell in row] for row in block.rows]
        return kit.table(block.head, rows, block.numeric, kind="digests" if len(block.head) == 2 else "roomy")
    if isinstance(block, tuple):
        return kit.bullets(map(_shown, block))
    return kit.paragraph(_shown(block))


def _markdown(block: Block) -> str:
    if isinstance(block, Table):
        ruler = ["---:" if column in block.numeric else "---" for column in range(len(block.head))]
        lines = [list(map(_text, block.head)), ruler, *(list(map(_text, row)) for row in block.rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if isinstance(block, tuple):
        return "\n".join(f"- {_text(line)}" for line in block)
    return _text(block)


def _shown(text: str) -> str:
    """The text in one line; what nobody would see stands as its number: a mark of direction must not turn the words around."""
    flat = " ".join(str(text).split())
    return "".join(f"\\u{ord(sign):04x}" if unicodedata.category(sign) in _UNSEEN else sign for sign in flat)


def _text(text: str) -> str:
    """``_shown`` for Markdown, where nothing of it is anything but text."""
    return _NUMBERED.sub(r"\1\\\2", _ALIVE.sub(r"\\\1", _shown(text)))
