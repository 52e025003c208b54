"""Components that nothing uses."""

from __future__ import annotations

from collections.abc import Iterator

from aoai_specs.json_values import as_object
from aoai_specs.lint.finding import Mistake
from aoai_specs.lint.registry import check
from aoai_specs.lint.subject import Subject
from aoai_specs.pointers import join

_KINDS = (
    "parameters", "responses", "requestBodies", "headers", "examples", "links", "callbacks", "pathItems",
    "mediaTypes",
)  # fmt: skip


@check(severity="warning")
def unreferenced_schema(subject: Subject) -> Iterator[Mistake]:
    """A named schema that no operation uses."""
    used = reachable_schemas(subject)
    named = {target for _, target in _all_references(subject)}
    for name in subject.schemas:
        pointer = join("#/components/schemas", name)
        if pointer in used:
            continue
        if pointer in named:
            yield Mistake(pointer, f"Only unused schemas refer to {name}.")
        else:
            yield Mistake(pointer, f"Nothing refers to {name}.")


@check(severity="warning")
def unreferenced_component(subject: Subject) -> Iterator[Mistake]:
    """A component that nothing uses, such as a parameter, an example or a security scheme."""
    held_components = subject.content.get("components")
    components = held_components if isinstance(held_components, dict) else {}
    named = {_component(target) for _, target in _all_references(subject)}
    for kind in _KINDS:
        held = components.get(kind)
        for name in held if isinstance(held, dict) else ():
            pointer = join("#/components", kind, name)
            if pointer not in named:
                yield Mistake(pointer, f"Nothing refers to {name}.")
    required = {name for node in subject.outline.nodes("security-requirement") for name in node.value}
    for name in as_object(components.get("securitySchemes")):
        if name not in required:
            yield Mistake(join("#/components/securitySchemes", name), f"No operation requires {name}.")


def reachable_schemas(subject: Subject) -> set[str]:
    """Return the pointers of the named schemas that operations and other components use.

    A discriminator uses the schemas that it selects.
    """
    leads: dict[str, set[str]] = {}
    used: set[str] = set()
    for source, target in _all_references(subject):
        owner = _component(source)
        if owner.startswith("#/components/schemas/"):
            leads.setdefault(owner, set()).add(_component(target))
        else:
            used.add(_component(target))
    for place in subject.survey.schemas:
        if "discriminator" in place.schema:
            switch = subject.discriminators.switch(place.pointer, place.schema)
            targets = {target for _, target in switch.targets} if switch is not None else set()
            if switch is not None and switch.default is not None:
                targets.add(switch.default)
            leads.setdefault(_component(place.pointer), set()).update(targets)
            if not place.pointer.startswith("#/components/schemas/"):
                used |= targets
    waiting = list(used)
    while waiting:
        for target in leads.get(waiting.pop(), ()):
            if target not in used:
                used.add(target)
                waiting.append(target)
    return used


def _all_references(subject: Subject) -> Iterator[tuple[str, str]]:
    """Yield the references of the description, including those to named examples."""
    yield from subject.references
    for carrier in subject.survey.carriers:
        named = carrier.described.get("examples")
        for name, each in named.items() if isinstance(named, dict) else ():
            if isinstance(each, dict) and isinstance(each.get("$ref"), str):
                yield join(carrier.pointer, "examples", name), each["$ref"]


def _component(pointer: str) -> str:
    """Return the component that contains a place, or the place itself."""
    return "/".join(pointer.split("/", 4)[:4]) if pointer.startswith("#/components/") else pointer
