"""The first HTTP service over a workspace.

Hot routes take and give bytes: the body is parsed with orjson against a short list of known keys, the page goes out as
orjson bytes. Work runs on a thread pool, since the engine releases the interpreter lock in its inner calls; writing
waits for the disk there too. Bodies, page sizes and ids are bounded.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

import soutui
from soutui import types
from soutui.data.convert import event_from_dict, item_from_dict
from soutui.errors import DataError, NotFoundError, SoutuiError, UsageError
from soutui.filters import parse_json
from soutui.workspace import Workspace

MAX_BATCH = 10_000
SHOWN_ID = 512
"""Characters of an unknown id that its refusal repeats."""

_ASK: Mapping[str, frozenset[str]] = {
    "search": frozenset({"query", "user", "history", "filters", "k", "offset", "facets", "as_typed"}),
    "recommend": frozenset({"user", "history", "filters", "k", "offset", "facets"}),
    "similar": frozenset({"item", "filters", "k", "offset", "facets"}),
}

Handler = Callable[[Request], Awaitable[Response]]


class JSONResponse(Response):
    """A JSON answer as orjson bytes."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The bytes of ``content``."""
        return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)


def make_app(workspace: Workspace) -> FastAPI:
    """The ASGI application over an open workspace; the caller closes the workspace."""
    app = FastAPI(title="soutui", version=soutui.__version__, docs_url=None, redoc_url=None)
    limits = workspace.settings.serve

    async def body(request: Request) -> Any:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limits.max_body_bytes:
            raise _too_large(limits.max_body_bytes)
        raw = bytearray()
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > limits.max_body_bytes:
                raise _too_large(limits.max_body_bytes)
        try:
            return orjson.loads(raw or b"{}")
        except orjson.JSONDecodeError as error:
            raise UsageError(f"the body is not JSON: {error}", 'send for example {"query": "bottle"}') from None

    def ask(kind: str) -> Handler:
        async def handle(request: Request) -> Response:
            if request.method == "GET":
                values: Any = dict(request.query_params)
                values.update({key: _whole(key, values[key]) for key in ("k", "offset") if key in values})
            else:
                values = await body(request)
            asked = _request(kind, values, limits.max_k)
            page = await run_in_threadpool(workspace.answer, asked)
            return JSONResponse(page_dict(page))

        return handle

    for kind in _ASK:
        app.add_api_route(f"/v1/{kind}", ask(kind), methods=["GET", "POST"], name=kind)

    @app.get("/v1/suggest")
    async def suggest(request: Request) -> Response:
        """Completions of what has been typed."""
        values = dict(request.query_params)
        if unknown := sorted(set(values) - {"prefix", "k"}):
            raise UsageError(f"unknown key {unknown[0]!r}; known: k, prefix", "try /v1/suggest?prefix=stee&k=5")
        k = _whole("k", values.get("k", 10))
        if k > limits.max_k:
            raise UsageError(f"k is at most {limits.max_k}; {k} came", "ten suggestions are plenty")
        found = await run_in_threadpool(workspace.suggest, values.get("prefix", ""), k)
        return JSONResponse({"suggestions": [dataclasses.asdict(one) for one in found]})

    @app.post("/v1/events")
    async def record(request: Request) -> Response:
        """Record events; answered after they are on disk."""
        good, bad = _rows(await body(request), "events", lambda row: event_from_dict(_stamped(row)))
        done = await run_in_threadpool(workspace.record, good)
        status = 200 if not bad or good else 422
        return JSONResponse(
            {"accepted": done.accepted, "duplicates": done.duplicates, "rejected": bad, "seq": done.seq}, status
        )

    @app.post("/v1/items")
    async def put(request: Request) -> Response:
        """Put new and changed items; answered after they are on disk."""
        good, bad = _rows(await body(request), "items", item_from_dict)
        done = await run_in_threadpool(workspace.put, good)
        status = 200 if not bad or good else 422
        return JSONResponse(
            {"written": done.written, "unchanged": done.unchanged, "rejected": bad, "seq": done.seq}, status
        )

    @app.get("/v1/items/{item:path}")
    async def get(item: str) -> Response:
        """One item as it is now."""
        found = await run_in_threadpool(workspace.store.get_item, item)
        if found is None:
            raise _unknown(item)
        return JSONResponse(dataclasses.asdict(found))

    @app.delete("/v1/items/{item:path}")
    async def delete(item: str) -> Response:
        """Delete an item."""
        done = await run_in_threadpool(workspace.delete, [item])
        if not done.written:
            raise _unknown(item)
        return JSONResponse({"deleted": 1, "seq": done.seq})

    @app.get("/v1/health")
    async def health() -> Response:
        """Whether the service can answer."""
        engine = await run_in_threadpool(workspace.engine)
        return JSONResponse(
            {"status": "ok", "bundle": engine.parts.name, "items": engine.parts.n, "seq": workspace.store.latest()}
        )

    @app.exception_handler(SoutuiError)
    async def refuse(request: Request, error: SoutuiError) -> Response:
        return JSONResponse({"error": error.as_dict()}, error.http_status)

    @app.exception_handler(HTTPException)
    async def no_route(request: Request, error: HTTPException) -> Response:
        made = NotFoundError if error.status_code == 404 else UsageError
        told = made(f"{request.method} {request.url.path}: {error.detail}", "the routes are in docs/guide/http.md")
        return JSONResponse({"error": told.as_dict()}, error.status_code, error.headers)

    return app


