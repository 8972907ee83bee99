"""Inputs and outputs of a prompt, and the schema that they become."""

import jsonschema
import pytest
from test_prompts import user

from workbench.prompts import Property

# --- outputs


def test_outputs_become_a_strict_schema():
    parts = (Property("text"), Property("n", "integer"))
    point = Property("points", "array", items=Property("", "object", properties=parts))
    outputs = (
        Property("label", enum_values=("a", "b"), description="which"),
        Property("sure", "float", required=False),
        Property("why", required=False, enum_values=("x",)),
        Property("ok", "boolean"),
        point,
    )
    schema = user("x", outputs=outputs).schema
    assert schema == {
        "type": "object",
        "properties": {
            "label": {"type": "string", "description": "which", "enum": ["a", "b"]},
            "sure": {"type": ["number", "null"]},
            "why": {"type": ["string", "null"], "enum": ["x", None]},
            "ok": {"type": "boolean"},
            "points": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {"text": {"type": "string"}, "n": {"type": "integer"}},
                    "required": ["text", "n"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["label", "sure", "why", "ok", "points"],
        "additionalProperties": False,
    }
    reply = {"label": "a", "sure": None, "why": None, "ok": True, "points": [{"text": "t", "n": 1}]}
    jsonschema.validate(reply, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**reply, "more": 1}, schema)
    assert user("x").schema is None
