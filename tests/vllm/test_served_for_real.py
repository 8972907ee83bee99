"""vLLM as actor and critic: what is asked of it, it gives, and nothing of it stays."""

import json
import math
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from local_servers import ended
from sample_runs import examples

import workbench as wb
from workbench.models.servers import processes, supervision

WATER = [{"role": "user", "content": "Is water wet? Answer yes or no."}]
SCHEMA = {
    "type": "object",
    "properties": {"queue": {"enum": ["billing", "shipping"]}, "urgent": {"type": "boolean"}},
    "required": ["queue", "urgent"],
    "additionalProperties": False,
}

# A process of its own that has a server of its own, of another seed; it says the supervisor's
# number once the server has answered, and waits.
OWNER = """
import asyncio, time
import workbench as wb
from workbench.models.servers import supervision
async def own():
    async with wb.serve("smol", args=["--seed", "4711"]) as model:
        done = await model.complete([{"role": "user", "content": "Hello"}],
                                    parameters={"max_tokens": 4})
        [server] = supervision._running.values()
        print(done.status, server.session, flush=True)
        await asyncio.sleep(3600)
asyncio.run(own())
"""


async def test_it_completes(smol):
    done = await smol.complete(WATER, parameters={"max_tokens": 16, "temperature": 0})
    assert done.status in ("ok", "truncated")
    assert 0 < done.completion_tokens <= 16
    assert done.model.startswith(smol.id)


async def test_choices_hold_and_are_weighed(smol):
    done = await smol.complete(WATER, choices=("yes", "no"), top_logprobs=5)
    assert (done.status, done.text in ("yes", "no")) == ("ok", True)
    assert "".join(token.text for token in done.tokens).startswith(done.text)
    assert all(-20 < p <= 0 for _, p in done.tokens[0].top[:2])


async def test_a_schema_holds(smol):
    asked = [{"role": "user", "content": "My invoice is wrong. Which queue? Is it urgent?"}]
    done = await smol.complete(
        asked, schema=SCHEMA, parameters={"max_tokens": 60, "temperature": 0}
    )
    assert done.status == "ok"
    answer = json.loads(done.text)
    assert set(answer) == {"queue", "urgent"}
    assert answer["queue"] in ("billing", "shipping")


async def test_a_streamed_reply_has_its_times_and_its_usage(smol):
    streamed = {"stream": True, "max_tokens": 24, "temperature": 0, "ignore_eos": True}
    done = await smol.complete(WATER, parameters=streamed)
    assert done.completion_tokens == 24
    assert 0 < done.first_token_seconds < done.seconds
    assert math.isfinite(done.token_seconds)


def test_notebook_2_has_it_as_actor_and_critic(smol, real):
    """In another process, the kernel, which uses the server that runs."""
    command = [sys.executable, "-m", "workbench", "run", "notebooks/2_evaluate.ipynb"]
    ran = subprocess.run(
        [*command, "-p", "limit", "8", "-o", "out"], capture_output=True, text=True, timeout=900
    )
    assert ran.returncode == 0, ran.stderr
    said = json.loads((real / "out" / "decision.json").read_text())
    run = wb.load_run("last")
    scores = run.frame["right_label"]
    print(ran.stdout, run.frame[["status", "output", "right_label", "right_label.mode"]])
    assert len(run.frame) == 24
    assert (run.frame["status"] == "ok").sum() >= 20
    assert scores.notna().sum() >= 20
    assert said["sentence"]
    [server] = supervision._running.values()
    names = [each.name for each in processes.of_session(server.session)]
    assert names.count("VLLM::EngineCor") == 1


async def test_shared_beginnings_hit_its_cache(smol, real, tmp_path):
    system = "You route messages. " * 60
    options = "model: {options: {maxOutputTokens: 8}}"
    text = f"---\nname: long\n{options}\n---\nsystem:\n{system}\nuser:\n{{{{ message }}}}\n"
    (tmp_path / "long.prompty").write_text(text)
    prompt = wb.load_prompt(tmp_path / "long.prompty")
    before = await supervision.load(smol)
    run = await wb.run(prompt, examples(12), smol, store=tmp_path / "s.db")
    after = await supervision.load(smol)
    assert run.counts.get("error", 0) == 0
    share = (after.hits - before.hits) / (after.queries - before.queries)
    assert share > 0.5


def test_it_gets_no_key_that_is_not_its_own(smol):
    [server] = supervision._running.values()
    for each in processes.of_session(server.session):
        for file in ("environ", "cmdline"):
            told = Path(f"/proc/{each.pid}/{file}").read_bytes()
            assert b"not-for-vllm-4711" not in told
    assert "not-for-vllm-4711" not in server.log.read_text()


@pytest.fixture
def owner(real):
    """A process with a server of its own: it, its supervisor and the processes of the server."""
    script = [sys.executable, "-c", textwrap.dedent(OWNER)]
    with subprocess.Popen(script, stdout=subprocess.PIPE, text=True) as process:
        status, session = process.stdout.readline().split()
        assert status in ("ok", "truncated")
        yield process, int(session), processes.of_session(int(session))
        process.kill()


def of(found, name):
    [process] = [each for each in found if each.name.startswith(name)]
    return process.pid


@pytest.mark.parametrize("victim", ["parent", "API server", "supervisor"])
def test_after_a_kill_9_of_the(owner, victim):
    process, supervisor, found = owner
    names = [each.name for each in found]
    assert {"vllm", "VLLM::EngineCor", "VLLM::Worker"} <= set(names)
    killed = {"parent": process.pid, "API server": of(found, "vllm"), "supervisor": supervisor}
    os.kill(killed[victim], signal.SIGKILL)
    assert ended(*(each.pid for each in found), seconds=60)
    assert processes.of_session(supervisor) == []


def test_nothing_is_left_once_the_last_user_goes(smol):
    [server] = supervision._running.values()
    supervision.stop_servers()
    assert processes.of_session(server.session) == []
