"""Triton: its front end for chat completions is one more endpoint, and its own protocol is asked
behind the same model. What needs its client is in tests/triton (make test-triton).
"""

import json

import pytest
import triton_double
from loopback import ask, complete
from notes import CRITIC, PROMPT, examples

import workbench as wb
from workbench.errors import ModelError
from workbench.models.catalogue import load_models
from workbench.models.entry import Price
from workbench.models.fields import check_together
from workbench.models.model import Model
from workbench.models.servers import triton
from workbench.models.servers.kserve import read_config
from workbench.models.transport import Transport
from workbench.testing import Reply

FREE = Price(0, 0)


def shout(text, given):
    return text.upper()


def model_at(server, id="streamer", **fields):
    return Model("local", id=id, server="triton", base_url=server.url, **{**KIND, **fields})


KIND = dict(triton.TRITON.defaults)


async def answers(script, *texts, id="streamer", parameters=None, **fields):
    """The completions of texts, and the double that was asked."""
    with triton_double.serve(script) as server:
        model = model_at(server, id, **fields)
        async with Transport() as transport:
            asked = [ask(model, text, parameters=parameters or {}) for text in texts]
            return [await transport.complete(each) for each in asked], server


async def test_a_decoupled_model_is_asked_for_text_and_its_tokens_are_counted():
    [first, second], server = await answers(shout, "hi", "ho")
    assert [first.text, second.text] == ["HI", "HO"]
    assert (first.status, first.prompt_tokens, first.completion_tokens) == ("ok", 7, 2)
    assert first.model == "streamer 1"
    assert server.given[0] == {
        "text_input": "hi", "stream": False, "exclude_input_in_output": True,
        "return_num_output_tokens": True,
    }  # fmt: skip
    assert server.configs == 1


async def test_sampling_parameters_go_as_the_backend_takes_them():
    [done], server = await answers(shout, "hi", parameters={"max_completion_tokens": 9, "top_p": 1})
    assert done.text == "HI"
    assert json.loads(server.given[0]["sampling_parameters"]) == {"max_tokens": 9, "top_p": 1}


async def test_what_has_no_input_is_refused_by_name_before_it_is_sent():
    [done], server = await answers(shout, "hi", parameters={"tools": [], "n": 2})
    assert (done.status, server.given) == ("error", [])
    assert done.error.startswith("the model has no input for n, tools: it takes text_input,")


async def test_a_parameter_of_sampling_that_it_cannot_take_is_left_out_and_said(monkeypatch):
    only_text = [triton_double.declared("text_input", "STRING")]
    monkeypatch.setitem(triton_double.CONFIGS["streamer"], "input", only_text)
    [done], server = await answers(shout, "hi", parameters={"temperature": 0.5, "seed": 1})
    assert (done.text, dict(done.left_out)) == ("HI", {"temperature": 0.5, "seed": 1})
    assert len(server.given) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}], "no images"),
        ("half a character \ud800", "surrogates not allowed"),
    ],
)
async def test_what_is_no_text_is_the_rows_fault(content, said):
    with triton_double.serve(shout) as server:
        done = await model_at(server).complete([{"role": "user", "content": content}])
    assert (done.status, server.given) == ("error", [])
    assert said in done.error


async def test_a_conversation_is_the_rows_fault():
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    with triton_double.serve(shout) as server:
        done = await model_at(server).complete(turns)
    assert done.error == (
        "the model cannot take the call: it takes a text, no conversation with a turn of assistant"
    )


async def test_messages_are_one_text_with_a_blank_line_between_them():
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Hi"}]
    with triton_double.serve(shout) as server:
        await model_at(server).complete(messages)
    assert server.given[0]["text_input"] == "Be short.\n\nHi"


async def test_a_busy_triton_is_asked_again_and_a_fault_of_the_row_is_not():
    def script(text, given, tried=[]):  # noqa: B006  a count
        tried.append(text)
        if text == "odd":
            return 400, "too odd"
        return (503, "Exceeds maximum queue size") if tried.count(text) < 3 else "fine"

    [odd, busy], _ = await answers(script, "odd", "busy")
    assert (odd.error, odd.attempts) == ("HTTP 400: too odd", 1)
    assert (busy.text, busy.attempts) == ("fine", 3)


async def test_a_triton_that_is_late_is_a_timeout():
    with triton_double.serve(shout) as server:
        server.seconds = 0.5
        done = await model_at(server, deadline_seconds=0.2, attempts=1).complete(
            [{"role": "user", "content": "hi"}]
        )
    assert (done.status, done.text) == ("timeout", "")


async def test_a_model_that_it_does_not_have_and_an_empty_port_end_the_run():
    with pytest.raises(ModelError, match=r"does not have that model: HTTP 404: .*correct its id"):
        await answers(shout, *map(str, range(6)), id="unknown")
    with pytest.raises(ModelError, match="cannot be reached"):
        await Model("x", id="m", server="triton", base_url="http://127.0.0.1:9", attempts=1,
                    **KIND).complete([{"role": "user", "content": "hi"}])  # fmt: skip


async def test_what_takes_no_text_is_said_by_its_inputs():
    with pytest.raises(ModelError, match=r"has no one input of text: call it text_input"):
        await answers(shout, "hi", id="adder")


