"""The headers of errors."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_conformance.judging.error_responses import ErrorReply
from aoai_conformance.rule import EVERY, rule
from aoai_model.verdict import Violation

_ERROR_CODE = "x-ms-error-code"


def _has_both_codes(refusal: ErrorReply) -> bool:
    """Whether both codes are present; the flat forms, which are of a model, have no error object."""
    both = bool(refusal.response.header(_ERROR_CODE)) and refusal.code is not None
    return both and not refusal.is_flat


@rule(
    "ERROR-011",
    should="repeat the error code in the x-ms-error-code header",
    clause=f"ai-model-inference@2025-04-01#/paths/~1chat~1completions/post/responses/default/headers/{_ERROR_CODE}",
    operations=EVERY,
    when=_has_both_codes,
    note="Case is ignored. SHOULD rather than MUST, since a gateway may set the header itself.",
)
def header_matches_the_error_code(refusal: ErrorReply) -> Iterator[Violation]:
    """Clients that do not read the bodies of errors use the header."""
    header, code = refusal.response.header(_ERROR_CODE) or "", refusal.code or ""
    if header.strip().lower() != code.strip().lower():
        yield refusal.violates(
            f"header:{_ERROR_CODE}",
            "The x-ms-error-code header differs from the code in the body.",
            expected=code,
            actual=header,
        )
