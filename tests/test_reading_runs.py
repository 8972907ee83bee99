"""Results of other tools as runs: what is read, and what is said to be not understood. Files that
the tools themselves wrote are read in tests/peers.
"""

import json
import math

import pytest
from other_results import (
    HEADER,
    SCORED,
    case,
    column,
    deepeval,
    deflated,
    inspect_log,
    metric,
    promptfoo,
    promptfoo_row,
    reading,
    said,
    sample,
)

import workbench as wb
from workbench.errors import DatasetError


@pytest.fixture
def read(tmp_path):
    return reading(tmp_path)


class TestPromptfoo:
    def test_rows_have_their_prompt_test_answer_size_and_scores(self, read):
        run = read(promptfoo([promptfoo_row(n, reason=n % 2) for n in range(6)]))
        row = run.frame.iloc[0].to_dict()
        assert (row["prompt"], row["model"], row["output"]) == ("A", "openai:chat:m-1", "yes")
        assert (row["prompt_tokens"], row["completion_tokens"]) == (9, 2)
        assert (row["seconds"], row["cost"]) == (0.25, 0.001)
        assert column(run, "pass") == column(run, "equals") == [1, 0, 1, 0, 1, 0]
        assert row["equals.reason"] == "equal"
        assert [each.id for each in run.examples] == ["test-0", "test-1", "test-2"]
        assert (run.examples[1].inputs, run.examples[1].expected) == ({"text": "text 1"}, "yes")
        assert run.unread == ()

    def test_an_error_is_an_error_and_never_a_fail(self, read):
        rows = [promptfoo_row(0, "", 2, error="HTTP 500"), promptfoo_row(1, "no", 1)]
        run = read(promptfoo(rows))
        assert column(run, "status") == ["error", "ok"]
        assert column(run, "error") == ["HTTP 500", ""]
        assert column(run, "pass") == ["", 0]

    def test_an_answer_whose_judging_failed_is_unscored_and_said(self, read):
        run = read(promptfoo([promptfoo_row(0, "fine", 2, error="grader down")]))
        assert (column(run, "status"), run.columns["output"]) == (["ok"], ["fine"])
        assert said(run) == [
            "results.json, results[0]: an answer that could not be judged: grader down"
        ]

    def test_the_same_test_again_is_a_repeat_and_cached_answers_took_no_time(self, read):
        rows = [promptfoo_row(0), promptfoo_row(0), promptfoo_row(0)]
        rows[1]["testIdx"], rows[2]["response"]["cached"] = 1, True
        run = read(promptfoo(rows))
        assert (column(run, "repeat"), column(run, "seconds")) == ([0, 1, 2], [0.25, 0.25, ""])
        assert column(run, "cached") == [False, False, True]

    def test_a_cut_or_filtered_answer_is_no_whole_one_and_objects_are_json(self, read):
        rows = [promptfoo_row(n) for n in (0, 2, 4)]
        rows[0]["response"]["finishReason"] = "length"
        rows[1]["response"]["guardrails"] = {"flagged": True}
        rows[2]["response"]["output"] = {"label": "é"}
        call = {"type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}}
        rows += [promptfoo_row(6, [call]), promptfoo_row(8), promptfoo_row(10)]
        rows[4]["response"]["finishReason"] = "MAX_TOKENS"
        rows[5]["response"]["finishReason"] = "safety"
        run = read(promptfoo(rows))
        assert (
            run.columns["output"][3] == '{"tool_calls": [{"name": "add", "arguments": {"x": 1}}]}'
        )
        ends = ["truncated", "filtered", "ok", "ok", "truncated", "filtered"]
        assert column(run, "status") == ends
        assert run.columns["output"][2] == '{"label": "é"}'
        assert "results[0]: the answer is truncated" in said(run)[0]

    def test_rows_of_old_releases_and_rows_in_lines_and_yaml_are_read(self, read):
        rows = [promptfoo_row(0), promptfoo_row(1, "no", 1), promptfoo_row(2, "", error="HTTP 500")]
        old = [{name: each[name] for name in each if name not in ("promptIdx", "testIdx", "id")}
               for each in rows]  # fmt: skip
        for each in old:
            del each["failureReason"]
        del old[2]["gradingResult"]
        run = read({"version": 1, "results": old, "stats": {}, "table": {}})
        assert (column(run, "prompt"), run.unread) == (["A", "B", "A"], ())
        assert column(run, "status") == ["ok", "ok", "error"]
        assert column(run, "equals") == [1, 0, ""]
        lines = "".join(json.dumps(each) + "\n" for each in rows) + '{"promptIdx": 1, "va'
        run = read(lines, "out.jsonl")
        assert column(run, "pass") == [1, 0, ""]
        assert said(run)[0].startswith("out.jsonl, line 4: not JSON")
        run = read(json.dumps(promptfoo(rows), indent=1), "out.yaml")
        assert column(run, "pass") == [1, 0, ""]
        with pytest.raises(DatasetError, match=r"out\.yaml, line 2: not plain YAML"):
            read("a: [\n'", "out.yaml")

    def test_unknown_versions_odd_rows_and_odd_scores_are_named(self, read):
        rows = [promptfoo_row(0), "no row", promptfoo_row(2)]
        rows[2]["gradingResult"]["componentResults"][0]["score"] = "high"
        document = promptfoo(rows)
        document["results"]["version"] = 9
        assert said(read(document)) == [
            "results.json, results.version: version 9 is not known",
            "results.json, results[1], equals: the score of equals is 'high', no number",
        ]


class TestInspect:
    def test_samples_are_rows_with_scores_of_every_kind(self, read):
        run = read(inspect_log([sample("a", scores=SCORED), sample(2, 2)]), "x.eval")
        row = run.frame.iloc[0].to_dict()
        assert (row["prompt"], row["model"], row["example"]) == ("sorting", "mock/m", "a")
        assert (row["seconds"], row["prompt_tokens"], row["tag.lang"]) == (0.5, 7, "en")
        assert [row[name] for name in ("includes", "grade", "parts_form", "parts_fact")] == [
            1, 0.25, 0.5, 0,
        ]  # fmt: skip
        assert row["includes.reason"] == "found"
        assert (column(run, "repeat"), column(run, "grade")) == ([0, 1], [0.25, ""])
        assert run.examples[0].inputs == {"input": "ask a"} and run.examples[0].expected == "yes"
        assert run.unread == ()

    @pytest.mark.parametrize("frames", [1, 3, 50])
    def test_members_of_several_frames_are_read_whole(self, read, frames):
        long = "yes " * 2000
        run = read(inspect_log([sample("a", output=long)], frames=frames), "x.eval")
        assert run.columns["output"] == [long]

    def test_a_log_that_was_cut_off_has_its_samples_and_says_so(self, read):
        run = read(inspect_log([sample("a")], header=""), "x.eval")
        assert column(run, "prompt") == ["sorting"]
        assert said(run)[0].startswith("x.eval, header.json: it is missing: the evaluation was cut")

    def test_older_logs_are_deflated_or_one_json(self, read):
        members = {"header.json": HEADER, "samples/a_epoch_1.json": sample("a")}
        assert column(read(deflated(members), "x.eval"), "example") == ["a"]
        assert column(read({**HEADER, "samples": [sample("b")]}), "example") == ["b"]

    def test_chunked_samples_are_read_beside_whole_ones(self, read):
        shell = {name: v for name, v in sample("c/1", scores=SCORED).items() if name != "metadata"}
        members = {
            "samples/c/1_epoch_1/sample.json": shell,
            "samples/c/1_epoch_1/metadata.json": {"lang": "de"},
            "samples/c/1_epoch_1/messages/0.json": [],
        }
        run = read(inspect_log([sample("a")], members=members), "x.eval")
        assert column(run, "example") == ["a", "c/1"]
        assert column(run, "tag.lang") == ["en", "de"]
        assert column(run, "includes") == ["", 1]

    def test_errors_cuts_long_texts_and_odd_scores(self, read):
        long = sample("l", output="attachment://h1", attachments={"h1": "the long answer"})
        cut = sample("t")
        cut["output"]["choices"][0]["stop_reason"] = "max_tokens"
        odd = sample("o", scores={"s": {"value": "maybe"}, "t": {"value": math.nan}, "u": 3})
        broken = sample("e", error={"message": "boom", "traceback": "..."})
        run = read(inspect_log([long, cut, odd, broken]), "x.eval")
        assert run.columns["output"] == ["the long answer", "yes", "yes", ""]
        assert column(run, "status") == ["ok", "truncated", "ok", "error"]
        assert column(run, "error")[3] == "boom"
        assert said(run) == [
            "x.eval, samples/o_epoch_1.json, scores.s: the score of s is 'maybe', no number",
            "x.eval, samples/o_epoch_1.json, scores.u: it is no score",
        ]

    def test_messages_images_choices_calls_and_thoughts_are_read(self, read):
        image = {"type": "image", "image": "data:image/png;base64,AA", "detail": "auto"}
        talk = [{"id": "x1", "role": "user", "content": [{"type": "text", "text": "see"}, image]}]
        calls = [{"id": "c", "function": "add", "arguments": {"x": 1}, "type": "function"}]
        calling = sample("c", output="", choices=["one", "two"])
        calling["output"]["choices"][0]["message"]["tool_calls"] = calls
        thinks = sample("t", output="")
        thinks["output"]["choices"][0]["message"]["content"] = [
            {"type": "reasoning", "reasoning": "well"}, {"type": "text", "text": "yes"},
        ]  # fmt: skip
        run = read(inspect_log([sample("i", input=talk), calling, thinks]), "x.eval")
        assert run.examples[0].inputs == {"messages": [{"role": "user", "content": [
            {"type": "text", "text": "see"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}},
        ]}]}  # fmt: skip
        assert run.examples[1].inputs["choices"] == ["one", "two"]
        called = '{"tool_calls": [{"name": "add", "arguments": {"x": 1}}]}'
        assert run.columns["output"][1:] == [called, "yes"]
        assert run.columns["thinking"] == ["", "", "well"]

    def test_one_sample_of_two_logs_is_a_pair_whatever_ids_its_messages_have(self, tmp_path):
        for name in ("old", "new"):
            talk = [{"id": name, "role": "user", "content": "hi"}]
            log = inspect_log([sample("a", input=talk)])
            (tmp_path / f"{name}.eval").write_bytes(log)
        run = wb.read_run(tmp_path / "old.eval", tmp_path / "new.eval")
        assert (column(run, "example"), run.unread) == (["a", "a"], ())

    def test_what_was_edited_or_invalidated_is_said(self, read):
        edited = sample("a", scores={"s": {"value": 1, "history": [{"value": 0}]}})
        gone = sample("b", scores={"s": {"value": 1}}, invalidation={"reason": "wrong"})
        run = read(inspect_log([edited, gone]), "x.eval")
        assert column(run, "s") == [1, ""]
        assert [each.split(": ", 1)[1] for each in said(run)] == [
            "it was edited: the last value is read",
            "it was invalidated: its scores are left out",
        ]

    def test_what_a_solver_notes_in_one_epoch_is_no_trait_of_the_example(self, read):
        first, again = sample("a"), sample("a", 2)
        again["metadata"] = {"lang": "en", "tries": 3}
        first["metadata"] = {"lang": "en", "tries": 2}
        run = read(inspect_log([first, again]), "x.eval")
        assert column(run, "tag.tries") == ["2", "2"]
        assert said(run) == [
            "x.eval, example a: its tries is '3', and '2' in another row: left out"
        ]

    def test_a_log_without_samples_says_why(self, read):
        with pytest.raises(DatasetError) as told:
            read({**HEADER, "status": "error"})
        assert str(told.value) == (
            "results.json holds no rows that could be read: results.json, samples: it holds none: "
            "let Inspect log samples (log_samples)"
        )


