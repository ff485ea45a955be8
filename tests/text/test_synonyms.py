from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.errors import DataError
from soutui.text.analyse import Analyser
from soutui.text.query import QueryParser
from soutui.text.synonyms import MOST_BYTES, Synonyms, SynonymTable

ANALYSER = Analyser()

FILE = """
# furniture
sofa, couch, settee
手机, 电话, mobile phone   # across languages
tv => television, 电视
移动电源，充电宝
t-shirt, tee
"""


def parser(text: str) -> QueryParser:
    return QueryParser(ANALYSER, SynonymTable(Synonyms.parse(text.encode()), ANALYSER))


def others(text: str, query: str) -> list[set[tuple[str, ...]]]:
    return [set(clause.others) for clause in parser(text).parse(query).clauses]


def test_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "synonyms.txt").write_bytes(b"\xef\xbb\xbf" + FILE.encode())
    read = Synonyms.read(tmp_path / "synonyms.txt")
    assert len(read) == 5
    assert read.problems == ()
    assert read.rules[0] == (("sofa", "couch", "settee"), ("sofa", "couch", "settee"))
    assert read.rules[2] == (("tv",), ("television", "电视"))


def test_every_entry_finds_the_others() -> None:
    couch, settee, sofa = (tuple(ANALYSER.terms(word)) for word in ("couch", "settee", "sofa"))
    assert others(FILE, "red sofa") == [{couch, settee}]
    assert others(FILE, "Couches") == [{sofa, settee}]
    assert others(FILE, "red chair") == []


def test_one_way() -> None:
    assert others(FILE, "tv") == [{("televis",), ("电视", "电视")}]
    assert others(FILE, "television") == []
    assert others(FILE, "电视") == []


def test_phrases_and_languages() -> None:
    assert others(FILE, "手机") == [{("电话", "电话"), ("mobil", "phone")}]
    assert others(FILE, "mobile phones cheap") == [{("手机", "手机"), ("电话", "电话")}]
    assert others(FILE, "phone mobile") == []  # another order is another phrase


def test_traditional_characters_find_the_same() -> None:
    assert others(FILE, "手機") == others(FILE, "手机")


def test_a_chinese_entry_is_found_however_it_is_cut() -> None:
    (clause,) = parser(FILE).parse("小移动电源").clauses
    assert clause.others == (("充电", "电宝", "充电"),)
    assert {"移动", "电源", "动电"} <= set(clause.typed)
    assert "小移" in parser(FILE).parse("小移动电源").terms  # the pair at the edge stays


def test_typed_terms_lose_nothing() -> None:
    for query in ("red sofa 手机壳", "mobile phone 手机 tv", "小移动电源 500 ml", "the who", "sofa sofa"):
        read = parser(FILE).parse(query)
        typed = [*read.terms, *(term for clause in read.clauses for term in clause.typed)]
        assert set(ANALYSER.query_terms(query)) <= {*typed, *read.others}, query


def test_a_joined_word_needs_only_itself() -> None:
    assert others(FILE, "tee") == [{("tshirt",)}]


def test_groups_do_not_chain() -> None:
    text = "a1, b1\nb1, c1"
    assert others(text, "a1") == [{("b1",)}]
    assert others(text, "b1") == [{("a1",), ("c1",)}]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("sofa", "one entry alone"),
        ("sofa, Sofa", "one entry alone"),
        ("=> couch", "nothing on one side"),
        ("sofa =>", "nothing on one side"),
        ("a => b => c", "more than one =>"),
        ("sofa, !!!", "without a letter"),
        ("sofa, " + "x" * 101, "longer than"),
        ("sofa, one two three four five six seven eight nine", "longer than"),
        (", ".join(map(str, range(100))), "entries; at most"),
    ],
)
def test_bad_lines_are_told_and_the_others_count(line: str, why: str) -> None:
    read = Synonyms.parse(f"chair, seat\n# comment\n{line}\ntable, desk\n".encode())
    assert len(read) == 2
    assert len(read.problems) == 1
    assert read.problems[0].startswith("line 3: ")
    assert why in read.problems[0]


def test_a_line_in_another_encoding_is_told() -> None:
    read = Synonyms.parse(b"sofa, couch\n" + "手机, 电话".encode("gb18030"))
    assert len(read) == 1
    assert read.problems == ("line 2: not UTF-8; save the file as UTF-8",)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        Synonyms.read(tmp_path / "none.txt")
    with pytest.raises(DataError, match="cannot be read"):
        Synonyms.read(tmp_path)
    (tmp_path / "large.txt").write_bytes(b"a, b\n" * (MOST_BYTES // 5 + 1))
    with pytest.raises(DataError, match="at most"):
        Synonyms.read(tmp_path / "large.txt")


def test_many_bad_lines_are_told_in_short() -> None:
    assert len(Synonyms.parse(b"one\n" * 1000).problems) == 21


def test_sharp_is_a_letter_of_c_sharp() -> None:
    assert Synonyms.parse(b"c#, csharp").rules[0][0] == ("c#", "csharp")


@given(
    st.binary(max_size=200) | st.text(alphabet="ab手机, =>#\n茶5g", max_size=200).map(str.encode), st.text(max_size=50)
)
@settings(deadline=None)  # the first Chinese text loads the dictionary
def test_any_file_and_any_query(data: bytes, query: str) -> None:
    read = QueryParser(ANALYSER, SynonymTable(Synonyms.parse(data), ANALYSER)).parse(query)
    for clause in read.clauses:
        assert clause.typed
        assert all(other for other in clause.others)


def test_hostile_files_and_queries_stay_small() -> None:
    group = ", ".join(f"w{i}" for i in range(64))
    large = Synonyms.parse("\n".join(group.replace("w", f"v{n}x") for n in range(1000)).encode())
    assert len(large) < 300
    assert "the rest is not read" in large.problems[-1]
    table = SynonymTable(Synonyms.parse("\n".join(f"sofa, w{i}" for i in range(500)).encode()), ANALYSER)
    query = QueryParser(ANALYSER, table).parse("sofa " * 1000)
    assert len(query.clauses) == 24
    assert all(len(clause.others) == 64 for clause in query.clauses)
    # What is beyond is searched as it is typed.
    assert query.terms["sofa"] > 700
