"""Clients as installed from PyPI and npm work with an emulator, an endpoint and a key.

Run with `tox -e clients`, which writes docs/clients.md. What no document describes is listed with the reason
in `client_table.py`; if it works one day, that fails as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import clients_page
import pytest
from client_table import CLIENTS, TASKS, Client
from using import Served, emulator, is_right, results

Tried = tuple[Client, dict[str, dict[str, Any]]]

pytestmark = pytest.mark.installed_client


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("emulators")
    authority = folder / "ca.pem"
    with ExitStack() as stack:
        http = stack.enter_context(emulator(folder / "http.txt"))
        https = stack.enter_context(emulator(folder / "https.txt", "--tls-ca", str(authority)))
        yield Served(http, https, authority)


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda client: f"{client.registry} {client.name}")
def tried(request: pytest.FixtureRequest, served: Served) -> Tried:
    client: Client = request.param
    return client, results(client, served)


def test_a_client_works_as_installed(tried: Tried) -> None:
    client, found = tried
    problems = {
        task: result.get("error") or result["result"]
        for task, result in found.items()
        if task not in client.not_described and not ("result" in result and is_right(task, result["result"]))
    }
    assert problems == {}
    if os.environ.get("AOAI_CLIENTS_PAGE"):
        clients_page.store(client, sorted(found.keys() - client.not_described.keys()))


def test_each_task_that_the_client_has_is_tried(tried: Tried) -> None:
    client, found = tried
    assert set(TASKS) - client.lacks <= found.keys()


def test_what_no_document_describes_does_not_work(tried: Tried) -> None:
    client, found = tried
    for task in client.not_described:
        assert "not found" in found[task]["error"].lower(), found[task]
