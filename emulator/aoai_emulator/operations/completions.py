"""The completions operation: text after a prompt, n choices for each prompt, also streamed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aoai_emulator.content.chat.choices import stop_sequences
from aoai_emulator.content.chat.logprobs import completion_logprobs, mean_logprob
from aoai_emulator.content.chat.relations import logit_bias_is_of_token_ids, stream_options_need_a_stream
from aoai_emulator.content.chat.stream import taking_turns, with_first
from aoai_emulator.content.chunk_frames import Chunk
from aoai_emulator.content.cues import cued_rejections
from aoai_emulator.content.filters import choice_filter_results, prompt_filter_results
from aoai_emulator.content.prose import Written, word_of, write
from aoai_emulator.content.scripting.request_limits import completion_cue_rejections
from aoai_emulator.content.scripting.scripted_text import text_or_built_in
from aoai_emulator.content.scripting.turns import cued_completion
from aoai_emulator.content.scripting.written_cues import CueError
from aoai_emulator.content.seeding import digest, response_id, system_fingerprint
from aoai_emulator.content.tokens import END_OF_TEXT, count, grouped, in_pieces, tokenize
from aoai_emulator.http.json_text import JsonObject
from aoai_emulator.http.rejections import Rejection, invalid_request
from aoai_emulator.http.requests import AcceptedRequest
from aoai_emulator.http.scripts import Script
from aoai_emulator.operations.service import JsonResponse, Service, ServiceResponse, StreamResponse

_DEFAULT_MAX_TOKENS = 16
_MAX_CHOICES = 2048
_MANY_CHOICES = 256
_MAX_ECHOED = 65_536
_MAX_CHUNKS = 4096


@dataclass(frozen=True, slots=True)
class Completion:
    """One choice: the tokens of its text (including an echoed prompt), and why it ended.

    `generated` counts the tokens that are not from the prompt; `pieces` are the numbers of them that a stream
    sends at once, if a script says so.
    """

    index: int
    tokens: tuple[str, ...]
    generated: int
    finish_reason: str
    pieces: tuple[int, ...] = ()

    @property
    def is_filtered(self) -> bool:
        """Whether the content filter cut the text off."""
        return self.finish_reason == "content_filter"

    def runs(self, size: int) -> list[Sequence[str]]:
        """Return the tokens as a stream sends them: in pieces, or `size` at once."""
        echoed = len(self.tokens) - self.generated
        return in_pieces(self.tokens, (echoed, *self.pieces)) if self.pieces else grouped(self.tokens, size)


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt: the text, or the words that its token ids stand for, and its token count."""

    text: str
    token_count: int

    @classmethod
    def of_text(cls, text: str) -> Prompt:
        """Read a prompt that is a string."""
        return cls(text, count(text))

    @classmethod
    def of_tokens(cls, token_ids: Sequence[int]) -> Prompt:
        """Read a prompt that is a list of token ids."""
        return cls("".join(word_of(token_id) for token_id in token_ids), len(token_ids))


async def respond_to_completion(request: AcceptedRequest) -> ServiceResponse:
    """Respond to a completions request."""
    composed = completions(request)
    head: JsonObject = {
        "id": response_id("cmpl-"),
        "object": "text_completion",
        "created": int(request.memory.clock()),
        "model": request.deployment.model,
        "system_fingerprint": system_fingerprint(request),
    }
    if request.fields.get("stream") is True:
        scripted = request.scripts[0].waits if request.scripts else ()
        return StreamResponse(_chunks(head, composed, request), waits=(0.0,) * request.is_azure + scripted)
    top = request.fields.get("logprobs")
    return JsonResponse(
        {
            **head,
            "prompt_filter_results": prompt_filter_results(len(prompts(request.fields))),
            "choices": [
                {
                    "index": completion.index,
                    "text": "".join(completion.tokens),
                    "logprobs": None if top is None else completion_logprobs(completion.tokens, top),
                    "finish_reason": completion.finish_reason,
                    "content_filter_results": choice_filter_results(filtered=completion.is_filtered),
                }
                for completion in composed
            ],
            "usage": _usage(request, composed),
        }
    )


def prompts(fields: JsonObject) -> list[Prompt]:
    """Return the prompts of a request: a string, strings, token ids, or lists of token ids.

    Without any, the model starts a new document.
    """
    prompt = fields.get("prompt")
    if isinstance(prompt, str):
        return [Prompt.of_text(prompt)]
    if not prompt:
        return [Prompt.of_text(END_OF_TEXT)]
    if isinstance(prompt[0], int):
        return [Prompt.of_tokens(prompt)]
    return [Prompt.of_text(one) if isinstance(one, str) else Prompt.of_tokens(one) for one in prompt]


def completions(request: AcceptedRequest) -> list[Completion]:
    """Return the choices: n for each prompt, in the order of the prompts."""
    fields = request.fields
    number = fields.get("n", 1)
    candidates = max(fields.get("best_of", 0), number)
    asked = prompts(fields)
    words = 48 if len(asked) * candidates <= _MANY_CHOICES else 6
    composed: list[Completion] = []
    for prompt in asked:
        key = digest(
            request.settings.seed,
            fields.get("seed"),
            request.deployment.model,
            prompt.text,
            fields.get("suffix"),
        ).hex()
        limit, stops = fields.get("max_tokens", _DEFAULT_MAX_TOKENS), stop_sequences(fields)
        scripts = _scripts(request, prompt)
        drafts = [
            text_or_built_in(
                scripts[min(len(composed) + index, len(scripts) - 1)],
                write(f"{key}-{index}", limit=limit, stops=stops, words=words),
                limit=limit,
                stops=stops,
            )
            for index in range(candidates)
        ]
        if candidates > number:
            drafts.sort(key=lambda draft: mean_logprob(draft.tokens), reverse=True)
        echoed = tuple(tokenize(prompt.text)) if fields.get("echo") and fields.get("prompt") else ()
        for draft in drafts[:number]:
            composed.append(_completion(len(composed), echoed, draft))
    return composed


