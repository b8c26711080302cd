"""S3's own client knows no door: who asks for one goes round the wall about ``sealed/``, and what is written once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAY = {
    "include/reviewloop/adapters/lake/s3.py": "makes it, and has the wall",
    "include/reviewloop/adapters/lake/claims.py": "conditional reads and writes, each behind the wall",
    "include/reviewloop/adapters/lake/inbox.py": "the metadata of a delivery",
    "include/reviewloop_local/loop/run.py": "makes the buckets of a laptop",
    "include/reviewloop_local/loop/own_stack.py": "forgets it, for another stack",
}
"""Nothing else of the product names the client, and nothing makes another."""
MODULE = "reviewloop.adapters.lake.s3"


def s3_clients(source: str) -> Iterator[int]:
    """Lines that take the client of ``adapters.lake.s3``, or make one of boto3 for S3 or for a service that is not spelt out."""
    tree = ast.parse(source)
    known = {"s3"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            room = node.module if isinstance(node, ast.ImportFrom) else None
            for name in node.names:
                full = f"{room}.{name.name}" if room else name.name
                if full == MODULE and name.asname:
                    known.add(name.asname)
                if full in {f"{MODULE}.client", f"{MODULE}.*"}:
                    yield node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "client" and _last(node.value) in known:
            yield node.lineno
        if isinstance(node, ast.Call) and _last(node.func) in {"client", "resource", "create_client"} and node.args:
            service = node.args[0]
            if not isinstance(service, ast.Constant) or service.value == "s3":
                yield node.lineno


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_only_the_lake_asks_for_s3s_client() -> None:
    paths = [path for folder in ("include", "plugins", "dags") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(paths) > 250
    found = {str(path.relative_to(ROOT)) for path in paths if list(s3_clients(path.read_text()))}
    assert sorted(found - MAY.keys()) == [], "use the functions of adapters.lake.s3, which keep the sealed part sealed"
    assert sorted(MAY.keys() - found) == [], "no longer asks: take it off the list"


@pytest.mark.parametrize(
    "source",
    [
        "from reviewloop.adapters.lake import s3\ns3.client().get_object()",
        "from reviewloop.adapters.lake import s3 as store\nstore.client().get_object()",
        "import reviewloop.adapters.lake.s3\nreviewloop.adapters.lake.s3.client()",
        "import reviewloop.adapters.lake.s3 as store\nask = store.client",
        "from reviewloop.adapters.lake import inbox\ninbox.s3.client()",
        "from reviewloop.adapters.lake.s3 import client",
        "from reviewloop.adapters.lake.s3 import client as ask",
        "from reviewloop.adapters.lake.s3 import *",
        "import boto3\nboto3.client('s3')",
        "import boto3\nboto3.Session().resource('s3')",
        "from boto3 import client\nclient('s3')",
        "import boto3\nfor name in ('s3',):\n    boto3.client(name)",
    ],
)
def test_a_way_round_is_seen(source: str) -> None:
    assert list(s3_clients(source))


@pytest.mark.parametrize(
    "source",
    [
        "from reviewloop.adapters.lake import s3\ns3.read_bytes('s3://a/b')",
        "from reviewloop.adapters.catalog import glue\nglue.client().get_table()",
        "import boto3\nboto3.client('glue', config=None)",
    ],
)
def test_the_doors_and_other_services_are_none(source: str) -> None:
    assert not list(s3_clients(source))