def test_scales_beyond_one_are_taken_from_the_values_and_said(read):
    run = read(
        deepeval([case("a", "x", [metric("Marks", 7)]), case("b", "y", [metric("Marks", 3)])])
    )
    assert run.critics[0].scale == wb.Scale(0, 7)
    assert said(run) == [
        "results.json, Marks: its scale is not said: taken from its values, 3 to 7"
    ]


def test_a_critic_named_like_a_column_is_renamed(read):
    run = read(deepeval([case("a", "x", [metric("output", 1), metric("G.Eval", 0)])]))
    assert [each.name for each in run.critics] == ["output_score", "G_Eval"]


def test_files_of_one_variant_each_are_compared_as_one_run(read, tmp_path):
    def cases(score):
        return [case(f"c{n}", "yes", [metric("Fit", score)]) for n in range(40)]

    (tmp_path / "old.json").write_text(json.dumps(deepeval(cases(0.0))))
    (tmp_path / "new.json").write_text(json.dumps(deepeval(cases(1.0))))
    run = wb.read_run(tmp_path / "old.json", tmp_path / "new.json")
    assert [each.name for each in run.variants] == ["v1 (old)", "v1 (new)"]
    choice = wb.compare(run, "Fit", baseline="v1 (old)")
    assert choice.differences[0].decision == "better"
    release = wb.export(choice, tmp_path / "out")
    assert "the text of v1 (new) is not known to this run" in release.sentence


