"""Requests to a server that keeps beginnings go in an order that finds them there."""

import json

import pytest
from local_servers import vllm
from notes import talk

import workbench as wb
from workbench import testing
from workbench.runs import run
from workbench.runs.prefixes import grouped

DOCUMENTS = [f"Document {name}. {name * 600}" for name in "abc"]
ROWS = [
    wb.Example(f"e{k}", {"text": f"{DOCUMENTS[k % 3]} Question {k}?"}) for k in range(9)
]  # a, b, c, a, b, c ...


def test_texts_that_go_on_alike_come_together_and_else_keep_their_order():
    texts = [f"You route. {row.inputs['text']}" for row in ROWS]
    assert grouped(texts) == [0, 3, 6, 1, 4, 7, 2, 5, 8]
    assert grouped(["b", "a", "c"]) == [0, 1, 2]
    assert grouped(["same", "same"]) == [0, 1]
    assert grouped([]) == []


@pytest.mark.usefixtures("server_project")
async def test_a_run_on_vllm_asks_about_one_document_after_another(prompt, tmp_path):
    model = vllm("org/some")
    one_at_a_time = wb.Model(
        "big", "org/some", server="vllm", max_concurrency=1, constrain=model.constrain
    )
    done = await run(prompt("v1"), ROWS, one_at_a_time, store=tmp_path / "s.db")
    asked = [json.loads(line) for line in (tmp_path / "asked.jsonl").read_text().splitlines()]
    said = [each["messages"][-1]["content"][9] for each in asked]
    assert "".join(said) == "aaabbbccc"
    assert done.columns["example"] == [f"e{k}" for k in range(9)]  # the frame keeps the dataset's


async def test_a_run_elsewhere_keeps_the_datasets_order(prompt, tmp_path):
    with testing.serve(talk) as server:
        model = server.model(max_concurrency=1)
        await run(prompt("v1"), ROWS, model, store=tmp_path / "s.db")
    assert "".join(each.ask.text.partition("Document ")[2][0] for each in server.log) == "abcabcabc"
