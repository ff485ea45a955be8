"""Further texts of the sample shop: customer service, headlines for its news page and reviews of its items.

All of it was written by hand for this project: companies and people in the headlines are made up, and no
customer is behind a review. The labels are what the writer meant when writing, not what several readers agreed
on, so a figure measured on them says that the machinery works, not how well it would read real texts.

- **Questions** to customer service, in both languages, each with a few ways in which customers really put it.
- **Headlines**: the topic is what happens; the sentiment is how the news is for the company (for ``economy``: for
  business in general), compared with what was expected. A rumour denied is neutral.
- **Reviews**: the opinion is ``mixed`` when praise and blame both weigh, ``neutral`` when the review only reports.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import orjson

#: What a headline may be about.
TOPICS = (
    "earnings",
    "guidance",
    "merger",
    "regulation",
    "product",
    "labour",
    "markets",
    "economy",
    "supply",
    "management",
)

#: How the news of a headline is.
SENTIMENTS = ("positive", "negative", "neutral")

#: What a review thinks of its item on the whole.
OPINIONS = ("positive", "negative", "mixed", "neutral")

#: What a review may talk about.
ASPECTS = (
    "quality",
    "price",
    "size",
    "comfort",
    "sound",
    "battery",
    "delivery",
    "design",
    "ease",
    "taste",
    "durability",
    "story",
)


@dataclass(frozen=True, slots=True)
class Faq:
    """A question to customer service with its answer. Entries of one ``intent`` are about the same concern."""

    id: str
    intent: str
    question: str
    question_zh: str
    answer: str
    answer_zh: str
    paraphrases: tuple[str, ...]
    paraphrases_zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headline:
    """A business headline in one language, ``en`` or ``zh``, with one of TOPICS and one of SENTIMENTS."""

    id: str
    text: str
    language: str
    topic: str
    sentiment: str


@dataclass(frozen=True, slots=True)
class Review:
    """A review of an item of the shop in one language, with 1 to 5 stars, one of OPINIONS and any of ASPECTS."""

    id: str
    item: str
    text: str
    language: str
    stars: int
    opinion: str
    aspects: tuple[str, ...]


def faq() -> list[Faq]:
    """The questions to customer service."""
    return [
        Faq(
            id=row["id"],
            intent=row["intent"],
            question=row["question"],
            question_zh=row["question_zh"],
            answer=row["answer"],
            answer_zh=row["answer_zh"],
            paraphrases=tuple(row["paraphrases"]),
            paraphrases_zh=tuple(row["paraphrases_zh"]),
        )
        for row in map(orjson.loads, _lines("faq.jsonl"))
    ]


def headlines() -> list[Headline]:
    """The business headlines, the English ones first."""
    return [Headline(*row.split("\t")) for row in _lines("headlines.tsv")[1:]]


def reviews() -> list[Review]:
    """The reviews, the English ones first."""
    rows = (row.split("\t") for row in _lines("reviews.tsv")[1:])
    return [
        Review(number, item, text, language, int(stars), opinion, tuple(aspects.split(",")) if aspects else ())
        for number, item, text, language, stars, opinion, aspects in rows
    ]


def _lines(name: str) -> list[str]:
    text = resources.files("soutui.data.sample").joinpath(name).read_text("utf-8")
    return text.removesuffix("\n").split("\n")
