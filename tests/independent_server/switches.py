# ruff: noqa: E501, SIM905 - long lists of names, which read best as running text
"""The named defects and valid variants of the independent server, and the operations that each affects."""

from __future__ import annotations

CHAT, COMPLETIONS, EMBEDDINGS = "ChatCompletions_Create", "Completions_Create", "embeddings_create"
IMAGES, HEARING, TRANSLATING = "ImageGenerations_Create", "Transcriptions_Create", "Translations_Create"
OPERATIONS = {
    "chat": CHAT,
    "completions": COMPLETIONS,
    "embeddings": EMBEDDINGS,
    "images": IMAGES,
    "transcriptions": HEARING,
    "translations": TRANSLATING,
}

#: Limits by their field; a prefix names the change.
_LIMITS = {
    "chat": """temperature.min temperature.max top_p.min top_p.max presence_penalty.min presence_penalty.max
        frequency_penalty.min frequency_penalty.max n.min n.max top_logprobs.min top_logprobs.max logit_bias.values.min
        logit_bias.values.max stop.items.min stop.items.max tools.items.max functions.items.min functions.items.max
        messages.items.min messages.user.content.items.min messages.system.content.items.min
        messages.assistant.content.items.min messages.tool.content.items.min tools.function.name.length.max
        functions.name.length.max response_format.json_schema.name.length.max seed.max seed.min
        data_sources.parameters.strictness.max data_sources.parameters.strictness.min""",
    "completions": """temperature.min temperature.max top_p.min top_p.max presence_penalty.min presence_penalty.max
        frequency_penalty.min frequency_penalty.max n.min n.max best_of.min best_of.max logprobs.min logprobs.max
        max_tokens.min logit_bias.values.min logit_bias.values.max stop.items.min stop.items.max""",
    "embeddings": "input.items.min input.items.max input.items.length.min",
    "images": "prompt.length.min prompt.length.max n.min n.max",
    "transcriptions": "temperature.min temperature.max",
    "translations": "temperature.min temperature.max",
}
_TYPED = {
    "chat": """temperature top_p presence_penalty frequency_penalty n top_logprobs logprobs logit_bias
        logit_bias.values stop stop.items stream stream_options stream_options.include_usage max_tokens
        max_completion_tokens seed user tools tools.function.strict tools.function.description tools.function.parameters
        parallel_tool_calls response_format functions messages messages.user.content messages.system.content
        messages.assistant.content messages.tool.content messages.user.name messages.tool.tool_call_id
        response_format.json_schema.strict response_format.json_schema.schema messages.assistant.refusal""",
    "completions": """temperature n best_of echo logprobs max_tokens seed stop stop.items stream stream_options suffix
        prompt user logit_bias""",
    "embeddings": "input input.items user dimensions encoding_format input_type",
    "images": "prompt n size quality style response_format user",
    "transcriptions": "temperature",
    "translations": "temperature",
}
_NULLABLE = {
    "chat": """temperature top_p presence_penalty frequency_penalty n top_logprobs logprobs logit_bias stream stream_options
        max_tokens max_completion_tokens seed tools.function.strict response_format.json_schema.strict
        messages.assistant.content messages.assistant.refusal messages.assistant.function_call messages.function.content
        stop""",
    "completions": "temperature n best_of echo logprobs max_tokens seed stream suffix prompt logit_bias stop",
    "embeddings": "dimensions encoding_format input",
}
_NULLED = {
    "chat": "user tools parallel_tool_calls messages response_format functions tools.function.parameters",
    "completions": "user",
    "embeddings": "user",
    "images": "prompt n size quality style response_format user",
}
_REQUIRED = {
    "chat": """messages messages.role messages.user.content messages.system.content messages.tool.content
        messages.tool.tool_call_id messages.function.name messages.function.content tools.type tools.function
        tools.function.name functions.name tool_choice.type
        tool_choice.function.name response_format.type response_format.json_schema.name
         messages.assistant.tool_calls.type
        messages.assistant.tool_calls.function.name messages.assistant.tool_calls.function.arguments
        messages.user.content.type messages.user.content.text
        messages.user.content.image_url.url data_sources.type data_sources.parameters
        data_sources.parameters.endpoint data_sources.parameters.index_name""",
    "completions": "prompt",
    "embeddings": "input",
    "images": "prompt",
}
_ENUMS = {
    "chat": {
        "tool_choice": "none auto required",
        "function_call": "none auto",
        "messages.role": "system user assistant tool function",
        "messages.user.content.image_url.detail": "auto low high",
        "response_format.type": "text json_object json_schema",
        "tools.type": "function",
        "messages.user.content.type": "text image_url",
        "messages.assistant.content.type": "text refusal",
        "data_sources.type": "azure_search azure_cosmos_db",
        "data_sources.parameters.query_type": "simple vector",
    },
    "embeddings": {"encoding_format": "float base64"},
    "images": {
        "size": "1792x1024 1024x1792 1024x1024",
        "quality": "standard hd",
        "style": "vivid natural",
        "response_format": "url b64_json",
    },
    "transcriptions": {"response_format": "json text srt verbose_json vtt"},
    "translations": {"response_format": "json text srt verbose_json vtt"},
}
_UNIONS = {
    "chat": "stop=string stop=array messages.user.content=array messages.system.content=array "
    "messages.assistant.content=array messages.tool.content=array",
    "completions": "stop=string stop=array prompt=string prompt=array",
    "embeddings": "input=string input=array",
}
_RELATIONS = {
    "chat": """stream_options top_logprobs tool-answer mixed-refusal empty-assistant tool_choice function_call image-uri
        tools.function.name.pattern functions.name.pattern response_format.json_schema.name.pattern""",
    "completions": "stream_options best_of-n best_of-stream",
    "transcriptions": "file file-type file-content",
    "translations": "file file-type file-content",
}
_HTTP = """bad-input-500 bad-input-200 bad-input-404 error-detail error-text-member error-message-missing
    error-message-empty error-code-missing error-code-number error-empty-object error-message-object error-param-list
    error-stack-trace error-html error-plain error-no-body error-as-html-type error-cut success-as-html-type
    success-as-text-type success-cut success-trailing-bytes success-empty success-201 success-204 utf-16
    no-content-type server-crashes-on-success no-authentication any-key any-bearer malformed-bearer any-header
    missing-key-taken 403-for-401 400-for-401 unknown-path-taken missing-version-taken unknown-version-taken
    any-deployment get-taken get-500 any-media empty-body-taken malformed-500 non-object-500"""
