"""Training files: the best judged or the right answers, never a row that a claim may need."""

import json
import math
import re

import pytest

import workbench as wb
from workbench import testing
from workbench.datasets.splitting import position
from workbench.errors import WorkbenchError

PROMPT = "---\nname: {0}\n---\nsystem:\nYou sort messages.\nuser:\n{0}: {{{{ text }}}}\n"
KINDS = ("billing", "delivery")


def examples(count=60):
    rows = [wb.Example(f"e{n}", {"text": f"message {n}"}, KINDS[n % 2]) for n in range(count)]
    return wb.Dataset(rows, "triage")


def script(ask):
    """v1 says billing of all, v2 the right word with a full stop."""
    variant, number = re.search(r"(v\d): message (\d+)", ask.text).groups()
    if variant == "v1":
        return "billing"
    return "half" if int(number) % 3 else KINDS[int(number) % 2]


def quality(output, example):
    return {example.expected: 1.0, "half": 0.5}.get(output, 0.0)


@pytest.fixture
async def run(tmp_path):
    for name in ("v1", "v2"):
        (tmp_path / f"{name}.prompty").write_text(PROMPT.format(name))
    with testing.serve(script) as server:
        yield await wb.run(
            wb.load_prompts(tmp_path), examples(), server.model("actor"), [wb.Function(quality)],
            store=tmp_path / "store.db",
        )  # fmt: skip


def lines_of(made):
    return [json.loads(line) for line in made.path.read_text("utf-8").splitlines()]


async def test_each_line_is_a_conversation_that_ends_in_the_best_answer(run, tmp_path):
    made = wb.training_file(
        run, tmp_path / "t.jsonl", critic="quality", prompt="v2", keep=0, at_least=1.0
    )
    assert lines_of(made)[0] == {
        "messages": [
            {"role": "system", "content": "You sort messages."},
            {"role": "user", "content": "v2: message 0"},
            {"role": "assistant", "content": "billing"},
        ]
    }
    learnt = {line["messages"][1]["content"]: line["messages"][2] for line in lines_of(made)}
    assert learnt["v2: message 2"]["content"] == "billing"  # v1's, which is better than v2's
    assert learnt["v2: message 3"]["content"] == "delivery"
    assert "v2: message 1" not in learnt  # nobody answered it well enough
    assert made.left_out == {"no answer good enough": 20}
    assert made.lines == 40


async def test_right_answers_are_learnt_where_they_are_asked_for(run, tmp_path):
    made = wb.training_file(
        run, tmp_path / "t.jsonl", critic="quality", prompt="v1", answers="gold", keep=0
    )
    assert made.lines == 60
    assert lines_of(made)[1]["messages"][-1]["content"] == "delivery"


async def test_what_is_kept_to_compare_is_in_no_line_and_stays_kept(run, tmp_path):
    made = wb.training_file(
        run, tmp_path / "t.jsonl", critic="quality", prompt="v1", answers="gold", seed=4
    )
    trained = {line["messages"][1]["content"].partition(": ")[2] for line in lines_of(made)}
    kept = {each.inputs["text"] for each in made.kept}
    assert trained.isdisjoint(kept)
    assert len(trained) + len(kept) == 60
    assert kept == {
        each.inputs["text"] for each in examples() if position(4, dict(each.inputs)) >= 0.5
    }


async def test_rows_that_were_claimed_on_are_in_no_line(run, tmp_path):
    wb.compare(run, "quality", baseline="v1", looks=1)
    with pytest.raises(WorkbenchError, match=r"0 lines to train on.*60 claimed on"):
        wb.training_file(run, tmp_path / "t.jsonl", critic="quality", prompt="v1", keep=0)


async def test_tokens_are_counted_and_priced(run, tmp_path):
    about = {"critic": "quality", "prompt": "v1", "answers": "gold", "keep": 0}
    made = wb.training_file(run, tmp_path / "t.jsonl", price=25.0, epochs=3, **about)
    each = sum(len(line) // 4 for line in made.path.read_text().splitlines(keepends=True))
    assert made.tokens == each
    assert made.dollars == pytest.approx(25.0 * 3 * each / 1e6)
    assert f"about {each:,} tokens, training in 3 epochs costs $0.1" in made.sentence
    free = wb.training_file(run, tmp_path / "t.jsonl", **about)
    assert math.isnan(free.dollars)


async def test_a_prompt_must_be_named_among_several(run, tmp_path):
    with pytest.raises(WorkbenchError, match="name one of this run, v1, v2"):
        wb.training_file(run, tmp_path / "t.jsonl", critic="quality")


async def test_held_rows_are_not_read(tmp_path):
    (tmp_path / "v1.prompty").write_text(PROMPT.format("v1"))
    held = examples().split(0.5).held
    with testing.serve(script) as server:
        run = await wb.run(
            wb.load_prompt(tmp_path / "v1.prompty"), held, server.model("actor"),
            [wb.Function(quality)], store=tmp_path / "store.db",
        )  # fmt: skip
    with pytest.raises(WorkbenchError, match="held back"):
        wb.training_file(run, tmp_path / "t.jsonl", critic="quality")


async def test_earlier_words_of_an_assistant_are_not_learnt(tmp_path):
    text = "---\nname: talk\ninputs: [{name: history, kind: thread}]\n---\n{{ history }}\n"
    (tmp_path / "talk.prompty").write_text(text)
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    rows = [
        wb.Example(f"e{n}", {"history": [*turns, {"role": "user", "content": f"{n}"}]}, "ok")
        for n in range(12)
    ]
    with testing.serve(lambda ask: "ok") as server:
        run = await wb.run(
            wb.load_prompt(tmp_path / "talk.prompty"), wb.Dataset(rows), server.model("actor"),
            [wb.Exact()], store=tmp_path / "store.db",
        )  # fmt: skip
    made = wb.training_file(run, tmp_path / "t.jsonl", critic="exact", keep=0)
    assert lines_of(made)[0]["messages"] == [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Yes?", "weight": 0},
        {"role": "user", "content": "0"},
        {"role": "assistant", "content": "ok"},
    ]


async def test_a_tuned_model_and_an_adapter_are_models_to_compare(tmp_path, monkeypatch):
    (tmp_path / "v1.prompty").write_text(PROMPT.format("v1"))

    def by_model(ask):
        number = int(re.search(r"message (\d+)", ask.text)[1])
        tuned = ask.body["model"] in ("ft:small:us::1", "triage-lora")
        return KINDS[number % 2] if tuned or number % 4 else "other"

    with testing.serve(by_model) as server:
        models = "\n".join(
            f'  {name}: {{id: "{id}", base_url: "{server.url}", price: {{input: 0, output: 0}}}}'
            for name, id in (
                ("small", "small"),
                ("tuned", "ft:small:us::1"),
                ("adapter", "triage-lora"),
            )
        )
        (tmp_path / "models.yaml").write_text(f"models:\n{models}\nroles: {{actor: small}}\n")
        monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path / "models.yaml"))
        named = [wb.model(name) for name in ("small", "tuned", "adapter")]
        prompt = wb.load_prompt(tmp_path / "v1.prompty")
        run = await wb.run(prompt, examples(), named, [wb.Exact()], store=tmp_path / "s.db")
    choice = wb.compare(run, "exact", baseline="v1 @ small")
    assert {each.challenger: each.decision for each in choice.differences} == {
        "v1 @ tuned": "better",
        "v1 @ adapter": "better",
    }
