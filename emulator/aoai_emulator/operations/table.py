"""The table of operations: one Service for each kind.

To add an operation, write its module with a SERVICE and list it in SERVICES. An additional page (an image at
a URL in a response) is a Starlette route in PUBLIC_ROUTES: it needs neither key nor api-version.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.routing import BaseRoute

from aoai_emulator.operations import (
    audio,
    chat,
    completions,
    embeddings,
    extension_chat,
    image_embeddings,
    image_operations,
    images,
    speech,
)
from aoai_emulator.operations.resources import batches, catalogues, files, ingestion, uploads
from aoai_emulator.operations.responses import conversations, create, stored
from aoai_emulator.operations.service import Service
from aoai_emulator.operations.vector_stores import store_files, stores

_ALL: tuple[Service, ...] = (
    chat.SERVICE,
    extension_chat.SERVICE,
    completions.SERVICE,
    embeddings.SERVICE,
    image_embeddings.SERVICE,
    catalogues.INFO,
    images.IMAGES,
    audio.TRANSCRIPTION,
    audio.TRANSLATION,
    speech.SERVICE,
    image_operations.SUBMISSION,
    image_operations.STATUS,
    image_operations.DELETION,
    ingestion.START,
    ingestion.LIST,
    ingestion.STATUS,
    catalogues.MODELS,
    catalogues.MODEL,
    catalogues.DEPLOYMENTS,
    *files.SERVICES,
    *uploads.SERVICES,
    *batches.SERVICES,
    create.SERVICE,
    *stored.SERVICES,
    *conversations.SERVICES,
    *stores.SERVICES,
    *store_files.SERVICES,
)

SERVICES: Mapping[str, Service] = MappingProxyType({service.kind: service for service in _ALL})

PUBLIC_ROUTES: tuple[BaseRoute, ...] = (images.PICTURE_ROUTE,)
