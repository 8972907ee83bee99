"""Files that the other tools write today, read as runs; each tool makes its file here and now."""

import json
import math

import pytest
from peer import asked, promptfoo

import workbench as wb
from workbench import testing

INSPECT = """
import json, sys, warnings
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log._recorders.chunked import convert_eval_logs_to_chunked
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import Score, includes, mean, scorer
from inspect_ai.solver import generate, solver, system_message

@scorer(metrics=[mean()])
def parts():
    async def score(state, target):
        if "unscored" in state.input_text:
            return None
        return Score(value={"words": 0.5, "right": "C"}, explanation="in parts")
    return score

@solver
def fails():
    async def solve(state, generate):
        if "broken" in state.input_text:
            raise ValueError("boom")
        return state
    return solve

def answer():
    output = ModelOutput.from_content("mockllm/model", "yes indeed")
    output.usage = ModelUsage(input_tokens=7, output_tokens=2, total_tokens=9)
    return output

folder = json.load(sys.stdin)
samples = [
    Sample(id="a/1", input="one", target="yes", metadata={"lang": "en"}),
    Sample(id=2, input="unscored " * 400, target="no"),
    Sample(id="f", input="broken", target="yes"),
]
task = Task(
    dataset=MemoryDataset(samples, name="tiny"), epochs=2, fail_on_error=False, name="sorting",
    solver=[system_message("Be brief"), fails(), generate()], scorer=[includes(), parts()],
)
model = get_model("mockllm/model", custom_outputs=[answer() for _ in range(20)])
[log] = eval(task, model=model, log_dir=folder + "/whole", display="none", log_format="eval")
eval(task, model=get_model("mockllm/model", custom_outputs=[answer() for _ in range(20)]),
     log_dir=folder + "/json", display="none", log_format="json")
convert_eval_logs_to_chunked(folder + "/whole", folder + "/chunked")
print()
print(json.dumps(log.status))
"""


@pytest.fixture(scope="module")
def inspect_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("inspect")
    assert asked("inspect", INSPECT, str(folder), cwd=folder) == "success"
    return folder


@pytest.mark.parametrize("kind", ["whole", "chunked", "json"])
def test_a_log_that_inspect_writes_today(inspect_folder, kind):
    [path] = [
        each for each in (inspect_folder / kind).iterdir() if each.suffix in (".eval", ".json")
    ]
    run = wb.read_run(path)
    rows = run.frame.sort_values(["example", "repeat"]).to_dict("records")
    assert [(row["example"], row["repeat"], row["status"]) for row in rows] == [
        ("2", 0, "ok"), ("2", 1, "ok"), ("a/1", 0, "ok"), ("a/1", 1, "ok"),
        ("f", 0, "error"), ("f", 1, "error"),
    ]  # fmt: skip
    unscored, scored, broken = rows[0], rows[2], rows[4]
    assert (scored["model"], scored["prompt"]) == ("mockllm/model", "sorting")
    assert (scored["output"], scored["tag.lang"]) == ("yes indeed", "en")
    assert (scored["prompt_tokens"], scored["completion_tokens"]) == (7, 2)
    assert (scored["includes"], scored["parts_words"], scored["parts_right"]) == (1, 0.5, 1)
    assert unscored["includes"] == 0 and math.isnan(unscored["parts_words"])
    assert "boom" in broken["error"] and math.isnan(broken["includes"])
    assert run.unread == ()
    inputs = {each.id: each.inputs["input"] for each in run.examples}
    assert inputs["a/1"] == "one" and inputs["2"].startswith("unscored unscored")


