"""`vllm run-batch` answers a run's lines, held to their choices; a line that it cannot read is its
rows' fault alone.
"""

from dataclasses import replace

from notes import examples

import workbench as wb
from workbench.models.served import servable
from workbench.runs import run


async def test_a_run_in_batches_has_answers_and_verdicts(real, prompt, critic, tmp_path):
    model = servable("smol")
    odd = replace(model, name="odd", parameters={"truncate_prompt_tokens": "many"})
    rows = examples(6)
    asked = (prompt("v1"), rows, [model, odd], [critic(model)])
    done = await run(*asked, store=tmp_path / "s", batch=True)
    frame = done.frame
    print(frame[["model", "status", "output", "error", "good", "good.label", "good.mode"]])
    assert set(frame["status"][:6]) <= {"ok", "truncated"}
    assert set(frame["status"][6:]) == {"error"}
    assert all("BatchRequestInput" in error for error in frame["error"][6:])
    judged = frame["good.label"][frame["status"] == "ok"]
    assert set(judged) <= {"yes", "no"}
    assert frame["good"][frame["status"] == "ok"].notna().all()
    assert wb.Store(tmp_path / "s").batches.find([]) == {}