_SHARED = """id-missing object-missing created-missing model-missing choices-missing choice-index-missing
    choice-finish_reason-missing choice-logprobs-missing usage-prompt_tokens-missing usage-completion_tokens-missing
    usage-total_tokens-missing id-mistyped object-mistyped created-mistyped model-mistyped choices-mistyped object-other
    object-empty id-constant id-empty created-milliseconds created-fraction created-zero index-text finish-null
    finish-unknown finish-always-stop usage-texts usage-total-one-more usage-negative usage-null
    error-in-success empty-object array fingerprint-number usage-completion-above-limit usage-completion-zero
    usage-prompt-zero usage-first-choice-only indices-from-one indices-zero choices-empty choices-null-finish-of-second
    n-ignored n-one-more stop-ignored stop-first-only stop-last-ignored stop-left-in stop-says-length limit-one-more
    length-says-stop stop-says-always-length max_tokens-ignored seed-ignored stream-ignored stream-unlike-plain
    logprob-positive logprobs-one-short logprobs-other-text logprobs-absent"""
_CHAT = """choice-message-missing message-role-missing message-content-missing message-refusal-missing call-id-missing
    call-type-missing call-function-missing logprobs-token-missing logprobs-logprob-missing logprobs-bytes-missing
    logprobs-top_logprobs-missing logprobs-refusal-missing role-other content-parts content-null refusal-beside-content
    call-arguments-object call-type-other usage-reasoning-above-completion filter-severity-missing
    calls-in-plain-text tool-calls-with-content-finish-stop-without-calls n-one-less
    max_completion_tokens-ignored calls-say-stop calls-same-id tool-unknown function-says-stop json-object-prose
    json-object-fenced json-object-array json-schema-prose schema-required schema-type schema-extra schema-enum
    arguments-broken arguments-python arguments-required arguments-type arguments-extra arguments-enum
    choice-none-ignored choice-required-ignored choice-named-ignored choice-named-other
    parallel-ignored function-none-ignored function-named-ignored bytes-wrong bytes-characters top-one-more top-unsorted
    top-same-token stream-always logprobs-unasked"""