def test_a_log_of_inspect_that_was_cut_off_in_writing(inspect_folder, tmp_path):
    """As a crash leaves it: what was written stays, and the list of members is written anew."""
    [path] = (inspect_folder / "whole").glob("*.eval")
    script = """
import json, sys, zipfile, zipfile_zstd
whole, cut = json.load(sys.stdin)
with zipfile.ZipFile(whole) as old, zipfile.ZipFile(cut, "w", zipfile.ZIP_ZSTANDARD) as new:
    for name in old.namelist():
        if name not in ("header.json", "summaries.json", "reductions.json"):
            new.writestr(name, old.read(name))
print(json.dumps(True))
"""
    assert asked("inspect", script, [str(path), str(tmp_path / "cut.eval")])
    run = wb.read_run(tmp_path / "cut.eval")
    assert len(run.frame) == 6
    assert run.columns["prompt"][0] == "sorting"
    assert run.unread[0].place == "cut.eval, header.json"


KILLED = """
import glob, json, signal, subprocess, sys, time

CHILD = '''
import asyncio, sys
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, solver

@solver
def last_one_hangs():
    async def solve(state, generate):
        if state.sample_id == 3:
            await asyncio.sleep(600)
        return state
    return solve

def answer():
    output = ModelOutput.from_content("mockllm/model", "yes indeed")
    output.usage = ModelUsage(input_tokens=7, output_tokens=2, total_tokens=9)
    return output

samples = [Sample(id=n, input=f"q{n}", target="yes") for n in range(4)]
model = get_model("mockllm/model", custom_outputs=[answer() for _ in range(4)])
task = Task(dataset=MemoryDataset(samples, name="tiny"), solver=[last_one_hangs(), generate()],
            scorer=includes(), name="sorting")
eval(task, model=model, log_dir=sys.argv[1], display="none", log_format="eval", log_buffer=1)
'''

def samples_in(folder):
    import zipfile
    try:
        names = zipfile.ZipFile(glob.glob(folder + "/*.eval")[0]).namelist()
    except (IndexError, zipfile.BadZipFile):
        return 0
    return sum(name.startswith("samples/") for name in names)

folder = json.load(sys.stdin)
child = subprocess.Popen([sys.executable, "-c", CHILD, folder], stdout=subprocess.DEVNULL)
while samples_in(folder) < 3 and child.poll() is None:
    time.sleep(0.1)
child.send_signal(signal.SIGKILL)
print(json.dumps(child.wait()))
"""


def test_a_log_of_an_inspect_that_was_killed(tmp_path):
    assert asked("inspect", KILLED, str(tmp_path), cwd=tmp_path) == -9
    [path] = tmp_path.glob("*.eval")
    run = wb.read_run(path)
    rows = sorted(run.frame.to_dict("records"), key=lambda row: row["example"])
    assert [(row["example"], row["status"]) for row in rows] == [
        ("0", "ok"), ("1", "ok"), ("2", "ok"), ("3", "unsent"),
    ]  # fmt: skip
    assert [row["includes"] for row in rows[:3]] == [1, 1, 1]
    places = [f"{path.name}, header.json", f"{path.name}, samples"]
    assert [each.place for each in run.unread] == places


DEEPEVAL = """
import glob, json, sys
from deepeval import evaluate
from deepeval.evaluate import AsyncConfig, CacheConfig, DisplayConfig, ErrorConfig
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase

class Length(BaseMetric):
    async_mode, threshold = False, 0.5
    def __init__(self, name="Length"):
        self.name = name
    def measure(self, case, *_, **__):
        if self.name == "Broken" and "two" in case.input:
            raise ValueError("judge down")
        self.score = min(1, len(case.actual_output) / 10)
        self.success, self.reason = self.score >= 0.5, "counted"
        return self.score
    async def a_measure(self, case, *_, **__):
        return self.measure(case)
    def is_successful(self):
        return self.success
    @property
    def __name__(self):
        return self.name

folder = json.load(sys.stdin)
cases = [LLMTestCase(name="c1", input="one", actual_output="short", expected_output="long"),
         LLMTestCase(name="c2", input="two", actual_output="a longer text")]
evaluate(
    test_cases=cases, metrics=[Length(), Length("Broken")], identifier="v1",
    hyperparameters={"model": "m-1"}, async_config=AsyncConfig(run_async=False),
    display_config=DisplayConfig(show_indicator=False, print_results=False, results_folder=folder),
    error_config=ErrorConfig(ignore_errors=True), cache_config=CacheConfig(write_cache=False),
)
print()
print(json.dumps(glob.glob(folder + "/*.json")))
"""


