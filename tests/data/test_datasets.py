"""Public sets: the facts are sound; a download is whole, checked and resumed, or an error says how to go on."""

from __future__ import annotations

import hashlib
import io
import re
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import orjson
import pytest

from soutui.data import layouts
from soutui.data.public import Dataset, File, catalogue, download, find, get
from soutui.data.public.download import Patience
from soutui.data.quarantine import Quarantine
from soutui.errors import BusyError, DataError, NotFoundError, ResourceError, SoutuiError, UsageError
from soutui.locks import exclusive

HASTE = Patience(answer=2.0, stall=2.0, tries=3, backoff=0.0)
BODY = bytes(range(256)) * 1000


def silent(stage: str, done: int, total: int) -> None:
    pass


class Server:
    """A publisher on this machine. ``asked`` are the requests so far: path and Range."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.etags: dict[str, str] = {}
        self.redirects: dict[str, str] = {}
        self.failures: dict[str, list[int]] = {}  # answers before the right one
        self.cuts: dict[str, list[int]] = {}  # bytes after which it breaks off, once each
        self.asked: list[tuple[str, str]] = []
        self.ranges = True
        self.silent = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                outer.answer(self)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, asked = handler.path, handler.headers.get("Range", "")
        self.asked.append((path, asked))
        handler.close_connection = True
        if self.silent:
            time.sleep(1.0)
            return
        if self.failures.get(path):
            handler.send_error(self.failures[path].pop(0))
            return
        if path in self.redirects:
            handler.send_response(302)
            handler.send_header("Location", self.redirects[path])
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if path not in self.files:
            handler.send_error(404)
            return
        body, start = self.files[path], 0
        same = handler.headers.get("If-Range", self.etags.get(path, "")) == self.etags.get(path, "")
        if asked and self.ranges and same:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            handler.send_response(206)
            handler.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            handler.send_response(200)
        if path in self.etags:
            handler.send_header("ETag", self.etags[path])
        handler.send_header("Content-Length", str(len(body) - start))
        handler.end_headers()
        end = self.cuts[path].pop(0) if self.cuts.get(path) else len(body)
        handler.wfile.write(body[start:end])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    made = Server()
    yield made
    made.close()


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"set/{name}.csv", content)
    return out.getvalue()


def dataset(*files: File, **values: str) -> Dataset:
    facts = {"name": "toy", "about": "a toy", "size": "", "licence": "free", "layout": "movielens", "page": "https://x"}
    return replace(Dataset(**facts, files=files), **values)


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- the catalogue ---


def test_the_catalogue_is_sound() -> None:
    known = catalogue()
    assert len({one.name for one in known}) == len(known) >= 15
    for one in known:
        assert one.layout in layouts.LAYOUTS
        assert one.about
        assert one.licence
        assert one.page.startswith("https://")
        assert re.fullmatch(r"[a-z0-9-]+", one.name)
        for file in one.files:
            assert urlsplit(file.url).scheme == "https"
            assert file.name not in ("", ".", "..")
            assert re.fullmatch(r"[0-9a-f]{64}|", file.sha256)
            assert re.fullmatch(r"[0-9a-f]{32}|", file.md5)
            assert file.bytes >= 0
            assert bool(one.parts) == ("{part}" in file.url)


def test_names_and_parts() -> None:
    chosen = find("amazon-reviews-2023/Gift_Cards")
    assert [file.name for file in chosen.files] == ["Gift_Cards.jsonl.gz", "meta_Gift_Cards.jsonl.gz"]
    for name, told in (
        ("movielens-latest-smal", "did you mean movielens-latest-small?"),
        ("amazon-reviews-2023", "no part ''"),
        ("amazon-reviews-2023/Gift", "Gift_Cards"),
        ("esci/x", "has no parts"),
        ("../etc", "no data set"),
    ):
        with pytest.raises(NotFoundError) as error:
            find(name)
        assert told in f"{error.value.message} {error.value.hint}"


# --- getting one ---


def test_a_zip_becomes_a_folder(server: Server, tmp_path: Path) -> None:
    body = packed(
        movies=b"movieId,title,genres\n1,One,Drama\n", ratings=b"userId,movieId,rating,timestamp\n7,1,4.5,1500000000\n"
    )
    server.files["/set.zip"] = body
    told: list[tuple[str, int, int]] = []
    place = tmp_path / "sets" / "toy"
    got = get(dataset(File(f"{server.url}/set.zip")), place, (), lambda *one: told.append(one), HASTE)
    assert (got.digests, got.trusted, got.already) == ({"set.zip": sha(body)}, ("set.zip",), False)
    assert sorted(path.name for path in place.iterdir()) == ["dataset.json", "movies.csv", "ratings.csv"]
    assert [path.name for path in place.parent.iterdir()] == ["toy"]
    assert told[-1] == ("download", len(body), len(body))
    loaded = layouts.load("movielens", place, Quarantine(None))
    assert len(list(loaded.events)) == 1
    again = get(dataset(File(f"{server.url}/set.zip")), place, (), silent, HASTE)
    assert again.already
    assert len(server.asked) == 1
    # A file is gone: it is fetched again, and must be what it was.
    (place / "movies.csv").unlink()
    server.files["/set.zip"] = packed(movies=b"other")
    with pytest.raises(DataError, match="at the first download it was"):
        get(dataset(File(f"{server.url}/set.zip")), place, (), silent, HASTE)
    server.files["/set.zip"] = body
    assert get(dataset(File(f"{server.url}/set.zip")), place, (), silent, HASTE).trusted == ()
    assert (place / "movies.csv").exists()


def test_several_files_with_digests(server: Server, tmp_path: Path) -> None:
    server.files |= {"/a.csv": b"one", "/b.csv": b"two"}
    md5 = hashlib.md5(b"two", usedforsecurity=False).hexdigest()
    files = (File(f"{server.url}/a.csv", 3, sha(b"one")), File(f"{server.url}/b.csv", md5=md5))
    got = get(dataset(*files), tmp_path / "toy", (), silent, HASTE)
    assert got.trusted == ()
    assert (tmp_path / "toy" / "b.csv").read_bytes() == b"two"
    assert orjson.loads((tmp_path / "toy" / "dataset.json").read_bytes())["files"] == {"a.csv": 3, "b.csv": 3}


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (File("/a.csv", sha256="0" * 64), "its sha256 is"),
        (File("/a.csv", md5="0" * 32), "its md5 is"),
        (File("/a.csv", bytes=7), "it has 5 bytes, 7 are stated"),
    ],
)
def test_a_wrong_file_is_kept_aside(server: Server, tmp_path: Path, file: File, told: str) -> None:
    server.files["/a.csv"] = b"wrong"
    with pytest.raises(DataError, match=told) as error:
        get(dataset(replace(file, url=server.url + file.url)), tmp_path / "toy", (), silent, HASTE)
    assert (tmp_path / "toy.download" / "a.csv.bad").read_bytes() == b"wrong"
    assert str(tmp_path / "toy.download" / "a.csv.bad") in error.value.message
    assert not (tmp_path / "toy").exists()


def test_other_addresses(server: Server, tmp_path: Path) -> None:
    server.files["/mirror/download"] = b"one"
    wanted = dataset(File("https://publisher.example/a.csv", sha256=sha(b"one")))
    get(wanted, tmp_path / "toy", [f"{server.url}/mirror/download"], silent, HASTE)
    assert (tmp_path / "toy" / "a.csv").read_bytes() == b"one"
    with pytest.raises(UsageError, match="1 files; 2 addresses"):
        get(wanted, tmp_path / "toy2", [server.url + "/a", server.url + "/b"], silent, HASTE)
    # Only its terms' page is known: an address makes it a download.
    server.files["/mine.csv"] = b"x"
    get(dataset(), tmp_path / "toy3", [f"{server.url}/mine.csv"], silent, HASTE)
    assert (tmp_path / "toy3" / "mine.csv").exists()
    with pytest.raises(UsageError, match="end in the name"):
        get(dataset(), tmp_path / "toy4", [f"{server.url}/"], silent, HASTE)


def test_terms_that_must_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="terms are accepted on its page") as error:
        get(dataset(page="https://terms.example"), tmp_path / "toy", (), silent, HASTE)
    assert "https://terms.example" in error.value.hint
    assert f"soutui import SHOP movielens {tmp_path / 'toy'}" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things(server: Server, tmp_path: Path) -> None:
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "mine.txt").write_text("x")
    with pytest.raises(UsageError, match="holds other things"):
        get(dataset(File(f"{server.url}/a.csv")), tmp_path / "toy", (), silent, HASTE)
    assert (tmp_path / "toy" / "mine.txt").exists()
    (tmp_path / "empty").mkdir()
    server.files["/a.csv"] = b"x"
    get(dataset(File(f"{server.url}/a.csv")), tmp_path / "empty", (), silent, HASTE)
    with exclusive(tmp_path / "busy.download" / ".lock", "it"), pytest.raises(BusyError):
        get(dataset(File(f"{server.url}/a.csv")), tmp_path / "busy", (), silent, HASTE)


def test_an_archive_made_to_harm(server: Server, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../escaped.csv", "x")
    server.files["/set.zip"] = out.getvalue()
    with pytest.raises(DataError, match="leaves the archive"):
        get(dataset(File(f"{server.url}/set.zip")), tmp_path / "a" / "b" / "toy", (), silent, HASTE)
    assert not list(tmp_path.rglob("escaped.csv"))
    assert not (tmp_path / "a" / "b" / "toy").exists()


# --- the line ---


def fetch(server: Server, tmp_path: Path, path: str = "/f.bin", most: int = 1 << 20, resume: bool = True) -> bytes:
    target = tmp_path / "f.bin"
    download.download(server.url + path, target, most, silent, HASTE, resume=resume)
    assert [one.name for one in tmp_path.iterdir()] == ["f.bin"]
    return target.read_bytes()


def test_it_goes_on_where_it_broke_off(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"], server.etags["/f.bin"], server.cuts["/f.bin"] = BODY, '"v1"', [100_000, 200_000]
    assert fetch(server, tmp_path) == BODY
    assert [asked for _, asked in server.asked] == ["", "bytes=100000-", "bytes=200000-"]


def test_it_goes_on_in_another_process(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"], server.etags["/f.bin"], server.cuts["/f.bin"] = BODY, '"v1"', [100_000] * 3
    with pytest.raises(ResourceError, match="broke off after 100000 of 256000 bytes"):
        fetch(server, tmp_path)
    assert (tmp_path / "f.bin.part").stat().st_size == 100_000
    assert fetch(server, tmp_path) == BODY
    assert server.asked[-1][1] == "bytes=100000-"


def test_a_file_that_changed_meanwhile_is_fetched_anew(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"], server.etags["/f.bin"], server.cuts["/f.bin"] = BODY, '"v1"', [100_000] * 3
    with pytest.raises(ResourceError):
        fetch(server, tmp_path)
    server.files["/f.bin"], server.etags["/f.bin"] = BODY[::-1], '"v2"'
    assert fetch(server, tmp_path) == BODY[::-1]


def test_a_part_is_not_trusted_blindly(server: Server, tmp_path: Path) -> None:
    # Neither the server nor a digest can say that it is the same file: begin anew.
    server.files["/f.bin"], server.cuts["/f.bin"] = BODY, [100_000]
    assert fetch(server, tmp_path, resume=False) == BODY
    assert [asked for _, asked in server.asked] == ["", ""]


def test_a_server_without_ranges(server: Server, tmp_path: Path) -> None:
    server.ranges = False
    server.files["/f.bin"], server.etags["/f.bin"], server.cuts["/f.bin"] = BODY, '"v1"', [100_000]
    assert fetch(server, tmp_path) == BODY


def test_it_tries_again(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"], server.failures["/f.bin"] = BODY, [503, 429]
    assert fetch(server, tmp_path) == BODY
    server.failures["/g.bin"] = [500] * 3
    with pytest.raises(ResourceError, match="the server says 500"):
        download.download(server.url + "/g.bin", tmp_path / "g.bin", 10, silent, HASTE)


@pytest.mark.parametrize(("code", "kind"), [(404, NotFoundError), (403, DataError), (410, NotFoundError)])
def test_it_gives_up_at_once(server: Server, tmp_path: Path, code: int, kind: type[SoutuiError]) -> None:
    server.failures["/f.bin"] = [code] * 3
    with pytest.raises(kind, match=f"the server says {code}"):
        fetch(server, tmp_path)
    assert len(server.asked) == 1


def test_redirects(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"] = BODY
    server.redirects |= {"/a": "/b", "/b": "/f.bin", "/round": "/round"}
    assert fetch(server, tmp_path, "/a") == BODY
    for path, told in (
        ("/plain", "not encrypted"),
        ("/file", "not allowed"),
        ("/ftp", "not an address"),
        ("/round", "302"),
        ("/who", "password"),
    ):
        server.redirects |= {
            "/plain": "http://publisher.example/f.bin",
            "/file": "file:///etc/passwd",
            "/ftp": "ftp://publisher.example/f.bin",
            "/who": "https://me:secret@publisher.example/f.bin",
        }
        with pytest.raises((UsageError, DataError), match=told) as error:
            download.download(server.url + path, tmp_path / "x.bin", 10, silent, HASTE)
        assert "secret" not in error.value.message


def test_never_from_outside_to_this_machine() -> None:
    handler = download._Redirects("https://publisher.example/f.bin")
    request = download.urllib.request.Request("https://publisher.example/f.bin")
    with pytest.raises(DataError, match="this machine"):
        handler.redirect_request(request, io.BytesIO(), 302, "", {}, "http://127.0.0.1:9200/_all")


@pytest.mark.parametrize(
    "url",
    [
        "http://publisher.example/x",
        "ftp://h/x",
        "file:///etc/passwd",
        "x",
        "",
        "https://",
        "https://a b/x",
        "https://[/x",
    ],
)
def test_addresses_that_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        download.download(url, tmp_path / "x", 10, silent, HASTE)
    assert list(tmp_path.iterdir()) == []


def test_more_than_expected(server: Server, tmp_path: Path) -> None:
    server.files["/f.bin"] = BODY
    with pytest.raises(DataError, match="256000 bytes; at most 1000"):
        fetch(server, tmp_path, most=1000)


def test_a_disk_with_too_little_room(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files["/f.bin"] = BODY
    usage = download.shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("soutui.data.public.download.shutil.disk_usage", lambda path: usage)
    with pytest.raises(ResourceError, match="room for 1000"):
        fetch(server, tmp_path)


def test_a_server_that_does_not_answer(server: Server, tmp_path: Path) -> None:
    server.silent = True
    impatient = Patience(answer=0.1, tries=2, backoff=0.0)
    files = (File(f"{server.url}/f.bin"),)
    with pytest.raises(ResourceError, match="timed out") as error:
        get(dataset(*files), tmp_path / "toy", (), silent, impatient)
    assert f"{server.url}/f.bin" in error.value.hint
    assert f"soutui import SHOP movielens {tmp_path / 'toy'}" in error.value.hint
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_there(tmp_path: Path, server: Server) -> None:
    with pytest.raises(ResourceError, match="refused"):
        download.download("http://127.0.0.1:9/x.bin", tmp_path / "x.bin", 10, silent, HASTE)
