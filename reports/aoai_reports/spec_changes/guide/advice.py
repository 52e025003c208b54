"""What each kind of change means for a client, as data: the section of the guide and its sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from aoai_reports.spec_changes.guide.snippets import listed
from aoai_specs.comparison import Change
from aoai_specs.comparison.effects import Verdict
from aoai_specs.comparison.kinds import kebab

Section = Literal["must", "limit", "may", "receive", "nothing"]

#: Keywords that limit a value, with the words for the limit.
_LIMITS: Mapping[str, tuple[str, str, str]] = {
    "maximum": ("at most", "", ""),
    "minimum": ("at least", "", ""),
    "maxLength": ("at most", "character", "characters"),
    "minLength": ("at least", "character", "characters"),
    "maxItems": ("at most", "item", "items"),
    "minItems": ("at least", "item", "items"),
    "maxProperties": ("at most", "property", "properties"),
    "minProperties": ("at least", "property", "properties"),
}
#: The words for an exclusive limit.
_EXCLUSIVE = {"at most": "less than", "at least": "more than"}
#: What a client does in requests. A sentence for a kind may depend on the verdict: `property-added breaking`.
_REQUESTS: Mapping[str, str] = {
    "property-added breaking": "send it",
    "property-added": "you may send it",
    "property-required": "always send it",
    "property-optional": "you may leave it out",
    "property-removed breaking": "do not send it any more",
    "property-removed": "it may no longer have an effect",
    "property-forbidden": "do not send it any more",
    "property-permitted": "you may send it",
    "values-changed": "compare the values you send with the new schema",
    "read-only-set": "do not send it any more",
    "read-only-unset": "you may send it",
    "parameter-added breaking": "send it",
    "parameter-added": "you may send it",
    "parameter-required": "always send it",
    "parameter-optional": "you may leave it out",
    "parameter-removed": "it may no longer have an effect",
    "parameter-renamed": "send it as {after} instead of {before}",
    "parameter-moved": "send it in the {after} instead of the {before}",
    "body-required": "always send a body",
    "body-optional": "you may leave out the body",
    "body-removed": "do not send a body any more",
    "enum-added": "send only {after}",
    "enum-removed": "you may send other values",
    "enum-value-added": "you may send {after}",
    "enum-value-removed": "do not send {before} any more",
    "enum-closed": "send only the listed values",
    "enum-opened": "you may send other values",
    "const-added": "send only {after}",
    "const-changed": "send {after} instead of {before}",
    "nullable-set": "you may send null",
    "nullable-unset": "do not send null any more",
    "type-changed breaking": "send {after} instead of {before}",
    "type-changed": "you may send {after}",
    "pattern-added": "match the pattern {after}",
    "pattern-changed": "match the pattern {after}",
    "format-added": "use the format {after}",
    "default-added": "left out, it now counts as {after}",
    "default-changed": "left out, it now counts as {after} instead of {before}",
    "default-removed": "left out, its value is no longer described; before, it was {before}",
    "union-branch-added": "you may send {after}",
    "union-branch-removed": "do not send {before} any more",
    "media-type-added": "you may send {after}",
    "media-type-removed": "do not send {before} any more",
    "discriminator-value-changed": "send {after} instead of {before}",
    "additional-properties-added": "further fields must match a schema",
    "unevaluated-properties-added": "further fields must match a schema",
    "additional-properties-removed": "further fields may have any value",
    "additional-properties-closed": "do not send fields that are not described",
    "additional-properties-opened": "you may send further fields",
    "security-alternative-added": "you may authenticate with {after}",
    "security-alternative-removed": "do not authenticate with {before} any more",
    "security-scope-added": "request the scope {after}",
    "base-path-changed": "use the base path {after} instead of {before}",
    "deprecated": "stop using it; it is deprecated",
}
#: What a client meets in responses.
_RESPONSES: Mapping[str, str] = {
    "property-added": "new",
    "property-removed": "do not rely on it; it is no longer described",
    "property-optional": "may be missing",
    "property-forbidden": "do not rely on it; it is no longer returned",
    "property-permitted": "may be present",
    "values-changed": "compare the values you read with the new schema",
    "enum-removed": "may have other values than {before}",
    "enum-value-added": "may be {after}",
    "enum-opened": "may have other values than the listed ones",
    "const-removed": "may have other values than {before}",
    "const-changed": "is {after} instead of {before}",
    "nullable-set": "may be null",
    "type-changed": "is {after} instead of {before}",
    "union-branch-added": "may be {after}",
    "header-added": "new header",
    "header-removed": "do not rely on the header; it is no longer described",
    "header-optional": "the header may be missing",
    "discriminator-value-changed": "is {after} instead of {before}",
    "additional-properties-opened": "may have further fields",
    "additional-properties-removed": "further fields may have any value",
    "items-removed": "the items may be anything",
    "pattern-removed": "may not match the pattern {before}",
    "pattern-changed": "matches the pattern {after} instead of {before}",
    "format-removed": "may have another format than {before}",
    "union-removed": "may be something else than the branches listed before",
    "deprecated": "stop using it; it is deprecated",
}
#: What happens to an operation as a whole.
_OPERATIONS: Mapping[str, str] = {
    "deprecated": "plan to stop using this operation; it is deprecated",
    "operation-id-changed": "generated code has {after} instead of {before}",
    "sunset-set": "stop using this operation before {after}",
    "sunset-earlier": "stop using this operation before {after}",
    "sunset-later": "you may use this operation until {after}",
}
_LIMITING = {f"{kebab(keyword)}-set": keyword for keyword in _LIMITS}
_TIGHTER = {f"{kebab(keyword)}-tightened": keyword for keyword in _LIMITS}
_UNSET = {f"{kebab(keyword)}-unset": keyword for keyword in _LIMITS}
_GONE = frozenset(_UNSET) | {"pattern-removed", "const-removed"}
_LOOSER = {f"{kebab(keyword)}-loosened": keyword for keyword in _LIMITS}
#: Further kinds by which the newer description limits what the older one left open.
_FURTHER_LIMITS = frozenset(
    {"pattern-added", "enum-added", "enum-closed", "const-added", "multiple-of-set", "unique-items-set"}
    | {"format-added", "additional-properties-closed", "unevaluated-properties-added", "default-added"}
)
#: Kinds after which a response has less than before.
_LOST = frozenset(
    {"property-removed", "header-removed", "status-removed", "media-type-removed", "schema-removed"}
)
#: Kinds after which a response has something else than before.
_REPLACED = frozenset(
    {"deprecated", "const-changed", "type-changed", "pattern-changed", "discriminator-value-changed"}
)
#: Kinds that need no action unless they are severe, because only the description differs.
_SILENT = frozenset(
    {"description-changed", "discriminator-mapping-changed", "discriminator-added", "discriminator-removed"}
    | {"discriminator-mapping-added", "format-removed", "security-scheme-changed", "path-parameter-renamed"}
)


def advised_kinds() -> frozenset[str]:
    """The kinds of change that have a sentence."""
    named = (key.partition(" ")[0] for table in (_REQUESTS, _RESPONSES, _OPERATIONS) for key in table)
    return frozenset((*named, *_LIMITING, *_TIGHTER, *_LOOSER, *_GONE))


def section_of(change: Change, direction: str, verdict: Verdict) -> Section:
    """The section of the guide for a change in a direction of an operation.

    `limit` holds limits and defaults of requests of which the older description says nothing, so that nobody
    can tell from the descriptions whether they are new.
    """
    if direction == "response":
        if change.id in _LOST or (verdict == "breaking" and change.id not in _GAINED):
            return "must" if verdict == "breaking" else "may"
        return "receive" if change.id in _GAINED else "nothing"
    if direction == "request" and (change.id in _LIMITING or change.id in _FURTHER_LIMITS):
        unset = change.id == "default-added" and change.revision is None
        return "nothing" if verdict == "info" or unset else "limit"
    if verdict == "breaking":
        return "must"
    if verdict == "info" and (change.id in _SILENT or change.subject == "default"):
        return "nothing"
    return "may" if sentence_of(change, direction, verdict) or verdict == "warning" else "nothing"


def sentence_of(change: Change, direction: str, verdict: Verdict) -> str:
    """What to do, or what to expect, without the place; empty for a kind without a sentence."""
    if direction == "request":
        for kinds, words in ((_LIMITING, ""), (_TIGHTER, ""), (_LOOSER, "you may send ")):
            if change.id in kinds:
                return (words or "send ") + _limit(kinds[change.id], change)
        if change.id in _GONE:
            return f"no limit is described any more; before, it was {listed(change.base)}"
    if direction == "response":
        for kinds, words in ((_UNSET, "may exceed the limit of {}"), (_LOOSER, "is {}")):
            if change.id in kinds:
                return words.format(_limit(kinds[change.id], change))
    table = {"request": _REQUESTS, "response": _RESPONSES}.get(direction, _OPERATIONS)
    found = table.get(f"{change.id} {verdict}") or table.get(change.id, "")
    return found.format(before=_named(change.base), after=_named(change.revision))


def _limit(keyword: str, change: Change) -> str:
    """`at most 128 items instead of 64`, or the limit before if there is none after."""
    bound, one, several = _LIMITS[keyword]
    limit = change.base if change.revision is None else change.revision
    was = "" if change.base is None or change.revision is None else f" instead of {_bound(change.base)}"
    if isinstance(limit, dict):
        return f"{_EXCLUSIVE[bound]} {_bound(limit)}{was}"
    return f"{bound} {_bound(limit)} {one if limit == 1 else several}".rstrip() + was


def _bound(limit: object) -> str:
    return listed(limit.get("exclusive") if isinstance(limit, dict) else limit)


def _named(value: object) -> str:
    """A value in a sentence; a credential by the names of its schemes."""
    return listed(list(value)) if isinstance(value, dict) else listed(value)


#: Kinds after which a response has more than before.
_GAINED = frozenset(_RESPONSES) - _LOST - _REPLACED | {"status-added", "media-type-added", *_UNSET, *_LOOSER}
