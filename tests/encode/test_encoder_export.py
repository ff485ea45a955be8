"""Exporting: every kind of model that is supported equals sentence-transformers; what is not supported is refused."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from tiny_models import make_model, settings, write

from soutui.config import EncoderSettings
from soutui.encode import base, export
from soutui.encode.base import cache_folder, find_model, open_encoder
from soutui.encode.folder import read_folder
from soutui.encode.onnx import OnnxEncoder
from soutui.errors import DataError, MissingExtraError, NotFoundError, SettingError, SoutuiError

TEXTS = ["red shoes", "blue phone case for women", "手机 红色", "lamp", "red blue green " * 6]


def opened(model: Path, cache: Path, **changes: object) -> OnnxEncoder:
    made = open_encoder(settings(model, **changes), cache)
    assert made is not None
    return made


@pytest.mark.parametrize(
    "parts",
    [
        {"pooling": "cls"},
        {"pooling": "mean", "dense": "Tanh", "prompts": {"query": "query: ", "document": "passage: "}},
        {"pooling": ["max", "mean_sqrt_len_tokens"]},
        {"pooling": "lasttoken", "dense": "Identity"},
        {"pooling": "weightedmean", "prompts": {"query": "query: "}},
    ],
    ids=["cls", "dense and prefixes", "two parts", "last token", "weighted"],
)
def test_vectors_equal_those_of_sentence_transformers(tmp_path: Path, parts: dict[str, object]) -> None:
    if "dense" in parts and parts["pooling"] == "mean":
        parts = parts | {"lengths": {"model_max_length": 12}}
    model = make_model(tmp_path / "model", **parts)
    encoder = opened(model, tmp_path / "cache")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from sentence_transformers import SentenceTransformer

        original = SentenceTransformer(str(model), device="cpu", trust_remote_code=False)
        original.tokenizer.backend_tokenizer.no_padding()
        original.tokenizer.backend_tokenizer.no_truncation()
        queries, items = original.encode_query(TEXTS), original.encode_document(TEXTS)
    assert encoder.card.max_tokens == 16
    np.testing.assert_allclose(encoder.encode(TEXTS, "query"), queries, atol=1e-4)
    np.testing.assert_allclose(encoder.encode(TEXTS, "item"), items, atol=1e-4)


def test_the_card_says_what_was_exported(tiny: OnnxEncoder) -> None:
    card = json.loads((tiny.folder / "encoder.json").read_text("utf-8"))
    assert card["fingerprint"] == tiny.fingerprint == tiny.folder.name
    assert (card["dim"], card["pooling"], card["precision"]) == (32, ["mean"], "fp32")
    assert card["max_tokens"] == 32  # the model has 32 positions
    assert card["parity_mean"] > 0.9999
    assert sorted(path.name for path in tiny.folder.iterdir()) == ["encoder.json", "encoder.onnx", "tokenizer.json"]


def test_a_finer_graph_serves_when_int8_is_too_coarse(
    plain_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    int8 = opened(plain_model, tmp_path / "int8", quantize=True).card
    assert (int8.precision, int8.note) == ("int8", "")
    monkeypatch.setattr(export, "INT8_PARITY", int8.parity_mean + 1e-5)
    mixed = opened(plain_model, tmp_path / "mixed", quantize=True).card
    assert mixed.precision == "mixed"
    assert mixed.note.startswith("int8 has a mean cosine of 0.9")
    assert mixed.parity_mean > int8.parity_mean
    monkeypatch.setattr(export, "INT8_PARITY", 1.1)
    exact = opened(plain_model, tmp_path / "exact", quantize=True)
    assert (exact.card.precision, exact.card.note[:4]) == ("fp32", "fp32")
    assert exact.card.parity_mean > 0.9999
    assert sorted(path.name for path in exact.folder.iterdir()) == ["encoder.json", "encoder.onnx", "tokenizer.json"]
    monkeypatch.setattr(export, "FP32_PARITY", 1.1)
    with pytest.raises(SoutuiError, match="differs from the original"):
        opened(plain_model, tmp_path / "none")
    assert [path.suffix for path in (tmp_path / "none" / "encoders").iterdir()] == [".lock"]


def test_the_cache_is_used_without_torch(plain_model: Path, tiny: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    cache = tiny.folder.parent.parent
    assert opened(plain_model, cache).fingerprint == tiny.fingerprint
    with pytest.raises(MissingExtraError, match="needs") as caught:
        opened(plain_model, cache, max_tokens=9)
    assert "soutui[train]" in caught.value.hint


def test_the_fingerprint_follows_weights_and_settings(plain_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(plain_model, model)
    usual = settings(model)

    def name(changed: EncoderSettings = usual) -> str:
        return base.fingerprint(read_folder(model), changed, tmp_path / "cache")

    first = name()
    assert name() == first
    assert name(dataclasses.replace(usual, threads=7)) == first
    assert name(dataclasses.replace(usual, max_tokens=9)) != first
    assert name(dataclasses.replace(usual, quantize=True)) != first
    weights = model / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert name() != first
    content[-1] ^= 1
    weights.write_bytes(content)
    assert name() == first
    for note in (tmp_path / "cache" / "hashes").iterdir():
        note.write_text("{")
    assert name() == first
    write(model / "tokenizer_config.json", {})
    assert name() != first


def test_a_damaged_cache_is_exported_again(plain_model: Path, tmp_path: Path) -> None:
    encoder = opened(plain_model, tmp_path)
    (encoder.folder / "encoder.onnx").write_bytes(b"half")
    said: list[str] = []
    again = open_encoder(settings(plain_model), tmp_path, said.append)
    assert again is not None
    assert "damaged" in said[0]
    np.testing.assert_allclose(again.encode(TEXTS, "item"), encoder.encode(TEXTS, "item"), atol=1e-5)


CODE = """
import sys
from pathlib import Path
from soutui.config import EncoderSettings
from soutui.encode.base import open_encoder
print("ready", flush=True)
said = []
made = open_encoder(EncoderSettings(model=sys.argv[1], quantize=False), Path(sys.argv[2]), said.append)
print(made.fingerprint, len(said))
"""


def child(model: Path, cache: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CODE, str(model), str(cache)]
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def test_two_processes_export_once(plain_model: Path, tmp_path: Path) -> None:
    children = [child(plain_model, tmp_path) for _ in range(2)]
    answers = [process.communicate(timeout=300) for process in children]
    assert [error for _, error in answers] == ["", ""]
    names, steps = zip(*(out.splitlines()[1].split() for out, _ in answers), strict=True)
    assert len(set(names)) == 1
    assert sorted(map(int, steps)) == [0, 2]  # one exported in two steps, the other had nothing to do


def test_a_killed_export_leaves_nothing_half(plain_model: Path, tmp_path: Path) -> None:
    process = child(plain_model, tmp_path)
    home = tmp_path / "encoders"
    deadline = time.monotonic() + 300
    while not list(home.glob(".*-*/encoder.onnx")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert [path.name for path in home.iterdir() if path.is_dir() and not path.name.startswith(".")] == []
    opened(plain_model, tmp_path)
    assert len([path for path in home.iterdir() if path.is_dir()]) == 1


@pytest.mark.parametrize("weights", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_pickled_weights_are_refused(plain_model: Path, tmp_path: Path, weights: str) -> None:
    model = tmp_path / "model"
    shutil.copytree(plain_model, model)
    (model / "model.safetensors").rename(model / weights)
    with pytest.raises(DataError, match="pickle"):
        open_encoder(settings(model), tmp_path / "cache")


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ([{"path": "", "type": "custom_st.Transformer"}], "code of the model's own"),
        ([{"path": "", "type": "sentence_transformers.models.CLIPModel"}], "CLIPModel"),
        ([{"path": "", "type": "sentence_transformers.models.Transformer"}], "no Pooling"),
        ([{"path": "../..", "type": "sentence_transformers.models.Transformer"}], "outside"),
        (["Transformer"], "type"),
        ({}, "not a list"),
    ],
)
def test_unknown_modules_are_refused(plain_model: Path, tmp_path: Path, modules: object, text: str) -> None:
    shutil.copytree(plain_model, tmp_path / "model")
    write(tmp_path / "model" / "modules.json", modules)
    with pytest.raises(DataError, match=text):
        read_folder(tmp_path / "model")


@pytest.mark.parametrize(
    ("file", "content", "text"),
    [
        ("2_Dense/config.json", {"activation_function": "evil.module.Tanh"}, "Dense"),
        ("2_Dense/config.json", {"use_residual": True}, "Dense"),
        ("1_Pooling/config.json", {"pooling_mode": "attention"}, "attention"),
        ("1_Pooling/config.json", {"pooling_mode": "cls", "include_prompt": False}, "prefix"),
        ("1_Pooling/config.json", {"pooling_mode_cls_token": False}, "no kind"),
        ("config.json", {"model_type": "t5", "is_encoder_decoder": True}, "encoder-decoder"),
        ("config.json", {}, "model_type"),
    ],
)
def test_unknown_parts_are_refused(tmp_path: Path, file: str, content: object, text: str) -> None:
    model = make_model(tmp_path / "model", pooling="cls", dense="Tanh", prompts={"query": "query: "})
    write(model / file, content)
    with pytest.raises(DataError, match=text):
        read_folder(model)


def test_a_model_type_that_needs_own_code_is_refused(plain_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(plain_model, model)
    (model / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    write(
        model / "config.json", {"model_type": "my_own", "auto_map": {"AutoModel": "evil.Model", "AutoConfig": "evil.C"}}
    )
    with pytest.raises(DataError, match="my_own"):
        open_encoder(settings(model), tmp_path / "cache")
    assert not (tmp_path / "ran").exists()


def test_old_pooling_names_are_read(tmp_path: Path) -> None:
    model = make_model(tmp_path / "model", pooling="cls")
    old = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False}
    write(model / "1_Pooling" / "config.json", old)
    assert read_folder(model).pooling == ("cls", "mean")


def test_damaged_json_and_cut_weights_are_told(plain_model: Path, tmp_path: Path) -> None:
    model = tmp_path / "model"
    shutil.copytree(plain_model, model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(DataError, match="cannot be loaded"):
        open_encoder(settings(model), tmp_path / "cache")
    (model / "config.json").write_text("{")
    with pytest.raises(DataError, match=r"config\.json"):
        open_encoder(settings(model), tmp_path / "cache")


def test_what_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFoundError, match="no such folder"):
        find_model(str(tmp_path / "nothing"))
    with pytest.raises(NotFoundError, match="holds no model"):
        read_folder(tmp_path)
    with pytest.raises(SettingError, match="max_tokens"):
        open_encoder(EncoderSettings(max_tokens=2))
    assert open_encoder(EncoderSettings(model="none")) is None


def test_a_hub_name_without_network_is_told(tmp_path: Path) -> None:
    code = (
        "from soutui.encode.base import find_model\nfrom soutui.errors import NotFoundError\n"
        "for name in ('nobody/nothing-at-all', 'not a name!'):\n"
        "    try: find_model(name)\n"
        "    except NotFoundError as error: print(error.hint)\n"
    )
    env = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert [line.split(",")[0] for line in made.stdout.splitlines()] == ["check the name and the network"] * 2


def test_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    monkeypatch.delenv("SOUTUI_CACHE", raising=False)
    assert cache_folder() == tmp_path / "x" / "soutui"
    monkeypatch.setenv("SOUTUI_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
