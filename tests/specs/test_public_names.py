"""The public names of the package: what other packages and users can import."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import aoai_specs

ROOT = Path(__file__).resolve().parents[2]
#: An import of names from the package, wherever it is; parsing all modules whole takes seconds.
IMPORT = re.compile(r"^[ \t]*(from aoai_specs\.[\w.]+ import (?:\([^)]*\)|[^(\n]+))", re.MULTILINE)
PUBLIC: dict[str, set[str]] = {
    "catalogue": {"Catalogue", "DEFAULT_SURFACE"},
    "lazy_documents": {"LazyDocuments"},
    "document": {
        "Document", "EVENT_STREAM", "MediaDescription", "OPERATION_KINDS", "Operation", "Parameter",
        "ResponseDescription", "operation_kind",
    },
    "operations": {"EVENT_STREAM", "MediaDescription", "Parameter", "ResponseDescription", "operation_kind"},
    "versions": {"ApiVersion", "DocumentName", "dated_first", "names_in", "newest_stable"},
    "surfaces": {"AI_MODEL_INFERENCE", "AZURE_OPENAI"},
    "locations": {"Location", "Locations", "Side", "locations"},
    "json_values": {
        "are_identical", "as_list", "as_object", "count_values", "is_deeper_than", "is_number", "nodes",
        "quote",
    },
    "pointers": {"canonical", "escape", "find", "join", "tokens"},
    "errors": {
        "ConformanceError", "DocumentError", "EXTRAS", "LostOutputError", "MissingExtraError", "OutputError",
        "OverlayError", "TargetError", "UnknownNameError", "install_command",
    },
    "plain_yaml": {"error_line", "load_yaml"},
    "reading": {"ReadingOptions"},
    "loading.files": {"Loaded", "MAX_BYTES", "load"},
    "loading.sources": {
        "STANDARD_INPUT", "is_document_name", "is_source", "provide_standard_input", "read_source",
    },
    "schemas.constraints": {"Constraint", "Located", "constraints", "located_constraints"},
    "schemas.shapes": {
        "Branch", "Keyword", "Place", "Shape", "Step", "branch_field", "places", "request_media_type",
        "request_shape", "shape_at",
    },
    "schemas.validators": {"Explained", "SchemaError", "Validator"},
    "schemas.patterns": {"matches"},
    "schemas.schema_cost": {"require_bounded"},
    "schemas.provenance": {"MAX_BYTES_OF_FILE", "Provenance", "citations", "provenance", "stated_limits"},
    "lint": {
        "Check", "Explanation", "Finding", "Mistake", "NO_WITNESS", "PublishedExample", "SEVERITIES",
        "Severity", "Subject", "checks", "lint", "packaged_explanations", "read_examples",
    },
    "comparison": {
        "Accepted", "Change", "Changes", "Description", "aligned", "compare", "described",
        "described_pair", "of_document",
    },
    "comparison.acceptance": {"accept", "read_acceptances", "read_decisions"},
    "comparison.effects": {"VERDICTS", "Verdict"},
    "comparison.kinds": {"KINDS", "kebab"},
    "comparison.outline": {"Line", "Method", "Tree", "methods"},
    "comparison.endpoints.endpoint": {"endpoints"},
    "comparison.reach": {"Use"},
    "comparison.review.field_paths": {"FieldPaths"},
    "comparison.review.filters": {"FILTERS", "check_pattern", "keep"},
    "comparison.review.groups": {"ChangeGroup", "grouped"},
    "comparison.review.policies": {"apply_sunset_policy", "apply_version_policy"},
    "comparison.review.severities": {"LEVELS", "check_severity", "rate"},
    "loading.references": {"follow"},
    "partial": {"is_partial"},
}  # fmt: skip


def test_every_public_name_exists() -> None:
    missing = {
        f"{module}.{name}"
        for module, names in PUBLIC.items()
        for name in names
        if not hasattr(import_module(f"aoai_specs.{module}"), name)
    }
    assert missing == set()


def test_the_package_lists_its_public_modules() -> None:
    lines = (aoai_specs.__doc__ or "").splitlines()
    listed = [line.split()[0] for line in lines if line.startswith("    aoai_specs.")]
    assert sorted(listed) == sorted(f"aoai_specs.{module}" for module in PUBLIC)


def test_other_packages_import_public_names_only() -> None:
    folders = ("model", "strategies", "reports", "conformance", "emulator")
    imported = {
        f"{node.module.removeprefix('aoai_specs.')}.{alias.name}"
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        for statement in IMPORT.findall(file.read_text(encoding="utf-8"))
        for node in ast.parse(statement).body
        if isinstance(node, ast.ImportFrom) and node.module is not None
        for alias in node.names
    }
    assert imported
    assert imported - {f"{module}.{name}" for module, names in PUBLIC.items() for name in names} == set()
