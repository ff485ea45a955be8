"""Layouts of texts: questions with answers, labelled texts."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from soutui.data.layouts import load
from soutui.data.layouts.label_columns import guess_shape, is_header
from soutui.data.quarantine import Quarantine
from soutui.data.schema import LabelledText
from soutui.errors import DataError


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = text.encode(encoding)
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def lines(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def read(path: Path, aside: dict[str, int] | None = None) -> list[LabelledText]:
    quarantine = Quarantine(None)
    loaded = load("labels", path, quarantine)
    found = list(loaded.texts)
    assert found == list(loaded.texts)  # again, with the same ids
    assert quarantine.reasons == (aside or {})
    assert len({text.id for text in found}) == len(found)
    return found


def plain(texts: list[LabelledText]) -> list[tuple[str, dict[str, str], str]]:
    return [(text.text, dict(text.labels), text.other) for text in texts]


# -- questions and answers ---------------------------------------------------------------------------------------


def test_faq_table(tmp_path: Path) -> None:
    write(
        tmp_path / "faq.csv",
        "Question,Answer,Class,Similar Questions,similar 2\n"
        "How do I pay?,By card.,payment,pay how|how to pay;How do I pay?,paying\n"
        "How do I pay?,By card.,payment,card ok?,\n"
        "How do I pay?,In cash.,shop,card ok?,\n"
        "Empty?,,x,,\n,No question.,x,,\n",
    )
    quarantine = Quarantine(None)
    loaded = load("faq", tmp_path, quarantine)
    for _ in range(2):
        card, cash = loaded.items
        assert (card.title, card.texts, card.attributes) == (
            "How do I pay?",
            {"answer": "By card."},
            {"Class": "payment"},
        )
        assert (cash.title, cash.texts, cash.id != card.id) == ("How do I pay?", {"answer": "In cash."}, True)
        queries = {query.id: query.text for query in loaded.queries}
        assert list(queries.values()) == ["pay how", "how to pay", "paying", "card ok?"]
        judged = [(queries[judgment.query], judgment.item, judgment.grade) for judgment in loaded.judgments]
        assert judged == [
            ("pay how", card.id, 1.0),
            ("how to pay", card.id, 1.0),
            ("paying", card.id, 1.0),
            ("card ok?", card.id, 1.0),  # from the row that was merged
            ("card ok?", cash.id, 1.0),
        ]
        assert quarantine.reasons == {"empty question": 1, "empty answer": 1}
        assert quarantine.notes == {"repeated entry": 1}


def test_faq_in_chinese_with_ids_and_two_languages(tmp_path: Path) -> None:
    write(
        tmp_path / "faq.tsv",
        "编号\t问题\t答案\t分类\t相似问\n7\t怎么退货？\t七天内。\t售后\t如何退货；想退\n7\t别的\t回答\tx\t\n",
    )
    quarantine = Quarantine(None)
    loaded = load("faq", tmp_path / "faq.tsv", quarantine)
    (item,) = loaded.items
    assert (item.id, item.title, item.texts, item.attributes) == (
        "7",
        "怎么退货？",
        {"answer": "七天内。"},
        {"分类": "售后"},
    )
    assert [query.text for query in loaded.queries] == ["如何退货", "想退"]
    assert quarantine.reasons == {"duplicate id": 1}
    row = {"id": "a", "question": "Q?", "question_zh": "问？", "answer": "A", "answer_zh": "答", "intent": "x"}
    write(tmp_path / "two" / "faq.jsonl", lines({**row, "paraphrases": ["q1", "q2"], "paraphrases_zh": ["问一"]}))
    both = load("faq", tmp_path / "two", Quarantine(None))
    (item,) = both.items
    assert (item.title, item.texts) == ("Q?", {"answer": "A", "answer_zh": "答", "question_zh": "问？"})
    assert item.attributes == {"intent": "x"}
    assert [query.text for query in both.queries] == ["q1", "q2", "问一"]


def test_faq_as_intents(tmp_path: Path) -> None:
    intents = [
        {"tag": "greet", "patterns": ["Hi", "Hello"], "responses": ["Good day", "Welcome"]},
        {"tag": "empty", "patterns": [], "responses": ["Good day"]},
    ]
    write(tmp_path / "intents.json", json.dumps({"intents": intents}, indent=1))
    quarantine = Quarantine(None)
    loaded = load("faq", tmp_path, quarantine)
    (item,) = loaded.items
    assert (item.title, item.texts, item.attributes) == ("Hi", {"answer": "Good day\nWelcome"}, {"tag": "greet"})
    assert [query.text for query in loaded.queries] == ["Hello"]
    assert quarantine.reasons == {"empty question": 1}


def test_faq_as_map(tmp_path: Path) -> None:
    pairs = {
        "0": [{"question": "什麼是A？", "answers": ["一", "二"]}, {"question": "B？", "answers": ["三"]}],
        "1": [{"question": "", "answers": ["四"]}],
    }
    write(tmp_path / "pid_map_content.json", json.dumps(pairs, indent=1))
    asked = [{"qid": 1, "query": "A是什麼", "category": "faq"}, {"qid": 2, "query": "保險", "category": "insurance"}]
    write(tmp_path / "questions_example.json", json.dumps({"questions": asked}))
    truths = [{"qid": 1, "retrieve": 0, "category": "faq"}, {"qid": 2, "retrieve": 0, "category": "insurance"}]
    write(tmp_path / "ground_truths.json", json.dumps({"ground_truths": truths}))
    quarantine = Quarantine(None)
    loaded = load("faq", tmp_path, quarantine)
    (item,) = loaded.items
    assert (item.id, item.title) == ("0", "什麼是A？")
    assert item.texts == {"answer": "一\n二\n三", "questions": "B？"}
    assert [(query.id, query.text) for query in loaded.queries] == [("1", "A是什麼")]
    assert [(judgment.query, judgment.item) for judgment in loaded.judgments] == [("1", "0")]
    assert quarantine.reasons == {"empty question": 1, "other documents": 2}


@pytest.mark.parametrize("layout", ["faq", "labels"])
def test_text_layouts_name_missing_files(tmp_path: Path, layout: str) -> None:
    write(tmp_path / "notes.csv", "name,price\na,1\nb,2\n")
    if layout == "faq":
        with pytest.raises(DataError, match=r"not in the faq layout: it needs .*found: notes\.csv"):
            load(layout, tmp_path, Quarantine(None))
    with pytest.raises(DataError, match="does not exist"):
        load(layout, tmp_path / "nowhere", Quarantine(None))
    write(tmp_path / "empty" / "a.txt", "one\ntwo\n")
    with pytest.raises(DataError, match=r"it needs .*found: a\.txt"):
        load(layout, tmp_path / "empty", Quarantine(None))


# -- labelled texts ----------------------------------------------------------------------------------------------


def test_labels_with_header(tmp_path: Path) -> None:
    write(tmp_path / "set" / "train.csv", "text,category\nWhere is my card?,arrival\n,lost\nno label,\nlong,a,b\n")
    write(tmp_path / "set" / "test.csv.gz", 'text,category\n"Where, really?",arrival\n"Where, really?",arrival\n')
    write(tmp_path / "set" / "README.md", "# about")
    write(tmp_path / "set" / "categories.json", '["arrival"]')
    found = read(tmp_path / "set", {"empty text": 1, "empty label": 1, "ragged row": 1})
    assert [(text.text, text.labels, text.source, text.split) for text in found] == [
        ("Where, really?", {"category": "arrival"}, "set", "test"),
        ("Where, really?", {"category": "arrival"}, "set", "test"),  # equal rows stay two
        ("Where is my card?", {"category": "arrival"}, "set", "train"),
    ]
    # One file alone has the same source and the same ids.
    assert read(tmp_path / "set" / "test.csv.gz") == found[:2]


def test_labels_several_label_columns_title_and_split(tmp_path: Path) -> None:
    write(
        tmp_path / "a.tsv",
        "id\theadline\tbody\tairline_sentiment\ttopic\tsentiment_confidence\tsplit\n"
        '1\tUp\t"He said ""go"""\tpositive\tearnings\t.9\tdev\n2\tDown\t\tnegative\t\t.5\ttrain\n',
    )
    first, second = read(tmp_path)
    assert (first.text, first.split) == ('Up\nHe said "go"', "valid")
    assert first.labels == {"airline_sentiment": "positive", "topic": "earnings"}
    assert second.labels == {"airline_sentiment": "negative"}
    assert (second.text, second.split) == ("Down", "train")


