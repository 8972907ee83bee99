"""Cases of DeepEval and recorded events of OpenAI's evals as rows."""

import json

import pytest
from other_results import case, column, deepeval, event, events, metric, reading, said


@pytest.fixture
def read(tmp_path):
    return reading(tmp_path)


class TestDeepEval:
    def test_a_metric_that_failed_is_unscored_whatever_it_says_of_success(self, read):
        broken = metric("Faith", None, error="judge down", success=False)
        flaky = metric("Faith", 0.75, flaky=True)
        held = deepeval([case("a", "yes", [metric("Fit", 0.25), broken]), case("b", "no", [flaky])])
        run = read(held)
        assert column(run, "Fit") == [0.25, ""]
        assert column(run, "Faith") == ["", 0.75]
        assert (column(run, "prompt"), column(run, "model")) == (["v1"] * 2, ["m-1"] * 2)
        assert run.examples[0].expected == "yes"
        assert said(run) == [
            "results.json, testCases[0], metric Faith: unscored: judge down",
            "results.json, testCases[1], metric Faith: it is marked as flaky: DeepEval does not "
            "count it as a failure",
        ]

    def test_the_latest_run_that_it_keeps_is_read_too_and_what_is_not_read_is_said(self, read):
        held = deepeval(
            [case("a", "yes", [])], conversationalTestCases=[{}], traceMetricsScores=[1]
        )
        run = read({"testRunData": held, "testRunLink": None})
        assert column(run, "output") == ["yes"]
        assert said(run) == [
            "results.json, conversationalTestCases[0]: it is no conversation: it has no turns, or "
            "one without a text",
            "results.json, traceMetricsScores: scores of parts of a trace are not read",
        ]

    def test_a_conversation_is_a_row_of_all_that_was_said(self, read):
        def talk(name, *texts, **more):
            speakers = ("user", "assistant") * 3
            turns = [
                {"role": role, "content": text, "order": number}
                for number, (role, text) in enumerate(zip(speakers, texts, strict=False))
            ]
            fit = metric("Fit", 0.75)
            return {"name": name, "turns": turns, "metricsData": [fit], "success": True, **more}

        talks = [
            talk("t1", "hi", "hello"),
            talk("t2", "hi", "hello", "and?", "done", expectedOutcome="done"),
            talk("t3", "hi", "yes", "no", "well", scenario="a refund", userDescription="angry"),
            talk("t4", "hi"),
        ]
        talks[1]["turns"][3]["toolsCalled"] = [{"name": "search"}]
        run = read(deepeval([], conversationalTestCases=talks))
        assert column(run, "example") == ["t1", "t2", "t3", "t4"]
        assert run.columns["output"][:2] == [
            "hello", "user: hi\n\nassistant: hello\n\nuser: and?\n\nassistant: done",
        ]  # fmt: skip
        assert column(run, "status") == ["ok", "ok", "ok", "error"]
        assert column(run, "Fit") == [0.75, 0.75, 0.75, ""]
        user = [{"role": "user", "content": text} for text in ("hi", "and?")]
        assert [each.inputs for each in run.examples][1:3] == [
            {"messages": user}, {"scenario": "a refund", "user": "angry"},
        ]  # fmt: skip
        assert run.examples[1].expected == "done"
        assert said(run) == [
            "results.json, conversationalTestCases[1]: tools and texts of single turns are not "
            "read",
            "results.json, conversationalTestCases[3], metric Fit: Fit scored an answer that is "
            "error: left out",
        ]

    def test_a_case_without_an_answer_is_no_empty_answer_and_calls_are_one(self, read):
        calls = [{"name": "search", "inputParameters": {"q": "x"}}]
        held = [
            case("a", None, []),
            case("b", "", []),
            {**case("c", None, []), "toolsCalled": calls},
        ]
        run = read(deepeval(held))
        assert column(run, "status") == ["error", "malformed", "ok"]
        assert run.columns["output"][2] == (
            '{"tool_calls": [{"name": "search", "arguments": {"q": "x"}}]}'
        )

    def test_one_name_of_two_inputs_is_two_examples_and_of_one_input_repeats(self, read):
        other = {**case("a", "no", []), "input": "another"}
        run = read(deepeval([case("a", "yes", []), other, case("a", "no", [])]))
        assert column(run, "example") == ["a", "a-2", "a"]
        assert column(run, "repeat") == [0, 0, 1]


