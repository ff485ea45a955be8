"""Turns a sentence-transformers folder into the ONNX encoder that serves. The one file here that imports torch.

The graph takes token ids and mask and gives unit vectors: transformer, pooling, dense layers and normalisation in one.
It is traced with eager attention, quantised to int8 per channel, and compared with torch before it may serve.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from soutui.config import EncoderSettings
from soutui.encode.folder import ModelFolder, content_digest
from soutui.encode.onnx import FILES, GRAPH, TOKENIZER, Card, OnnxEncoder
from soutui.encode.parity import TEXTS
from soutui.errors import DataError, MissingExtraError, SoutuiError
from soutui.types import Vectors

INT8_PARITY = 0.99
FP32_PARITY = 0.9999

_OPSET = 17
_LOGGERS = ("", "transformers", "torch.onnx", "onnxruntime", "onnxscript")

Say = Callable[[str], None]


def export(model: ModelFolder, folder: Path, fingerprint: str, settings: EncoderSettings, say: Say) -> Card:
    """Write ``encoder.onnx``, ``tokenizer.json`` and ``encoder.json`` into ``folder`` (it exists and is empty).

    With ``settings.quantize``, int8 serves when its mean cosine to torch fp32 is at least .99, else fp32 and the card
    says so. Raises MissingExtraError without torch, DataError for a model that cannot be traced, SoutuiError when even
    fp32 differs from torch.
    """
    torch, transformers = _libraries()
    with _silent():
        module, tokenizer = _load(torch, transformers, model)
        tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        draft = Card(
            fingerprint=fingerprint,
            dim=0,
            max_tokens=min(settings.max_tokens, model.max_tokens or settings.max_tokens),
            pooling=model.pooling,
            prefixes=dict(model.prefixes),
            pad_id=int(tokenizer.pad_token_id or 0),
            lower=model.lower,
            precision="fp32",
            parity_mean=1.0,
            parity_min=1.0,
            note="",
            files={},
        )
        say("computing the reference vectors")
        expected = _reference(torch, module, tokenizer, draft)
        say("exporting the model to ONNX")
        _trace(torch, module, folder / GRAPH, model)
        exact = _judge(folder, draft, expected)
        if exact.parity_mean < FP32_PARITY:
            raise SoutuiError(
                f"{model.path}: the exported model differs from the original (mean cosine {exact.parity_mean:.4f})",
                "this kind of model cannot be exported; choose another encoder",
            )
        if not settings.quantize:
            return exact
        say("quantising to int8")
        return _quantize(folder, exact, expected)


def _libraries() -> tuple[Any, Any]:
    try:
        import onnx  # noqa: F401 - the exporter and the quantiser need it
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(
            f"the encoder must be exported once, and that needs {error.name}, which is not installed",
            "pip install 'soutui[train]', or copy an exported encoder, or set encoder.model = 'none'",
        ) from None
    return torch, transformers


def _load(torch: Any, transformers: Any, model: ModelFolder) -> tuple[Any, Any]:
    config = json.loads((model.transformer / "config.json").read_text("utf-8"))
    if config["model_type"] not in transformers.CONFIG_MAPPING:
        raise DataError(
            f"{model.path}: model type {config['model_type']!r} is not part of transformers {transformers.__version__}",
            "soutui runs no code from model folders; choose another model or a newer transformers",
        )
    from safetensors import SafetensorError

    plain = {"trust_remote_code": False, "local_files_only": True}
    try:
        network = transformers.AutoModel.from_pretrained(
            str(model.transformer), use_safetensors=True, attn_implementation="eager", dtype=torch.float32, **plain
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(model.transformer), use_fast=True, **plain)
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, ImportError, SafetensorError) as error:
        raise DataError(f"{model.path} cannot be loaded: {error}", "is the download complete?") from error
    if not getattr(tokenizer, "is_fast", False):
        raise DataError(f"{model.path} has no fast tokenizer", "choose a model with tokenizer.json")
    return _module(torch, network, model).eval(), tokenizer


def _module(torch: Any, network: Any, model: ModelFolder) -> Any:
    layers = [(_linear(torch, layer.path), getattr(torch.nn, layer.activation)()) for layer in model.dense]

    class Whole(torch.nn.Module):  # type: ignore[misc]  # torch is untyped here
        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.linears = torch.nn.ModuleList(linear for linear, _ in layers)
            self.activations = torch.nn.ModuleList(activation for _, activation in layers)

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            states = self.network(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            made = torch.cat([_pool(torch, kind, states, attention_mask) for kind in model.pooling], dim=1)
            for linear, activation in zip(self.linears, self.activations, strict=True):
                made = activation(linear(made))
            return torch.nn.functional.normalize(made, dim=1)

    return Whole()


def _linear(torch: Any, folder: Path) -> Any:
    from safetensors.torch import load_file

    weights = load_file(str(folder / "model.safetensors"))
    weight, bias = weights["linear.weight"], weights.get("linear.bias")
    linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=bias is not None)
    with torch.no_grad():
        linear.weight.copy_(weight)
        if bias is not None:
            linear.bias.copy_(bias)
    return linear


def _pool(torch: Any, kind: str, states: Any, mask: Any) -> Any:
    """One part of the vector (b, d) from the token states (b, t, d); texts are padded on the right."""
    if kind == "cls":
        return states[:, 0]
    if kind == "lasttoken":
        last = (mask.sum(1) - 1).reshape(-1, 1, 1).expand(-1, 1, states.shape[2])
        return torch.gather(states, 1, last).squeeze(1)
    wide = mask.unsqueeze(-1).to(states.dtype)
    if kind == "max":
        return (states + (wide - 1) * 1e9).max(1).values
    if kind == "weightedmean":
        wide = wide * torch.cumsum(mask, 1).unsqueeze(-1).to(states.dtype)
    count = wide.sum(1)
    return (states * wide).sum(1) / (count.sqrt() if kind == "mean_sqrt_len_tokens" else count)


def _reference(torch: Any, module: Any, tokenizer: Any, card: Card) -> Vectors:
    """Vectors (n, d) of the built-in texts by torch fp32, one text at a time: no padding can get in."""
    made = []
    with torch.no_grad():
        for text in _prefixed(TEXTS, card):
            ids = tokenizer(text, truncation=True, max_length=card.max_tokens, return_tensors="pt")
            made.append(module(ids["input_ids"], ids["attention_mask"])[0].numpy())
    return np.asarray(made, np.float32)


def _prefixed(texts: Sequence[str], card: Card) -> list[str]:
    prefixed = [card.prefixes["item"] + text for text in texts]
    return [text.lower() for text in prefixed] if card.lower else prefixed


def _trace(torch: Any, module: Any, path: Path, model: ModelFolder) -> None:
    ids = torch.arange(5, 19).reshape(2, 7)
    mask = torch.ones_like(ids)
    mask[1, 5:] = 0
    shape = {0: "batch", 1: "tokens"}
    try:
        with torch.no_grad():
            torch.onnx.export(
                module,
                (ids, mask),
                str(path),
                dynamo=False,
                opset_version=_OPSET,
                input_names=["input_ids", "attention_mask"],
                output_names=["vectors"],
                dynamic_axes={"input_ids": shape, "attention_mask": shape, "vectors": {0: "batch"}},
            )
    except (RuntimeError, TypeError, ValueError, NotImplementedError, IndexError, AttributeError) as error:
        raise DataError(f"{model.path} cannot be exported to ONNX: {error}", "choose another encoder") from error


def _quantize(folder: Path, exact: Card, expected: Vectors) -> Card:
    """Put the smallest graph that is close enough into the folder: int8, int8 with fp32 down projections, fp32."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    full, small = folder / "fp32.onnx", folder / "int8.onnx"
    (folder / GRAPH).rename(full)
    reached = []
    for precision, kept in (("int8", []), ("mixed", _down_projections(full))):
        quantize_dynamic(str(full), str(small), per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=kept)
        small.rename(folder / GRAPH)
        made = _judge(folder, dataclasses.replace(exact, precision=precision), expected)
        reached.append(f"{precision} has a mean cosine of {made.parity_mean:.4f} to full precision")
        if made.parity_mean >= INT8_PARITY:
            made = dataclasses.replace(made, note="; ".join(reached[:-1]))
            made.write(folder)
            full.unlink()
            return made
    full.replace(folder / GRAPH)
    note = f"fp32 serves: {', '.join(reached)}; {INT8_PARITY} is needed"
    kept_exact = dataclasses.replace(exact, note=note)
    kept_exact.write(folder)
    return kept_exact


