"""`vllm run-batch` answers a run's lines, held to schema and choices; a line that it cannot read is
its rows' fault alone.
"""

from dataclasses import replace

import pytest
from notes import examples

import workbench as wb
from workbench.models.served import servable
from workbench.models.servers import sharing
from workbench.runs import run

PROMPT = """---
name: routed
model: {options: {temperature: 0, maxOutputTokens: 40}}
inputs: [{name: text, kind: string}]
outputs: [{name: queue, kind: string, enumValues: [billing, shipping]}]
---
user:
{{ text }} Which queue?
"""


@pytest.mark.usefixtures("real")
async def test_a_run_in_batches_has_answers_and_verdicts(critic, tmp_path):
    (tmp_path / "routed.prompty").write_text(PROMPT)
    model = servable("smol")
    odd = replace(model, name="odd", parameters={"truncate_prompt_tokens": "many"})
    asked = (wb.load_prompt(tmp_path / "routed.prompty"), examples(6), [model, odd])
    done = await run(*asked, [critic(model)], store=tmp_path / "s.db", batch=True)
    frame = done.frame
    print(frame[["model", "status", "output", "error", "good", "good.label", "good.mode"]])
    assert list(frame["status"]) == ["ok"] * 6 + ["error"] * 6
    assert all("BatchRequestInput" in error for error in frame["error"][6:])
    assert set(frame["good.label"][:6]) <= {"yes", "no"}
    assert frame["good"][:6].between(0, 1).all()
    assert sharing.left_behind() == []
