"""A real server in a process of its own: started, asked, stopped, killed."""

from __future__ import annotations

import concurrent.futures
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from shops import item, settings
from soutui.workspace import Workspace

_SERVE = """
import sys
from soutui.serve.app import serve
from soutui.workspace import Workspace
with Workspace.open(sys.argv[1]) as shop:
    serve(shop, "127.0.0.1", int(sys.argv[2]))
"""


@contextmanager
def running(folder: Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """A server over the workspace, and a client of it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(folder), str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
            deadline = time.monotonic() + 60
            while True:
                try:
                    client.get("/v1/health")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, process.communicate()
                    assert time.monotonic() < deadline, "the server did not start"
                    time.sleep(0.05)
            yield client, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_a_server_answers_and_ends_when_asked_to(toy: Workspace) -> None:
    with running(toy.folder) as (client, process):
        answer = client.post("/v1/search", json={"query": "stove"})
        assert [hit["item"] for hit in answer.json()["hits"]] == ["a3", "b4"]
        assert client.get("/v1/items/%2F..%2F茶").status_code == 404
        # What another process writes and builds is seen without a restart.
        toy.put([item("k1", "Inflatable kayak")])
        assert client.get("/v1/search", params={"query": "kayak"}).json()["hits"][0]["item"] == "k1"
        toy.build()
        assert client.get("/v1/health").json()["bundle"] == "000002"
        assert client.get("/v1/search", params={"query": "kayak"}).json()["bundle"] == "000002"
        # Many at once, questions and events mixed.
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(client.get, "/v1/search", params={"query": "tent"}) for _ in range(40)]
            told = [
                pool.submit(
                    client.post, "/v1/events", json={"id": f"e{i}", "kind": "view", "item": "b1", "user": "crowd"}
                )
                for i in range(40)
            ]
            assert {one.result().status_code for one in asked + told} == {200}
            assert {one.result().json()["hits"][0]["item"] for one in asked} == {"a1"}
        assert len(toy.store.history("crowd", 100)) == 40
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert process.returncode in (0, -signal.SIGTERM), err
        assert "Traceback" not in out + err
        with pytest.raises(httpx.TransportError):
            client.get("/v1/health")


def test_acknowledged_events_survive_a_kill(toy: Workspace) -> None:
    with running(toy.folder) as (client, process):
        for i in range(20):
            answer = client.post("/v1/events", json={"id": f"e{i}", "kind": "view", "item": "b1", "user": "visitor"})
            assert answer.json()["accepted"] == 1
        process.kill()
        process.wait()
    assert {one.id for one in toy.store.history("visitor", 100)} == {f"e{i}" for i in range(20)}


def test_a_server_without_a_bundle_says_so_at_once(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "shop", settings()).close()
    done = subprocess.run(
        [sys.executable, "-c", _SERVE, str(tmp_path / "shop"), "1"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "NotBuiltError" in done.stderr
