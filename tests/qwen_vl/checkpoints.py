"""Small random checkpoints of the real architectures, in the folder layouts of the real ones.

Weights have a standard deviation of 1/sqrt(fan in), queries and keys twice that: scores then
move by whole points when a position, an image or a mask is wrong, and faults cannot hide.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2_5_VLProcessor,
    Qwen2Tokenizer,
    Qwen2VLImageProcessor,
    Qwen2VLVideoProcessor,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

FolderLayout = Literal["saved", "hub"]
Family = Literal["qwen2_5_vl", "qwen3_vl"]


@dataclass(frozen=True)
class Shape:
    """The sizes of a model; the vision tower's after the language model's."""

    hidden: int
    layers: int
    heads: int
    key_heads: int
    intermediate: int
    vision_hidden: int
    vision_depth: int
    vision_heads: int
    vision_intermediate: int
    full_attention: tuple[int, ...]
    vocabulary: int = 0  # at least the tokenizer's own


TINY = Shape(64, 3, 4, 2, 128, 32, 4, 2, 64, (1, 3))
# The proportions of Qwen2.5-VL-3B with a thirtieth of its parameters (0.1 billion).
MID = Shape(896, 6, 7, 1, 4816, 512, 7, 8, 1368, (3, 6), 10_000)
# Qwen2.5-VL-7B, and so lychee-rerank-mm.
SEVEN_B = Shape(3584, 28, 28, 4, 18944, 1280, 32, 16, 3420, (7, 15, 23, 31), 152_064)

# The added tokens of Qwen2.5-VL's tokenizer_config.json, in order, and which are special.
_SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>",
    "<|object_ref_end|>", "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>",
    "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip
_NOT_SPECIAL = [
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
    "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
]  # fmt: skip
# Some merges that matter: words of the template, and a full stop with its newline.
_WORDS = ["yes", "no", "Query", "Document", "Instruct", "system", "user", "assistant", ".Ċ", "ĊĊ"]

# What Qwen2.5-VL's chat template makes of a conversation with text and images.
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}{{ '\\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}{% else %}"
    "{% for content in message['content'] %}{% if content['type'] == 'image' %}"
    "<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ content['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant{{ '\\n' }}{% endif %}"
)


def tokenizer() -> Qwen2Tokenizer:
    """A byte-level tokenizer with a few merges and Qwen's added tokens."""
    vocab = {symbol: index for index, symbol in enumerate(sorted(ByteLevel.alphabet()))}
    merges: list[tuple[str, str]] = []
    for word in _WORDS:
        left = word[0]
        for letter in word[1:]:
            if left + letter not in vocab:
                vocab[left + letter] = len(vocab)
                merges.append((left, letter))
            left += letter
    made = Qwen2Tokenizer(vocab=vocab, merges=merges)
    made.add_special_tokens({"additional_special_tokens": _SPECIAL[1:]})
    made.add_tokens(_NOT_SPECIAL)
    return made


def build(
    folder: Path,
    family: Family = "qwen2_5_vl",
    *,
    layout: FolderLayout = "saved",
    seed: int = 0,
    shape: Shape = TINY,
    dtype: torch.dtype = torch.float64,
    device: str = "cpu",
) -> Path:
    """Save a random model with its processor into `folder` and return it.

    It is never larger than in its dtype: 16.6 GB of memory for the 7B in bfloat16, on the device.

    layout: "saved" is what save_pretrained writes; "hub" has preprocessor_config.json with
        min_pixels and max_pixels, as the published checkpoints do.
    """
    tokens = tokenizer()
    config = model_config(family, tokens, shape)
    torch.manual_seed(seed)
    newer = family == "qwen3_vl"
    with torch.device("meta"):
        model = (Qwen3VLForConditionalGeneration if newer else Qwen2_5_VLForConditionalGeneration)(
            config
        )
    model = model.to(dtype).to_empty(device=device)
    processor = (Qwen3VLProcessor if newer else Qwen2_5_VLProcessor)(
        image_processor=Qwen2VLImageProcessor(
            patch_size=config.vision_config.patch_size,
            size={"shortest_edge": 56 * 56, "longest_edge": 28 * 28 * 16384},
        ),
        tokenizer=tokens,
        video_processor=(Qwen3VLVideoProcessor if newer else Qwen2VLVideoProcessor)(),
        chat_template=CHAT_TEMPLATE,
    )
    make_sensitive(model)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    if layout == "hub":
        _as_on_the_hub(folder, config)
    return folder