def test_labels_chinese_columns_and_excel(tmp_path: Path) -> None:
    write(
        tmp_path / "test_data.csv",
        ",日期,公司,正负面,标题,正文\n4,2018年5月,京天利,0,标题一,正文一\n5,2018年6月,交建,1,标题二,正文二\n",
        "gb18030",
    )
    (tmp_path / "seed.xlsx").write_bytes(b"PK\x03\x04 not opened")
    found = read(tmp_path, {"Excel file": 1})
    assert plain(found) == [("标题一\n正文一", {"正负面": "0"}, ""), ("标题二\n正文二", {"正负面": "1"}, "")]


def test_labels_without_header(tmp_path: Path) -> None:
    rows = [(1, "Wall St. falls", "Stocks fell."), (2, "Cup final", "They won."), (2, "Cup semi-final", "They lost.")]
    write(tmp_path / "news" / "test.csv", "\n".join(f'"{a}","{b}","{c}"' for a, b, c in rows))
    write(tmp_path / "news" / "classes.txt", "World\nSports\n")
    assert plain(read(tmp_path / "news")) == [
        ("Wall St. falls\nStocks fell.", {"label": "World"}, ""),  # numbers from 1
        ("Cup final\nThey won.", {"label": "Sports"}, ""),
        ("Cup semi-final\nThey lost.", {"label": "Sports"}, ""),
    ]
    write(tmp_path / "zh" / "dev.txt", '词汇阅读"是关键\t0\n金科西府\t1\n同步A股\t0\n')
    write(tmp_path / "zh" / "class.txt", "education\nrealty")
    assert [text.labels["label"] for text in read(tmp_path / "zh")] == ["education", "realty", "education"]


