"""Imports every module of rules, so that each rule is declared. A new module needs no entry here."""

from __future__ import annotations

import importlib
import pkgutil

from aoai_conformance import rules

MODULES: tuple[str, ...] = tuple(
    f"{rules.__name__}.{module.name}"
    for module in pkgutil.iter_modules(rules.__path__)
    if module.name != "catalogue"
)

for _module in MODULES:
    importlib.import_module(_module)
