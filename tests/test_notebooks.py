"""The notebooks, executed by nbval and by the command, on a scripted endpoint and on the embedded
model.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import typed

import workbench as wb
from workbench import testing

ROOT = Path(__file__).resolve().parents[1]
LABELS = ("complaint", "question", "thanks")


def script(ask):
    """A label for the actor, yes or no for the critic; the same for the same text."""
    draw = hashlib.sha256(ask.text.encode()).digest()[0]
    if ask.body.get("logprobs"):
        yes = 0.05 + 0.9 * draw / 255
        return testing.Reply(
            "yes" if yes > 0.5 else "no", probabilities={"yes": yes, "no": 1 - yes}
        )
    return (
        json.dumps({"label": LABELS[draw % 3]})
        if "response_format" in ask.body
        else LABELS[draw % 3]
    )


@pytest.fixture
def scripted(shipped, tmp_path, monkeypatch):
    with testing.serve(script) as server:
        file = server.models_file(tmp_path / "models.yaml", "actor", "critic")
        monkeypatch.setenv("WORKBENCH_MODELS", str(file))
        yield server


def command(*arguments, folder="."):
    return typed.command(folder, *arguments)


def last_lines(done):
    assert done.returncode == 0, done.stderr
    return dict(line.split(": ", 1) for line in done.stdout.splitlines()[-4:])


def test_nbval_papermill_and_the_command_run_them_and_decide_in_the_same_bytes(shipped, scripted):
    names = [f"notebooks/{name}.ipynb" for name in ("0_requirements", "1_prototype", "2_evaluate")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider", *names],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert len(scripted.log) >= 120 + 40
    asked = len(scripted.log)
    (decision,) = shipped.glob(".workbench/reports/*/decision.json")
    by_nbval = decision.read_bytes()
    decision.unlink()
    papermill = [sys.executable, "-m", "papermill", "notebooks/2_evaluate.ipynb", "/dev/null"]
    done = subprocess.run(papermill, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert decision.read_bytes() == by_nbval
    last_lines(command("run", "notebooks/2_evaluate.ipynb", "-o", "out"))
    assert Path("out/decision.json").read_bytes() == by_nbval
    assert len(scripted.log) == asked


def test_the_command_leaves_its_files_pays_once_and_for_a_changed_variant_only_that(
    shipped, scripted, tmp_path
):
    arguments = ["run", "notebooks/2_evaluate.ipynb", "-p", "limit", 12, "-o", tmp_path / "out"]
    first = last_lines(command(*arguments, "-p", "release_to", tmp_path / "released"))
    assert int(first["calls"]) == len(scripted.log) > 36
    decision = (tmp_path / "out" / "decision.json").read_bytes()
    assert json.loads(decision)["dataset"]["n"] == 12
    assert Path(first["report"]).read_text().startswith("<!doctype html>")
    book = nbformat.read(first["notebook"], 4)
    assert ["injected-parameters"] in [cell.metadata.get("tags") for cell in book.cells]
    again = last_lines(command(*arguments, "-p", "release_to", tmp_path / "released"))
    assert again["calls"] == "0"
    assert (tmp_path / "out" / "decision.json").read_bytes() == decision
    before = len(scripted.log)
    v2 = shipped / "prompts" / "triage" / "v2.prompty"
    v2.write_text(v2.read_text().rstrip("\n") + " Be brief.\n")
    changed = last_lines(command(*arguments, "-p", "release_to", tmp_path / "released"))
    assert 12 <= int(changed["calls"]) == len(scripted.log) - before <= 24


def shown(done):
    """What the executed notebook's cells show, as plain text."""
    book = nbformat.read(last_lines(done)["notebook"], 4)
    outputs = (output for cell in book.cells for output in cell.get("outputs", ()))
    return "\n".join(output.data.get("text/plain", "") for output in outputs if "data" in output)


def test_the_first_two_notebooks_tell_their_story_and_the_second_takes_what_the_first_left(
    shipped, scripted, tmp_path
):
    first = shown(command("run", "notebooks/0_requirements.ipynb", "-o", tmp_path / "first"))
    assert "A job for a language model, for it is unstructured text" in first
    assert "triage is not shown to meet its requirements: 4 of 10 met" in first
    assert scripted.log == []
    beside = shipped / "notebooks"  # it works from there too
    second = command("run", "1_prototype.ipynb", "-o", tmp_path / "second", folder=beside)
    assert "does this in fewer than 1 of 50" in shown(second)
    assert "Trying v1: Stop: " in shown(second)
    assert 5 <= len(scripted.log) < 30
    assert (shipped / ".workbench" / "store.db").is_file()