async def test_an_answer_without_the_output_is_no_completion():
    def script(text, given):
        return 200, "the model crashed"

    [done], _ = await answers(script, "hi", attempts=1)
    assert (done.status, done.error) == ("error", "200 with an error: HTTP 500: the model crashed")


async def test_the_key_goes_where_it_is_bound_and_is_blotted_out(monkeypatch):
    monkeypatch.setenv("TRITON_KEY", "tr-0123456789abcdef")

    def script(text, given):
        return 400, "you sent tr-0123456789abcdef"

    [done], server = await answers(script, "hi", api_key_env="TRITON_KEY")
    assert server.headers[0]["Authorization"] == "Bearer tr-0123456789abcdef"
    assert done.error == "HTTP 400: you sent [key]"
    far = Model("far", id="m", server="triton", base_url="https://triton.example.org",
                api_key_env="TRITON_KEY", **KIND)  # fmt: skip
    with pytest.raises(ModelError, match=r"TRITON_KEY is not bound to triton\.example\.org:443"):
        await far.complete([{"role": "user", "content": "hi"}])


async def test_a_run_on_a_triton_is_a_run_like_any_other(tmp_path):
    """Actor and critic; the store answers the second time, and a read-back run knows the model."""
    (tmp_path / "v1.prompty").write_text(PROMPT.format(name="v1", more=""))
    (tmp_path / "good.prompty").write_text(CRITIC)

    def script(text, given):
        if text.startswith("CRITIC"):
            return "Yes" if int(text.split()[-1]) % 2 == 0 else "No"
        return f"note {text.split()[-1]}"

    with triton_double.serve(script) as server:
        model, store = model_at(server), wb.Store(tmp_path / "s.db")
        critic = wb.Rubric.load(tmp_path / "good.prompty", model)
        arguments = wb.load_prompt(tmp_path / "v1.prompty"), examples(6), [model], [critic]
        first = await wb.run(*arguments, store=store)
        again = await wb.run(*arguments, store=store)
    assert list(first.frame["good"]) == [1, 0, 1, 0, 1, 0] == list(again.frame["good"])
    assert (len(server.given), again.counts["calls"], first.cost) == (12, 0, 0)
    [read] = wb.load_run(first.id, store=store).models
    assert (read.server, read.base_url, read.id) == ("triton", server.url, "streamer")


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"server": "triton", "id": "m"}, r"`server: triton` is not started here: say in"),
        ({"server": "vllm", "id": "m", "base_url": "http://x"}, "give either `base_url:`"),
        ({"server": "triton", "id": "m", "base_url": "http://x", "args": ["a"]}, "`args:` belong"),
    ],
)
def test_an_entry_says_where_its_triton_is(entry, said):
    with pytest.raises(ModelError, match=said):
        check_together(entry, "models.yaml")


def test_an_entry_of_models_yaml_is_a_model_with_an_endpoint_of_its_own(tmp_path):
    (tmp_path / "m.yaml").write_text(
        "models: {t: {server: triton, id: digest, base_url: 'http://gpu:8000'}}"
    )
    model = load_models(tmp_path / "m.yaml")["t"]
    assert model.endpoint == "triton:http://gpu:8000"
    assert (model.constrain, model.logprobs, model.price) == ("none", False, FREE)


@pytest.mark.parametrize("id", ["../repository", "a/b", "a?b", "", "a/versions/x"])
def test_an_id_is_a_models_name_with_a_version_or_none(id):
    with pytest.raises(ModelError):
        triton.path(Model("t", id=id or ".", server="triton", base_url="http://gpu:8000"))
    model = Model("t", id="a.b/versions/2", server="triton", base_url="http://gpu:8000")
    assert triton.path(model) == "/v2/models/a.b/versions/2"


@pytest.mark.parametrize("config", [None, [], {}, {"input": []}])
def test_a_configuration_that_is_none_says_so(config):
    with pytest.raises(ModelError, match=r"^here (tells no configuration|has no one input)"):
        read_config(config, "here")


# Triton's front end for chat completions: errors as FastAPI has them, no count of tokens, and
# `stop` as the end of every answer.
def front_end(asked):
    body = asked.body
    if body["model"] != "actor":
        return refusal(f"Unknown model: {body['model']}")
    if body.get("logprobs"):
        return refusal("logprobs are currently available only for the vLLM backend")
    message = {"role": "assistant", "content": asked.text.upper(), "tool_calls": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    document = {"id": "cmpl-1", "choices": [choice], "model": body["model"], "usage": None}
    return Reply(body=json.dumps({**document, "system_fingerprint": None}).encode())


def refusal(detail):
    return Reply(status=400, body=json.dumps({"detail": detail}).encode())


async def test_the_front_end_is_one_more_endpoint():
    [done] = await complete(front_end, "hi")
    assert (done.text, done.status, done.prompt_tokens) == ("HI", "ok", -1)


async def test_the_front_end_without_probabilities_is_asked_without_them():
    with wb.testing.serve(front_end) as server:
        model = server.model("actor")
        done = await model.complete([{"role": "user", "content": "hi"}], top_logprobs=5)
    assert (done.text, set(done.left_out)) == ("HI", {"logprobs", "top_logprobs"})


async def test_the_front_end_that_lacks_the_model_ends_the_run():
    with pytest.raises(ModelError, match="does not have that model: HTTP 400: Unknown model"):
        await complete(front_end, *map(str, range(6)), id="other")