def page_dict(page: types.Page) -> dict[str, Any]:
    """A page as plain values."""
    return {
        "hits": [
            {
                "item": hit.item,
                "score": round(hit.score, 6),
                "title": hit.title,
                "attributes": dict(hit.attributes),
                "highlights": dict(hit.highlights),
                "reasons": [
                    {"source": reason.source, "weight": reason.weight, "evidence": list(reason.evidence)}
                    for reason in hit.reasons
                ],
            }
            for hit in page.hits
        ],
        "facets": {name: dict(counts) for name, counts in page.facets.items()},
        "took": page.took,
        "bundle": page.bundle,
        "note": page.note,
        "corrected": page.corrected,
        "did_you_mean": page.did_you_mean,
    }


def serve(workspace: Workspace, host: str, port: int) -> None:
    """Serve until interrupted. The bundle is opened first, so that a missing or damaged one is said at once."""
    # One question in both languages loads what would otherwise make the first visitor wait (segmentation: a second).
    workspace.answer(types.Request(query="warm 预热", k=1))
    uvicorn.run(make_app(workspace), host=host, port=port, log_level="warning", access_log=False)


def _request(kind: str, values: Any, max_k: int) -> types.Request:
    if not isinstance(values, dict):
        raise UsageError(f"the body must be a JSON object; {type(values).__name__} came")
    known = _ASK[kind]
    unknown = sorted(set(values) - known)
    if unknown:
        raise UsageError(f"unknown keys {', '.join(unknown)}; {kind} takes {', '.join(sorted(known))}")
    for key in ("query", "user", "item"):
        if values.get(key) is not None and not isinstance(values[key], str):
            raise UsageError(f"{key} must be text; {type(values[key]).__name__} came")
    if kind == "similar" and not values.get("item"):
        raise UsageError("similar needs an item", 'send {"item": "…"}')
    k, offset = _whole("k", values.get("k", 10)), _whole("offset", values.get("offset", 0))
    if k > max_k or offset > 100 * max_k:
        raise UsageError(f"k is at most {max_k}; {k} came", "ask for further pages with offset")
    return types.Request(
        query=values.get("query"),
        user=values.get("user"),
        history=_texts("history", values.get("history", ())),
        item=values.get("item"),
        filters=parse_json(values.get("filters")),
        k=k,
        offset=offset,
        facets=_texts("facets", values.get("facets", ())),
        as_typed=_flag("as_typed", values.get("as_typed", False)),
    )


def _texts(key: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part for part in value.split(",") if part]
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value) or len(value) > 1000:
        raise UsageError(f"{key} must be a list of at most 1000 texts", f'send {{"{key}": ["a", "b"]}}')
    return tuple(value)


def _flag(key: str, value: Any) -> bool:
    known = {"true": True, "1": True, "false": False, "0": False, "": False}
    made = value if isinstance(value, bool) else known.get(str(value).lower())
    if made is None:
        raise UsageError(f"{key} must be true or false; {value!r} came", f"try {key}=true")
    return made


def _whole(key: str, value: Any) -> int:
    try:
        if isinstance(value, bool | float):
            raise ValueError
        return int(value)
    except (TypeError, ValueError):
        raise UsageError(f"{key} must be a whole number; {value!r} came", f"try {key}=10") from None


def _rows(values: Any, key: str, convert: Callable[[Any], Any]) -> tuple[list[Any], list[dict[str, Any]]]:
    """The good rows converted, the bad ones with their place and reason; never one for the other."""
    rows = values.get(key) if isinstance(values, dict) and key in values else values
    if isinstance(rows, dict):
        rows = [rows]
    if not isinstance(rows, list) or len(rows) > MAX_BATCH:
        raise UsageError(f"send a JSON list of at most {MAX_BATCH} {key}", f'or {{"{key}": [...]}}')
    good: list[Any] = []
    bad: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise DataError(f"a row must be a JSON object; {type(row).__name__} came")
            good.append(convert(row))
        except DataError as error:
            bad.append({"row": place, "reason": error.message})
    return good, bad


def _stamped(row: dict[str, Any]) -> dict[str, Any]:
    """An event from a browser carries neither id nor clock: both are given here."""
    return {"id": uuid.uuid4().hex, "time": time.time()} | {
        key: value for key, value in row.items() if value is not None
    }


def _unknown(item: str) -> NotFoundError:
    return NotFoundError(f"unknown item {item[:SHOWN_ID]!r}", "ids are as in the item files")


def _too_large(limit: int) -> UsageError:
    error = UsageError(f"the body is larger than {limit} bytes", "send it in parts, or raise serve.max_body_bytes")
    error.http_status = 413
    return error
