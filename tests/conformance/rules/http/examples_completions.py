"""Examples for text completions, streamed and not."""

from __future__ import annotations

from typing import Any

from by_hand import SAFE, Example, Raw, choice, completion, exchange, stream

from aoai_conformance.exchange import Exchange


def asked(answer: Any, **sent: Any) -> Exchange:
    return exchange("completions", answer, sent=sent)


def scored(tokens: list[str], scores: list[float | None], tops: list[Any], **more: Any) -> dict[str, Any]:
    offsets = [sum(map(len, tokens[:place])) for place in range(len(tokens))]
    lists = {"tokens": tokens, "token_logprobs": scores, "text_offset": offsets, "top_logprobs": tops, **more}
    return choice(text="".join(tokens), logprobs=lists)


def streamed(*pieces: str, reason: str = "stop", **sent: Any) -> Exchange:
    chunks = [choice(text=piece, finish_reason=None) for piece in pieces]
    chunks[-1]["finish_reason"] = reason
    head = {key: value for key, value in completion().items() if key not in ("choices", "usage")}
    events: Raw = stream(*({**head, "choices": [chunk]} for chunk in chunks))
    return exchange("completions", events, sent={"stream": True, **sent})


A, B, N = {" a": -0.5, " x": -1.5}, {" b": -0.25, " y": -2.5}, {"né": -0.5, "x": -1.5}
GOOD = scored([" a", " b"], [-0.5, -0.25], [A, B])
SCORED = asked(completion(GOOD), logprobs=2)
OF_TWO = ["One", "Two"]

