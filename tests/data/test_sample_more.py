"""The sample shop's customer service, headlines and reviews: counted, balanced, and at one with the shop's items."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import FrozenInstanceError
from importlib import resources

import pytest
from opencc import OpenCC

from soutui.data import sample
from soutui.data.sample import more
from soutui.data.sample.more import Faq, Headline, Review

HAN = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def faq() -> list[Faq]:
    return more.faq()


@pytest.fixture(scope="module")
def headlines() -> list[Headline]:
    return more.headlines()


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    return more.reviews()


def english(entry: Faq) -> list[str]:
    return [entry.question, entry.answer, *entry.paraphrases]


def chinese(entry: Faq) -> list[str]:
    return [entry.question_zh, entry.answer_zh, *entry.paraphrases_zh]


# --- all three ---


def test_counts(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    assert len(faq) == 60
    assert Counter(headline.language for headline in headlines) == {"en": 100, "zh": 100}
    assert Counter(review.language for review in reviews) == {"en": 80, "zh": 70}


def test_ids_are_unique(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    ids = [row.id for rows in (faq, headlines, reviews) for row in rows]
    ids += [item.id for item in sample.items()]
    assert len(set(ids)) == len(ids)
    assert [entry.id for entry in faq] == [f"faq-{n:02d}" for n in range(1, 61)]


def test_no_text_is_used_twice(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    texts = [text for entry in faq for text in english(entry) + chinese(entry)]
    texts += [row.text for row in (*headlines, *reviews)]
    count = Counter(text.strip(" .?!。？！").lower() for text in texts)
    assert [text for text, times in count.items() if times > 1] == []


def test_no_sentence_is_used_twice(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    texts = [text for entry in faq for text in (entry.answer, entry.answer_zh)]
    texts += [row.text for row in (*headlines, *reviews)]
    texts += [item.texts[name] for item in sample.items() for name in ("text", "text_zh")]
    parts = (part.strip() for text in texts for part in re.split(r"[.。;；:：]", text))
    count = Counter(part for part in parts if len(part) > 8)
    assert [part for part, times in count.items() if times > 1] == []


def test_texts_are_in_their_language(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    texts = [("en", text) for entry in faq for text in english(entry)]
    texts += [("zh", text) for entry in faq for text in chinese(entry)]
    texts += [(row.language, row.text) for row in (*headlines, *reviews)]
    simplified = OpenCC("t2s")
    for language, text in texts:
        assert text == text.strip()
        assert text
        assert bool(HAN.search(text)) == (language == "zh"), text
        if language == "zh":
            assert simplified.convert(text) == text
            assert not HALF_WIDTH.search(text), text


def test_cells_need_no_quoting() -> None:
    for name, columns in (("headlines.tsv", 5), ("reviews.tsv", 7)):
        content = resources.files("soutui.data.sample").joinpath(name).read_bytes().decode()
        assert content.endswith("\n")
        assert not set('"\r\u2028\u2029\x85') & set(content)
        assert {line.count("\t") for line in content[:-1].split("\n")} == {columns - 1}


def test_rows_are_frozen(faq: list[Faq], headlines: list[Headline], reviews: list[Review]) -> None:
    for row in (faq[0], headlines[0], reviews[0]):
        with pytest.raises(FrozenInstanceError):
            row.id = "other"  # type: ignore[misc]


# --- customer service ---


def test_every_intent_has_both_languages(faq: list[Faq]) -> None:
    count = Counter(entry.intent for entry in faq)
    assert 22 <= len(count) <= 28
    assert set(count.values()) <= {1, 2, 3, 4, 5}
    for entry in faq:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", entry.intent)
        assert 3 <= len(entry.paraphrases) <= 4, entry.id
        assert 3 <= len(entry.paraphrases_zh) <= 4, entry.id


def test_answers_are_of_sensible_length(faq: list[Faq]) -> None:
    for entry in faq:
        assert entry.question.endswith("?")
        assert entry.question_zh.endswith("？")
        assert 2 <= len(re.findall(r"[.!?](?:\s|$)", entry.answer)) <= 4, entry.id
        assert len(HAN.findall(entry.answer_zh)) >= 25, entry.id


def test_both_answers_name_the_same_prices(faq: list[Faq]) -> None:
    """Every amount in euros stands in the Chinese answer too, so neither language promises something else."""
    checked = 0
    for entry in faq:
        for amount in re.findall(r"EUR (\d+(?:\.\d\d)?)", entry.answer):
            assert float(amount) in {float(n) for n in re.findall(r"\d+(?:\.\d+)?", entry.answer_zh)}, entry.id
            checked += 1
    assert checked >= 25


def test_answers_agree_with_each_other(faq: list[Faq]) -> None:
    """Standard delivery is EUR 4.90 and free over EUR 59, goods go back within 30 days: everywhere."""
    answers = {entry.id: entry.answer for entry in faq}
    assert "EUR 4.90" in answers["faq-05"]
    assert "over EUR 59" in answers["faq-05"]
    for entry in faq:
        assert set(re.findall(r"EUR 4\.\d\d", entry.answer)) <= {"EUR 4.90"}, entry.id
        assert set(re.findall(r"EUR 5\d", entry.answer)) <= {"EUR 59"}, entry.id
        if entry.intent in ("return_item", "exchange_item"):
            assert set(re.findall(r"\d+ days", entry.answer)) <= {"30 days"}, entry.id
    assert sum("30 days" in answer for answer in answers.values()) >= 8


# --- headlines ---


def test_headline_labels_are_balanced(headlines: list[Headline]) -> None:
    assert Counter(headline.sentiment for headline in headlines) == {"positive": 70, "negative": 70, "neutral": 60}
    topics: dict[str, Counter[str]] = defaultdict(Counter)
    for headline in headlines:
        topics[headline.topic][headline.language] += 1
        topics[headline.topic][headline.sentiment] += 1
    assert set(topics) == set(more.TOPICS)
    for count in topics.values():
        assert set(count) == {"en", "zh", *more.SENTIMENTS}
        assert min(count.values()) >= 5


def test_headlines_are_headlines(headlines: list[Headline]) -> None:
    for headline in headlines:
        assert 8 <= len(headline.text) <= 110, headline.id
        assert not headline.text.endswith((".", "。"))


# --- reviews ---


def test_reviews_are_of_items_that_exist(reviews: list[Review]) -> None:
    known = {item.id for item in sample.items()}
    reviewed = Counter(review.item for review in reviews)
    assert set(reviewed) <= known
    assert len(reviewed) == 90
    assert max(reviewed.values()) <= 4


def test_opinion_agrees_with_the_stars(reviews: list[Review]) -> None:
    stars = {"positive": {4, 5}, "negative": {1, 2}, "mixed": {2, 3, 4}, "neutral": {3}}
    assert set(stars) == set(more.OPINIONS)
    for review in reviews:
        assert review.stars in stars[review.opinion], review.id


def test_review_labels_are_balanced(reviews: list[Review]) -> None:
    opinions = Counter(review.opinion for review in reviews)
    assert opinions["positive"] <= 80
    assert min(opinions.values()) >= 12
    assert set(Counter(review.stars for review in reviews)) == {1, 2, 3, 4, 5}


def test_aspects(reviews: list[Review]) -> None:
    count = Counter(aspect for review in reviews for aspect in review.aspects)
    assert set(count) == set(more.ASPECTS)
    assert min(count.values()) >= 5
    for review in reviews:
        assert len(set(review.aspects)) == len(review.aspects)
        assert review.aspects or review.opinion == "neutral"


def test_reviews_are_short_and_long(reviews: list[Review]) -> None:
    for language, short, long in (("en", 65, 250), ("zh", 26, 100)):
        lengths = [len(review.text) for review in reviews if review.language == language]
        assert sum(length <= short for length in lengths) >= 5
        assert sum(length >= long for length in lengths) >= 5