def test_an_unknown_parameter_and_a_failing_cell_are_one_line_each(shipped, scripted, tmp_path):
    done = command("run", "notebooks/1_prototype.ipynb", "-p", "limits", 3, "-o", tmp_path / "out")
    assert done.returncode == 1
    assert (
        "has no parameter 'limits': is 'limit' meant? It has task, variant, actor, answer, critic, "
        "question, at_least, limit" in done.stderr.splitlines()[-1]
    )
    done = command("run", "notebooks/1_prototype.ipynb", "-p", "limit", "0", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "cell [" in done.stderr.splitlines()[-1] and "limit is 0" in done.stderr.splitlines()[-1]
    assert scripted.log == []


@pytest.mark.embedded
def test_the_main_job_runs_on_the_embedded_model(shipped, tmp_path):
    pytest.importorskip(
        "xllamacpp", reason="the embedded model's engine is not installed: pip install '.[local]'"
    )
    done = command(
        "run",
        "notebooks/2_evaluate.ipynb",
        "-p",
        "limit",
        2,
        "-p",
        "release_to",
        tmp_path / "released",
        "-o",
        tmp_path / "out",
    )
    assert int(last_lines(done)["calls"]) >= 6
    decision = json.loads((tmp_path / "out" / "decision.json").read_text())
    assert decision["gold"]["check"] == "exact"
    assert decision["critic"]["model"]["id"].startswith("smollm2")


def test_the_critic_is_trusted_or_not_on_shipped_labels_without_a_call(shipped, tmp_path):
    done = last_lines(command("run", "notebooks/3_trust_critic.ipynb", "-o", tmp_path / "out"))
    assert done["calls"] == "0"
    assert "faithful may rank" in nbformat.writes(nbformat.read(done["notebook"], 4))
    decision = json.loads((tmp_path / "out" / "decision.json").read_text())
    assert [variant["labels"] for variant in decision["variants"]] == [48, 48, 48]
    assert all(variant["corrected"] for variant in decision["variants"])


def test_attacks_are_tried_without_a_key_and_the_guarded_prompt_is_safer(shipped, tmp_path):
    done = last_lines(command("run", "notebooks/4_safety.ipynb", "-o", tmp_path / "out"))
    text = nbformat.writes(nbformat.read(done["notebook"], 4))
    assert "guarded is safer: 6 attacks succeed on one alone, 0 on the other alone" in text
    assert "7 of 66 attacks succeed" in text
    assert (
        "Of 1,000 harmless texts of letters 87 (95\u202f% interval 24 to 268) would be stopped"
        in text
    )


def test_a_simulated_server_is_loaded_and_swept_and_weighed_against_a_hosted_one(shipped, tmp_path):
    arguments = ["-p", "load_tests", 2, "-p", "rates", 100, "-o", tmp_path / "out"]
    done = command("run", "notebooks/5_serving.ipynb", *arguments)
    text = shown(done)
    assert "simulated takes " in text
    assert "The busiest minute of 5.0 a second needs 1 server." in text
    assert "Own servers more likely never pay" in text
    assert "v1 @ simulated is not worse than v1 @ hosted by 5 points" in text


def test_a_release_is_decided_read_and_foreseen_without_a_key(shipped, tmp_path):
    done = command("run", "notebooks/6_launch.ipynb", "-p", "sample", 80, "-o", tmp_path / "out")
    said = shown(done)
    assert "Ship v2, after 14 days. Satisfaction: better, +" in said
    assert "Users get what was required: satisfied users’ messages" in said  # the rest is cut
    assert "All guardrails hold: p95 latency, cost of a message, errors, safety flags" in said
    assert "release thumbs down v2: 200 examples" in said
    assert "grounded may " in said
    assert "a day (" in said and "nobody measured what one carries" in said
    assert len(wb.load_examples(".workbench/next/disliked.jsonl")) == 200
    page = Path(".workbench/reports/release/report.html").read_text("utf-8")
    assert 'id="stage-trial"' in page and 'id="stage-forecast"' in page


def test_the_recording_is_replayed_whoever_plays_the_roles_and_other_models_are_named(
    shipped, tmp_path
):
    other = '{id: other, base_url: "http://127.0.0.1:1/v1"}'
    (shipped / "models.yaml").write_text(
        f"models: {{embedded: {{server: embedded}}, other: {other}}}\n"
        "roles: {actor: other, critic: other}\n"
    )
    arguments = ["run", "notebooks/3_trust_critic.ipynb", "-o", tmp_path / "out"]
    assert last_lines(command(*arguments))["calls"] == "0"
    said = command(*arguments, "-p", "actor", "other").stderr
    assert (
        "lacks the answer for prompt 'v1', example 'd-001' from model 'other'"
        in said.splitlines()[-1]
    )
