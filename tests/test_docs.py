"""The page on files: its examples load and run, and it names all that there is to name."""

import json
import re
import runpy
from dataclasses import replace
from pathlib import Path

import pytest
from test_tutorial import blocks

import workbench as wb
from workbench import critics, testing
from workbench.critics.checks import Check
from workbench.datasets import MAPPED
from workbench.models.catalogue import load_models
from workbench.models.entry import Price
from workbench.models.fields import CONSTRAINTS, FIELDS
from workbench.models.servers import SERVERS
from workbench.parameters import OPTIONS
from workbench.prompts.prompty import ROLES, Message
from workbench.prompts.properties import INPUTS_ONLY, KINDS
from workbench.prompts.sandbox import FILTER_ARGUMENTS
from workbench.testing import Reply

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "files.md").read_text("utf-8")
SAID = set(re.findall(r"\w+", PAGE))
FREE = Price(0, 0)


def script(ask):
    """What fits each question of the page."""
    if "Which answer" in ask.text:
        return "A" if '"again"' in ask.text.partition("\nB: ")[0] else "B"
    if "polite" in ask.text:
        return "rude" if "Go away." in ask.text else "polite"
    return json.dumps(
        {"label": "complaint", "note": "again" if "Say it again" in ask.text else None}
    )


@pytest.fixture
def page(tmp_path, monkeypatch):
    """What the page's Python defines, in a folder with the page's files, on scripted models under
    the page's names.
    """
    monkeypatch.chdir(tmp_path)
    code = ""
    for block in blocks(PAGE):
        if block.kind == "python":
            code += block.text + "\n"
            continue
        name = (
            "models.yaml" if block.kind == "yaml" else re.findall(r"`([\w./]+)`", block.prose)[-1]
        )
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(block.text + "\n")
    Path("page.py").write_text(code)
    with testing.serve(script) as server:
        file = server.models_file("scripted.yaml", *load_models("models.yaml"))
        monkeypatch.setenv("WORKBENCH_MODELS", str(file))
        yield runpy.run_path("page.py")


def test_the_files_of_the_page_hold_what_it_says(page):
    drawn = [example.id for name in ("tuning", "fresh") for example in page[name]]
    assert (len(page["tuning"]), sorted(drawn)) == (2, ["7", "8", "9"])
    assert [example.id for example in page["english"]] == ["7", "8"]
    assert {side.name: len(side) > 0 for side in (page["search"], page["held"])} == {
        "parcels-search": True, "parcels-held": True,
    }  # fmt: skip
    assert (len(page["few"]), len(page["none"])) == (3, 0)
    first = wb.load_examples("datasets/parcels.jsonl")[0]
    assert (first.id, first.expected, first.tags) == (
        "7",
        {"label": "question"},
        {"language": "en"},
    )
    [prompt] = wb.load_prompts("prompts/tickets")
    texts = [
        prompt.render(example.inputs)[1]["content"]
        for example in wb.load_examples("datasets/tickets.jsonl")
    ]
    assert texts == ["The lid broke.", "Merci !\n1. pan\n2. lid"]
    models = load_models("models.yaml")
    assert (models["critic"].id, models["embedded"].price, models["gpu"].constrain) == (
        "gpt-4.1",
        FREE,
        "choice",
    )


async def test_the_conversations_of_the_page_are_sent_and_its_tool_is_called(page):
    def calls(ask):
        return Reply(None, tool_calls=[("get_order", {"order": 7})])

    with testing.serve(calls) as server:
        run = await wb.run(
            wb.load_prompt("prompts/dialogue/v1.prompty"),
            wb.load_examples("datasets/dialogue.jsonl"),
            server.model(),
            [wb.ToolCall()],
        )
        messages = [each.ask.body["messages"] for each in server.log]
        images = sorted(len(each.ask.images) for each in server.log)
    assert list(run.frame["tool_call"]) == [1, 1]
    assert sorted(map(len, messages)) == [3, 4] and images == [0, 1]


async def test_every_critic_of_the_page_judges(page):
    v1 = wb.load_prompt("prompts/tickets/v1.prompty")
    v2 = replace(v1, name="v2", messages=(Message("user", "Say it again: {{ message }}"),))
    examples = wb.load_examples("datasets/tickets.jsonl")
    frame = (await wb.run([v1, v2], examples, wb.model("actor"), page["critics"])).frame
    scores = {critic.name: list(frame[critic.name]) for critic in page["critics"]}
    passed = {
        name: [1, 1, 1, 1]
        for name in ("contains", "regex", "json_schema", "length", "panel", "polite")
    }
    assert scores == passed | {
        "exact": [1, 0, 1, 0],
        "tool_call": [0, 0, 0, 0],
        "is_short": [0, 0, 0, 0],
        "nicer": [0.5, 0.5, 1, 1],
    }


def test_the_page_names_every_field_check_and_variable():
    checks = [
        name
        for name in critics.__all__
        if isinstance(kind := getattr(critics, name), type)
        and (issubclass(kind, Check) or name in ("Canary", "Panel", "Preference", "Rubric"))
    ]
    assert [name for name in checks if f"wb.{name}" not in PAGE] == []
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "workbench").rglob("*.py"))
    variables = re.findall(r"""environ\S*["'](WORKBENCH_\w+|OPENAI_\w+)""", sources)
    named = [
        *FIELDS,
        *CONSTRAINTS,
        *SERVERS,
        *OPTIONS,
        *KINDS,
        *INPUTS_ONLY,
        *ROLES,
        *FILTER_ARGUMENTS,
        *MAPPED,
        *variables,
    ]
    assert [name for name in named if name not in SAID and name != "d"] == []
