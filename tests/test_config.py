from __future__ import annotations

import dataclasses
import tomllib
import typing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soutui.config import PolicySettings, Rule, Settings, TextSettings
from soutui.errors import SettingError


def tables(kind: Any = Settings) -> list[type]:
    """The settings class and every settings class below it."""
    found = [kind]
    for hint in typing.get_type_hints(kind).values():
        for inner in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(inner):
                found += tables(inner)
    return found


@pytest.mark.parametrize("kind", tables(), ids=lambda kind: kind.__name__)
def test_every_setting_is_documented_and_has_a_default(kind: Any) -> None:
    kind()
    for field in dataclasses.fields(kind):
        assert len(field.metadata.get("doc", "")) > 5, f"{kind.__name__}.{field.name}"


def test_the_tree_was_walked() -> None:
    assert {kind.__name__ for kind in tables()} >= {"Settings", "ItemColumns", "EventColumns", "Rule", "ServeSettings"}


def test_nothing_said_is_the_defaults() -> None:
    assert Settings.from_dict({}) == Settings()
    assert Settings().to_toml().strip() == ""


def test_values_reach_their_place() -> None:
    settings = Settings.from_dict(
        {
            "data": {"items": "one.csv", "events": ["a.csv", "b.csv"], "item_columns": {"text": ["about"]}},
            "index": {"half_life_days": 7, "item_to_item": "ease"},
            "encoder": {"quantize": False},
            "policy": {
                "caps": {"brand": 2},
                "rules": [{"action": "pin", "query": "茶", "items": ["1"]}, {"where": {"price": {"lte": 5}}}],
            },
        }
    )
    assert settings.data.items == ("one.csv",)
    assert settings.data.events == ("a.csv", "b.csv")
    assert settings.data.item_columns.text == ("about",)
    assert settings.index.half_life_days == 7.0
    assert isinstance(settings.index.half_life_days, float)
    assert settings.encoder.quantize is False
    assert settings.policy.caps == {"brand": 2}
    assert settings.policy.rules == (
        Rule("pin", query="茶", items=("1",)),
        Rule(where={"price": {"lte": 5}}),
    )
    assert settings.serve == Settings().serve


@pytest.mark.parametrize(
    ("values", "unknown", "nearest"),
    [
        ({"indx": {}}, "'indx'", "'index'"),
        ({"index": {"hnsw_link": 3}}, "'index.hnsw_link'", "'index.hnsw_links'"),
        ({"data": {"item_columns": {"titel": "t"}}}, "'data.item_columns.titel'", "'data.item_columns.title'"),
        ({"policy": {"rules": [{}, {"acton": "pin"}]}}, "'policy.rules[1].acton'", "'policy.rules[1].action'"),
    ],
)
def test_an_unknown_key_names_the_nearest(values: dict[str, Any], unknown: str, nearest: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_dict(values)
    assert unknown in caught.value.message
    assert nearest in caught.value.hint


def test_an_unknown_key_like_no_other_lists_all() -> None:
    with pytest.raises(SettingError, match="depth, learn") as caught:
        Settings.from_dict({"fuse": {"zzzzzz": 1}})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"serve": {"port": "8600"}}, "serve.port = '8600'; it must be int"),
        ({"serve": {"port": 1.5}}, "serve.port = 1.5; it must be int"),
        ({"serve": {"port": True}}, "serve.port = True; it must be int"),
        ({"encoder": {"quantize": 1}}, "encoder.quantize = 1; it must be bool"),
        ({"policy": {"diversity": "much"}}, "policy.diversity = 'much'; it must be float"),
        ({"policy": {"diversity": True}}, "policy.diversity = True; it must be float"),
        ({"store": {"url": 3}}, "store.url = 3; it must be str"),
        ({"index": {"item_to_item": "magic"}}, "allowed: auto, ease, cosine, off"),
        ({"index": {"item_to_item": ["ease"]}}, "allowed: auto, ease, cosine, off"),
        ({"text": {"stop_words": 3}}, "text.stop_words must be a list; int came"),
        ({"text": {"stop_words": ["a", 3]}}, "text.stop_words[1] = 3; it must be str"),
        ({"policy": {"caps": ["brand"]}}, "policy.caps must be a table; list came"),
        ({"policy": {"caps": {"brand": "two"}}}, "policy.caps.brand = 'two'; it must be int"),
        ({"policy": {"rules": {"action": "pin"}}}, "policy.rules must be a list; dict came"),
        ({"policy": {"rules": ["pin"]}}, "policy.rules[0] must be a table; str came"),
        ({"index": 3}, "index must be a table; int came"),
        ([], "the file must be a table; list came"),
    ],
)
def test_wrong_values_say_where_and_what_is_allowed(values: Any, said: str) -> None:
    with pytest.raises(SettingError) as caught:
        Settings.from_dict(values)
    assert said in caught.value.message


