"""A version's bill of materials: CycloneDX 1.6, valid against the schema that the library brings.

The library writes all but the card's part: it has no ``modelCard`` yet (https://github.com/CycloneDX/cyclonedx-python-lib/issues/912).
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from reviewloop.errors import PermanentError

if TYPE_CHECKING:
    from cyclonedx.model.component import Component

MODEL: Final = "model"
"""How the model is called inside its bill."""
_PIN: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s\\;]+)", re.MULTILINE)
_SHA256: Final = re.compile(r"sha256:([0-9a-f]{64})")


def libraries(lock: str) -> list[tuple[str, str]]:
    """Name and version of every package that a lock (``requirements.txt``) pins, in its order."""
    return _PIN.findall(lock)


def bom(facts: Mapping[str, Any], lock: str | None) -> str:
    """The bill as JSON: the model with each of its files, its base model, its data, and the libraries of ``lock``.

    Files have the digests that the signature is over. ``lock`` is None where the one that it was trained with is not known any
    more: the bill then says so and names no library. The same facts give the same text. Raises ``PermanentError`` where the
    result is no valid CycloneDX.
    """
    from cyclonedx.model import Property
    from cyclonedx.model.bom import Bom
    from cyclonedx.output.json import JsonV1Dot6
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    lineage = facts["lineage"]
    model, parts = _model(facts), [*_base_model(facts), _data(facts), *_libraries(lock)]
    made = Bom(serial_number=uuid5(NAMESPACE_URL, f"{facts['source']}#{facts['as_of']['event']}"), components=parts)
    made.metadata.timestamp = datetime.fromisoformat(facts["as_of"]["at"])
    made.metadata.component = model
    if lock is None:
        lost = f"unknown: the lock with the digest {lineage.get('lock_digest') or 'that nobody recorded'} is not at hand"
        made.metadata.properties.add(Property(name="reviewloop:libraries", value=lost))
    made.register_dependency(model, parts)
    told: dict[str, Any] = json.loads(JsonV1Dot6(made).output_as_string())
    told["metadata"]["component"]["modelCard"] = _model_card(facts)
    text = json.dumps(told, indent=2, sort_keys=True, allow_nan=False)
    if fault := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise PermanentError(f"bill of materials of version {facts['version']}: is no valid CycloneDX: {str(fault)[:300]}")
    return text


def _model(facts: Mapping[str, Any]) -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    files = [
        Component(
            name=name, type=ComponentType.FILE, bom_ref=f"file:{name}", hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)]
        )
        for name, digest in facts["files"].items()
    ]
    recorded = {"digest": facts["digest"], "source": facts["source"], "signed_by": facts["signed_by"] or "nobody"}
    recorded |= {name: value for name, value in facts["lineage"].items() if value}
    return Component(
        name=facts["model"], version=facts["version"], type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=MODEL, components=files,
        properties=[Property(name=f"reviewloop:{name}", value=str(value)) for name, value in recorded.items()],
    )  # fmt: skip


def _base_model(facts: Mapping[str, Any]) -> list["Component"]:
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentType

    if facts["kind"] == "baseline":
        return []
    name, pin = facts["lineage"].get("base_model") or "unknown", facts["lineage"].get("base_model_pin") or "unknown"
    found = _SHA256.fullmatch(pin)
    return [
        Component(
            name=name, type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref="base-model", licenses=_licence(facts["base_licence"]),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=found[1])] if found else [],
            properties=[Property(name="reviewloop:base_model_pin", value=pin)],
        )
    ]  # fmt: skip


def _data(facts: Mapping[str, Any]) -> "Component":
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component, ComponentType

    names = ("features_uri", "features_digest", "last_day")
    recorded = [Property(name=f"reviewloop:{name}", value=facts["lineage"].get(name) or "unknown") for name in names]
    licence = _licence(facts["told"]["data_licence"])
    return Component(name=facts["dataset"], type=ComponentType.DATA, bom_ref="data", licenses=licence, properties=recorded)


def _libraries(lock: str | None) -> list["Component"]:
    from cyclonedx.model.component import Component, ComponentType
    from packageurl import PackageURL

    return [
        Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"pypi:{name}",
            purl=PackageURL("pypi", None, name, version),
        )
        for name, version in libraries(lock or "")
    ]


def _licence(told: str) -> list[Any]:
    from cyclonedx.contrib.license.factories import LicenseFactory

    return [LicenseFactory().make_from_string(told)] if told else []


def _model_card(facts: Mapping[str, Any]) -> dict[str, Any]:
    told = facts["told"]
    return {
        "modelParameters": {
            "task": "text-classification", "architectureFamily": facts["kind"] or "unknown", "datasets": [{"ref": "data"}],
        },
        "quantitativeAnalysis": {
            "performanceMetrics": [_metric(one, "") for one in facts["metrics"]]
            + [_metric(one | {"name": "accuracy", "value": one["accuracy"]}, f"{name}: {one['value']}")
               for name, slices in facts["slices"].items() for one in slices],
        },
        "considerations": {
            "useCases": list(told["intended_use"]),
            "technicalLimitations": [*told["limits"], *(f"Not for: {one}" for one in told["not_for"])],
            "ethicalConsiderations": [{"name": one} for one in told["marginal_risk"]],
        },
    }  # fmt: skip


def _metric(one: Mapping[str, Any], slice_name: str) -> dict[str, Any]:
    found: dict[str, Any] = {"type": one["name"], "value": "unknown" if one["value"] is None else repr(one["value"])}
    if slice_name:
        found["slice"] = slice_name
    if one["low"] is not None and one["high"] is not None:
        found["confidenceInterval"] = {"lowerBound": repr(one["low"]), "upperBound": repr(one["high"])}
    return found