def make_sensitive(model: torch.nn.Module) -> None:
    """Give every matrix a standard deviation of 1/sqrt(fan in), queries and keys twice that."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() < 2:
                weight.fill_(0 if name.endswith("bias") else 1)
                if "q_norm" in name or "k_norm" in name:  # Qwen3 undoes its projections' size
                    weight.fill_(2)
                continue
            weight.normal_(std=weight[0].numel() ** -0.5)
            if "q_proj" in name or "k_proj" in name:
                weight.mul_(2)
            if "embed_tokens" in name:
                weight.normal_(std=1.0)


def model_config(family: Family, tokens: Qwen2Tokenizer, shape: Shape) -> Any:
    """A configuration of the real architecture in the given sizes."""
    names = {
        "image_token_id": "<|image_pad|>",
        "video_token_id": "<|video_pad|>",
        "vision_start_token_id": "<|vision_start|>",
        "vision_end_token_id": "<|vision_end|>",
    }
    ids = {key: tokens.convert_tokens_to_ids(token) for key, token in names.items()}
    head_size = shape.hidden // shape.heads
    side = head_size * 3 // 16
    text: dict[str, Any] = {
        "vocab_size": max(len(tokens), shape.vocabulary),
        "bos_token_id": tokens.convert_tokens_to_ids("<|endoftext|>"),
        "eos_token_id": tokens.convert_tokens_to_ids("<|im_end|>"),
        "hidden_size": shape.hidden,
        "intermediate_size": shape.intermediate,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_heads,
        "max_position_embeddings": 8192,
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 10000.0,
            "mrope_section": [head_size // 2 - 2 * side, side, side],
        },
    }
    vision: dict[str, Any] = {
        "depth": shape.vision_depth,
        "hidden_size": shape.vision_hidden,
        "num_heads": shape.vision_heads,
        "intermediate_size": shape.vision_intermediate,
        "out_hidden_size": shape.hidden,
    }
    if family == "qwen2_5_vl":
        vision |= {
            "fullatt_block_indexes": list(shape.full_attention),
            "window_size": 112,
            "patch_size": 14,
        }
        return Qwen2_5_VLConfig(
            text_config=text, vision_config=vision, tie_word_embeddings=False, **ids
        )
    text |= {"head_dim": head_size}
    vision |= {
        "deepstack_visual_indexes": [0, 1, 2],
        "patch_size": 16,
        "num_position_embeddings": 64,
    }
    return Qwen3VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **ids)


def _as_on_the_hub(folder: Path, config: Any) -> None:
    """Rewrite the configuration and the processor's files as the published checkpoints have them.

    They were saved years ago: Qwen2.5-VL's text sizes stand beside vision_config, not in a
    text_config of their own, and rotary positions in rope_theta and rope_scaling.
    """
    written = json.loads((folder / "config.json").read_text())
    text = written["text_config"]
    rope = text.pop("rope_parameters")
    text["rope_theta"] = rope["rope_theta"]
    text["rope_scaling"] = {"type": "mrope", "mrope_section": rope["mrope_section"]}
    written["torch_dtype"] = written.pop("dtype")
    if config.model_type == "qwen2_5_vl":
        del written["text_config"], text["model_type"], text["layer_types"]
        written = text | written
    else:
        text["rope_scaling"] |= {"rope_type": "default", "mrope_interleaved": True}
        del text["rope_scaling"]["type"]
    (folder / "config.json").write_text(json.dumps(written))
    tokens = json.loads((folder / "tokenizer_config.json").read_text())
    name = "Qwen3VLProcessor" if config.model_type == "qwen3_vl" else "Qwen2_5_VLProcessor"
    tokens["processor_class"] = name
    (folder / "tokenizer_config.json").write_text(json.dumps(tokens))
    for file in ("processor_config.json", "video_preprocessor_config.json"):
        (folder / file).unlink(missing_ok=True)
    chat = folder / "chat_template.jinja"
    if chat.exists():
        template = chat.read_text()
        (folder / "chat_template.json").write_text(json.dumps({"chat_template": template}))
        chat.unlink()
    preprocessor = {
        "min_pixels": 3136,
        "max_pixels": 12845056,
        "patch_size": config.vision_config.patch_size,
        "temporal_patch_size": 2,
        "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": name,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