def _scripts(request: AcceptedRequest, prompt: Prompt) -> Sequence[Script | None]:
    """Return the scripts of the choices, the last of them for all further ones; None for built-in content."""
    if request.scripts:
        return request.scripts
    try:
        return (cued_completion(prompt.text),)
    except CueError:  # rejected before, unless a fault accepted it
        return (None,)


def _completion(index: int, echoed: tuple[str, ...], draft: Written) -> Completion:
    return Completion(index, echoed + draft.tokens, len(draft.tokens), draft.ending, draft.pieces)


def _chunks(head: JsonObject, composed: Sequence[Completion], request: AcceptedRequest) -> Iterator[Chunk]:
    """Yield the chunks of a stream: the choices alternate, the last chunk of each has its finish reason.

    The filter results of the prompts come first: with the flavour `azure`, in a chunk of their own.
    """
    asked = bool((request.fields.get("stream_options") or {}).get("include_usage"))
    repeated = {**head, "usage": None} if asked else head
    findings: JsonObject = {"prompt_filter_results": prompt_filter_results(len(prompts(request.fields)))}
    said = _said(repeated, composed, request)
    if request.is_azure:
        yield {**repeated, "choices": [], **findings}
        yield from said
    else:
        yield from with_first(said, findings)
    if asked:
        yield {**head, "choices": [], "usage": _usage(request, composed)}


def _said(head: JsonObject, composed: Sequence[Completion], request: AcceptedRequest) -> Iterator[JsonObject]:
    size = 1 + sum(len(completion.tokens) for completion in composed) // _MAX_CHUNKS
    for part in taking_turns(_parts(completion, request, size) for completion in composed):
        yield {**head, "choices": [part]}


def _parts(completion: Completion, request: AcceptedRequest, size: int) -> Iterator[JsonObject]:
    top = request.fields.get("logprobs")
    start = offset = 0
    for run in completion.runs(size):
        text = "".join(run)
        logprobs = None if top is None else completion_logprobs(run, top, start, offset)
        part: JsonObject = {
            "index": completion.index,
            "text": text,
            "logprobs": logprobs,
            "finish_reason": None,
        }
        if request.is_azure:
            part["content_filter_results"] = choice_filter_results()
        yield part
        start += len(run)
        offset += len(text)
    last: JsonObject = {"index": completion.index, "text": "", "logprobs": None}
    last["finish_reason"] = completion.finish_reason
    quiet = request.is_azure and not completion.is_filtered
    last["content_filter_results"] = {} if quiet else choice_filter_results(filtered=completion.is_filtered)
    yield last


def _usage(request: AcceptedRequest, composed: Sequence[Completion]) -> JsonObject:
    prompt = sum(one.token_count for one in prompts(request.fields))
    completion = sum(one.generated for one in composed)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def completion_relations(request: AcceptedRequest) -> Iterator[Rejection]:
    """Yield a rejection for each relation between fields that a request violates."""
    fields = request.fields
    number, best_of = fields.get("n", 1), fields.get("best_of", 0)
    yield from stream_options_need_a_stream(fields)
    if best_of > 1 and fields.get("stream") is True:
        yield invalid_request("With 'best_of' the results cannot be streamed.", param="best_of")
    if 0 < best_of < number:
        yield invalid_request(
            f"Invalid 'best_of': {best_of} candidates are too few to return {number} of them.",
            param="best_of",
        )
    yield from logit_bias_is_of_token_ids(fields)
    yield from _lengths(request)
    texts = [prompt.text for prompt in prompts(fields)]
    yield from cued_rejections(texts)
    yield from completion_cue_rejections(texts)


def _lengths(request: AcceptedRequest) -> Iterator[Rejection]:
    """Document: the model's context limits prompt plus max_tokens.

    The emulator limits the size of a response further.
    """
    fields, window = request.fields, request.deployment.context_tokens
    asked = prompts(fields)
    candidates = max(fields.get("n", 1), fields.get("best_of", 0))
    if len(asked) * candidates > _MAX_CHOICES:
        yield invalid_request(
            f"Too many completions: {len(asked)} prompts with {candidates} each are above {_MAX_CHOICES}.",
            param="prompt",
        )
        return
    echoed = sum(prompt.token_count for prompt in asked) * candidates if fields.get("echo") else 0
    if echoed > _MAX_ECHOED:
        yield invalid_request(
            f"Too long an echo: all choices together would repeat {echoed} tokens, more than {_MAX_ECHOED}.",
            param="echo",
        )
    limit = fields.get("max_tokens", _DEFAULT_MAX_TOKENS)
    longest = max(prompt.token_count for prompt in asked)
    if longest + limit > window:
        yield invalid_request(
            f"This model's maximum context length is {window} tokens. However, you requested"
            f" {longest + limit} tokens ({longest} in the prompt, {limit} in the completion).",
            param="prompt" if longest > window else "max_tokens",
            code="context_length_exceeded",
        )


SERVICE = Service("completions", "completion", completion_relations, respond_to_completion)
