"""What the tests of runs ask a scripted endpoint: to answer notes, and to say yes to even ones."""

import workbench as wb
from workbench.models.entry import Price
from workbench.testing import Ask, Reply

PROMPT = """---
name: {name}
model: {{options: {{temperature: 0, maxOutputTokens: 50}}}}
inputs: [{{name: text, kind: string}}]
{more}---
system:
You are {name}.
user:
{{{{ text }}}}
"""
CRITIC = """---
name: good
metadata: {fence: false}
---
system:
CRITIC
user:
{{ output }}
"""
USAGE = {"prompt_tokens": 20, "completion_tokens": 40}
DEAR = Price(1000, 1000)  # dollars per million tokens: 0.06 a call with USAGE


def examples(n: int) -> list[wb.Example]:
    return [
        wb.Example(f"e{k}", {"text": f"note {k}"}, tags={"kind": "ab"[k % 2]}) for k in range(n)
    ]


def talk(ask: Ask) -> str | Reply:
    """Answers notes with their text; a critic says Yes to even notes."""
    if ask.system.startswith("CRITIC"):
        return "Yes" if int(ask.text.split()[-1]) % 2 == 0 else "No"
    return f"{ask.system.split()[-1]} on {ask.body['messages'][-1]['content']}"