class TestEvents:
    def test_events_of_a_sample_are_a_row(self, read):
        held = events(
            event("s.0", "sampling", prompt=[{"role": "user", "content": "x"}], sampled=["yes"],
                  usage={"prompt_tokens": 5, "completion_tokens": 1}),
            event("s.0", "match", correct=True, expected="yes", picked="yes"),
            event("s.1", "sampling", prompt="x", sampled="no"),
            event("s.1", "metrics", f1=0.5, text="a"),
            event("s.2", "error", message="HTTP 500"),
            event("s.0", "embedding", x=1),
        )  # fmt: skip
        run = read(held, "events.jsonl")
        assert column(run, "example") == ["s.0", "s.1", "s.2"]
        assert column(run, "status") == ["ok", "ok", "error"]
        assert column(run, "output") == ["yes", "no", ""]
        assert (column(run, "match"), column(run, "f1")) == ([1, "", ""], ["", 0.5, ""])
        assert column(run, "prompt")[0] == "sorting.dev.v0" and column(run, "model")[0] == "m-1"
        assert column(run, "prompt_tokens") == [5, -1, -1]
        assert run.examples[0].inputs == {"messages": [{"role": "user", "content": "x"}]}
        assert said(run) == [
            "events.jsonl, line 5: metric text is 'a', no number",
            "events.jsonl, events: 1 of type embedding are not read",
        ]

    def test_a_judges_choice_is_the_label_of_its_score_and_its_reply_the_reason(self, read):
        def graded(id, choice, score):
            yield event(id, "sampling", prompt="x", sampled=["the answer"])
            yield event(id, "sampling", prompt="is it good", sampled=[f"Because.\n{choice}"])
            yield event(id, "metrics", choice=choice, score=score, metascore=True)

        held = (("s.0", "A", 0.25), ("s.1", "__invalid__", 0.0), ("s.2", "B", None))
        run = read(events(*(each for one in held for each in graded(*one))), "events.jsonl")
        assert run.columns["output"] == ["the answer"] * 3
        assert column(run, "score") == [0.25, "", ""]
        assert column(run, "score.label") == ["A", "__invalid__", "B"]
        assert run.columns["score.reason"][0] == "Because.\nA"
        assert column(run, "metascore") == [1, 1, 1]
        assert said(run) == ["events.jsonl, line 7: the judge's reply held no choice: unscored"]

    def test_a_call_of_a_function_is_the_answer_where_no_text_is(self, read):
        call = {"name": "search", "arguments": '{"q": "x"}', "return_value": "y"}
        message = {"role": "assistant", "content": None, "function_call": {**call}}
        held = events(
            event("s.0", "sampling", prompt="x", sampled=[""]),
            event("s.0", "function_call", **call),
            event("s.1", "function_call", **call),
            event("s.1", "sampling", prompt="x", sampled="done"),
            event("s.2", "sampling", prompt="x", sampled=[message]),
            event("s.3", "metrics", f1=0.5),
        )
        run = read(held, "events.jsonl")
        called = '{"tool_calls": [{"name": "search", "arguments": {"q": "x"}}]}'
        assert run.columns["output"] == [called, "done", called, ""]
        assert column(run, "status") == ["ok", "ok", "ok", "error"]
        assert said(run) == [
            "events.jsonl, line 4: a call of search before the answer: not read",
            "events.jsonl, line 7: f1 scored an answer that is error: left out",
        ]

    def test_two_runs_recorded_into_one_file_are_repeats_and_a_cut_line_is_said(self, read):
        def recorded(id, correct):
            spec = {"completion_fns": ["m-1"], "eval_name": "sorting.dev.v0", "run_id": id}
            match = event("s", "match", correct=correct, sampled="yes")
            return [{"spec": spec}, {**match, "run_id": id}, {"final_report": {}, "run_id": id}]

        made = [*recorded("r1", True), *recorded("r2", False)]
        run = read("\n".join([*map(json.dumps, made), '{"run_id": "r2", "eve']), "events.jsonl")
        assert (column(run, "match"), column(run, "repeat")) == ([1, 0], [0, 1])
        [line] = said(run)
        assert line.startswith("events.jsonl, line 7: not JSON: Unterminated string")
        assert line.endswith("what it says is lacking")

    def test_the_report_may_stand_before_the_events(self, read):
        """As `oaieval` writes it: what a recorder still holds is written when it ends."""
        lines = events(event("s", "match", correct=True, sampled="yes")).splitlines(True)
        run = read("".join([lines[0], lines[2], lines[1]]), "events.jsonl")
        assert (column(run, "match"), said(run)) == ([1], [])

    def test_a_run_that_was_cut_off_and_a_judges_reply_are_said(self, read):
        held = events(
            event("s", "sampling", prompt="x", sampled="the answer"),
            event("s", "sampling", prompt="is it good", sampled="Y"),
            report=False,
        )
        run = read(held, "events.jsonl")
        assert run.columns["output"] == ["the answer"]
        assert [each.split(": ")[0] for each in said(run)] == [
            "events.jsonl, line 3", "events.jsonl, final_report",
        ]  # fmt: skip