def test_labels_pairs(tmp_path: Path) -> None:
    write(
        tmp_path / "csts" / "AFQMC" / "dev.txt", '"双十一\t花呗"提额\t0\n花呗支持\t花呗可以\t1\n为什么有\t额度不足\t0\n'
    )
    write(tmp_path / "csts" / "AFQMC" / "test.txt", "借呗什么时候\t蚂蚁借呗\n网商贷\t如何转变\n")
    write(tmp_path / "csts" / "PAWS-X" / "dev_2k.tsv", "id\tsentence1\tsentence2\tlabel\n4\t甲\t乙\t1\n")
    found = read(tmp_path / "csts")
    assert [(text.source, text.split, text.text, text.other, text.labels) for text in found] == [
        ("csts/AFQMC", "valid", '"双十一', '花呗"提额', {"label": "0"}),
        ("csts/AFQMC", "valid", "花呗支持", "花呗可以", {"label": "1"}),
        ("csts/AFQMC", "valid", "为什么有", "额度不足", {"label": "0"}),
        ("csts/AFQMC", "test", "借呗什么时候", "蚂蚁借呗", {}),  # published without labels
        ("csts/AFQMC", "test", "网商贷", "如何转变", {}),
        ("csts/PAWS-X", "valid", "甲", "乙", {"label": "1"}),
    ]


def test_labels_parallel_questions(tmp_path: Path) -> None:
    rows = [
        ("life", "人寿保险是什么？", "What  is  it?"),
        ("home", "房屋？", "House?"),
        ("life", "需要吗？", "Needed?"),
    ]
    corpus = "\n".join(" ++$++ ".join((str(at), *row)) for at, row in enumerate(rows))
    write(tmp_path / "pool" / "valid.txt", corpus)
    first, *_ = read(tmp_path / "pool")
    assert (first.text, first.other, first.labels) == ("人寿保险是什么？", "What  is  it?", {"label": "life"})


def test_labels_json_by_split(tmp_path: Path) -> None:
    data = {"train": [["send money", "transfer"], ["bad"]], "oos_val": [["sing", "oos"]], "test": [["hi", "greet"]]}
    write(tmp_path / "data_full.json", json.dumps(data, indent=1))
    write(tmp_path / "domains.json", json.dumps({"banking": ["transfer"], "talk": ["greet", "bye"]}))
    found = read(tmp_path, {"ragged row": 1})
    assert [(text.text, dict(text.labels), text.split) for text in found] == [
        ("send money", {"label": "transfer", "domain": "banking"}, "train"),
        ("sing", {"label": "oos"}, "valid"),
        ("hi", {"label": "greet", "domain": "talk"}, "test"),
    ]


