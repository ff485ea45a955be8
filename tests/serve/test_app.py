"""The HTTP service, route by route, in process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from shops import copy, item, make, toy_items
from soutui.config import ServeSettings
from soutui.data.schema import Item
from soutui.serve.app import make_app, page_dict
from soutui.types import Request
from soutui.workspace import Workspace


@pytest.fixture
def client(toy: Workspace) -> Iterator[TestClient]:
    """A client of the toy shop; an error in the service would fail the test."""
    toy.settings = replace(toy.settings, serve=ServeSettings(max_body_bytes=20_000, max_k=50))
    with TestClient(make_app(toy)) as made:
        yield made


def error(answer: Any, status: int, code: str) -> str:
    """The message of a refusal, which must have this status and this shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert set(told) == {"error"}
    assert set(told["error"]) == {"code", "message", "hint"}
    assert told["error"]["code"] == code
    message: str = told["error"]["message"] + " " + told["error"]["hint"]
    return message


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["item"] for hit in answer.json()["hits"]]


# -- asking ---------------------------------------------------------------------------------------------------

ASKED: list[tuple[str, dict[str, Any], Request]] = [
    ("search", {"query": "stove"}, Request(query="stove")),
    ("search", {"query": "stove", "user": "ub00", "k": 1}, Request(query="stove", user="ub00", k=1)),
    ("search", {"query": "茶壶"}, Request(query="茶壶")),
    ("search", {"query": "zyzzyva"}, Request(query="zyzzyva")),
    (
        "search",
        {"query": "stove", "offset": 1, "facets": ["brand"]},
        Request(query="stove", offset=1, facets=("brand",)),
    ),
    ("recommend", {"user": "ua00"}, Request(user="ua00")),
    ("recommend", {"user": "nobody", "k": 3}, Request(user="nobody", k=3)),
    ("recommend", {"history": ["a1", "b1"]}, Request(history=("a1", "b1"))),
    ("recommend", {}, Request()),
    ("similar", {"item": "a1", "k": 2}, Request(item="a1", k=2)),
]


@pytest.mark.parametrize(("kind", "body", "request_"), ASKED)
def test_a_page_is_what_the_workspace_answers(
    client: TestClient, toy: Workspace, kind: str, body: dict[str, Any], request_: Request
) -> None:
    wanted = page_dict(toy.answer(request_))
    for answer in (
        client.post(f"/v1/{kind}", json=body),
        client.get(f"/v1/{kind}", params={k: ",".join(v) if isinstance(v, list) else v for k, v in body.items()}),
    ):
        assert answer.status_code == 200
        page = answer.json()
        assert page.pop("took") > 0
        assert page == {key: value for key, value in wanted.items() if key != "took"}


def test_filters(client: TestClient) -> None:
    found = client.post("/v1/search", json={"query": "stove tent", "filters": {"brand": "kibo", "price": {"lt": 40}}})
    assert ids(found) == ["a3"]
    found = client.post("/v1/similar", json={"item": "a1", "filters": {"not": {"brand": "Halvik"}}})
    assert set(ids(found)) == {"a3", "a4", "a5"}


def test_numbers_may_be_text_in_an_address(client: TestClient) -> None:
    assert ids(client.get("/v1/search?query=stove&k=1")) == ["a3"]
    assert ids(client.get("/v1/search?query=stove&k=1&offset=1")) == ["b4"]


REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("search", {"qurey": "tent"}, "usage", "qurey"),
    ("search", {"query": "tent", "item": "a1"}, "usage", "item"),
    ("search", {"query": ["tent"]}, "usage", "query must be text"),
    ("search", {"query": "tent", "user": 5}, "usage", "user must be text"),
    ("search", {"query": "x" * 3000}, "usage", "3000 characters"),
    ("search", {"query": "tent", "k": 51}, "usage", "at most 50"),
    ("search", {"query": "tent", "k": -1}, "usage", "0 or more"),
    ("search", {"query": "tent", "k": "many"}, "usage", "whole number"),
    ("search", {"query": "tent", "k": 1.5}, "usage", "whole number"),
    ("search", {"query": "tent", "k": True}, "usage", "whole number"),
    ("search", {"query": "tent", "k": None}, "usage", "whole number"),
    ("search", {"query": "tent", "offset": 5001}, "usage", "offset"),
    ("search", {"query": "tent", "filters": {"brnad": "Kibo"}}, "filter", "brand"),
    ("search", {"query": "tent", "filters": ["brand"]}, "filter", "JSON object"),
    ("search", {"query": "tent", "filters": {"price": {"lte": "cheap"}}}, "filter", "number"),
    ("search", {"query": "tent", "facets": ["brnad"]}, "filter", "brnad"),
    ("search", {"query": "tent", "facets": {"brand": 1}}, "usage", "facets"),
    ("recommend", {"history": [1, 2]}, "usage", "history"),
    ("recommend", {"history": ["a1"] * 1001}, "usage", "history"),
    ("recommend", {"query": "tent"}, "usage", "query"),
    ("similar", {}, "usage", "item"),
    ("similar", {"item": ""}, "usage", "item"),
]


