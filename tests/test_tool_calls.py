"""A reply that calls tools which the prompt offered is an answer, shown and checked, never run."""

import json

import pytest

import workbench as wb
from workbench import testing
from workbench.models.tool_calls import as_text, calls_in, whole
from workbench.prompts.prompt import read_prompt
from workbench.testing import Reply

OFFER = "---\ntools: [{name: get_order, kind: function}, {name: hang_up, kind: function}]\n---\n"
BODY = "user:\n{{ message }}\n"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_tool_call_is_the_output_as_json(tmp_path, stream):
    replies = {
        "call": Reply(None, tool_calls=[("get_order", {"order": 7}), ("hang_up", {})]),
        "both": Reply("One moment.", tool_calls=[("hang_up", {})]),
        "text": Reply('{"tool_calls": [{"name": "hang_up", "arguments": {}}]}'),
    }
    examples = [wb.Example(name, {"message": name}) for name in replies]
    checks = [wb.ToolCall("get_order", {"order": 7}), wb.ToolCall("hang_up", name="hung_up")]
    with testing.serve(lambda ask: replies[ask.text]) as server:
        model = server.model(parameters={"stream": True} if stream else {})
        run = await wb.run(
            read_prompt("v1", OFFER + BODY), examples, model, checks, store=tmp_path / "s.db"
        )
        assert [each["function"]["name"] for each in server.log[0].ask.body["tools"]] == [
            "get_order",
            "hang_up",
        ]
        again = await wb.run(
            read_prompt("v1", OFFER + BODY),
            examples,
            model,
            [wb.ToolCall("hang_up", name="later")],
            store=tmp_path / "s.db",
        )
        assert len(server.log) == 3
    frame = run.frame
    assert list(frame["status"]) == ["ok"] * 3
    assert json.loads(frame["output"][0]) == {
        "tool_calls": [
            {"name": "get_order", "arguments": {"order": 7}},
            {"name": "hang_up", "arguments": {}},
        ]
    }
    assert json.loads(frame["output"][1]) == {
        "content": "One moment.",
        "tool_calls": [{"name": "hang_up", "arguments": {}}],
    }
    assert list(frame["tool_call"]) == [1, 0, 0]
    assert list(frame["hung_up"]) == list(again.frame["later"]) == [1, 1, 0]  # text calls nothing
    assert frame["tool_call.reason"][2] == "lacks get_order: it calls no tool"


async def test_a_tool_call_needs_not_fit_the_outputs_and_bad_arguments_are_malformed(tmp_path):
    front = OFFER.replace("---\ntools", "---\noutputs: [{name: label, kind: string}]\ntools", 1)
    bad = {"tool_calls": [{"function": {"name": "get_order", "arguments": '{"order": '}}]}
    body = json.dumps({"choices": [{"message": bad, "finish_reason": "tool_calls"}]}).encode()
    replies = {"call": Reply(None, tool_calls=[("hang_up", {})]), "bad": Reply(body=body)}
    examples = [wb.Example(name, {"message": name}) for name in replies]
    with testing.serve(lambda ask: replies[ask.text]) as server:
        run = await wb.run(
            read_prompt("v1", front + BODY), examples, server.model(), store=tmp_path / "s.db"
        )
    assert list(run.frame["status"]) == ["ok", "malformed"]
    assert run.frame["error"][1] == "the arguments for get_order are no JSON object"


async def test_a_tool_call_that_was_not_offered_is_no_answer(tmp_path):
    with testing.serve(lambda ask: Reply(None, tool_calls=[("hang_up", {})])) as server:
        run = await wb.run(
            read_prompt("v1", BODY),
            [wb.Example("a", {"message": "x"})],
            server.model(),
            store=tmp_path / "s.db",
        )
        assert "tools" not in server.log[0].ask.body
    assert run.frame["status"][0] == "error"
    assert run.frame["error"][0].endswith("the prompt offers no tools")


def called(*calls):
    text, _ = as_text([{"name": name, "arguments": given} for name, given in calls], "")
    return wb.Completion(text=text, calls_tools=True)


@pytest.mark.parametrize(
    ("expected", "score"),
    [
        ("get_order", 1),
        ({"name": "get_order"}, 1),
        ({"name": "get_order", "arguments": {"order": 7}}, 1),
        ({"name": "get_order", "arguments": {"order": 8}}, 0),
        (["hang_up", "get_order"], 1),
        ("hang_up", 0),
    ],
)
def test_the_right_call_may_stand_in_the_dataset(expected, score):
    example = wb.Example("a", {}, {"call": expected})
    answer = called(("get_order", {"order": 7, "by": "mail"}))
    assert wb.ToolCall(of="call").verdict(example, answer).score == score


@pytest.mark.parametrize("expected", [None, 7, {"arguments": {}}, {"name": "a", "arguments": 7}])
def test_an_example_without_a_right_call_is_refused_before_the_first_call(expected):
    with pytest.raises(wb.WorkbenchError, match="example 'a'"):
        wb.ToolCall().check(wb.Example("a", {}, expected))


def test_calls_are_read_in_their_older_form_and_from_pieces_in_any_order():
    assert calls_in({"function_call": {"name": "a", "arguments": "{}"}}) == [
        {"name": "a", "arguments": "{}"}
    ]
    pieces = [
        {"index": 1, "id": "y", "function": {"name": "b", "arguments": '{"n"'}},
        {"index": 0, "id": "x", "function": {"name": "a"}},
        {"index": 1, "function": {"arguments": ": 1}"}},
    ]
    text, fault = as_text(calls_in({"tool_calls": whole(pieces)}), "")
    assert (json.loads(text)["tool_calls"], fault) == (
        [{"name": "a", "arguments": {}}, {"name": "b", "arguments": {"n": 1}}],
        "",
    )


def piece(id=None, name=None, arguments=None, index=0):
    return {"index": index, "id": id, "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("pieces", "calls"),
    [
        ([piece("x", "f", '{"a"'), piece("x", "f", ": 1}")], [("f", {"a": 1})]),
        ([piece("x", "get_", ""), piece(None, "order", "{}")], [("get_order", {})]),
        (
            [piece("x", "f", '{"a":1}'), piece("y", "f", '{"a":2}')],
            [("f", {"a": 1}), ("f", {"a": 2})],
        ),
        ([piece("x", "f", "{"), piece("y", None, "}")], [("f", {})]),
        ([piece("x", "f", {"a": 1}), piece("x", None, "")], [("f", {"a": 1})]),
        ([piece("x", "f", "{}", None), piece("y", "g", "{}", None)], [("f", {}), ("g", {})]),
    ],
)
def test_pieces_of_calls_are_put_together_as_servers_number_them(pieces, calls):
    text, fault = as_text(calls_in({"tool_calls": whole(pieces)}), "")
    made = [(each["name"], each["arguments"]) for each in json.loads(text)["tool_calls"]]
    assert (made, fault) == (calls, "")


def test_a_critic_offers_no_tools():
    critic = read_prompt("good", f"{OFFER}user:\n{{{{ output }}}}?\n")
    with pytest.raises(wb.WorkbenchError, match="a critic calls no tools: remove them"):
        wb.Rubric(critic, wb.Model("m", "m", base_url="http://127.0.0.1:9/v1"))