def _down_projections(path: Path) -> list[str]:
    """Names of the matrix products that narrow: the second half of each feed-forward block, whose inputs have outliers.

    Left at full precision, they halve what int8 costs in accuracy (default model: mean cosine .991 becomes .995).
    """
    import onnx

    graph = onnx.load(str(path)).graph
    shapes = {part.name: tuple(part.dims) for part in graph.initializer}
    found = [
        (node.name, shapes[node.input[1]])
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in shapes
    ]
    return [name for name, shape in found if len(shape) == 2 and shape[0] > shape[1]]


def _judge(folder: Path, draft: Card, expected: Vectors) -> Card:
    """Write the card of what lies in the folder, with its cosines to the expected vectors (n, d)."""
    files = {name: ((folder / name).stat().st_size, content_digest(folder / name)) for name in FILES}
    card = dataclasses.replace(draft, dim=expected.shape[1], files=files)
    found = OnnxEncoder(folder, card, threads=1).encode(TEXTS, "item")
    cosines = np.einsum("nd,nd->n", found, expected)
    # A vector that is not a number fails every comparison, so it counts as the worst cosine.
    cosines = np.nan_to_num(cosines, nan=-1.0)
    card = dataclasses.replace(
        card, parity_mean=round(float(cosines.mean()), 5), parity_min=round(float(cosines.min()), 5)
    )
    card.write(folder)
    return card


@contextmanager
def _silent() -> Iterator[None]:
    """Keep the exporters' warnings, log lines and progress bars to themselves for as long as the block runs."""
    import transformers

    bars: Any = transformers.utils.logging

    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if shown:
            bars.enable_progress_bar()