_COMPLETIONS = """choice-text-missing text-null first-prompt-only echo-ignored echo-always echo-behind top-two-more
    logprobs-unasked offsets-in-tokens offsets-all-zero offsets-one-short"""
_STREAM = """id-changes created-changes model-changes id-missing created-missing model-missing choice-index-missing
    choice-finish_reason-missing object-plain finish-missing finish-chunk-missing finish-twice finish-everywhere
    finish-of-first-choice-only content-after-finish finish-unknown finish-empty-text indices-zero
    indices-from-one chunk-twice chunk-lost chunks-swapped usage-unasked usage-absent usage-in-finish-chunk
    usage-first usage-before-finish usage-with-choices usage-null-missing usage-total-wrong
    usage-completion-zero usage-unlike-plain empty-stream logprobs-absent logprobs-first-chunk-only
    done-missing done-twice done-lower done-json done-unterminated done-first data-after-done blank-line-missing
    json-broken cut error-in-mid-stream ndjson bytes-broken type-json type-plain data-capital event-named junk-line"""
_CHAT_STREAM = """choice-delta-missing message-for-delta role-missing role-late role-other whole-text-each-time
    fragment-index-missing fragment-id-missing fragment-name-missing fragment-lost
    fragment-id-changes fragment-index-jumps fragment-index-always-zero fragment-arguments-object
    content-number content-null-for-all"""
_EMBEDDINGS = """object-missing model-missing data-missing data-empty usage-missing-embeddings embedding-object-missing
    embedding-index-missing embedding-missing embedding-null usage-prompt_tokens-missing usage-total_tokens-missing
    unequal dimensions-ignored dimensions-one-more batch-unlike-alone dimensions-differ non-finite numbers-as-text
    base64-ignored base64-other-numbers base64-big-endian base64-doubles base64-cut base64-unpadded base64-urlsafe one-short one-more
    indices-from-one indices-zero vectors-swapped usage-total-wrong usage-of-first-only usage-zero usage-negative"""
_IMAGES = """image-created-missing data-missing data-empty image-url-number size-ignored size-turned format-ignored
    format-always-base64 no-picture base64-broken data-uri url-relative both neither one-more none
    created-milliseconds created-mistyped"""
_AUDIO = """text-missing text-list always-json verbose-as-json json-as-text srt-as-vtt subtitles-as-text task-other
    task-unknown duration-constant duration-milliseconds duration-text duration-negative segments-object
    segment-start-text segment-backwards segments-beyond segments-unordered segments-other-text
    wrong-decimal-mark wrong-arrow numbers-from-zero numbers-missing vtt-header-missing text-in-json text-quoted
    text-empty text-as-json-type"""


