"""The documents of the catalogue as parameters of a test whose claim costs seconds for each of them."""

from __future__ import annotations

from typing import Any

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.versions import DocumentName


def each_document(*, previews: bool = True) -> list[Any]:
    """Return a parameter for each document.

    The gate tries the newest stable and, with `previews`, the newest preview document of each surface;
    `tox -e selftest` tries the others.
    """
    names = Catalogue.packaged().names()
    newest: dict[tuple[str, bool], DocumentName] = {
        (each.surface, each.version.preview): each
        for each in names
        if each.version.dated and (previews or not each.version.preview)
    }
    chosen = set(newest.values())
    return [
        pytest.param(str(name), marks=() if name in chosen else pytest.mark.whole_selftest, id=str(name))
        for name in names
    ]
