"""Amazon Reviews as published in 2018 (Ni et al., EMNLP 2019) and 2023 (Hou et al., arXiv:2403.03952).

2018: ``Gift_Cards.json.gz`` or ``Gift_Cards_5.json.gz`` and ``meta_Gift_Cards.json.gz``. 2023: ``Gift_Cards.jsonl.gz``
and ``meta_Gift_Cards.jsonl.gz``. Told apart row by row, so a folder may hold several categories and both years. Reviews
become ratings, and their texts labelled texts with their stars. Summaries are left out of the texts: Amazon fills in
"Five Stars" where none was written, which gives the label away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from soutui.config import EventColumns, ItemColumns
from soutui.data.convert import MAX_FIELD_BYTES, ItemConverter
from soutui.data.events import EventConverter
from soutui.data.hashes import Occurrences, Seen
from soutui.data.layouts.base import Loaded, Records, need, to_items
from soutui.data.layouts.markup import plain
from soutui.data.quarantine import Quarantine
from soutui.data.readers import head, read_rows
from soutui.data.schema import Event, Item, LabelledText
from soutui.data.values import RowError

_WANTED = ("review files such as Gift_Cards_5.json or Gift_Cards.jsonl", "meta_Gift_Cards.json (each also with .gz)")
_SUFFIX = re.compile(r"\.(json|jsonl)(\.gz)?$")
_CORE = re.compile(r"_\d+$")
_PRICE = re.compile(r"(?:from\s*)?\$?\s*([\d,]+(?:\.\d+)?)(?:\s*[-–]\s*\$?\s*[\d,.]+)?")
_ALT = re.compile(r'alt="([^"]*)"')
# Pages that were saved before they were unpacked; the set's own page tells readers to drop those titles.
_UNFORMATTED = "getTime"

_REVIEWS = EventColumns(user="user", item="item", value="rating", time="time", default_kind="rating")
_ITEMS = ItemColumns(
    "id",
    "title",
    ("features", "description"),
    ("brand", "store", "main_category", "category", "price", "average_rating", "rating_number"),
    "image",
)
_NUMBERS = ("price", "average_rating", "rating_number")


def load(path: Path, quarantine: Quarantine) -> Loaded:
    """The data set of a folder or of one review file; raises DataError that says what is missing."""
    reviews, metas = _files(path)
    if not reviews and not metas:
        need(None, path, "amazon", _WANTED)

    def read_items() -> Iterator[Item]:
        seen = Seen()
        converter = ItemConverter(_ITEMS, {}, {**dict.fromkeys(_NUMBERS, "number"), "main_category": "text"})
        for file in metas:
            rows = ((line, _item(values)) for line, values in read_rows(file, quarantine))
            yield from to_items(rows, converter, file, quarantine, seen)

    def read_events() -> Iterator[Event]:
        return (event for event, _ in _reviews(reviews, quarantine))

    def read_texts() -> Iterator[LabelledText]:
        for event, values in _reviews(reviews, quarantine):
            text = plain(values.get("reviewText", values.get("text")))
            if 0 < len(text) <= MAX_FIELD_BYTES:
                yield LabelledText(event.id, text, {"stars": f"{event.value:g}"}, source="amazon")

    return Loaded(items=Records(read_items), events=Records(read_events), texts=Records(read_texts))


def _files(path: Path) -> tuple[list[Path], list[Path]]:
    """Review files and metadata files, told by their first rows; a file that is neither is left alone.

    The 5-core of a category is left out beside the whole of it, which contains it.
    """
    if path.is_file():
        wanted = f"meta_{_CORE.sub('', _stem(path))}"
        files = [path, *(file for file in sorted(path.parent.iterdir()) if _stem(file) == wanted and file != path)]
    else:
        files = sorted(path.iterdir()) if path.is_dir() else []
    by_kind: dict[str, list[Path]] = {"review": [], "meta": [], "": []}
    for file in files:
        by_kind[_kind(file)].append(file)
    stems = {_stem(file) for file in by_kind["review"]}
    reviews = [file for file in by_kind["review"] if _CORE.sub("", _stem(file)) not in stems - {_stem(file)}]
    return reviews, by_kind["meta"]


def _kind(file: Path) -> str:
    keys = set().union(*head(file, 1)) if _stem(file) and file.is_file() else set()
    if not keys & {"asin", "parent_asin"}:
        return ""
    return "review" if keys & {"reviewerID", "user_id"} else "meta"


def _stem(file: Path) -> str:
    return _SUFFIX.sub("", file.name) if _SUFFIX.search(file.name) else ""


def _reviews(files: Sequence[Path], quarantine: Quarantine) -> Iterator[tuple[Event, Mapping[str, Any]]]:
    """Every usable review as an event, and its row. Two readings reject the same rows."""
    convert = EventConverter(_REVIEWS, Occurrences()).convert
    for file in files:
        name = str(file)
        for line, values in read_rows(file, quarantine):
            get = values.get
            if "reviewerID" in values:
                known = (get("reviewerID"), get("asin"), get("overall"), get("unixReviewTime"))
            else:
                known = (get("user_id"), get("parent_asin") or get("asin"), get("rating"), get("timestamp"))
            try:
                event = convert({"user": known[0], "item": known[1], "rating": known[2], "time": known[3]})
            except RowError as error:
                quarantine.reject(name, line, error.column, error.reason, values)
            else:
                yield event, values


def _item(values: Mapping[str, Any]) -> dict[str, Any]:
    """A row of either year under common names."""
    get = values.get
    details, title = get("details"), plain(get("title"))
    brand = get("brand") or (details.get("Brand") if isinstance(details, Mapping) else "")
    main = get("main_category") or get("main_cat") or ""
    if isinstance(main, str) and (shown := _ALT.search(main)):
        main = shown[1]  # a picture of the word
    price = get("price")
    if isinstance(price, str) and (found := _PRICE.fullmatch(price.strip())):
        price = found[1]
    return {
        "id": get("parent_asin") or get("asin"),
        "title": "" if _UNFORMATTED in title else title,
        "features": _texts(get("features") or get("feature")),
        "description": _texts(get("description")),
        "brand": plain(brand),
        "store": plain(get("store")),
        "main_category": plain(main),
        "category": tuple(_texts(get("categories") or get("category"))),
        "price": price,
        "average_rating": get("average_rating"),
        "rating_number": get("rating_number"),
        "image": _picture(get("images") or get("imageURLHighRes") or get("imageURL") or get("image")),
    }


def _texts(value: Any) -> list[str]:
    parts = value if isinstance(value, list) else [value]
    return [text for part in parts if (text := plain(part))]


def _picture(value: Any) -> str:
    """The first picture's address, the largest that is named."""
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, Mapping):
        first = first.get("hi_res") or first.get("large") or first.get("thumb")
    return first if isinstance(first, str) else ""