EXAMPLES = [
    Example(
        "COMPLETIONS-001",
        "n choices for each prompt",
        asked(completion(*(choice(place) for place in range(4)), made=8), prompt=OF_TWO, n=2),
        asked(completion(choice(0), choice(1), made=8), prompt=OF_TWO, n=2),
        "/choices",
    ),
    Example(
        "COMPLETIONS-001",
        "best_of returns one choice",
        asked(completion(), best_of=3),
        asked(completion(choice(0), choice(1), choice(2)), best_of=3),
        "/choices",
    ),
    Example(
        "COMPLETIONS-002",
        "choices are numbered from 0",
        asked(completion(choice(1), choice(0)), n=2),
        asked(completion(choice(1), choice(2)), n=2),
        "/choices",
        "index",
    ),
    Example(
        "COMPLETIONS-003",
        "an echo begins with the prompt",
        asked(completion(choice(text="Hello there.")), echo=True),
        asked(completion(choice(text=" there.")), echo=True),
        "/choices/0/text",
    ),
    Example(
        "COMPLETIONS-003",
        "each of two prompts is echoed",
        asked(completion(choice(0, "Two."), choice(1, "One.")), prompt=OF_TWO, echo=True),
        asked(completion(choice(0, "One."), choice(1, "One!")), prompt=OF_TWO, echo=True),
        "/choices",
        "missing",
    ),
    Example(
        "COMPLETIONS-004",
        "the stop sequence is left out, the echoed prompt aside",
        asked(completion(choice(text="Hello\nyou")), prompt="Hello\n", stop="\n", echo=True),
        asked(completion(choice(text="Hello you\n")), stop=["\n"]),
        "/choices/0/text",
    ),
    Example(
        "COMPLETIONS-004",
        "a stop sequence is left out of a stream, too",
        streamed(" th", "ere", stop="!"),
        streamed(" there", "!", stop="!"),
        "/choices/0/text",
    ),
    Example(
        "COMPLETIONS-005",
        "best_of times max_tokens may be made",
        asked(completion(made=30), max_tokens=10, best_of=3),
        asked(completion(made=31), max_tokens=10, best_of=3),
        "/usage/completion_tokens",
    ),
    Example(
        "COMPLETIONS-005",
        "16 tokens are the default",
        asked(completion(made=16)),
        asked(completion(made=17)),
        "/usage/completion_tokens",
    ),
    Example(
        "COMPLETIONS-006",
        "nothing is completed for max_tokens 0",
        asked(completion(choice(text="Hello", finish_reason="length"), made=0), max_tokens=0, echo=True),
        asked(completion(choice(text="Hello you", finish_reason="length"), made=0), max_tokens=0, echo=True),
        "/choices/0/text",
    ),
    Example(
        "COMPLETIONS-007",
        "filter results are of prompts that were sent",
        asked(completion(prompt_filter_results=[{"prompt_index": 0, "content_filter_results": SAFE}])),
        asked(completion(prompt_filter_results=[{"prompt_index": 1, "content_filter_results": SAFE}])),
        "/prompt_filter_results/0/prompt_index",
    ),
    Example(
        "COMPLETIONS-008",
        "a prompt costs a token",
        asked(completion(prompt=0), prompt=""),
        asked(completion(prompt=0)),
        "/usage/prompt_tokens",
    ),
    Example(
        "COMPLETIONS-009",
        "choices may be listed in order",
        asked(completion(choice(0), choice(1)), n=2),
        asked(completion(choice(1), choice(0)), n=2),
        "/choices",
        "order",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-001",
        "probabilities that are asked for are there",
        SCORED,
        asked(completion(), logprobs=1),
        "/choices/0/logprobs",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-002",
        "probabilities that are not asked for are not there",
        asked(completion()),
        asked(completion(GOOD)),
        "/choices/0/logprobs",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-003",
        "the lists are equally long",
        SCORED,
        asked(completion(scored([" a", " b"], [-0.5], [A, B])), logprobs=2),
        "/choices/0/logprobs",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-003",
        "lists of unequal length are not read side by side",
        SCORED,
        asked(
            completion({**scored([" a", " b"], [-0.75], [A, B], text_offset=[0, 0]), "text": " c"}),
            logprobs=2,
        ),
        "/choices/0/logprobs",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-004",
        "one more than asked may be listed",
        asked(completion(GOOD), logprobs=1),
        asked(completion(scored([" a"], [-0.5], [{**A, " b": -3.0, " y": -4.0, " c": -9.0}])), logprobs=2),
        "/choices/0/logprobs/top_logprobs/0",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-005",
        "the chosen token is listed",
        asked(completion(scored(["bytes:\\xe2", " b"], [-0.5, -0.25], [{"x": -0.1}, B])), logprobs=2),
        asked(completion(scored([" c"], [-0.5], [A])), logprobs=2),
        "/choices/0/logprobs/top_logprobs/0",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-005",
        "the chosen token has one probability",
        SCORED,
        asked(completion(scored([" a"], [-0.75], [A])), logprobs=2),
        "/choices/0/logprobs/top_logprobs/0",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-013",
        "one token stands in a place",
        SCORED,
        asked(completion(scored([" a"], [-0.05], [{" a": -0.05, " b": -0.05}])), logprobs=2),
        "/choices/0/logprobs/top_logprobs/0",
        "sum",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-006",
        "offsets do not fall",
        SCORED,
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [A, B], text_offset=[7, 5])), logprobs=2),
        "/choices/0/logprobs/text_offset/1",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-007",
        "no probability is above 1",
        SCORED,
        asked(completion(scored([" a"], [0.5], [{" a": 0.5, " b": -2.0}])), logprobs=2),
        "/choices/0/logprobs/token_logprobs/0",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-008",
        "the tokens are the text",
        SCORED,
        asked(completion({**GOOD, "text": " a c"}), logprobs=2),
        "/choices/0/logprobs/tokens",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-010",
        "a token stands where the one before it ends",
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [A, B], text_offset=[5, 7])), logprobs=2),
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [A, B], text_offset=[0, 0])), logprobs=2),
        "/choices/0/logprobs/text_offset/1",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-010",
        "a token stands where the one before it ends, however long one beyond ASCII is",
        asked(
            completion(scored(["né", " a", " b"], [-0.5, -0.5, -0.25], [N, A, B], text_offset=[0, 3, 5])),
            logprobs=2,
        ),
        asked(
            completion(scored(["né", " a", " b"], [-0.5, -0.5, -0.25], [N, A, B], text_offset=[0, 3, 4])),
            logprobs=2,
        ),
        "/choices/0/logprobs/text_offset/2",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-010",
        "the first token stands at 0 or after the prompt",
        asked(completion(GOOD), logprobs=2),
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [A, B], text_offset=[1, 3])), logprobs=2),
        "/choices/0/logprobs/text_offset/0",
        "beginning",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-010",
        "an echoed prompt begins the text",
        asked(completion(scored(["Hello", " b"], [None, -0.25], [None, B])), logprobs=2, echo=True),
        asked(
            completion(scored(["Hello", " b"], [None, -0.25], [None, B], text_offset=[5, 10])),
            logprobs=2,
            echo=True,
        ),
        "/choices/0/logprobs/text_offset/0",
        "beginning",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-012",
        "only what nothing precedes has no probability",
        asked(completion(scored([" a", " b"], [None, -0.25], [None, B])), logprobs=2, prompt=""),
        asked(completion(scored([" a", " b"], [None, -0.25], [A, B])), logprobs=2),
        "/choices/0/logprobs/token_logprobs/0",
        "unscored",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-012",
        "of an echoed prompt the first token alone",
        asked(completion(scored(["Hello", " b"], [None, -0.25], [{}, B])), logprobs=2, echo=True),
        asked(completion(scored(["Hello", " b"], [None, None], [None, B])), logprobs=2, echo=True),
        "/choices/0/logprobs/token_logprobs/1",
        "unscored",
        level="should",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-012",
        "every token has likely ones beside it",
        SCORED,
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [A, {}])), logprobs=2),
        "/choices/0/logprobs/top_logprobs/1",
        "no likely ones",
        level="should",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-001",
        "the most likely tokens are among them",
        SCORED,
        asked(completion(scored([" a", " b"], [-0.5, -0.25], [])), logprobs=2),
        "/choices/0/logprobs/top_logprobs",
        also=frozenset({"COMPLETIONS-LOGPROBS-003"}),
    ),
    Example(
        "COMPLETIONS-LOGPROBS-011",
        "five are listed where five are asked for",
        asked(completion(scored([" a"], [-0.5], [{**A, " b": -3.0, " y": -4.0, " c": -9.0}])), logprobs=4),
        asked(completion(GOOD), logprobs=5),
        "/choices/0/logprobs/top_logprobs",
        "fewer",
    ),
    Example(
        "COMPLETIONS-LOGPROBS-009",
        "no more tokens are scored than may be made",
        asked(completion({**GOOD, "finish_reason": "length"}, made=2), logprobs=2, max_tokens=2),
        asked(completion(GOOD, made=1), logprobs=2, max_tokens=1),
        "/choices/0/logprobs/tokens",
    ),
]
