"""What a step read and wrote, as datasets of OpenLineage: an S3 object or prefix each, its version our digest.

Airflow's OpenLineage provider asks for it, in a task's process, where a transport is configured; nothing here is imported while a
DAG is parsed, nor where there is none.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reviewloop.refs import Ref

if TYPE_CHECKING:
    from airflow.providers.openlineage.extractors import OperatorLineage

_SHOWN = "page_uri"
"""What is for a person to look at is no data."""


def lineage_of(read: Iterable[Any], written: Any = None) -> "OperatorLineage":
    """The datasets that lie behind ``read`` (arguments: refs, lists of them, anything else) and behind ``written`` (a ref).

    What a step hands on of what it was given is read and not written.
    """
    from airflow.providers.openlineage.extractors import OperatorLineage

    inputs, outputs = dict(_places(list(read))), dict(_places(written))
    return OperatorLineage(
        inputs=[_dataset(uri, digest) for uri, digest in inputs.items()],
        outputs=[_dataset(uri, digest) for uri, digest in outputs.items() if uri not in inputs],
    )


def _places(value: Any) -> Iterator[tuple[str, str]]:
    """Every S3 URI in the refs of ``value``, with the digest that the ref tells of it; empty where it tells none."""
    if isinstance(value, Ref):
        for name in type(value).model_fields:
            found = getattr(value, name)
            if isinstance(found, str) and found.startswith("s3://") and name != _SHOWN:
                yield found, str(getattr(value, "digest", "")) if name == "uri" else ""
            elif not isinstance(found, str):
                yield from _places(found)
    elif isinstance(value, Mapping):
        yield from _places(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _places(one)


def _dataset(uri: str, digest: str) -> Any:
    from openlineage.client.event_v2 import Dataset
    from openlineage.client.facet_v2 import dataset_version_dataset

    bucket, _, key = uri.removeprefix("s3://").partition("/")
    version = {"version": dataset_version_dataset.DatasetVersionDatasetFacet(datasetVersion=digest)} if digest else {}
    return Dataset(namespace=f"s3://{bucket}", name=key, facets=version)
