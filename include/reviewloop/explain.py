"""Why an answer is what it is: ``python -m reviewloop explain "Lovely dress, but it ripped on the first day"``.

Asks the champion, or ``--model``, and prints what each word adds to its answer. Exit status: 0 done, 1 failed, 2 misused.
"""

import argparse
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from reviewloop.adapters.release.champion import answering
from reviewloop.errors import PermanentError, ReviewloopError

if TYPE_CHECKING:
    from reviewloop.core.explain.words import Explanation


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop explain", description=__doc__, formatter_class=layout)
    parser.add_argument("text", help="the review as its writer would write it")
    parser.add_argument("--title", metavar="TEXT", help="its headline, if it has one")
    parser.add_argument("--model", metavar="URI", help="a model in the lake, s3://... (default: the champion)")
    parser.add_argument("--format", choices=("words", "json", "html"), default="words", help="default: words, the strongest first")
    return parser


def main(arguments: Sequence[str]) -> int:
    """Explain the text that ``arguments`` hold; returns the exit status."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    if not chosen.text.strip():
        parser.error("text: is empty; give the words of a review")
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    from reviewloop.adapters.lake.model_store import fetch_model
    from reviewloop.config import load_config
    from reviewloop.core.texts import model_text
    from reviewloop.models.explainer import load_explainer

    try:
        model = fetch_model(chosen.model) if chosen.model else _champion()
        explainer = load_explainer(model, load_config().explain.num_steps)
        (explanation,) = explainer.explain([model_text(chosen.title, chosen.text)])
    except ReviewloopError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return 1
    sys.stdout.write(written(explanation, chosen.format, f"{explainer.kind}, {explainer.method}"))
    return 0


def _champion() -> Path:
    from reviewloop.adapters.lake.model_store import fetch_model

    champion = answering()
    if champion is None:
        raise PermanentError("there is no champion yet; sentiment_release makes the first one, or give --model URI")
    return fetch_model(champion.source, champion.digest)


def written(explanation: "Explanation", form: str, method: str) -> str:
    """The explanation as text: ``words`` (one a line, the strongest first), ``json``, or an ``html`` fragment in colours."""
    from reviewloop.core.reviews import SENTIMENTS
    from reviewloop.pages.words import coloured, key

    answer = SENTIMENTS[explanation.label]
    if form == "json":
        return json.dumps({"answer": answer, "method": method, "words": explanation.words(), **asdict(explanation)}) + "\n"
    if form == "html":
        return f"<p>{coloured(explanation)}</p>\n<p>{key()}</p>\n"
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(SENTIMENTS, explanation.probabilities, strict=True))
    read = list(zip(explanation.weights, explanation.words(), strict=True))[: explanation.num_read]
    lines = [f"{answer}  ({shares})", f"What each word adds to this answer, in logits ({method}):"]
    lines += [f"{weight:+8.3f}  {word}" for weight, word in sorted(read, key=lambda one: -abs(one[0]))]
    unread = len(explanation.spans) - explanation.num_read
    if unread:
        lines.append(f"The model does not read the last {unread} words: its texts end at its longest length.")
    return "\n".join(lines) + "\n"