@pytest.mark.parametrize(("kind", "body", "code", "wanted"), REFUSED)
def test_a_wrong_question_is_refused_with_reasons(
    client: TestClient, kind: str, body: dict[str, Any], code: str, wanted: str
) -> None:
    assert wanted in error(client.post(f"/v1/{kind}", json=body), 400, code)


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[1,", b'{"query": "\\ud800"}', b"nope", b"[" * 5000])
def test_a_body_that_is_not_json(client: TestClient, raw: bytes) -> None:
    for path in ("/v1/search", "/v1/events", "/v1/items"):
        assert "not JSON" in error(client.post(path, content=raw), 400, "usage")


@pytest.mark.parametrize("raw", [b"[]", b"3", b'"tent"', b"null"])
def test_a_question_that_is_no_object(client: TestClient, raw: bytes) -> None:
    assert "JSON object" in error(client.post("/v1/search", content=raw), 400, "usage")


def test_a_body_that_is_too_large(client: TestClient) -> None:
    big = b'{"query": "' + b"x" * 20_001 + b'"}'
    assert "20000 bytes" in error(client.post("/v1/search", content=big), 413, "usage")

    def pieces() -> Iterator[bytes]:  # sent in chunks, without a declared length
        yield from (big[start : start + 1000] for start in range(0, len(big), 1000))

    assert "20000 bytes" in error(client.post("/v1/items", content=pieces()), 413, "usage")


def test_an_unknown_item(client: TestClient) -> None:
    assert "'nope'" in error(client.post("/v1/similar", json={"item": "nope"}), 404, "not_found")
    assert "'nope'" in error(client.get("/v1/items/nope"), 404, "not_found")
    assert "'nope'" in error(client.delete("/v1/items/nope"), 404, "not_found")


def test_unknown_addresses_and_methods_are_said_as_json_too(client: TestClient) -> None:
    assert "/v1/serach" in error(client.get("/v1/serach"), 404, "not_found")
    assert "DELETE" in error(client.delete("/v1/search"), 405, "usage")


# -- changing -------------------------------------------------------------------------------------------------


def test_put_get_delete(client: TestClient, toy: Workspace) -> None:
    kayak = {"id": "k1", "title": "Inflatable kayak", "text": "With paddles", "price": 310, "brand": "Nordsee"}
    told = client.post("/v1/items", json=[kayak]).json()
    assert told == {"written": 1, "unchanged": 0, "rejected": [], "seq": toy.store.latest()}
    assert client.post("/v1/items", json={"items": [kayak]}).json()["unchanged"] == 1
    assert client.post("/v1/items", json=kayak).json()["unchanged"] == 1
    assert ids(client.get("/v1/search?query=kayak")) == ["k1"]
    found = client.get("/v1/items/k1").json()
    assert (found["title"], found["attributes"]) == ("Inflatable kayak", {"price": 310.0, "brand": "Nordsee"})
    assert client.delete("/v1/items/k1").json() == {"deleted": 1, "seq": toy.store.latest()}
    assert ids(client.get("/v1/search?query=kayak")) == []
    error(client.get("/v1/items/k1"), 404, "not_found")
    error(client.delete("/v1/items/k1"), 404, "not_found")


@pytest.mark.parametrize("name", ["a/b", "a//b/", "茶 壶", "100%", "a?b#c", "x" * 600, ".hidden", "a\\b", "é"])
def test_any_id_in_a_path(client: TestClient, toy: Workspace, name: str) -> None:
    toy.put([Item(name, "Odd thing"), Item(name[:512] + "!", "Another thing")])
    path = f"/v1/items/{quote(name, safe='')}"
    found = client.get(path)
    assert (found.status_code, found.json().get("id")) == (200, name)
    assert ids(client.post("/v1/search", json={"query": "odd"})) == [name]
    assert client.delete(path).status_code == 200
    assert toy.store.get_item(name) is None
    assert toy.store.get_item(name[:512] + "!") is not None


def test_an_id_that_is_too_long_is_not_cut_to_another(client: TestClient, toy: Workspace) -> None:
    toy.put([Item("x" * 512, "Short enough")])
    error(client.get("/v1/items/" + "x" * 513), 404, "not_found")
    error(client.delete("/v1/items/" + "x" * 513), 404, "not_found")
    assert toy.store.get_item("x" * 512) is not None


def test_bad_items_are_reported_beside_the_good_ones(client: TestClient, toy: Workspace) -> None:
    rows = [{"id": "k1", "title": "Kayak"}, {"title": "No id"}, 7, {"id": "k2", "title": ["x"]}, {"id": "k3"}]
    answer = client.post("/v1/items", json=rows)
    assert answer.status_code == 200
    told = answer.json()
    assert told["written"] == 2
    assert [one["row"] for one in told["rejected"]] == [1, 2, 3]
    assert all(one["reason"] for one in told["rejected"])
    assert toy.store.get_item("k1") is not None
    assert toy.store.get_item("k3") is not None
    answer = client.post("/v1/items", json=[{"title": "No id"}])
    assert (answer.status_code, answer.json()["written"]) == (422, 0)


ODD_ITEMS: list[dict[str, Any]] = [
    {"id": "nul\x00id", "title": "x"},
    {"id": "ok", "title": "nul\x00title", "text": "a\x00b", "colour": "re\x00d"},
    {"id": "big", "price": 1e308, "size": 2**70},
    {"id": "deep", "attributes": {"a": {"b": {"c": [1, [2, [3]]]}}}},
    {"id": "x" * 5000, "title": "long id"},
    {"id": 12345, "title": "number"},
    {"id": "b", "available": "maybe"},
    {"id": "c", "": "empty key"},
]


@pytest.mark.parametrize("row", ODD_ITEMS)
def test_odd_items_never_break_the_good_ones_or_the_service(
    client: TestClient, toy: Workspace, row: dict[str, Any]
) -> None:
    answer = client.post("/v1/items", json=[{"id": "good", "title": "Kayak"}, row])
    assert answer.status_code == 200
    told = answer.json()
    assert told["written"] + len(told["rejected"]) == 2
    assert toy.store.get_item("good") is not None
    assert ids(client.post("/v1/search", json={"query": "kayak"})) == ["good"]


def test_events_are_in_the_store_when_acknowledged(client: TestClient, toy: Workspace) -> None:
    rows = [
        {"id": "e1", "kind": "click", "item": "b1", "user": "visitor", "time": 2e9},
        {"kind": "add_to_cart", "item": "b2", "user": "visitor"},
        {"kind": "purchase", "user": "visitor"},
        {"kind": "levitate", "item": "b3", "user": "visitor"},
        "nonsense",
    ]
    answer = client.post("/v1/events", json={"events": rows})
    told = answer.json()
    assert (answer.status_code, told["accepted"], told["duplicates"]) == (200, 2, 0)
    assert [one["row"] for one in told["rejected"]] == [2, 3, 4]
    assert told["seq"] == toy.store.latest()
    stored = {one.item: one for one in toy.store.history("visitor")}
    assert set(stored) == {"b1", "b2"}
    assert stored["b2"].time is not None
    assert stored["b2"].id
    assert client.post("/v1/events", json=rows[:1]).json()["duplicates"] == 1
    assert set(ids(client.get("/v1/recommend?user=visitor"))[:3]) == {"b3", "b4", "b5"}
    with Workspace.open(toy.folder) as other:
        assert {one.item for one in other.store.history("visitor")} == {"b1", "b2"}


def test_only_bad_events(client: TestClient) -> None:
    answer = client.post("/v1/events", json=[{"kind": "click"}])
    assert (answer.status_code, answer.json()["accepted"]) == (422, 0)
    assert client.post("/v1/events", json=[]).json()["accepted"] == 0


def test_too_many_rows(toy: Workspace) -> None:
    with TestClient(make_app(toy)) as client:
        for path in ("/v1/events", "/v1/items"):
            assert "10000" in error(client.post(path, content=b"[" + b"1," * 10_000 + b"1]"), 400, "usage")


@pytest.mark.parametrize("raw", [b"3", b'"x"', b"null", b'{"events": 3}'])
def test_rows_that_are_no_list(client: TestClient, raw: bytes) -> None:
    assert "list" in error(client.post("/v1/events", content=raw), 400, "usage")


# -- health ---------------------------------------------------------------------------------------------------


def test_health(client: TestClient, toy: Workspace) -> None:
    told = client.get("/v1/health").json()
    assert told == {"status": "ok", "bundle": "000001", "items": 10, "seq": toy.store.latest()}
    toy.put([item("k1", "Kayak")])
    toy.build()
    told = client.get("/v1/health").json()
    assert (told["bundle"], told["items"]) == ("000002", 11)


def test_without_a_bundle(tmp_path: Path) -> None:
    with make(tmp_path / "shop", toy_items(), build=False) as shop, TestClient(make_app(shop)) as client:
        assert "soutui build" in error(client.get("/v1/health"), 409, "not_built")
        assert "soutui build" in error(client.post("/v1/search", json={"query": "tent"}), 409, "not_built")
        assert client.post("/v1/items", json={"id": "k1", "title": "Kayak"}).json()["written"] == 1
        shop.build()
        assert ids(client.post("/v1/search", json={"query": "kayak"})) == ["k1"]


def test_a_damaged_bundle_is_said(still_toy: Workspace, tmp_path: Path) -> None:
    with copy(still_toy.folder, tmp_path / "toy") as shop, TestClient(make_app(shop)) as client:
        (shop.bundles / "000001" / "fusion.json").unlink()
        assert "fusion.json" in error(client.post("/v1/search", json={"query": "tent"}), 500, "damaged")


# -- forgiving ------------------------------------------------------------------------------------------------


def test_a_misspelt_query_is_corrected_and_the_page_says_so(client: TestClient) -> None:
    page = client.get("/v1/search", params={"query": "lantren"}).json()
    assert (page["corrected"], page["did_you_mean"]) == ("lantern", "")
    assert [hit["item"] for hit in page["hits"]] == ["a5"]
    for typed in ({"as_typed": "true"}, {"as_typed": 1}):
        assert client.get("/v1/search", params={"query": "lantren", **typed}).json()["hits"] == []
    assert client.post("/v1/search", json={"query": "lantren", "as_typed": True}).json()["hits"] == []
    error(client.post("/v1/search", json={"query": "lantern", "as_typed": [1]}), 400, "usage")


def test_suggestions(client: TestClient) -> None:
    told = client.get("/v1/suggest", params={"prefix": "sleep", "k": 1}).json()
    assert told == {
        "suggestions": [
            {
                "text": "Sleeping bag",
                "kind": "title",
                "highlighted": "<em>Sleep</em>ing bag",
                "item": "a2",
                "score": told["suggestions"][0]["score"],
                "corrected": False,
            }
        ]
    }
    assert client.get("/v1/suggest").json() == {"suggestions": []}
    client.post("/v1/items", json={"id": "n1", "title": "Quorvex"})
    assert client.get("/v1/suggest?prefix=quor").json()["suggestions"][0]["item"] == "n1"
    for params in ({"k": "0"}, {"k": "many"}, {"k": "51"}, {"prefx": "a"}):
        error(client.get("/v1/suggest", params=params), 400, "usage")