def test_results_that_deepeval_writes_today(tmp_path):
    [path] = asked("deepeval", DEEPEVAL, str(tmp_path), cwd=tmp_path)
    run = wb.read_run(path)
    rows = run.frame.to_dict("records")
    assert [(row["example"], row["output"]) for row in rows] == [
        ("c1", "short"),
        ("c2", "a longer text"),
    ]
    assert [row["Length"] for row in rows] == [0.5, 1.0]
    assert rows[0]["Broken"] == 0.5 and math.isnan(rows[1]["Broken"])
    assert (rows[0]["prompt"], rows[0]["model"]) == ("v1", "m-1")
    assert [each.what for each in run.unread] == ["unscored: ValueError: judge down"]


def test_results_that_promptfoo_writes_today(tmp_path):
    def script(ask):
        text = ask.text
        return testing.Reply(status=400) if "broken" in text else ("yes" if "one" in text else "no")

    with testing.serve(script) as server:
        (tmp_path / "promptfooconfig.yaml").write_text(json.dumps({
            "prompts": [{"id": "A", "label": "A", "raw": "Say: {{ text }}"},
                        {"id": "B", "label": "B", "raw": "Tell: {{ text }}"}],
            "providers": [{"id": "openai:chat:m-1", "config": {
                "apiBaseUrl": server.url, "apiKey": "k", "omitDefaults": True}}],
            "tests": [
                {"vars": {"text": text}, "assert": [
                    {"type": "equals", "value": "yes"},
                    {"type": "javascript", "value": "output.length / 4", "metric": "long"}]}
                for text in ("one", "two", "broken")],
        }))  # fmt: skip
        promptfoo(
            "eval", "--no-progress-bar", "--no-table", "--repeat", "2", "-o", "out.json",
            cwd=tmp_path, fails=True,
        )  # fmt: skip
    run = wb.read_run(tmp_path / "out.json")
    rows = run.frame[run.frame["prompt"] == "A"].to_dict("records")
    found = {(row["example"], row["repeat"]): (row["status"], row["output"]) for row in rows}
    assert len(found) == 6
    assert sorted(found.values()) == [("error", "")] * 2 + [("ok", "no")] * 2 + [("ok", "yes")] * 2
    for row in rows:
        scores = [row["pass"], row["equals"], row["long"]]
        wanted = {"yes": [1, 1, 0.75], "no": [0, 0, 0.5]}.get(row["output"])
        assert scores == wanted if wanted else all(map(math.isnan, scores))
    assert {each.inputs["text"] for each in run.examples} == {"one", "two", "broken"}
    choice = wb.compare(run, "pass", baseline="A")
    assert [each.name for each in choice.variants] == ["A", "B"]


EVALS = """
import json, os, subprocess, sys
from pathlib import Path

asked = json.load(sys.stdin)
folder = Path(asked["folder"])
for name, text in asked["registry"].items():
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
run = "from evals.cli.oaieval import main; main()"
for function, name in asked["runs"]:
    places = ["--registry_path", str(folder), "--record_path", str(folder / f"{name}-{function}")]
    done = subprocess.run(
        [sys.executable, "-c", run, function, name, *places], capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
print(json.dumps(True))
"""
SAMPLES = (("one", "yes"), ("two", "yes"), ("three", ["no", "nope"]))


