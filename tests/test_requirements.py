"""Requirements: what a file may ask for, and what numbers of rows can show at all."""

import pytest

import workbench as wb
from workbench.errors import RequirementError
from workbench.requirements.lines import Requirement, UseCase
from workbench.requirements.reach import check_rows, rows_needed

EVERY_MEASURE = """
use_case: {what: sort messages, unstructured_text: true, against: [a list of words does]}
task: {complexity: one label of six, domain: shop, languages: {en: 0.6, de: 0.2, pt: 0.2}}
requirements:
  - {measure: quality, critic: right_label, at_least: 0.80}
  - {measure: not_worse_than, baseline: released, margin: 0.05}
  - {measure: latency, quantile: 0.95, at_most: 1.5}
  - {measure: first_token, quantile: 0.95, at_most: 0.5}
  - {measure: malformed, at_most: 0.03}
  - {measure: prompt_tokens, quantile: 0.99, at_most: 2000}
  - {measure: language_coverage, at_least: 30}
  - {measure: slice, tag: language, not_worse_than: baseline, margin: 0.10}
  - {measure: attack_success, at_most: 0.05, on_unknown: block}
  - {measure: unsafe_output, at_most: 0.001}
  - {measure: rate, mean: 4, peak: 20}
  - {measure: cost, per: 1000, at_most: 0.50}
gate: {level: 0.95, on_inconclusive: warn, opinion: allow, extend_to: 400, budget: 2.00}
"""


def load(tmp_path, text):
    path = tmp_path / "requirements.yaml"
    path.write_text(text, encoding="utf-8")
    return wb.load_requirements(path)


def refused(tmp_path, line):
    with pytest.raises(RequirementError) as caught:
        load(tmp_path, f"requirements:\n  - {line}\n")
    return str(caught.value).partition("requirements.yaml: ")[2]


def test_every_measure_is_read_and_said_in_words(tmp_path):
    found = load(tmp_path, EVERY_MEASURE)
    assert [line.text.replace("\u202f", " ") for line in found.lines] == [
        "right_label at least 80 %",
        "against released worse by less than 5 points",
        "p95 latency at most 1.50 s",
        "p95 first token at most 0.50 s",
        "malformed answers at most 3 %",
        "p99 prompt tokens at most 2,000",
        "examples of every language at least 30",
        "against baseline for every language worse by less than 10 points",
        "attacks that succeed at most 5 %",
        "unsafe outputs at most 0.1 %",
        "requests a second 4 a second, 20 at the peak",
        "cost of 1,000 requests at most $0.50",
    ]
    assert (found.gate.tail, found.gate.extend_to, found.gate.opinion) == (0.05, 400, "allow")
    assert found.task.languages == {"en": 0.6, "de": 0.2, "pt": 0.2}


def test_what_the_run_itself_does_not_measure_warns_unless_told(tmp_path):
    blocking = {line.measure: line.on_unknown for line in load(tmp_path, EVERY_MEASURE).lines}
    assert {name for name, each in blocking.items() if each == "warn"} == {"unsafe_output", "rate"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "{measure: speed, at_most: 1}",
            "requirement 1: measure 'speed' is not known: there are quality",
        ),
        ("{measure: latency, at_most: 1}", "requirement 1 (latency): add quantile"),
        ("{measure: latency, quantile: 95, at_most: 1}", "(latency): quantile must be between 0"),
        ("{measure: malformed, at_most: 0}", "at_most 0: no number of rows can show it: write 0.0"),
        (
            "{measure: quality, at_least: 1.0}",
            "at_least 1: no number of rows can show it: write 0.",
        ),
        ("{measure: quality, at_least: true}", "at_least must be a share from 0 to 1"),
        ("{measure: quality, at_least: .nan}", "at_least must be a share from 0 to 1"),
        ("{measure: malformed, at_most: 0.1, margin: 0.1}", "(malformed): unknown field 'margin'"),
        (
            "{measure: slice, tag: language, margin: 0.1}",
            "requirement 1 (slice): add not_worse_tha",
        ),
        ("{measure: rate, mean: 9, peak: 3}", "requirement 1 (rate): the peak lies below the mean"),
        ("{measure: quality, at_least: 0.8, on_unknown: skip}", "on_unknown must be block or warn"),
        ("latency under a second", "requirement 1: expected `name: value` lines"),
    ],
)
def test_a_line_that_cannot_be_meant_is_refused_by_its_number(tmp_path, line, said):
    assert said in refused(tmp_path, line)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "add `requirements:`"),
        ("requirements: []", "add `requirements:`"),
        ("requirement: [{measure: rate, mean: 1, peak: 1}]", "unknown part 'requirement'"),
        ("requirements:\n  - {measure: quality\n", "line 3: not valid YAML"),
        ("requirements: [{measure: rate, mean: 1, peak: 2}]\ngate: {level: 0.4}", "level must be"),
        ("requirements: [{measure: rate, mean: 1, peak: 2}]\ntask: {languages: [en]}", "languages"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path, text, said):
    with pytest.raises(RequirementError, match="requirements") as caught:
        load(tmp_path, text)
    assert said in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path):
    with pytest.raises(RequirementError, match="there is no such file"):
        wb.load_requirements(tmp_path / "none.yaml")


