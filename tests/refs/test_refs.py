"""Refs as others know them: by one name each, whichever module the class lies in."""

import pickle
from importlib import import_module
from pkgutil import iter_modules

import pytest

import reviewloop.refs
from reviewloop.refs import ProfileRef, Ref

MODULES = [import_module(f"reviewloop.refs.{found.name}") for found in iter_modules(reviewloop.refs.__path__)]
CLASSES = [one for module in MODULES for one in vars(module).values() if isinstance(one, type) and issubclass(one, Ref)]


def test_every_ref_is_to_be_had_from_the_package() -> None:
    assert len(set(CLASSES)) > 50
    assert {one.__name__ for one in CLASSES} | {"Verdict"} == set(reviewloop.refs.__all__)


@pytest.mark.parametrize("ref", sorted(set(CLASSES), key=lambda one: one.__name__), ids=lambda one: one.__name__)
def test_the_name_that_xcom_stores_does_not_tell_the_module(ref: type[Ref]) -> None:
    assert f"{ref.__module__}.{ref.__qualname__}" == f"reviewloop.refs.{ref.__name__}"
    assert getattr(reviewloop.refs, ref.__name__) is ref


def test_a_ref_comes_through_another_process_as_it_is() -> None:
    ref = ProfileRef(uri="s3://lake/profile/", digest="d", page_uri="s3://lake/profile/page.html", num_rows=3)
    assert pickle.loads(pickle.dumps(ref)) == ref
