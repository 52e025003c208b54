"""Names: how the ids of an operation's cases begin, and which operation an id belongs to."""

from __future__ import annotations

from aoai_specs.document import Document, Operation


def case_prefix(document: Document, operation: Operation) -> str:
    """How the ids of an operation's cases begin: its kind, with its operationId where others share it."""
    alike = [other for other in document.operations.values() if other.kind == operation.kind]
    if operation.kind == "other":
        return operation.id
    return operation.kind if len(alike) == 1 else f"{operation.kind}.{operation.id}"


def operation_of_kind(document: Document, kind: str) -> Operation | None:
    """The first operation of a kind; None where the document has none."""
    return next((one for one in document.operations.values() if one.kind == kind), None)


def named_case(document: Document, case_id: str) -> tuple[Operation, str] | None:
    """The operation that a case's id belongs to, and the rest of the id; None for any other id."""
    for operation in document.operations.values():
        prefix = case_prefix(document, operation) + "/"
        if case_id.startswith(prefix):
            return operation, case_id.removeprefix(prefix)
    return None
