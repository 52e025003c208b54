"""Writes a tiny Llama with random weights, and a tokenizer of single bytes, as transformers keeps them.

python tiny_transformers.py FOLDER        (in the environment of transformers)
"""

from __future__ import annotations

import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"


def write(folder: str) -> None:
    """Write model and tokenizer; the same weights each time."""
    torch.manual_seed(0)
    tokens = ["<unk>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(
        models.BPE(vocab={token: place for place, token in enumerate(tokens)}, merges=[], unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    fast.chat_template = TEMPLATE
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokens),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=2048,
            bos_token_id=1,
            eos_token_id=2,
        )
    )
    # one token in ten ends an answer, and two seconds do: nothing else bounds what a request may ask for
    model.generation_config.eos_token_id = list(range(2, 28))
    model.generation_config.max_time = 2.0
    model.save_pretrained(folder)
    fast.save_pretrained(folder)


if __name__ == "__main__":
    write(sys.argv[1])
