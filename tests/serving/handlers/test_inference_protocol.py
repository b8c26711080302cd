"""The Open Inference Protocol's face: the same answers as `/predict`, under the same limits, in the protocol's words."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.helpers.slow_endpoint import MAX_BODY, Served, until

NAME = "review-sentiment"
INFER = f"/v2/models/{NAME}/infer"


def tensor(*texts: Any, **more: Any) -> dict[str, Any]:
    return {"name": "text", "shape": [len(texts)], "datatype": "BYTES", "data": list(texts), **more}


def asked(*inputs: Any, **more: Any) -> dict[str, Any]:
    return {"inputs": list(inputs), **more}


@pytest.fixture
def face(served: Served) -> Served:
    served.model.gate.set()
    return served


def test_the_answer_is_that_of_predict_with_the_id_of_the_request(face: Served) -> None:
    titled = {"name": "title", "shape": [2], "datatype": "BYTES", "data": ["Nice", ""]}
    answer = face.http.post(INFER, json=asked(tensor("one", "two"), titled, id="42"))
    assert answer.status_code == 200
    found = answer.json()
    request_id = found["parameters"].pop("request_id")
    assert found == {
        "model_name": NAME,
        "model_version": "7",
        "id": "42",
        "parameters": {"kind": "baseline"},
        "outputs": [
            {"name": "sentiment", "datatype": "BYTES", "shape": [2], "data": ["positive"] * 2},
            {"name": "probabilities", "datatype": "FP32", "shape": [2, 3], "data": [0.2, 0.3, 0.5] * 2},
        ],
    }
    assert sorted(face.model.read) == ["Nice. one", "two"]
    until(lambda: len(face.captured) == 1)
    assert face.captured[0]["request_id"] == request_id


@pytest.mark.parametrize(
    ("inputs", "read"),
    [
        ([tensor("a", "b")], ["a", "b"]),
        ([tensor("a", "b", shape=[2, 1])], ["a", "b"]),
        ([tensor(["a"], ["b"], shape=[2, 1])], ["a", "b"]),
        ([tensor("a", parameters={"content_type": "str"})], ["a"]),
        ([tensor("a", parameters={"binary_data": False}, another="field")], ["a"]),
    ],
)
def test_tensors_may_be_flat_or_nested(face: Served, inputs: Any, read: list[str]) -> None:
    answer = face.http.post(INFER, json=asked(*inputs, id=None))
    assert answer.status_code == 200, answer.text
    assert "id" not in answer.json()
    assert sorted(face.model.read) == read


def test_only_what_is_asked_for_comes_back_in_that_order(face: Served) -> None:
    for wanted in (["probabilities", "sentiment"], ["sentiment"], ["probabilities"]):
        answer = face.http.post(INFER, json=asked(tensor("a"), outputs=[{"name": name} for name in wanted])).json()
        assert [output["name"] for output in answer["outputs"]] == wanted
    assert len(face.http.post(INFER, json=asked(tensor("a"), outputs=[])).json()["outputs"]) == 2


MANY = tensor(*["x"] * 257)
WRONG: list[tuple[Any, str]] = [
    (asked(), "inputs"),
    (asked(tensor("a", shape=[2])), "shape of `text` is [2], but its data holds 1 elements in 1 rows"),
    (asked(tensor("a", "b", shape=[1, 2])), "must be [reviews] or [reviews, 1]"),
    (asked(tensor(["a", "b"], shape=[2, 1])), "2 elements in 1 rows"),
    (asked(tensor(["a"], ["b"])), "2 elements in 2 rows"),
    (asked(tensor("a", shape=[1, 1, 1])), "inputs.0.shape"),
    (asked(tensor("a", shape=[])), "inputs.0.shape"),
    (asked(tensor("a", shape=[-1])), "inputs.0.shape.0"),
    (asked(tensor("a", shape=[2**64])), "inputs.0.shape.0"),
    (asked(tensor("a", shape=[1.0])), "inputs.0.shape.0"),
    (asked(tensor("a", shape=["1"])), "inputs.0.shape.0"),
    (asked(tensor("a", datatype="FP32")), "inputs.0.datatype"),
    (asked(tensor("a", name="review")), "inputs.0.name"),
    (asked(tensor(1)), "inputs.0.data.0"),
    (asked(tensor(None)), "inputs.0.data.0"),
    (asked(tensor([["a"]], shape=[1, 1])), "inputs.0.data.0"),
    (asked(tensor()), "reviews"),
    (asked(tensor("")), "reviews.0.text"),
    (asked(tensor("a", "\u200b")), "reviews.1.text"),
    (asked(tensor("x" * 10_001)), "reviews.0.text"),
    (asked(MANY), "inputs.0.data"),
    (asked(tensor("a"), tensor("b")), "must hold `text` once"),
    (asked(tensor("a", name="title")), "must hold `text` once"),
    (asked(tensor("a"), tensor("b", "c", name="title")), "`title` has 2 elements, `text` has 1"),
    (asked(tensor("a"), outputs=[{"name": "logits"}]), "outputs.0.name"),
    (asked(tensor("a"), outputs=[{"name": "sentiment"}] * 2), "an output is asked for twice"),
    (asked(tensor("a"), id=42), "id"),
    (asked(tensor("a"), id="x" * 257), "id"),
    (asked(tensor("a", parameters={"binary_data_size": 7})), "binary data extension is not spoken"),
    (asked(tensor("a"), parameters={"binary_data_output": True}), "binary data extension is not spoken"),
    (asked(tensor("a"), outputs=[{"name": "sentiment", "parameters": {"binary_data": True}}]), "binary data extension"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_request_is_told_in_the_protocols_form(face: Served, body: Any, words: str) -> None:
    answer = face.http.post(INFER, json=body)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}
    assert words in answer.json()["error"]
    assert face.model.read == []


def test_binary_data_and_what_is_no_json_are_refused_clearly(face: Served) -> None:
    body = json.dumps(asked(tensor("a"))).encode()
    answer = face.http.post(INFER, content=body, headers={"inference-header-content-length": str(len(body))})
    assert (answer.status_code, "binary data extension" in answer.json()["error"]) == (400, True)
    answer = face.http.post(INFER, content=body, headers={"content-type": "application/octet-stream"})
    assert (answer.status_code, answer.json()) == (415, {"error": "content-type: must be application/json"})
    answer = face.http.post(INFER, content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, "not JSON" in answer.json()["error"]) == (400, True)
    deep = b'{"inputs": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    answer = face.http.post(INFER, content=deep, headers={"content-type": "application/json"})
    assert (answer.status_code, "recursion limit" in answer.json()["error"]) == (400, True)


def test_the_model_is_named_with_its_version(face: Served) -> None:
    assert face.http.get("/v2").json() == {"name": "reviewloop", "version": "1", "extensions": []}
    told = face.http.get(f"/v2/models/{NAME}").json()
    assert (told["name"], told["versions"], told["platform"]) == (NAME, ["7"], "reviewloop_baseline")
    assert [(one["name"], one["datatype"], one["shape"]) for one in told["outputs"]] == [
        ("sentiment", "BYTES", [-1]),
        ("probabilities", "FP32", [-1, 3]),
    ]
    for path in (f"/v2/models/{NAME}", f"/v2/models/{NAME}/versions/7"):
        assert face.http.get(f"{path}/ready").json() == {"name": NAME, "ready": True}
        assert face.http.post(f"{path}/infer", json=asked(tensor("a"))).json()["model_version"] == "7"
        assert face.http.get(path).json() == told
    for path in ("/v2/models/other", "/v2/models/<b>", f"/v2/models/{NAME}/versions/6", "/v2/nothing"):
        for answer in (
            face.http.get(path), face.http.get(f"{path}/ready"), face.http.post(f"{path}/infer", json=asked(tensor("a")))
        ):  # fmt: skip
            assert (answer.status_code, answer.json().keys()) == (404, {"error"})
            assert "<b>" not in answer.text


def test_the_limits_are_those_of_predict(served: Served) -> None:
    answer = served.http.post(INFER, content=b"x" * (MAX_BODY + 1), headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json().keys()) == (413, {"error"})
    answer = served.http.post(INFER, json=asked(tensor("late")), headers={"X-Request-Timeout": "0.1"})
    assert (answer.status_code, answer.json()) == (504, {"error": "no answer within 0.1 s"})
    with ThreadPoolExecutor(60) as pool:
        sent = [pool.submit(served.http.post, INFER, json=asked(tensor("x" * 90))) for _ in range(60)]
        until(lambda: any(one.done() for one in sent))
        served.model.gate.set()
        answers = [one.result() for one in sent]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    assert all(int(answer.headers["retry-after"]) >= 1 and "error" in answer.json() for answer in refused)
