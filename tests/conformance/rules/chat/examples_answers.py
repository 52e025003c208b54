"""Examples for the rules about whole chat answers: choices, reasons, usage, messages, metadata, filters."""

from __future__ import annotations

from chat_by_hand import (
    CHUNKS,
    SAFE,
    Example,
    beginning,
    body,
    calling,
    choice,
    chunk,
    completion,
    dated,
    ending,
    piece,
    plain,
    scored,
    streamed,
    text_choice,
    token,
    tool,
    usage,
)

CUT = "Apple, pear and"
REFUSED = choice(None, refusal="I cannot help with that.")
FILTERED = {**SAFE, "hate": {"filtered": True, "severity": "high"}}
FOUND = {**SAFE, "hate": {"filtered": True, "severity": "safe"}}
CITED = {"citations": [{"content": "Fruits."}], "intent": "[]"}
JUDGED = chunk(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": SAFE}])
SOURCES = [{"type": "azure_search", "parameters": {}}]

#: The day on which the answers by hand were created.
THAT_DAY = "Sun, 27 Oct 2024 03:33:20 GMT"
EXAMPLES = [
    Example(
        "CHAT-CHOICE-001",
        "two choices for n 2, in chunks of their own",
        streamed(
            [
                *(beginning(0), beginning(1), chunk(piece("Apple.", 1)), chunk(piece("Pear.", 0))),
                *(ending(1), ending(0)),
            ],
            n=2,
        ),
        plain(body(choice()), n=2),
        "/choices",
    ),
    Example(
        "CHAT-CHOICE-002",
        "indices 0 and 1",
        plain(body(choice(index=1), choice(index=0), usage=usage(9, 6)), n=2),
        plain(body(choice(index=0), choice(index=0), usage=usage(9, 6)), n=2),
        "/choices/1/index",
    ),
    Example(
        "CHAT-CHOICE-002",
        "no index beyond n",
        plain(body(choice(index=0))),
        plain(body(choice(index=1))),
        "/choices/0/index",
    ),
    Example(
        "CHAT-CHOICE-003",
        "in order",
        plain(body(choice(index=0), choice(index=1), usage=usage(9, 6)), n=2),
        plain(body(choice(index=1), choice(index=0), usage=usage(9, 6)), n=2),
        "/choices",
    ),
    Example(
        "FINISH-001",
        "length at the limit, stop below it",
        plain(body(choice(CUT, finish_reason="length")), max_tokens=3),
        plain(body(choice(CUT, finish_reason="length")), max_tokens=16),
        "/choices/0/finish_reason",
    ),
    Example(
        "FINISH-001",
        "in a stream, by the usage that was asked for",
        streamed(
            [beginning(), chunk(piece(CUT)), ending(0, "length"), chunk(usage=usage())],
            max_completion_tokens=3,
            stream_options={"include_usage": True},
        ),
        streamed(
            [beginning(), chunk(piece(CUT)), ending(0, "length", usage=None), chunk(usage=usage())],
            max_completion_tokens=4,
            stream_options={"include_usage": True},
        ),
        "/choices/0/finish_reason",
        2,
        also=frozenset({"SSE-304"}),
    ),
    Example(
        "FINISH-001",
        "in one of two choices",
        plain(body(choice(), choice(CUT, 1, finish_reason="length"), usage=usage(9, 6)), n=2, max_tokens=3),
        plain(body(choice(), choice(CUT, 1, finish_reason="length"), usage=usage(9, 6)), n=2, max_tokens=7),
        "/choices/1/finish_reason",
    ),
    Example(
        "FINISH-002",
        "a sentence that ends at the limit may have ended by itself",
        plain(body(choice("Apple, pear.")), max_tokens=3),
        plain(body(choice(CUT)), max_tokens=3),
        "/choices/0/finish_reason",
    ),
    Example(
        "FINISH-002",
        "several different answers are not cut by chance",
        plain(
            body(choice(CUT, 0, "length"), choice("A, b or", 1, "length"), usage=usage(9, 8)),
            n=2,
            max_tokens=4,
        ),
        plain(body(choice(CUT), choice("A, b or", 1), usage=usage(9, 8)), n=2, max_tokens=4),
        "/choices/0/finish_reason",
        level="must",
    ),
    Example(
        "FINISH-002",
        "every one of several prompts has its own limit",
        plain(
            completion(
                text_choice(" A, b or", 0, "length"),
                text_choice(" C, d or", 1, "length"),
                usage=usage(9, 8),
            ),
            kind="completions",
            prompt=["Say hi.", "Say bye."],
            max_tokens=4,
        ),
        plain(
            completion(text_choice(" A, b or"), text_choice(" C, d or", 1), usage=usage(9, 8)),
            kind="completions",
            prompt=["Say hi.", "Say bye."],
            max_tokens=4,
        ),
        "/choices/0/finish_reason",
        level="must",
    ),
    Example(
        "FINISH-006",
        "a filtered choice says so",
        plain(body(choice("An", finish_reason="content_filter", content_filter_results=FILTERED))),
        plain(body(choice("An", content_filter_results=FILTERED))),
        "/choices/0/finish_reason",
    ),
    Example(
        "USAGE-001",
        "9 and 3 are 12",
        plain(),
        plain(body(usage={**usage(), "total_tokens": 11})),
        "/usage/total_tokens",
    ),
    Example(
        "USAGE-001",
        "in the chunk that has the usage",
        streamed([*CHUNKS, chunk(usage=usage())], stream_options={"include_usage": True}),
        streamed(
            [*CHUNKS, chunk(usage={**usage(), "total_tokens": 9})], stream_options={"include_usage": True}
        ),
        "/usage/total_tokens",
        4,
        also=frozenset({"SSE-304"}),
    ),
    Example(
        "USAGE-002",
        "no count below zero",
        plain(body(choice("", finish_reason="length"), usage=usage(9, 0))),
        plain(body(choice("", finish_reason="length"), usage=usage(9, -1))),
        "/usage/completion_tokens",
    ),
    Example(
        "USAGE-003",
        "reasoning within the completion",
        plain(body(usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 3}))),
        plain(body(usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 4}))),
        "/usage/completion_tokens_details/reasoning_tokens",
    ),
    Example(
        "USAGE-003",
        "the total of a breakdown within all",
        plain(
            body(usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 3, "total_tokens": 12})),
        ),
        plain(body(usage=usage(9, 3, completion_tokens_details={"total_tokens": 13}))),
        "/usage/completion_tokens_details/total_tokens",
        also=frozenset({"SCHEMA-003"}),
    ),
    Example(
        "USAGE-003",
        "reasoning within the total of the breakdown",
        plain(
            body(usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 2, "total_tokens": 2})),
        ),
        plain(
            body(usage=usage(9, 3, completion_tokens_details={"reasoning_tokens": 2, "total_tokens": 1})),
        ),
        "/usage/completion_tokens_details/reasoning_tokens",
        also=frozenset({"SCHEMA-003"}),
    ),
    Example(
        "USAGE-001",
        "in a stream that reports it unasked",
        streamed([beginning(), chunk(piece(CUT)), ending(0, usage=usage())]),
        streamed([beginning(), chunk(piece(CUT)), ending(), chunk(usage=usage(total_tokens=13))]),
        "/usage/total_tokens",
        3,
        also=frozenset({"SSE-302"}),
    ),
    Example(
        "USAGE-004",
        "a token at least for each of two choices",
        plain(body(choice("A."), choice("B.", 1), usage=usage(9, 2)), n=2),
        plain(body(choice("A."), choice("B.", 1), usage=usage(9, 1)), n=2),
        "/usage/completion_tokens",
    ),
    Example(
        "USAGE-005",
        "as many tokens as have a probability",
        plain(body(scored(token("A"), token(" pear."))), logprobs=True),
        plain(body(scored(token("A"), token(" pear.")), usage=usage(9, 1)), logprobs=True),
        "/usage/completion_tokens",
    ),
    Example("USAGE-006", "a prompt costs", plain(), plain(body(usage=usage(0, 3))), "/usage/prompt_tokens"),
    Example(
        "USAGE-007",
        "usage in an unstreamed answer",
        plain(),
        plain({name: value for name, value in body().items() if name != "usage"}),
        "/usage",
    ),
    Example(
        "LIMIT-001",
        "n times the limit",
        plain(
            body(
                choice(CUT, finish_reason="length"), choice(CUT, 1, finish_reason="length"), usage=usage(9, 6)
            ),
            n=2,
            max_tokens=3,
        ),
        plain(body(choice("Apple, pear."), usage=usage(9, 4)), max_tokens=3),
        "/usage/completion_tokens",
    ),
    Example(
        "LIMIT-002",
        "no more probabilities than tokens are allowed",
        plain(
            body(scored(token("A"), token(" b"), finish_reason="length"), usage=usage(9, 2)),
            logprobs=True,
            max_tokens=2,
        ),
        plain(
            body(scored(token("A"), token(" b"), token("."), finish_reason="length"), usage=usage(9, 2)),
            logprobs=True,
            max_tokens=2,
        ),
        "/choices/0/logprobs/content",
        also=frozenset({"USAGE-005"}),
    ),
    Example(
        "STOP-001",
        "a text that never came to the stop sequence",
        plain(body(choice("Apple, pear.")), stop=["\n", "plum"]),
        plain(body(choice("Apple, plum.")), stop=["\n", "plum"]),
        "/choices/0/message/content",
    ),
    Example(
        "STOP-001",
        "in a stream, over the border of two chunks",
        streamed(stop="plum"),
        streamed([beginning(), chunk(piece("Apple, pl")), chunk(piece("um.")), ending()], stop="plum"),
        "/choices/0/delta/content",
        3,
    ),
    Example(
        "MESSAGE-001",
        "a refusal beside an empty text",
        plain(body(choice("", refusal="I cannot help with that."))),
        plain(body(choice("Apple.", refusal="I cannot help with that."))),
        "/choices/0/message/refusal",
    ),
    Example(
        "MESSAGE-002",
        "a refusal says something",
        plain(body(REFUSED)),
        plain(body(choice(None))),
        "/choices/0/message/content",
    ),
    Example(
        "MESSAGE-003",
        "no context without data sources",
        plain(body(choice(context={}))),
        plain(body(choice(context=CITED))),
        "/choices/0/message/context",
    ),
    Example(
        "MESSAGE-004",
        "citations for data sources, none is a list too",
        plain(body(choice(context={"citations": []})), data_sources=SOURCES),
        plain(body(choice(context={"intent": "[]"})), data_sources=SOURCES),
        "/choices/0/message/context",
    ),
    Example(
        "MESSAGE-005",
        "a streamed citation has content",
        streamed([chunk(piece("", role="assistant", context=CITED)), *CHUNKS[1:]], data_sources=SOURCES),
        streamed(
            [chunk(piece("", role="assistant", context={"citations": [{"title": "?"}]})), *CHUNKS[1:]],
            data_sources=SOURCES,
        ),
        "/choices/0/delta/context/citations/0",
        3,
        also=frozenset({"SCHEMA-003"}),
    ),
    Example("META-001", "an id", plain(), plain(body(id="")), "/id"),
    Example(
        "META-001",
        "an id in a stream",
        streamed(),
        streamed([{**each, "id": ""} for each in CHUNKS]),
        "/id",
    ),
    Example("META-002", "seconds", plain(), plain(body(created=1_730_000_000_000)), "/created"),
    Example(
        "META-002",
        "seconds of a completion",
        plain(kind="completions"),
        plain(completion(text_choice(), created=17), kind="completions"),
        "/created",
    ),
    Example(
        "META-007",
        "created when it was made",
        dated(plain(), THAT_DAY),
        dated(plain(body(created=1_700_000_000)), THAT_DAY),
        "/created",
    ),
    Example(
        "META-007",
        "created when it was made, in a stream",
        dated(streamed(), THAT_DAY),
        dated(streamed([{**each, "created": 1_700_000_000} for each in CHUNKS]), THAT_DAY),
        "/created",
    ),
    Example("META-003", "a model", plain(), plain(body(model="")), "/model"),
    Example(
        "META-004",
        "a fingerprint for a seed",
        plain(seed=7),
        plain(body(system_fingerprint=None), seed=7),
        "/system_fingerprint",
        also=frozenset({"SCHEMA-004"}),
    ),
    Example(
        "FILTER-001",
        "all four categories, or none",
        plain(
            body(
                choice(content_filter_results={}),
                prompt_filter_results=[{"prompt_index": 0, "content_filter_results": SAFE}],
            )
        ),
        plain(body(choice(content_filter_results={"hate": SAFE["hate"]}))),
        "/choices/0/content_filter_results",
    ),
    Example(
        "FILTER-002",
        "found and let through",
        plain(body(choice(content_filter_results={**SAFE, "hate": {"filtered": False, "severity": "high"}}))),
        plain(
            body(
                prompt_filter_results=[
                    {
                        "prompt_index": 0,
                        "content_filter_results": {
                            **SAFE,
                            "jailbreak": {"filtered": True, "detected": False},
                        },
                    }
                ]
            )
        ),
        "/prompt_filter_results/0/content_filter_results/jailbreak",
    ),
    Example(
        "FILTER-003",
        "each prompt once",
        plain(
            body(
                prompt_filter_results=[
                    {"prompt_index": 1, "content_filter_results": SAFE},
                    {"prompt_index": 0, "content_filter_results": SAFE},
                ]
            ),
            messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi."}],
        ),
        plain(
            body(
                prompt_filter_results=[
                    {"prompt_index": 0, "content_filter_results": SAFE},
                    {"prompt_index": 0, "content_filter_results": SAFE},
                ]
            )
        ),
        "/prompt_filter_results/1/prompt_index",
    ),
    Example(
        "FILTER-003",
        "each prompt once in a chunk of a stream",
        streamed([JUDGED, JUDGED, *CHUNKS]),
        streamed([{**JUDGED, "prompt_filter_results": JUDGED["prompt_filter_results"] * 2}, *CHUNKS]),
        "/prompt_filter_results/1/prompt_index",
        0,
    ),
    Example(
        "FILTER-003",
        "no prompt that was not sent",
        plain(body(prompt_filter_results=[{"prompt_index": 0}])),
        plain(body(prompt_filter_results=[{"prompt_index": 3}])),
        "/prompt_filter_results/0/prompt_index",
        level="should",
    ),
    Example(
        "FILTER-002",
        "in a stream",
        streamed([chunk(piece("A.", role="assistant", content_filter_results=SAFE)), ending()]),
        streamed(
            [
                chunk(piece("A.", role="assistant", content_filter_results=FOUND)),
                ending(0, "content_filter"),
            ]
        ),
        "/choices/0/content_filter_results/hate",
    ),
    Example(
        "MESSAGE-001",
        "a call without a refusal",
        plain(body(calling()), tools=[tool()]),
        plain(body(calling(refusal="No.")), tools=[tool()]),
        "/choices/0/message/refusal",
    ),
]
