"""A decision.json in words, and its schema, which real decisions keep."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
from sample_runs import triage_run
from test_requirements_checking import NOT_WORSE, asked

import workbench as wb
from workbench.cli import main
from workbench.comparison import kinds
from workbench.exchange.explaining import explain
from workbench.exchange.rule_pages import PAGES, rule_page
from workbench.reports.onefile import report
from workbench.requirements.lines import Requirement
from workbench.requirements.settled import GateLook, More, Settled, Stopped
from workbench.stats.paired import Decision

RULES = Path(wb.__file__).parents[1] / "docs" / "decisions"
SCHEMA = json.loads((Path(wb.__file__).parent / "exchange/decision.schema.json").read_text())
VALID = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    run = triage_run(tmp_path_factory.mktemp("explain"))
    return wb.compare(run, "right_queue", baseline="v1", gold="exact")


@pytest.fixture(scope="module")
def decision(choice, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decided")
    checked = wb.check(asked(NOT_WORSE, extend_to=400), choice, variant="v2")
    settled = Settled(
        (GateLook(240, 1, 0.01, "inconclusive"),), 2, "budget", 0.0, 3, More(400, 1, 2)
    )
    report(choice, folder, requirements=replace(checked, settled=settled))
    return json.loads((folder / "decision.json").read_text())


def test_real_decisions_keep_the_schema_with_a_gate_and_without(decision, choice, tmp_path):
    report(choice, tmp_path)
    plain = json.loads((tmp_path / "decision.json").read_text())
    rows = [{"prompt": "v1", "example": "e1", "right": 1.0}]
    alone = wb.Run.of(rows, critics={"right": wb.Scale(0, 1)})
    report(wb.compare(alone, "right", baseline="v1"), tmp_path / "alone")
    single = json.loads((tmp_path / "alone/decision.json").read_text())
    for each in (decision, plain, single):
        assert [error.message for error in VALID.iter_errors(each)] == []


def test_the_schema_refuses_what_is_no_decision(decision):
    for wrong in ({"version": 1}, {"exit_status": 3}, {"notes": [{"kind": "x", "text": ""}]}):
        assert not VALID.is_valid({**decision, **wrong})
    without_gate = {name: each for name, each in decision.items() if name != "gate"}
    assert not VALID.is_valid(without_gate)


def test_the_schema_knows_every_reason():
    defs = SCHEMA["$defs"]
    assert set(defs["difference"]["properties"]["cause"]["enum"]) == set(get_args(kinds.Cause))
    assert set(defs["note"]["properties"]["kind"]["enum"]) == set(get_args(kinds.NoteKind))
    assert set(defs["settled"]["properties"]["stopped"]["enum"]) == set(get_args(Stopped))
    ship = SCHEMA["properties"]["ship"]["properties"]["reason"]["enum"]
    assert set(ship) == set(get_args(kinds.ShipKind))
    step = SCHEMA["properties"]["next_step"]["anyOf"][1]["properties"]["kind"]["enum"]
    assert set(step) == set(get_args(kinds.StepKind))


def test_a_decision_is_explained_with_what_would_change_it(decision):
    said = list(explain({**decision, "recordings": {"calls": 9, "changed": 2, "since": "main"}}))
    assert said[0] == decision["sentence"]
    assert said[1].startswith("Decided on 240 examples of triage, answered by actor; right answers")
    gate = next(each for each in said if each.startswith("The gate: "))
    assert "3 prompts were gated on these rows" in gate and "400 examples and $2.00 more" in gate
    assert "Exit status 101." in said
    assert "Replayed from 9 recorded calls, of which 2 changed since main." in said
    *_, change, first, second = said
    assert change.startswith("Next step: wb.export(choice)")
    assert {first, second} == {
        f"What the word means: workbench explain {word}" for word in ("better", "need more")
    }


def test_a_decision_on_rows_beside_others_held_back_says_so_in_words(decision):
    said = list(explain({**decision, "dataset": {**decision["dataset"], "name": "triage-search"}}))
    assert said[1].startswith("Decided on 240 examples of triage, without the rows held back, ")


def test_a_line_that_is_met_is_said_with_its_value_and_without_a_but(choice, tmp_path):
    few = asked(Requirement("malformed", at_most=0.5))
    report(choice, tmp_path, requirements=wb.check(few, choice, variant="v3"))
    said = explain(json.loads((tmp_path / "decision.json").read_text()))
    assert [line for line in said if line.startswith("met")] == [
        "met: malformed answers at most 50\u202f%: 4.2\u202f% (2.0 to 7.6\u202f%)"
    ]


def test_every_word_of_a_decision_has_a_page_that_is_said_in_plain_words():
    decisions = {*map(str, Decision), "not yet"}
    assert decisions <= set(PAGES)
    for word in PAGES:
        said = list(rule_page(word))
        assert len(said) >= 4 and any(line.startswith("An example: ") for line in said), word
        assert not any(re.search(r"```|\]\(|\*|import workbench", line) for line in said), word
    assert sorted(set(PAGES.values())) == sorted(path.stem for path in RULES.glob("*.md"))


@pytest.mark.parametrize(
    ("cause", "word"),
    [("wide interval", "need more"), ("written on these rows", "exploring"),
     ("gold contradicts", "what ships")],
)  # fmt: skip
def test_a_decision_names_the_word_to_ask_for(decision, cause, word):
    [first, *_] = decision["differences"]
    told = {**decision, "differences": [{**first, "decision": "need more", "cause": cause}]}
    assert list(explain(told))[-1] == f"What the word means: workbench explain {word}"


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        (["need", "more"], 0, "Need more means that none of the other words can be said yet"),
        (["no", "such"], 1, "'no such' is no file and no word: use one of better, worse, tie"),
        (["none.json"], 1, "none.json: no decision can be read"),
    ],
)
def test_a_word_is_explained_in_a_shell(typed, status, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["explain", *typed])
    assert ended.value.code == status
    assert said in "".join(capsys.readouterr())
