"""Maps by their known names: objects whose keys a model or a user chose, so that the keys are no fields."""

from __future__ import annotations

import re

#: How the places of maps end, where no document says that they are maps.
KNOWN_MAPS = ("/logprobs/top_logprobs/*", "/metadata", "/logit_bias")
_KEY = re.compile(f"({'|'.join(map(re.escape, KNOWN_MAPS))})/[^/]*(?=/|\\Z)")


def is_known_map(place: str) -> bool:
    """Whether a place (a pointer with every index as `*`) is that of a map, going by its name."""
    return place.endswith(KNOWN_MAPS)


def without_keys(place: str) -> str:
    """A place with the keys of known maps as `*`."""
    return _KEY.sub(r"\1/*", place)
