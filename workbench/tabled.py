"""The first prompts, critic and card of a task that is begun from a table."""

import json
from collections.abc import Sequence

from workbench import words
from workbench.prompts import Prompt
from workbench.prompts.prompty import Message
from workbench.prompts.properties import Property
from workbench.recognising import PART, Recognised
from workbench.turns import is_conversation

SAMPLE = 64  # tokens of an answer
CARD = """# {task}

{count} examples from {file}. {sentences}
Write down here who labelled them and how, and the licence.
"""


def variants(task: str, found: Recognised) -> list[Prompt]:
    """The plain request, and one with a role and a rule."""
    text = _inputs(found)
    if found.labels:
        asked = f"Which label fits best: {_listed(found.labels)}?\n{_shape(found.labels)}"
        rule = (
            "You sort messages. Read the whole message, then choose the one label that fits best."
        )
    else:
        asked = "Answer this message in one or two sentences."
        rule = "You answer messages for a busy team. Leave out greetings and thanks."
    plain = (Message("user", f"{text}\n\n{asked}"),)
    ruled = (Message("system", rule), *plain)
    return [
        _prompt(task, "v1", "The plain request.", plain, found),
        _prompt(task, "v2", "The request with a role and a rule.", ruled, found),
    ]


def _prompt(
    task: str, name: str, description: str, messages: tuple[Message, ...], found: Recognised
) -> Prompt:
    label = Property(PART, enum_values=found.labels)
    return Prompt(
        name,
        messages,
        {"temperature": 0, "max_tokens": SAMPLE},
        inputs=_declared(found, found.inputs),
        outputs=(label,) if found.labels else (),
        metadata={"task": task},
        description=description,
    )


def critic(task: str, found: Recognised) -> Prompt:
    """A yes/no question on an answer; with labels, whether it is the right one."""
    if found.labels:
        question = f"The labels are {_listed(found.labels)}. Is this the label that fits best?"
    else:
        question = "Does the answer fit the message, and hold nothing that is wrong?"
    text = f"{_inputs(found)}\n\nAnswer:\n{{{{ output }}}}\n\n{question} Answer yes or no."
    return Prompt(
        f"{task}_good",
        (Message("system", "You check answers to messages."), Message("user", text)),
        {"temperature": 0},
        inputs=_declared(found, (*found.inputs, "output")),
        metadata={"scale": "yes/no"},
        description=f"{question.rpartition('. ')[2]} (yes/no)",
    )


def _declared(found: Recognised, names: Sequence[str]) -> tuple[Property, ...]:
    """Inputs as texts, and conversations as threads."""
    values = {name: [each.inputs.get(name) for each in found.examples] for name in names}
    threads = {name for name, given in values.items() if all(map(is_conversation, given))}
    return tuple(Property(name, "thread" if name in threads else "string") for name in names)


def card(task: str, found: Recognised) -> str:
    """Where the examples come from, and what was taken for what."""
    file = found.examples.path.name if found.examples.path else "a table"
    count = f"{len(found.examples):,}"
    said = ". ".join(words.capital(sentence) for sentence in found.sentences)
    return CARD.format(task=task, count=count, file=file, sentences=f"{said}.")


def _inputs(found: Recognised) -> str:
    """The inputs as templates say them: one alone, several under their names."""
    if len(found.inputs) == 1:
        return f"{{{{ {found.inputs[0]} }}}}"
    named = (f"{name.capitalize()}\n{{{{ {name} }}}}" for name in found.inputs)
    return "\n\n".join(named)


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(map(_literal, labels))


def _shape(labels: Sequence[str]) -> str:
    answer = json.dumps({PART: labels[0]}, ensure_ascii=False)
    return f"Answer with JSON such as {_literal(answer)}."


def _literal(text: str) -> str:
    """Text that a template writes as it is: braces of Jinja would be read as a tag."""
    odd = any(mark in text for mark in ("{{", "}}", "{%", "{#", "%}", "#}"))
    return f"{{{{ {json.dumps(text, ensure_ascii=False)} }}}}" if odd else text
