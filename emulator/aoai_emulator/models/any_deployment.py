"""Deployments for names that nobody configured."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from aoai_emulator.models.deployments import Deployment
from aoai_emulator.models.model_table import deployed, is_known, model_names

#: Printable ASCII that names of models and deployments have; a name is also sent as a header.
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+ -]{0,127}")
_EVERY_KIND = frozenset(
    {
        *("chat", "extension-chat", "completions", "embeddings", "image-embeddings"),
        *("images", "transcription", "translation", "speech"),
    }
)


@lru_cache(maxsize=1024)
def deployment_called(name: str) -> Deployment | None:
    """Return a deployment with this name, or None if nothing can have the name.

    Its model is the one that the name contains (`team-gpt-4o-eu`), which rejects what the real model rejects.
    A name without a known model stands for a model that serves every operation and accepts everything that
    the document allows.
    """
    if not _NAME.fullmatch(name):
        return None
    model = _model_in(name)
    if model is not None:
        return deployed(name, model)
    return Deployment(name, name, _EVERY_KIND, context_tokens=128_000, dimensions=1536, shortens=True)


def _model_in(name: str) -> str | None:
    """Return the known model in a name with what follows it: versions and sizes tell models apart."""
    if is_known(name):
        return name
    found = _any_model().search(name)
    if found is None:
        return None
    return name[found.start() :] if is_known(name[found.start() :]) else found[0]


@lru_cache(maxsize=1)
def _any_model() -> re.Pattern[str]:
    longest_first = sorted(model_names(), key=len, reverse=True)
    names = "|".join(re.escape(each) for each in longest_first)
    return re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])", re.IGNORECASE)
