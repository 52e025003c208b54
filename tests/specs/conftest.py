"""The document under test as it was published."""

from __future__ import annotations

import pytest

from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document


@pytest.fixture(scope="session")
def published() -> Document:
    return Catalogue.packaged().load("azure-openai@2024-10-21", as_published=True)