def test_examples_of_one_name_that_ask_otherwise_are_no_pair(tmp_path):
    for name, text in (("old", "one"), ("new", "two")):
        rows = [promptfoo_row(0, vars={"text": text}), promptfoo_row(2)]
        rows[0]["testCase"]["vars"] = {"text": text}
        (tmp_path / f"{name}.json").write_text(json.dumps(promptfoo(rows)))
    run = wb.read_run(tmp_path / "old.json", tmp_path / "new.json")
    assert column(run, "example") == ["test-0", "test-1", "test-0 (new)", "test-1"]
    assert {each.id: each.inputs["text"] for each in run.examples} == {
        "test-0": "one", "test-1": "text 1", "test-0 (new)": "two",
    }  # fmt: skip
    assert said(run) == [
        "new.json, example test-0: 1 example that another file has by the same name and with other "
        "inputs: not paired with them"
    ]


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder, score in (("old", 0.0), ("new", 1.0)):
        (tmp_path / folder).mkdir()
        held = deepeval([case("c", "yes", [metric("Fit", score)])])
        (tmp_path / folder / "results.json").write_text(json.dumps(held))
    run = wb.read_run(tmp_path / "old/results.json", tmp_path / "new/results.json")
    assert [each.name for each in run.variants] == ["v1 (old/results)", "v1 (new/results)"]


def test_a_run_that_is_read_takes_labels_in_a_store_and_counts_looks(read, tmp_path):
    store = wb.Store(tmp_path / "store.db")
    rows = [promptfoo_row(n, f"answer {n}", n % 2) for n in range(80)]
    run = read(promptfoo(rows), store=store)
    choice = wb.compare(run, "pass", baseline="B")
    assert (choice.looks, wb.compare(run, "pass", baseline="B").looks) == (1, 1)
    wb.labels.add(run, "pass", 0, 1, rater="A")
    assert [each["example"] for each in store.labels("pass")] == ["test-0"]
    assert wb.trust(run, "pass") is not None
    again = read(promptfoo(rows), store=store)
    assert again.id == run.id
