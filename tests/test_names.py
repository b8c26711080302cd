"""What tests are called must not depend on the second they are collected in: xdist's workers collect one after the other."""

import gzip

import pytest


def test_binary_data_gives_the_same_names_at_any_second(request: pytest.FixtureRequest) -> None:
    def name(data: bytes) -> object:
        return request.config.hook.pytest_make_parametrize_id(config=request.config, val=data, argname="data")

    assert name(gzip.compress(b"a review", mtime=1_700_000_000)) == "data"
    assert name(b"no gzip") is None  # pytest's own names stay where they are the same every time
