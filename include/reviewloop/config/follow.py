"""What follows from a dataset's contract, and whether the rest of the configuration speaks of columns that it has."""

import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

from reviewloop.config.data.bias import BiasConfig
from reviewloop.config.data.contract import FIXED, Contract
from reviewloop.config.data.names import NAME_RULE, is_name, why_taken
from reviewloop.config.data.quality import QualityConfig
from reviewloop.config.evaluation.evaluation import OWN_SLICES, EvaluationConfig
from reviewloop.config.release.release import GateConfig

_SLICE_METRIC: Final = re.compile(r"slices\.([^.]+)\.(?:min_accuracy|min_macro_f1|num_judged)")


def with_defaults(data: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """The sections in ``data``, and in them what was left to the contract.

    Without ``bias.facets`` every facet is compared, given the next one; without ``evaluation.slices`` every facet is a slice,
    and so are length and title; the behaviour suite has the dataset's name. A section of the wrong kind is left as it is:
    validation names it.
    """
    full = {name: deepcopy(section) for name, section in data.items()}
    names = list(contract.facets)
    match full.get("bias"):
        case dict() as bias if "facets" not in bias:
            every = [*names, *(bias.get("bands") or {})]
            others = [*every[1:], every[0]] if len(every) > 1 else [None]
            bias["facets"] = [{"columns": [name], "given": other} for name, other in zip(every, others, strict=True)]
    match full.get("evaluation"):
        case dict() as evaluation if "slices" not in evaluation:
            evaluation["slices"] = [[name] for name in (*names, *OWN_SLICES)]
    match full.get("behaviour"):
        case dict() as behaviour:
            behaviour.setdefault("suite", contract.name)
    return full


def disagreements(
    contract: Contract,
    quality: QualityConfig,
    bias: BiasConfig,
    evaluation: EvaluationConfig,
    gates: Iterable[GateConfig],
) -> Iterator[str]:
    """Every name in these sections that the contract does not know, in words: where it stands, and which are known."""
    facets, fields = list(contract.facets), [column.field for column in contract.columns]
    optional = [name for name, fixed in FIXED.items() if fixed.is_optional]
    for what, named in (("max_missing_shares", quality.max_missing_shares), ("max_top_shares", quality.max_top_shares)):
        yield from _unknown(f"quality.{what}", named, [*fields, *optional], fields)
    for name, band in bias.bands.items():
        if not is_name(name) or name in fields or name in facets or why_taken(name):
            yield f"bias.bands: {name!r} is no free name for a facet; allowed: {NAME_RULE}, and no name of a column"
        yield from _unknown(f"bias.bands.{name}.field", [band.field], contract.counted())
    yield from _unknown("bias.facets", bias.facet_names, [*facets, *bias.bands])
    yield from _unknown("evaluation.slices", _flat(evaluation.slices), [*facets, *OWN_SLICES])
    singles = [one[0] for one in evaluation.slices if len(one) == 1]
    for gate in gates:
        found = {match[1] for metric in (gate.metric, gate.rows or "") if (match := _SLICE_METRIC.fullmatch(metric))}
        yield from _unknown(f"gates.{gate.name}: a slice in its metric", sorted(found), singles)


def _unknown(where: str, names: Iterable[str], known: Iterable[str], shown: Iterable[str] | None = None) -> Iterator[str]:
    known = list(known)
    if unknown := [name for name in names if name not in known]:
        yield f"{where}: unknown {', '.join(unknown)}; known: {', '.join(known if shown is None else shown)}"


def _flat(slices: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(name for one in slices for name in one))
