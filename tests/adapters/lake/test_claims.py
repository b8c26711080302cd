from concurrent.futures import ThreadPoolExecutor

import pytest

from reviewloop.adapters.lake import claims, s3
from reviewloop.errors import PermanentError

pytestmark = pytest.mark.contract


def test_one_of_many_takes_it(lake: str) -> None:
    uri = s3.lake_uri("claim.json")
    with ThreadPoolExecutor(8) as pool:
        taken = [claim for claim in pool.map(lambda _: claims.take(uri), range(8)) if claim]
    assert len(taken) == 1
    assert claims.read(uri).etag == taken[0].etag


def test_one_of_many_takes_it_over(lake: str) -> None:
    uri = s3.lake_uri("claim.json")
    held = claims.take(uri)
    with ThreadPoolExecutor(8) as pool:
        taken = [claim for claim in pool.map(lambda _: claims.update(held), range(8)) if claim]
    assert len(taken) == 1, "though all of them write the same note"
    assert claims.update(held, job_id="late") is None, "the first holder has lost it"
    assert claims.update(taken[0], job_id="a") is not None
    assert claims.read(uri).note["job_id"] == "a"


def test_one_that_was_given_back_may_be_taken_again(lake: str) -> None:
    uri = s3.lake_uri("claim.json")
    assert claims.read(uri) is None
    held = claims.take(uri)
    claims.release(held)
    assert claims.read(uri) is None
    assert claims.update(held, job_id="gone") is None
    assert claims.take(uri)


def test_a_claim_opens_no_door_of_its_own(lake: str) -> None:
    sealed, model = s3.lake_uri("sealed", "x.json"), s3.lake_uri("models", "x.json")
    for attempt in (lambda: claims.take(sealed), lambda: s3.create(sealed, b"{}")):
        with pytest.raises(PermanentError, match=r"only adapters\.lake\.sealed puts something there"):
            attempt()
    claim = claims.take(model, note="a")
    assert claim is not None
    for attempt in (lambda: claims.update(claim, note="b"), lambda: claims.release(claim)):
        with pytest.raises(PermanentError, match="it is written once and never"):
            attempt()
    with s3.writing_sealed():
        assert claims.take(sealed, note="a")
    with pytest.raises(PermanentError, match="the test part is sealed"):
        claims.read(sealed)
