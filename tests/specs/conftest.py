"""The document under test, as corrected and as published."""

from __future__ import annotations

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document


@pytest.fixture(scope="session")
def document() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21")


@pytest.fixture(scope="session")
def published() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21", as_published=True)