def test_labels_json_lines(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", lines({"sentence": "good", "label": 1}, {"sentence": "bad", "label": 0, "x": [1]}))
    assert plain(read(tmp_path / "a.jsonl")) == [("good", {"label": "1"}, ""), ("bad", {"label": "0"}, "")]


def test_labels_western_encoding(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "sentiment,text\nneutral,Café in Zürich – “fine”\npositive,plain\n", "cp1252")
    assert plain(read(tmp_path))[0] == ("Café in Zürich – “fine”", {"sentiment": "neutral"}, "")
    content = "label,text\n1,好的评论\n0,差的评论\n1,还可以的评论\n".encode()
    (tmp_path / "a.csv").write_bytes(content.replace("差".encode(), b"\xe5\xb7"))
    found = read(tmp_path, {"wrong encoding": 1})  # a broken Chinese line is no Western one
    assert [text.text for text in found] == ["好的评论", "还可以的评论"]


def test_labels_several_sets_and_a_zip(tmp_path: Path) -> None:
    write(tmp_path / "sets" / "waimai.csv", "label,review\n1,很快\n0,太慢\n")
    write(tmp_path / "sets" / "readings.csv", "when,celsius\n2020-01-01,4.5\n2020-01-02,4.25\n2020-01-03,7.5\n")
    with zipfile.ZipFile(tmp_path / "sets" / "shopping.zip", "w") as zipped:
        zipped.writestr("shopping.csv", "\ufeffcat,label,review\n书籍,1,\ufeff好书\n")
    found = read(tmp_path / "sets", {"no labels": 1})
    assert [(text.source, text.text, dict(text.labels)) for text in found] == [
        ("sets/shopping", "好书", {"cat": "书籍", "label": "1"}),
        ("sets/waimai", "很快", {"label": "1"}),
        ("sets/waimai", "太慢", {"label": "0"}),
    ]
    alone = read(tmp_path / "sets" / "shopping.zip")
    assert [(text.source, text.text) for text in alone] == [("shopping", "好书")]


WORDS = """
    question answer answers id qid query retrieve text label train data paragraphs context qas action_name user_query
    query_response_hit_ids event_attributes object hits object_id position ordinal client_id query_id timestamp
    _source index category x
"""
KEYS = st.sampled_from(WORDS.split())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), min_size=1, max_size=8))
def test_any_table_has_a_sound_shape_or_none(rows: list[list[str]]) -> None:
    header = is_header(rows[0])
    shape = guess_shape(rows[0], rows[header:], header)
    if shape is not None:
        used = [*shape.texts, *shape.labels, *([shape.other] if shape.other is not None else [])]
        assert shape.texts
        assert len(set(used)) == len(used)
        assert all(0 <= number < shape.width for number in used)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(KEYS, JSON, min_size=1, max_size=5), min_size=1, max_size=4), st.booleans())
def test_any_json_is_read_or_refused(tmp_path: Path, rows: list[dict[str, Any]], whole: bool) -> None:
    path = tmp_path / "any.json"
    path.write_text(json.dumps(rows[0] if whole else rows), "utf-8")
    for layout in ("faq", "labels", "squad", "ubi"):
        try:
            loaded = load(layout, path, Quarantine(None))
            for records in (loaded.items, loaded.events, loaded.queries, loaded.judgments, loaded.texts):
                list(records)
        except DataError:
            continue


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200), st.sampled_from(["text,label\n", "question\tanswer\n", ""]))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes, header: str) -> None:
    for name, layout in (("a.csv", "labels"), ("a.txt", "labels"), ("a.tsv", "faq"), ("a.zip", "labels")):
        path = tmp_path / name
        path.write_bytes((b"PK\x03\x04" if name == "a.zip" else header.encode()) + content)
        try:
            loaded = load(layout, path, Quarantine(None))
            list(loaded.items)
            list(loaded.texts)
        except DataError:
            continue


# -- real sets ---------------------------------------------------------------------------------------------------


@pytest.mark.real
def test_real_bank_faq(shared: Path) -> None:
    quarantine = Quarantine(None)
    items = list(load("faq", shared / "data" / "bank-faq-en", quarantine).items)
    # 1,764 pairs, 277 of which repeat another word for word; four of the 1,334 questions differ in outer space only.
    assert len(items) + quarantine.notes["repeated entry"] == 1_764
    assert (len(items), len({item.title for item in items}), quarantine.count) == (1_487, 1_330, 0)
    assert len({item.attributes["Class"] for item in items}) == 7