def _defects() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for how, table in (("tight", _LIMITS), ("loose", _LIMITS), ("untyped", _TYPED), ("nonull", _NULLABLE),
                       ("nulled", _NULLED), ("optional", _REQUIRED), ("shut", _UNIONS), ("unchecked", _RELATIONS)):  # fmt: skip
        for area, fields in table.items():
            for field in fields.split():
                found[f"{how}:{area}.{field}"] = (OPERATIONS[area],)
    for area, enums in _ENUMS.items():
        for field, values in enums.items():
            found[f"open:{area}.{field}"] = (OPERATIONS[area],)
            for value in values.split():
                found[f"shut:{area}.{field}={value}"] = (OPERATIONS[area],)
    for name in _HTTP.split():
        found[f"http/{name}"] = (EMBEDDINGS,)
    for area, names in (
        ("chat", f"{_SHARED} {_CHAT}"), ("completions", f"{_SHARED} {_COMPLETIONS}"), ("stream", f"{_STREAM} {_CHAT_STREAM}"),
        ("text-stream", _STREAM), ("embeddings", _EMBEDDINGS), ("images", _IMAGES), ("transcriptions", _AUDIO),
        ("translations", _AUDIO),
    ):  # fmt: skip
        operation = OPERATIONS.get({"stream": "chat", "text-stream": "completions"}.get(area, area), "")
        for name in names.split():
            found[f"{area}/{name}"] = (operation,)
    lenient = (
        "data_sources.parameters.strictness",
        "data_sources.type",
        "data_sources.parameters.query_type",
    )
    unlucky = ("messages.items.min", "messages.user.content.items.min", "messages.system.content.items.min",
               "messages.assistant.content.items.min", "messages.tool.content.items.min")  # fmt: skip
    for name in list(found):
        refuses = name.startswith(("tight:chat.", "shut:chat."))
        field = name.partition(".")[2]
        # a live server may refuse data sources that it has not got, and refusing every single message is no limit
        if refuses and (field.startswith(lenient) or (name.startswith("tight") and field in unlucky)):
            del found[name]
    return found


def _more_variants() -> dict[str, tuple[str, ...]]:
    """Return the variants of `valid_variants` and `wire` by operation."""
    names = {
        ("lawful", (CHAT, EMBEDDINGS)): """http-1.0 early-hints chunked+lawful/chunk-extensions no-reason
            closed-when-idle tight-headers deflate all-escaped slashes-escaped exponents space-around
            media-type-parameters cookies-twice challenge allow-in-two-lines dated error-details error-beside-more
            error-code-in-words error-in-other-tongue busy-now-and-then
            away-now-and-then""",
        ("chat", (CHAT,)): """lawful-created-ahead lawful-created-behind lawful-fingerprint-null lawful-tier
            lawful-usage-details lawful-usage-null-details lawful-call-ids lawful-refusal-and-annotations
            lawful-odd-characters lawful-event-like lawful-json-indented lawful-json-escaped
            lawful-json-exponents lawful-unknown-refused lawful-filter-now-and-then
            lawful-sure-and-unlikely""",
        ("completions", (COMPLETIONS,)): """lawful-unknown-refused lawful-best-of-counted lawful-created-ahead lawful-created-behind lawful-fingerprint-null
            lawful-usage-details lawful-usage-null-details""",
        ("embeddings", (EMBEDDINGS,)): """lawful-short-numbers lawful-long-numbers lawful-unsteady-bits
            lawful-usage-with-marks""",
        ("images", (IMAGES,)): "lawful-redirected",
        ("audio", (HEARING, TRANSLATING)): """lawful-cue-settings lawful-long-clock lawful-several-lines
            lawful-no-last-newline lawful-text-type lawful-space-before lawful-words lawful-language-code
            lawful-whole-seconds""",
        ("stream", (CHAT,)): """lawful-keep-alive-chunks lawful-random-order lawful-last-first
            lawful-empty-content-at-the-end lawful-pauses lawful-usage-details lawful-fingerprint-null
            lawful-padded lawful-created-behind lawful-arguments-by-character lawful-empty-fragments
            lawful-empty-logprobs""",
        ("text-stream", (COMPLETIONS,)): """lawful-keep-alive-chunks lawful-random-order lawful-last-first
            lawful-usage-details lawful-fingerprint-null lawful-padded lawful-created-behind""",
        ("frames", (CHAT, COMPLETIONS)): """lawful-all-escaped lawful-spaces lawful-fields-after-data
            lawful-retry-alone lawful-blank-lines lawful-comments-inside lawful-mixed-ends
            lawful-type-in-capitals lawful-slow-start""",
    }  # fmt: skip
    return {f"{area}/{name}": on for (area, on), listed in names.items() for name in listed.split()}


