"""Find the clause of a rule in the document of the judged operation.

A rule declares one clause, in one document. Reports cite the same place in the document of the judged
operation. If that document has no such place, they cite the rule's own source, marked as a reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from aoai_conformance.rule import Rule
from aoai_specs.catalogue import Catalogue
from aoai_specs.document import Document, Operation
from aoai_specs.errors import DocumentError
from aoai_specs.locations import locations

#: The suffix of a clause from another document than that of the judged operation.
REFERENCE = " (reference)"
_SECURITY = "#/components/securitySchemes/"


@lru_cache(maxsize=4096)
def find_clause(rule: Rule, operation: Operation) -> str:
    """Return the clause of a rule as cited for an operation."""
    name, _, place = rule.clause.partition("#")
    written_after = _document(name)
    if written_after is None:
        return rule.clause
    document, pointer = operation.document, f"#{place}"
    for found in _places(rule, pointer, written_after, operation):
        if _is_there(document, found):
            return document.clause(found)
    return rule.clause if name == str(document.name) else f"{rule.clause}{REFERENCE}"


def find_shared_clause(rule: Rule, operations: Iterable[Operation]) -> str:
    """Return the clause at the first of the operations whose document has it, else the reference."""
    cited = (find_clause(rule, operation) for operation in operations)
    reference = f"{rule.clause}{REFERENCE}" if _is_packaged(rule.clause.partition("#")[0]) else rule.clause
    return next((each for each in cited if not each.endswith(REFERENCE)), reference)


def _places(rule: Rule, pointer: str, written_after: Document, operation: Operation) -> Iterator[str]:
    """Yield the pointers at which the place may be, the most likely first."""
    same = operation.document.name == written_after.name
    home = _operation_at(written_after, pointer)
    if pointer.startswith(_SECURITY):
        yield from _same_security(written_after, pointer, operation.document)
    elif home is not None:
        rest = pointer.removeprefix(home.pointer)
        if home.kind == operation.kind or not rule.kinds:
            yield from _same_parameter(home, rest, operation)
            yield operation.pointer + rest
            yield from _in_a_body(operation, home, pointer)
        for other in operation.document.operations.values():
            if other.kind == home.kind and home.kind != "other":
                yield other.pointer + rest
                yield from _in_a_body(other, home, pointer)
    else:
        if same and _reaches(operation, pointer):
            yield pointer
        for source in sorted(written_after.operations.values(), key=lambda each: each.kind != operation.kind):
            if source.kind == operation.kind or not rule.kinds:
                yield from _in_a_body(operation, source, pointer)
        for source in written_after.operations.values():
            for other in operation.document.operations.values():
                if other.kind == source.kind and other.kind in rule.kinds:
                    yield from _in_a_body(other, source, pointer)
    yield pointer


def _same_security(written_after: Document, pointer: str, document: Document) -> Iterator[str]:
    """Yield the scheme of the same type, such as an api-key, under any name."""
    name, _, rest = pointer.removeprefix(_SECURITY).partition("/")
    schemes = document.content.get("components", {}).get("securitySchemes", {})
    scheme_sought = written_after.resolve(f"{_SECURITY}{name}")
    for other, scheme in schemes.items():
        if all(scheme.get(key) == scheme_sought.get(key) for key in ("type", "in", "scheme")):
            yield f"{_SECURITY}{other}" + (f"/{rest}" if rest else "")


def _same_parameter(home: Operation, rest: str, operation: Operation) -> Iterator[str]:
    """Yield the place inside the parameter with the same name and location, then the parameter itself."""
    source = next(
        (each for each in home.parameters if f"{home.pointer}{rest}/".startswith(f"{each.pointer}/")), None
    )
    for each in operation.parameters if source is not None else ():
        if source is not None and (each.name, each.location) == (source.name, source.location):
            yield each.pointer + f"{home.pointer}{rest}".removeprefix(source.pointer)
            yield each.pointer


def _in_a_body(operation: Operation, source: Operation, pointer: str) -> Iterator[str]:
    """Yield the pointers of an operation at the same location in the message as a pointer of another."""
    known = locations(source).places
    head, rest = pointer, ""
    while head and head not in known:
        head, _, token = head.rpartition("/")
        rest = f"/{token}{rest}"
    for location in known.get(head, ()):
        found = locations(operation).pointers.get(location)
        if found is not None:
            yield found + rest
            if _is_keyword(rest):
                yield found


def _is_keyword(rest: str) -> bool:
    """Whether the rest of a pointer is one keyword of a schema, so that the schema can be cited as well."""
    return rest.count("/") == 1


def _reaches(operation: Operation, pointer: str) -> bool:
    return any(pointer == known or pointer.startswith(f"{known}/") for known in locations(operation).places)


def _operation_at(document: Document, pointer: str) -> Operation | None:
    """Return the operation that contains a pointer."""
    return next(
        (
            each
            for each in document.operations.values()
            if pointer == each.pointer or pointer.startswith(f"{each.pointer}/")
        ),
        None,
    )


def _is_there(document: Document, pointer: str) -> bool:
    try:
        document.resolve(pointer)
    except DocumentError:
        return False
    return True


@lru_cache(maxsize=32)
def _document(name: str) -> Document | None:
    """Return the packaged document with a name; None if there is none, as for a URL."""
    return Catalogue.packaged().load(name) if _is_packaged(name) else None


@lru_cache(maxsize=32)
def _is_packaged(name: str) -> bool:
    """Whether a document of this name is in the package, without loading it."""
    return name in {str(each) for each in Catalogue.packaged().names()}
