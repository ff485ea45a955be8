"""Tiny models made on the spot: a BERT with random weights and its tokenizer, saved as sentence-transformers does."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from soutui.config import EncoderSettings

WORDS = [
    "red",
    "blue",
    "green",
    "shoes",
    "shirt",
    "phone",
    "case",
    "cable",
    "laptop",
    "lamp",
    "for",
    "men",
    "women",
    "query",
    "passage",
    "the",
    "a",
    "of",
    "手",
    "机",
    "红",
    "色",
]


def make_model(folder: Path, **parts: Any) -> Path:
    """A model folder; ``parts``: pooling, dense (activation), prompts, lengths, normalize."""
    import torch
    from safetensors.torch import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder.mkdir(parents=True)
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ":", ".", *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    tokenizer.enable_truncation(5)  # as in the default model: baked in, and to be overridden
    tokenizer.enable_padding(length=5)
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep", "mask")}
    write(
        folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizerFast", **special} | parts.get("lengths", {})
    )
    torch.set_num_threads(1)  # threads only wait for each other on a model this small
    torch.manual_seed(7)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    config = BertConfig(vocab_size=len(vocabulary), max_position_embeddings=32, initializer_range=0.3, **sizes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        BertModel(config).eval().save_pretrained(folder)
    if "pooling" not in parts:
        return folder
    kinds = ["Transformer", "Pooling", *(["Dense"] if parts.get("dense") else []), "Normalize"]
    paths = ["", *(f"{i}_{kind}" for i, kind in enumerate(kinds) if i)]
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (kind, path) in enumerate(zip(kinds, paths, strict=True))
    ]
    write(folder / "modules.json", modules)
    write(folder / "sentence_bert_config.json", {"max_seq_length": parts.get("max_tokens", 16)})
    write(folder / "1_Pooling" / "config.json", {"embedding_dimension": 32, "pooling_mode": parts["pooling"]})
    (folder / paths[-1]).mkdir()
    write(folder / paths[-1] / "config.json", {})
    if parts.get("dense"):
        activation = f"torch.nn.modules.{'linear' if parts['dense'] == 'Identity' else 'activation'}.{parts['dense']}"
        shape = {"in_features": 32, "out_features": 12, "bias": True, "activation_function": activation}
        write(folder / "2_Dense" / "config.json", shape)
        linear = {"linear.weight": torch.randn(12, 32), "linear.bias": torch.randn(12)}
        save_file(linear, str(folder / "2_Dense" / "model.safetensors"))
    if "prompts" in parts:
        write(folder / "config_sentence_transformers.json", {"prompts": parts["prompts"]})
    return folder


def write(path: Path, value: Any) -> None:
    """JSON into a file whose folder may be new."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value), "utf-8")


def settings(model: Path | str, **changes: Any) -> EncoderSettings:
    """Settings for a model folder; full precision unless said otherwise."""
    return EncoderSettings(**({"model": str(model), "quantize": False, "threads": 2} | changes))