def _variants() -> dict[str, tuple[str, ...]]:
    every = tuple(OPERATIONS.values())
    some = (CHAT, EMBEDDINGS)
    found: dict[str, tuple[str, ...]] = {
        f"lawful/{name}": some
        for name in """no-request-id connection-close more-headers header-case 422 code-invalid_request_error
        param-absent param-null code-and-message-only inner_error innererror 401-statusCode unauthorized
        404-for-method 404-for-version 400-for-media escaped-json indented-json charset content-type-case gzip chunked
        """.split()
    }
    found["lawful/nulls"] = every
    found |= {
        f"chat/{name}": (CHAT,)
        for name in """keys-reversed integers-as-floats unknown-fields no-usage no-fingerprint id-of-other-form
        model-of-other-name choices-in-other-order reasoning-tokens azure-filters azure-filters-empty
        filtered-without-content content-beside-calls content-empty-beside-calls calls-empty-list null-calls
        full-is-length short-answers refuses filtered auto-talks named-says-stop bytes-null top-fewer
        top-without-sampled reasons
        """.split()
    }
    found |= {
        f"completions/{name}": (COMPLETIONS,)
        for name in "keys-reversed integers-as-floats no-usage no-fingerprint full-is-length offsets-from-prompt "
        "offsets-in-bytes".split()
    }
    found |= {
        f"embeddings/{name}": (EMBEDDINGS,)
        for name in "not-unit order-reversed keys-reversed integers-as-floats".split()
    }
    found |= {f"images/{name}": (IMAGES,) for name in ["lawful-revised-prompt", "unknown-fields"]}
    found |= {
        f"audio/{name}": (HEARING, TRANSLATING)
        for name in "lawful-crlf lawful-short-clock lawful-vtt-notes lawful-bom segments-empty verbose-without-task "
        "verbose-without-duration verbose-without-segments verbose-without-language".split()
    }
    found |= {
        f"stream/lawful-{name}": (CHAT,)
        for name in """empty-deltas role-in-every-delta null-content-with-role role-with-first-content
        finish-with-last-content azure-first-chunk async-filter-chunk one-content-chunk character-by-character
        unknown-fields no-fingerprint no-logprobs-key refusal-null blockwise several-choices-per-chunk
        whole-call-in-one-chunk fragments-of-all-calls-in-one-chunk id-and-type-in-every-fragment""".split()
    }
    found |= _more_variants()
    found["stream/fragment-name-repeated-in-pieces"] = (CHAT,)
    found["stream/event-message"] = (CHAT,)
    found |= {
        f"frames/lawful-{name}": (CHAT, COMPLETIONS)
        for name in """crlf cr comments no-space ids-and-retry bom several-data-lines at-once byte-by-byte cut-anywhere
        charset gzip""".split()
    }
    return found


DEFECTS = _defects()
VARIANTS = _variants()
FOUR_AT_ONCE = (
    ("chat/usage-total-one-more", "tight:chat.temperature.max", "stream/done-missing", "chat/stop-left-in"),
    ("chat/id-missing", "open:chat.tool_choice", "stream/finish-twice", "http/error-detail"),
    (
        "embeddings/indices-zero",
        "embeddings/usage-total-wrong",
        "loose:embeddings.input.items.max",
        "http/any-key",
    ),
    ("chat/arguments-broken", "chat/schema-extra", "chat/bytes-wrong", "loose:chat.n.max"),
)