def test_settings_are_frozen() -> None:
    settings = Settings()
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.index = Settings().index  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.serve.port = 1  # type: ignore[misc]


def test_defaults_are_not_shared() -> None:
    one, other = PolicySettings(), PolicySettings()
    one.caps["brand"] = 1
    assert other.caps == PolicySettings().caps == {}


def test_load(tmp_path: Path) -> None:
    path = tmp_path / "soutui.toml"
    path.write_text('[text]\nstop_words = ["的"]\n\n[[policy.rules]]\naction = "bury"\n', "utf-8")
    settings = Settings.load(path)
    assert settings.text == TextSettings(stop_words=("的",))
    assert settings.policy.rules == (Rule("bury"),)


@pytest.mark.parametrize("content", [b"[text", b"a = \xff", b"[text]\n[text]\n"])
def test_a_file_that_is_not_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(SettingError, match=r"broken\.toml") as caught:
        Settings.load(path)
    assert "TOML" in caught.value.hint


def test_toml_holds_only_what_differs() -> None:
    settings = Settings.from_dict({"index": {"neighbours": 5}, "fuse": {"depth": 200}})
    assert tomllib.loads(settings.to_toml()) == {"index": {"neighbours": 5}}


TEXT = st.text() | st.text(alphabet="\"\\\n\r\t\x00\x1b\x7f\x85\u2028#=[]{}',.电é🙂")
WHERE = st.dictionaries(
    TEXT,
    st.recursive(
        TEXT | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=4,
    ),
    max_size=3,
)
RULE = st.builds(
    Rule,
    st.sampled_from(["pin", "boost", "bury"]),
    query=TEXT,
    items=st.lists(TEXT, max_size=3).map(tuple),
    where=WHERE,
    weight=st.floats(0, 1e30),
)
SETTINGS = st.builds(
    Settings,
    text=st.builds(TextSettings, stop_words=st.lists(TEXT, max_size=3).map(tuple), title_weight=st.floats(0, 100)),
    policy=st.builds(
        PolicySettings,
        st.sampled_from(["exclude", "keep"]),
        diversity=st.floats(0, 1),
        caps=st.dictionaries(TEXT, st.integers(0, 2**60), max_size=3),
        rules=st.lists(RULE, max_size=3).map(tuple),
    ),
)


@settings(max_examples=50, deadline=None)
@given(SETTINGS)
def test_toml_gives_back_what_was_written(made: Settings) -> None:
    assert Settings.from_dict(tomllib.loads(made.to_toml())) == made


@settings(max_examples=50, deadline=None)
@given(SETTINGS)
def test_plain_values_give_back_what_they_came_from(made: Settings) -> None:
    assert Settings.from_dict(made.as_dict()) == made


def test_every_default_can_be_said_in_toml() -> None:
    """All settings away from their defaults at once."""

    def other(kind: Any) -> Any:
        values: dict[str, Any] = {}
        for field in dataclasses.fields(kind):
            value, hint = getattr(kind(), field.name), typing.get_type_hints(kind)[field.name]
            if dataclasses.is_dataclass(value):
                values[field.name] = other(type(value))
            elif typing.get_origin(hint) is typing.Literal:
                values[field.name] = next(choice for choice in typing.get_args(hint) if choice != value)
            elif isinstance(value, bool):
                values[field.name] = not value
            elif isinstance(value, int | float):
                # One more, or half of it where that is not allowed.
                high = field.metadata["high"]
                values[field.name] = value + 1 if high is None or value + 1 <= high else value / 2 or high
            elif isinstance(value, str):
                values[field.name] = value + "x"
            elif isinstance(value, tuple):
                inner = typing.get_args(hint)[0]
                values[field.name] = (other(inner) if dataclasses.is_dataclass(inner) else "x",)
            else:
                values[field.name] = {"x": 1}
        return kind(**values)

    made = other(Settings)
    assert Settings.from_dict(tomllib.loads(made.to_toml())) == made
    said = tomllib.loads(made.to_toml())
    assert set(said) == {field.name for field in dataclasses.fields(Settings)}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"policy": {"diversity": 7.0}}, "from 0 to 1"),
        ({"split": {"valid": 2.0}}, "from 0 to 0.5"),
        ({"evaluate": {"k": 0}}, "from 1 to 1000"),
        ({"serve": {"port": 99_999}}, "from 0 to 65535"),
        ({"index": {"half_life_days": float("nan")}}, "0.001 or more"),
        ({"policy": {"rules": [{"weight": -1.0}]}}, "0 or more"),
    ],
)
def test_a_value_out_of_range_says_what_is_allowed(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=said):
        Settings.from_dict(values)