@pytest.mark.real
def test_real_esun(shared: Path) -> None:
    quarantine = Quarantine(None)
    loaded = load("faq", shared / "data" / "esun-bank-faq-zh-hant", quarantine)
    items = {item.id: item for item in loaded.items}
    further = sum(item.texts.get("questions", "").count("\n") + ("questions" in item.texts) for item in items.values())
    assert (len(items), len(items) + further) == (617, 1_624)
    judged = list(loaded.judgments)
    assert len(judged) == len(list(loaded.queries)) == 50
    assert {judgment.item for judgment in judged} <= set(items)
    assert quarantine.reasons == {"other documents": 200}  # 100 queries and 100 answers about insurance and finance


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "counts", "aside"),
    [
        ("ag-news-test", {("", "test"): 7_600}, {}),
        ("financial-phrasebank", {("", ""): 4_846}, {}),
        ("thucnews-titles-zh", {("", "valid"): 10_000, ("", "test"): 10_000}, {}),
        ("banking77", {("", "train"): 10_003, ("", "test"): 3_080}, {}),
        # With the out-of-scope ones: 100, 100 and 1,000.
        ("clinc150", {("", "train"): 15_100, ("", "valid"): 3_100, ("", "test"): 5_500}, {}),
        # Of 7,766 and 62,774 reviews one each is empty.
        (
            "zh-review-sentiment",
            {
                ("/ChnSentiCorp_htl_all", ""): 7_765,
                ("/waimai_10k", ""): 11_987,
                ("/online_shopping_10_cats", ""): 62_773,
            },
            {"empty text": 2},
        ),
        ("zh-financial-news-sentiment", {("", "test"): 2_400}, {"Excel file": 1}),
        # PAWS-X has 2,001 lines in each part, with the header.
        (
            "csts-zh-similarity",
            {
                ("/AFQMC", "train"): 34_334,
                ("/AFQMC", "valid"): 4_316,
                ("/AFQMC", "test"): 3_861,
                ("/LCQMC", "valid"): 8_802,
                ("/LCQMC", "test"): 12_500,
                ("/OPPO-xiaobu", "valid"): 10_000,
                ("/PAWS-X", "valid"): 2_000,
                ("/PAWS-X", "test"): 2_000,
                ("/Chinese-STS-B", "train"): 5_231,
                ("/Chinese-STS-B", "valid"): 1_458,
                ("/Chinese-STS-B", "test"): 1_361,
            },
            {},
        ),
        # The two .json files repeat the questions beside ids of answers that were never published.
        (
            "insuranceqa-zh-questions",
            {
                ("/corpus/pool", "train"): 12_889,
                ("/corpus/pool", "valid"): 2_000,
                ("/corpus/pool", "test"): 2_000,
            },
            {"no labels": 2},
        ),
    ],
)
def test_real_labelled_sets(shared: Path, name: str, counts: dict[tuple[str, str], int], aside: dict[str, int]) -> None:
    quarantine = Quarantine(None)
    texts = list(load("labels", shared / "data" / name, quarantine).texts)
    assert Counter((text.source, text.split) for text in texts) == {
        (name + inner, split): count for (inner, split), count in counts.items()
    }
    assert len({text.id for text in texts}) == len(texts)
    assert quarantine.reasons == aside
    labels = Counter(next(iter(text.labels.values()), "") for text in texts)
    known: dict[str, Any] = {
        "ag-news-test": {"World": 1_900, "Sports": 1_900, "Business": 1_900, "Sci/Tech": 1_900},
        "financial-phrasebank": {"neutral": 2_879, "positive": 1_363, "negative": 604},
        "zh-financial-news-sentiment": {"1": 1_200, "0": 1_200},
    }
    assert labels == known.get(name, labels)
    classes = {"thucnews-titles-zh": 10, "banking77": 77, "clinc150": 151, "insuranceqa-zh-questions": 12}
    assert len(labels) == classes.get(name, len(labels))
    if name == "clinc150":
        assert len({text.labels["domain"] for text in texts if "domain" in text.labels}) == 10
