"""A change of null at one property is reported at the property, not at the shared schema it refers to."""

from __future__ import annotations

from typing import Any

import pytest
from small_descriptions import changes, description

SHARED = {"Tree": {"type": "string", "enum": ["oak", "elm"]}, "Wood": {"type": "object"}}


def asked(kind: dict[str, Any]) -> Any:
    schemas = {**SHARED, "Asked": {"type": "object", "properties": {"tree": kind, "other": _ref("Tree")}}}
    return description(request=_ref("Asked"), schemas=schemas, openapi="3.1.0")


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    "nullable",
    [
        {"oneOf": [{"type": "null"}, _ref("Tree")]},
        {"anyOf": [_ref("Tree"), {"type": "null"}]},
        {"anyOf": [_ref("Tree"), {"const": None}]},
    ],
)
@pytest.mark.parametrize("back", [False, True])
def test_null_is_reported_at_the_property(nullable: dict[str, Any], back: bool) -> None:
    sides = asked(_ref("Tree")), asked(nullable)
    found = [each for each in changes(*(sides[::-1] if back else sides)) if each.id.startswith("nullable")]
    kind = "nullable-unset" if back else "nullable-set"
    assert [(each.id, each.pointer) for each in found] == [
        (kind, "#/components/schemas/Asked/properties/tree")
    ]


def test_a_change_of_the_shared_schema_is_reported_there() -> None:
    before = description(
        request=_ref("Tree"), schemas={"Tree": {"type": ["string", "null"]}}, openapi="3.1.0"
    )
    after = description(request=_ref("Tree"), schemas={"Tree": {"type": "string"}}, openapi="3.1.0")
    (change,) = changes(before, after)
    assert (change.id, change.pointer) == ("nullable-unset", "#/components/schemas/Tree")
