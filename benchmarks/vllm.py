"""How much of a vLLM server's throughput the workbench gets, beside vLLM's own load generator.

    python -m benchmarks.vllm MODEL [--requests 96] [--words 64] [--tokens 48] [--concurrency 16]

MODEL is what `wb.serve` takes: a model of models.yaml, a repository or a folder. One server is
started; the workbench (a run into a fresh store) and `vllm bench serve` send the same prompts, ask
for the same number of tokens, streamed, at the same concurrency, turn about for so many rounds. The
server's prefix cache is off: the second to send a prompt would find it there. Ends with status 0
where the workbench gets 95 % of the tokens a second.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import workbench as wb
from workbench.models.model import Model
from workbench.models.servers.supervision import base_url
from workbench.models.servers.vllm import program
from workbench.sections.streamed import times_of

GOAL = 0.95
WORDS = [
    "river",
    "bridge",
    "engine",
    "market",
    "garden",
    "signal",
    "theory",
    "museum",
    "harbour",
    "vaccine",
    "comet",
]
PROMPT = "---\nname: plain\ninputs: [{name: text, kind: string}]\n---\nuser:\n{{ text }}\n"


@dataclass(frozen=True)
class Measured:
    """What one round came to: tokens a second, and three medians in milliseconds."""

    rate: float
    ttft: float
    tpot: float
    itl: float

    def __str__(self) -> str:
        times = f"TTFT {self.ttft:7.1f} ms  TPOT {self.tpot:6.2f} ms  ITL {self.itl:6.2f} ms"
        return f"{self.rate:8.1f} tokens/s  {times}"


def texts(count: int, words: int, seed: int) -> list[str]:
    drawn = random.Random(seed)
    return [f"{n}. {' '.join(drawn.choices(WORDS, k=words))}" for n in range(count)]


async def by_workbench(model: Model, prompts: list[str], folder: Path) -> Measured:
    """The prompts as one run into a fresh store."""
    (folder / "plain.prompty").write_text(PROMPT)
    prompt = wb.load_prompt(folder / "plain.prompty")
    rows = [wb.Example(f"e{n}", {"text": text}) for n, text in enumerate(prompts)]
    began = time.perf_counter()
    run = await wb.run(prompt, rows, model, store=folder / f"{time.time_ns()}.db")
    seconds = time.perf_counter() - began
    tokens, expected = sum(run.columns["completion_tokens"]), model.parameters["max_tokens"]
    assert tokens == expected * len(rows), f"{tokens} tokens: {run.counts}"
    times = times_of(run, list(range(len(rows))))
    medians = (1000 * each.median for each in (times.ttft, times.tpot, times.itl))
    return Measured(tokens / seconds, *medians)


def by_vllm(model: Model, url: str, prompts: list[str], folder: Path) -> Measured:
    """The prompts by `vllm bench serve`, which does not count its own start."""
    lines, result = folder / "prompts.jsonl", folder / "result.json"
    lines.write_text("".join(json.dumps({"prompt": text}) + "\n" for text in prompts))
    asked = {
        "--backend": "openai-chat",
        "--base-url": url.removesuffix("/v1"),
        "--endpoint": "/v1/chat/completions",
        "--model": model.id,
        "--dataset-name": "custom",
        "--dataset-path": lines,
        "--custom-output-len": model.parameters["max_tokens"],
        "--num-prompts": len(prompts),
        "--max-concurrency": model.max_concurrency,
        "--temperature": 0,
        "--result-dir": folder,
        "--result-filename": result.name,
    }
    flags = ["--ignore-eos", "--skip-chat-template", "--disable-shuffle", "--save-result"]
    given = [str(part) for pair in asked.items() for part in pair]
    command = [program(model), "bench", "serve", *given, *flags, "--disable-tqdm"]
    ran = subprocess.run(command, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"vllm bench serve failed:\n{ran.stdout[-2000:]}\n{ran.stderr[-4000:]}")
    told = json.loads(result.read_text())
    names = ("output_throughput", "median_ttft_ms", "median_tpot_ms", "median_itl_ms")
    return Measured(*(told[name] for name in names))


async def measured(given: argparse.Namespace, folder: Path) -> float:
    """The workbench's share of vLLM's tokens a second: the median over the rounds."""
    body = {"max_tokens": given.tokens, "temperature": 0, "ignore_eos": True, "stream": True}
    fields = {"parameters": body, "max_concurrency": given.concurrency}
    shares = []
    async with wb.serve(given.model, args=["--no-enable-prefix-caching"], **fields) as model:
        url = await base_url(model)
        warm = texts(given.concurrency, given.words, 0)
        await by_workbench(model, warm, folder)
        for number in range(1, given.rounds + 1):
            prompts = texts(given.requests, given.words, number)
            turns = {}
            for who in ("workbench", "vllm") if number % 2 else ("vllm", "workbench"):
                if who == "vllm":
                    turns[who] = await asyncio.to_thread(by_vllm, model, url, prompts, folder)
                else:
                    turns[who] = await by_workbench(model, prompts, folder)
                print(f"round {number}  {who:9}  {turns[who]}", flush=True)
            shares.append(turns["workbench"].rate / turns["vllm"].rate)
    return statistics.median(shares)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("model")
    for name, value in (("requests", 96), ("words", 64), ("tokens", 48), ("concurrency", 16)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        share = asyncio.run(measured(given, Path(folder)))
    print(f"the workbench gets {100 * share:.1f} % of vllm bench serve's tokens a second")
    return int(share < GOAL)


if __name__ == "__main__":
    sys.exit(main())
