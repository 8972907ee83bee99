"""A prompt as the body of a chat completion's call, with the schema of its reply."""

import json
from collections.abc import Iterator
from typing import Any

from workbench.exchange.carrying import Carried, Lost, lost_by_all
from workbench.prompts import Prompt


def openai_chat(prompt: Prompt, model_id: str) -> Carried:
    """The file `<prompt>.openai.json`; its messages are templates where they read inputs."""
    return Carried(
        {".openai.json": json.dumps(body(prompt, model_id), indent=2, ensure_ascii=False) + "\n"},
        (*lost_by_all(prompt), *_lost(prompt)),
    )


def body(prompt: Prompt, model_id: str) -> dict[str, Any]:
    """The body, with each message's template as it is in the prompt's file."""
    made: dict[str, Any] = {
        "model": prompt.model_id or model_id,
        "messages": [{"role": each.role, "content": each.template} for each in prompt.messages],
        **prompt.parameters,
    }
    if prompt.schema is not None:
        named = {"name": "reply", "strict": True, "schema": prompt.schema}
        made["response_format"] = {"type": "json_schema", "json_schema": named}
    if prompt.tools:
        made["tools"] = [tool.wire for tool in prompt.tools]
    return made


def _lost(prompt: Prompt) -> Iterator[Lost]:
    if prompt.variables:
        yield Lost(
            "template",
            "the format has no templates: render each message's Jinja2 on its own, and only then "
            "put it in its place, or a value may open a role",
        )
    for name in sorted(prompt.threads):
        yield Lost("template", f"the turns of {name} are put in as messages where its name stands")
    for name in sorted(prompt.images):
        yield Lost("template", f"the image {name} is put in as a part where its name stands")
