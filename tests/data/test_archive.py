from __future__ import annotations

import gc
import stat
import zipfile
from pathlib import Path

import pytest

from soutui.data import archive
from soutui.data.archive import is_zip, unpack
from soutui.data.layouts import load
from soutui.data.quarantine import Quarantine
from soutui.data.schema import Item
from soutui.errors import DataError


def make(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in members.items():
            zipped.writestr(name, text)
    return path


def test_files_come_out_and_go_away(tmp_path: Path) -> None:
    path = make(
        tmp_path / "a.zip", {"set/x.csv": "a,b\n", "set/in/y.txt": "z", "__MACOSX/._x": "", "set/.DS_Store": ""}
    )
    assert is_zip(path)
    unpacked = unpack(path)
    folder = unpacked.folder
    assert folder.name == "set"  # one folder around everything is stepped into
    assert sorted(file.name for file in folder.rglob("*") if file.is_file()) == ["x.csv", "y.txt"]
    assert (folder / "x.csv").read_text() == "a,b\n"
    del unpacked
    gc.collect()
    assert not folder.exists()


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    path = make(tmp_path / "a.zip", {"fine.csv": "a", name: "b"})
    with pytest.raises(DataError, match="leaves the archive's folder"):
        unpack(path)
    assert not list(tmp_path.rglob("evil.csv"))


def test_links_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, "/etc/passwd")
    with pytest.raises(DataError, match="is a link"):
        unpack(tmp_path / "a.zip")


@pytest.mark.parametrize("name", ["inner.zip", "in/data.tar.gz", "x.7z"])
def test_archives_inside_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="an archive inside the archive"):
        unpack(make(tmp_path / "a.zip", {name: "b"}))


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make(tmp_path / "bomb.zip", {"zeros.csv": "0" * (17 << 20)})
    with pytest.raises(DataError, match="200 times its size") as caught:
        unpack(bomb)
    assert "import the folder" in caught.value.hint
    several = make(tmp_path / "a.zip", {"a.csv": "12345", "b.csv": "12345"})
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 9)
    with pytest.raises(DataError, match="all files together"):
        unpack(several)
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10)
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 4)
    with pytest.raises(DataError, match=r"a\.csv"):
        unpack(several)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
    with pytest.raises(DataError, match="holds 2 files; at most 1"):
        unpack(several)


def test_a_failed_unpacking_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    with pytest.raises(DataError):
        unpack(make(tmp_path / "a.zip", {"a.csv": "1", "../b.csv": "2"}))
    gc.collect()
    assert list(place.iterdir()) == []


def test_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"a.csv": "some text " * 100})
    content = bytearray(path.read_bytes())
    path.write_bytes(content[:60])
    with pytest.raises(DataError, match="damaged zip"):
        unpack(path)
    content[40] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged zip"):
        unpack(path)
    (tmp_path / "b.xlsx").write_bytes(content)
    (tmp_path / "c.zip").write_text("no zip")
    assert not is_zip(tmp_path / "b.xlsx")
    assert not is_zip(tmp_path / "c.zip")
    assert not is_zip(tmp_path)


def test_encrypted_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path / "a.zip", {"a.csv": "x"})
    content = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(magic) + at] |= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="is encrypted"):
        unpack(path)


def test_chinese_names_without_the_utf8_flag(tmp_path: Path) -> None:
    name = "评论一.csv".encode("gbk")
    assert len(name) == 10
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as zipped:
        zipped.writestr("PLACEHOLD0", "一")
    content = (tmp_path / "a.zip").read_bytes().replace(b"PLACEHOLD0", name)
    (tmp_path / "a.zip").write_bytes(content)
    unpacked = unpack(tmp_path / "a.zip")
    assert [file.name for file in unpacked.folder.iterdir()] == ["评论一.csv"]


def test_layouts_read_archives(tmp_path: Path) -> None:
    files = {
        "tiny/corpus.jsonl": '{"_id": "d1", "title": "T", "text": "words"}\n{"_id": ""}\n',
        "tiny/queries.jsonl": '{"_id": "q1", "text": "what?"}\n',
        "tiny/qrels/test.tsv": "query-id\tcorpus-id\tscore\nq1\td1\t2\n",
    }
    path = make(tmp_path / "tiny.zip", files)
    quarantine = Quarantine(None)
    loaded = load("beir", path, quarantine)
    for _ in range(2):
        assert list(loaded.items) == [Item("d1", "T", {"text": "words"})]
        assert [judgment.grade for judgment in loaded.judgments] == [2.0]
    assert quarantine.reasons == {"empty id": 1}
    kept = []
    for item in load("beir", path, Quarantine(None)).items:  # nothing but the loop holds the data set
        gc.collect()
        kept.append(item.id)
    assert kept == ["d1"]
