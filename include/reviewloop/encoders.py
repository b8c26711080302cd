"""The encoders that a fine-tune may start from: ``python -m reviewloop models``.

A line for each encoder of ``include/config/encoders.yaml``; ``models NAME`` tells more of one, with results and sources.
Whether it is on this machine is looked up without a download, and weights that are there are compared with their digest. Exit
status: 0 done, 1 weights or the catalogue are not as they should be, 2 misused.
"""

import argparse
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from reviewloop.errors import ReviewloopError

if TYPE_CHECKING:
    from reviewloop.config.training.encoders import EncoderConfig

UNKNOWN: Final = "not known here"
SHOWN: Final = {
    "licence": "licence",
    "millions_of_parameters": "million parameters",
    "megabytes": "MB",
    "max_tokens": "longest input",
}
"""What the table has of an encoder, and how it is headed."""


def facts(encoder: "EncoderConfig", model: str) -> dict[str, Any]:
    """All that is known of ``encoder``, and how it stands on this machine. ``model`` is the one that the profile names."""
    here, wrong = _here(encoder)
    return encoder.model_dump(mode="json") | {
        "place": encoder.place, "chosen": encoder.is_called(model), "here": here, "how": _how(encoder), "wrong": wrong,
    }  # fmt: skip


def _here(encoder: "EncoderConfig") -> tuple[bool, str]:
    """Whether its weights are on this machine, and what is wrong with them."""
    from reviewloop.models.encoder.pretrained import cached, other_weights

    if encoder.package and importlib.util.find_spec(encoder.package) is None:
        return False, ""
    folder = cached(encoder.place)
    return (False, "") if folder is None else (True, other_weights(encoder, folder))


def _how(encoder: "EncoderConfig") -> str:
    if encoder.package:
        return f"with the package {encoder.package.replace('_', '-')}"
    return "downloaded from the hub at its revision by the first training that asks for it"


def _word(known: Mapping[str, Any]) -> str:
    if known["wrong"]:
        return "OTHER WEIGHTS"
    if not known["here"]:
        return "no"
    return "yes, as pinned" if known["weights_sha256"] else "yes, compared with nothing"


def _cell(value: str | float | None) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)


def table(found: Sequence[Mapping[str, Any]]) -> str:
    """A line an encoder; ``*`` stands behind the one that the profile names."""
    import pandas as pd

    from reviewloop.query import written

    rows = [
        {"encoder": f"{one['name']}{' *' if one['chosen'] else ''}"}
        | {head: _cell(one[name]) for name, head in SHOWN.items()}
        | {"languages": ", ".join(one["languages"]) or UNKNOWN, "revision": (one["revision"] or UNKNOWN)[:12]}
        | {"weights (SHA-256)": (one["weights_sha256"] or UNKNOWN)[:14], "here": _word(one)}
        for one in found
    ]
    return written(pd.DataFrame(rows), "table") + "* is what training.transformer.model names under this profile.\n"


def sheet(one: Mapping[str, Any]) -> str:
    """Everything about one encoder, a line a fact."""
    lines = {
        "licence": one["licence"], "place": one["place"], "hub": one["hub"], "revision": one["revision"],
        "weights": one["weights_sha256"] and f"sha256:{one['weights_sha256']}", "family": one["family"],
        "parameters": one["millions_of_parameters"] and f"{one['millions_of_parameters']:g} million",
        "size": one["megabytes"] and f"{one['megabytes']:g} MB", "languages": ", ".join(one["languages"]) or None,
        "longest input": one["max_tokens"] and f"{one['max_tokens']} tokens",
        "here": f"{_word(one)}{': ' if one['wrong'] else ''}{one['wrong']}", "how it is got": one["how"],
        "results": None if not one["results"] else "",
    }  # fmt: skip
    width = max(map(len, lines))
    told = [f"{name:<{width}}  {UNKNOWN if value is None else value}".rstrip() for name, value in lines.items()]
    told += [f"  {result['value']:g} {result['metric']}: {result['task']} ({result['source']})" for result in one["results"]]
    return "\n".join([one["name"], *told, f"{'read in':<{width}}  {'; '.join(one['sources'])}"]) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print what ``arguments`` ask for; returns the exit status."""
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m reviewloop models", description=__doc__, formatter_class=layout)
    parser.add_argument("name", nargs="?", help="one encoder, as the list names it")
    parser.add_argument("--format", choices=("table", "json"), default="table", help="default: table; json: an object a line")
    chosen = parser.parse_args(arguments)
    from reviewloop.config import load_config
    from reviewloop.config.training.encoders import encoder_of, read_encoders
    from reviewloop.settings import settings

    try:
        known, model = read_encoders(settings().config_dir), load_config().training.transformer.model
        one = encoder_of(chosen.name) if chosen.name else None
        found = [facts(encoder, model) for encoder in ([one] if one else known)]
    except ReviewloopError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if chosen.name and one is None:
        parser.error(f"no encoder {chosen.name!r} here; known: {', '.join(encoder.name for encoder in known)}")
    if chosen.format == "json":
        sys.stdout.write("".join(json.dumps(told, ensure_ascii=False) + "\n" for told in found))
    else:
        sys.stdout.write(sheet(found[0]) if one else table(found))
    for told in found:
        if told["wrong"]:
            sys.stderr.write(f"{told['name']}: {told['wrong']}; install the right ones, or correct encoders.yaml\n")
    return 1 if any(told["wrong"] for told in found) else 0
