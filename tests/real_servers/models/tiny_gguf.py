"""Writes a tiny Llama with random weights as GGUF: one layer, a vocabulary of bytes and a few words.

python tiny_gguf.py FILE        (in the environment of llama-cpp-python, which has gguf and numpy)
"""

from __future__ import annotations

import sys

import gguf
import numpy as np

WIDTH, INNER, HEADS = 64, 128, 4
WORDS = ("▁the", "▁a", "▁river", "▁lantern", "hello")


def write(path: str) -> None:
    """Write the model; the same bytes each time."""
    chance = np.random.default_rng(0)
    kinds = gguf.TokenType
    tokens = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256))]
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, *[kinds.BYTE] * 256, *[kinds.NORMAL] * len(WORDS)]
    tokens += [word.encode() for word in WORDS]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * 259 + [-1.0] * len(WORDS))
    writer.add_token_types(types)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)

    def weights(name: str, *shape: int) -> None:
        writer.add_tensor(f"{name}.weight", (chance.standard_normal(shape) * 0.05).astype(np.float32))

    def ones(name: str) -> None:
        writer.add_tensor(f"{name}.weight", np.ones(WIDTH, np.float32))

    weights("token_embd", len(tokens), WIDTH)
    weights("output", len(tokens), WIDTH)
    ones("output_norm")
    ones("blk.0.attn_norm")
    ones("blk.0.ffn_norm")
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        weights(f"blk.0.{name}", WIDTH, WIDTH)
    weights("blk.0.ffn_gate", INNER, WIDTH)
    weights("blk.0.ffn_up", INNER, WIDTH)
    weights("blk.0.ffn_down", WIDTH, INNER)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    write(sys.argv[1])