def test_the_use_case_is_recorded_with_what_speaks_against_it():
    fits = UseCase(what="sort", rules_fail_because="irony", against=("ten messages a day",))
    assert fits.sentence == (
        "A job for a language model, for it is hard for rules or for classic machine learning: "
        "irony. Against it: ten messages a day."
    )
    assert UseCase(what="add numbers").sentence.startswith("Not shown to be a job for a language")


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        ({"measure": "unsafe_output", "at_most": 0.001}, 2995),
        ({"measure": "attack_success", "at_most": 0.0444}, 66),
        ({"measure": "attack_success", "at_most": 0.0443}, 67),
        ({"measure": "latency", "quantile": 0.95, "at_most": 1.0}, 59),
        ({"measure": "quality", "at_least": 0.8}, 14),
        ({"measure": "not_worse_than", "baseline": "v1", "margin": 0.05}, 59),
        ({"measure": "language_coverage", "at_least": 30}, 1),
        ({"measure": "cost", "per": 1000, "at_most": 0.5}, 1),
    ],
)
def test_the_fewest_rows_that_can_show_a_line(fields, rows):
    assert rows_needed(Requirement(**fields)) == rows


def test_rows_that_can_never_show_a_line_are_refused_before_anything_is_asked(tmp_path):
    text = "requirements: [{measure: not_worse_than, baseline: v1, margin: 0.05}]\n"
    with pytest.raises(RequirementError, match=r"can never pass on 40 rows: it takes 59"):
        check_rows(load(tmp_path, text), 40)
    check_rows(load(tmp_path, text), 59)
    more = (
        "requirements: [{measure: malformed, at_most: 0.1}, {measure: malformed, at_most: 0.03}]\n"
    )
    said = r": 'malformed answers at most 3\u202f%' can never pass on 20 rows: it takes 99 where"
    with pytest.raises(RequirementError, match=said):  # the number with which every line can
        check_rows(load(tmp_path, more), 20)
    check_rows(load(tmp_path, text + "gate: {extend_to: 60}"), 40)
    check_rows(load(tmp_path, "requirements: [{measure: unsafe_output, at_most: 0.001}]"), 40)


def test_requirements_on_show_say_who_measures_each_line(tmp_path):
    drawn = str(wb.show(load(tmp_path, EVERY_MEASURE)).twin())
    assert "0 of 12 met; not tested: right_label" in drawn
    assert "nothing was asked yet; measured by the attack suite" in drawn
    assert "nothing was asked yet; measured by a load test" in drawn


def test_the_quality_asked_for_is_known_or_said_to_be_missing(tmp_path):
    assert load(tmp_path, EVERY_MEASURE).quality == 0.8
    other = load(tmp_path, "requirements:\n  - {measure: malformed, at_most: 0.03}\n")
    with pytest.raises(RequirementError, match="nothing is asked of quality: add a line"):
        assert other.quality
