"""`workbench load`."""

import pytest

from workbench import testing
from workbench.cli import main
from workbench.serving import Trace, read_load
from workbench.serving.course import watchers

PROMPT = "---\nname: v1\ninputs: [{name: text, kind: string}]\n---\nuser:\nSort: {{ text }}\n"
ASKED = "requirements: [{measure: latency, quantile: 0.95, at_most: 5}]\n"
SHORT = ("--seconds", "0.5", "--confirm", "0.5", "--warm-up", "0.1", "--after", "0.05")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with a task of two examples and a model that answers at once."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts" / "sort").mkdir(parents=True)
    (tmp_path / "datasets").mkdir()
    (tmp_path / "prompts" / "sort" / "v1.prompty").write_text(PROMPT)
    (tmp_path / "prompts" / "sort" / "requirements.yaml").write_text(ASKED)
    rows = [f'{{"id": "m{n}", "inputs": {{"text": "message {n}"}}}}' for n in range(2)]
    (tmp_path / "datasets" / "sort.jsonl").write_text("\n".join(rows))
    with testing.serve(lambda ask: "one two") as server:
        entry = f"{{id: small, base_url: '{server.url}', price: {{input: 0, output: 0}}}}"
        (tmp_path / "models.yaml").write_text(f"models: {{local: {entry}}}\n")
        yield server


def load(*arguments):
    with pytest.raises(SystemExit) as ended:
        main(["load", "local", *arguments])
    return ended.value.code


def test_a_task_is_loaded_and_the_test_is_kept(project, capsys, tmp_path):
    assert load("sort", "--rates", "50", *SHORT, "-o", str(tmp_path / "load.json")) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("50 a second (ladder): ")
    assert said[1].startswith("50 a second (long run): ")
    assert "local takes at least 50 requests a second" in said[-2]
    kept = read_load(tmp_path / "load.json")
    assert (kept.model, kept.bounds.latency, kept.confirmed) == ("local", 5, True)
    assert {each.ask.text for each in project.log} == {"Sort: message 0", "Sort: message 1"}


def test_a_trace_is_loaded_in_the_order_in_which_it_came(project, capsys, tmp_path):
    path = Trace.of([3, 4], [5, 6], [0, 1]).save(tmp_path / "t.jsonl")
    again = ("--trace", str(path), "--arrivals", str(path), "--rates", "40", "--quick", *SHORT)
    assert load(*again) == 0
    assert "not confirmed" in capsys.readouterr().out
    assert len(list((tmp_path / ".workbench" / "loads").glob("local-*.json"))) == 1


@pytest.mark.parametrize("rates", ["x", "0", "2,2", "1,,2"])
def test_rates_that_are_none_are_refused(project, capsys, rates):
    assert load("sort", "--rates", rates) == 1
    assert "write requests a second" in capsys.readouterr().err


def test_a_variant_that_is_not_there_is_one_line(project, capsys):
    assert load("sort", "--variant", "v9") == 1
    assert "v9" in capsys.readouterr().err


def test_an_interruption_keeps_the_rates_that_are_over(project, capsys, tmp_path):
    def interrupt(test):
        if len(test.levels) == 2:
            raise KeyboardInterrupt

    watchers.append(interrupt)
    try:
        path = tmp_path / "load.json"
        assert load("sort", "--rates", "50,60", *SHORT, "-o", str(path)) == 130
    finally:
        watchers.remove(interrupt)
    assert [level.rate for level in read_load(path).levels] == [50]


def test_a_budget_ends_the_test_and_says_so(project, capsys, tmp_path):
    models = tmp_path / "models.yaml"
    models.write_text(models.read_text().replace("input: 0, output: 0", "input: 1, output: 1"))
    asked = ("--rates", "50,500", *SHORT, "--budget", "0.5")
    assert load("sort", *asked) == 0
    assert "Ended early: the budget of $0.50 does not cover another" in capsys.readouterr().out