def _registry():
    """Evals that match, that match loosely and that a model grades, over three samples."""
    classes = {"match": "basic.match:Match", "fuzzy": "basic.fuzzy_match:FuzzyMatch",
               "graded": "modelgraded.classify:ModelBasedClassify"}  # fmt: skip
    found = {}
    for name, called in classes.items():
        args = {"samples_jsonl": f"tiny/{'graded' if name == 'graded' else 'samples'}.jsonl"}
        if name == "graded":
            args |= {"eval_type": "classify_cot", "modelgraded_spec": "closedqa"}
        found[f"tiny-{name}"] = {"id": f"tiny-{name}.dev.v0", "metrics": ["accuracy"]}
        found[f"tiny-{name}.dev.v0"] = {"class": f"evals.elsuite.{called}", "args": args}
    rows = [{"input": [{"role": "user", "content": t}], "ideal": ideal} for t, ideal in SAMPLES]
    graded = [{"input": text, "criteria": "is it right"} for text, _ in SAMPLES]
    return {
        "evals/tiny.yaml": json.dumps(found),
        "data/tiny/samples.jsonl": "".join(json.dumps(each) + "\n" for each in rows),
        "data/tiny/graded.jsonl": "".join(json.dumps(each) + "\n" for each in graded),
    }


def _evals(ask):
    """An actor, and a judge that cannot make up its mind about the third answer."""
    if "[Submission]" in ask.text:
        return "Well.\nY" if "one" in ask.text else "Well." if "three" in ask.text else "No.\nN"
    return "yes indeed" if "one" in ask.text else "no"


@pytest.fixture(scope="module")
def evals_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evals")
    runs = [("gpt-3.5-turbo", f"tiny-{each}") for each in ("match", "fuzzy", "graded")]
    told = {"folder": str(folder), "registry": _registry(), "runs": [*runs, ("dummy", runs[0][1])]}
    with testing.serve(_evals) as server:
        asked("evals", EVALS, told, cwd=folder, OPENAI_API_KEY="k", OPENAI_BASE_URL=server.url,
              HOME=str(folder))  # fmt: skip
    return folder


def _events(folder, name, function="gpt-3.5-turbo"):
    """A run of events that were recorded, and its rows in the order of the samples."""
    run = wb.read_run(folder / f"tiny-{name}-{function}")
    rows = sorted(run.frame.to_dict("records"), key=lambda row: row["example"])
    assert [row["example"] for row in rows] == [f"tiny-{name}.dev.{number}" for number in range(3)]
    assert {row["prompt"] for row in rows} == {f"tiny-{name}.dev.v0"}
    assert {row["model"] for row in rows} == {function}
    return run, rows


def test_events_that_openai_evals_records_today(evals_folder):
    run, rows = _events(evals_folder, "match")
    assert [row["output"] for row in rows] == ["yes indeed", "no", "no"]
    assert [row["match"] for row in rows] == [1, 0, 1]
    assert run.unread == ()
    held = {each.id: each for each in run.examples}["tiny-match.dev.2"]
    assert held.inputs == {"messages": [{"role": "user", "content": "three"}]}
    assert held.expected == ["no", "nope"]
    _, rows = _events(evals_folder, "match", "dummy")
    assert {row["output"] for row in rows} == {"This is a dummy response."}


def test_metrics_that_openai_evals_records_today(evals_folder):
    run, rows = _events(evals_folder, "fuzzy")
    assert [row["accuracy"] for row in rows] == [row["match"] for row in rows] == [1, 0, 1]
    assert [round(row["f1_score"], 2) for row in rows] == [0.67, 0, 1]
    assert run.unread == ()


def test_a_judge_of_openai_evals_that_made_up_its_mind_or_not(evals_folder):
    run, rows = _events(evals_folder, "graded")
    assert [row["output"] for row in rows] == ["yes indeed", "no", "no"]
    assert [row["score.label"] for row in rows] == ["Y", "N", "__invalid__"]
    assert [row["score"] for row in rows[:2]] == [1, 0] and math.isnan(rows[2]["score"])
    assert rows[0]["score.reason"] == "Well.\nY"
    assert [each.what for each in run.unread] == ["the judge's reply held no choice: unscored"]
