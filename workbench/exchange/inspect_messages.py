"""Messages of Inspect's samples: what was asked, and what came back."""

from collections.abc import Mapping
from typing import Any

from workbench.json_values import listed, mapping
from workbench.models.tool_calls import as_text


def inputs_of(sample: Mapping[str, Any]) -> dict[str, Any]:
    """What a sample asks."""
    given = _resolved(sample.get("input"), sample)
    choices = {"choices": sample["choices"]} if sample.get("choices") else {}
    if isinstance(given, list):
        return {"messages": [_message(each) for each in given], **choices}
    return {"input": given, **choices}


def reply(
    output: Mapping[str, Any], message: Mapping[str, Any], sample: Mapping[str, Any]
) -> tuple[str, str]:
    """The text of an answer, or what it calls, and what the model said to itself."""
    content = message.get("content")
    text = _text(_resolved(output.get("completion") or content, sample))
    if calls := [_call(each) for each in map(mapping, listed(message.get("tool_calls")))]:
        text, _ = as_text(calls, text)
    return text, _thought(content)


def _message(given: Any) -> Any:
    """A message as role and content: its id is another one in each log."""
    if not isinstance(given, dict):
        return given
    content = given.get("content")
    parts = [_part(each) for each in content] if isinstance(content, list) else content
    kept = {name: given[name] for name in ("tool_calls", "tool_call_id") if given.get(name)}
    return {"role": given.get("role"), "content": parts, **kept}


def _part(given: Any) -> Any:
    """A part of a message, an image as messages have it here."""
    part = mapping(given)
    if part.get("type") == "image" and isinstance(part.get("image"), str):
        return {"type": "image_url", "image_url": {"url": part["image"]}}
    return {"type": "text", "text": part["text"]} if isinstance(part.get("text"), str) else given


def _resolved(value: Any, sample: Mapping[str, Any]) -> Any:
    """A value in which references to long texts are these texts."""
    if isinstance(value, str) and value.startswith("attachment://"):
        kept = mapping(sample.get("attachments"))
        return kept.get(value.removeprefix("attachment://"), value)
    if isinstance(value, list):
        return [_resolved(each, sample) for each in value]
    if isinstance(value, dict):
        return {name: _resolved(each, sample) for name, each in value.items()}
    return value


def _text(content: Any) -> str:
    """The text of an answer, of its parts where it has several."""
    if isinstance(content, list):
        parts = [mapping(each) for each in content]
        return "\n".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    return content if isinstance(content, str) else ""


def _call(given: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": given.get("function"), "arguments": given.get("arguments")}


def _thought(content: Any) -> str:
    """What a model said to itself."""
    parts = [mapping(each) for each in listed(content)]
    return "\n".join(str(p["reasoning"]) for p in parts if p.get("reasoning"))
