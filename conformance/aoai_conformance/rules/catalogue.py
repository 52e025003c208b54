"""Imports every module of rules, so that each rule is declared. A new module needs no entry here."""

from __future__ import annotations

import importlib
import pkgutil

from aoai_conformance import rules

MODULES: tuple[str, ...] = tuple(
    module.name
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}.")
    if not module.ispkg and module.name != __name__
)

for _module in MODULES:
    importlib.import_module(_module)
