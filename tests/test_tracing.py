"""Runs become OpenTelemetry spans and events; never with a key, nor with text unless asked for."""

import json

import pytest
from notes import examples, talk

import workbench as wb
from workbench import testing
from workbench.exchange.conventions import evaluated, of_call, said
from workbench.models.completion import Completion
from workbench.models.entry import Price
from workbench.runs import run, watchers
from workbench.store.made import Made
from workbench.testing import Ask, Reply

pytest.importorskip("opentelemetry.sdk", reason="the extra otel is not installed here")

KEY = "sk-canary-0123456789"
SCORED = "gen_ai.evaluation.score.value"


@pytest.fixture(scope="module")
def exporters():
    """Spans and events in memory; providers can be set once in a process."""
    from opentelemetry import _logs, trace
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    spans, events = InMemorySpanExporter(), InMemoryLogRecordExporter()
    tracers, loggers = TracerProvider(), LoggerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(events))
    trace.set_tracer_provider(tracers)
    _logs.set_logger_provider(loggers)
    return spans, events


@pytest.fixture
def traced(exporters):
    """Traces while it is used: what has come, spans by name and events."""
    from workbench.exchange import tracing

    spans, events = exporters
    spans.clear(), events.clear()
    begun = []

    def start(**given):
        begun.append(tracing.start(**given))

    def came():
        finished = spans.get_finished_spans()
        return finished, [each.log_record for each in events.get_finished_logs()]

    yield start, came
    for each in begun:
        each.stop()


def answers(ask: Ask) -> str | Reply:
    if ask.text.endswith("note 2") and not ask.system.startswith("CRITIC"):
        return Reply(f"too long, {KEY}", status=400)
    return talk(ask)


async def test_calls_are_spans_of_their_run_and_verdicts_events_of_their_answers(
    prompt, critic, tmp_path, traced
):
    start, came = traced
    start()
    with testing.serve(answers) as server:
        model = server.model("m", price=Price(1, 1))
        judges = [critic(model), wb.Length(1, 9)]
        done = await run(prompt(), examples(3), model, judges, store=tmp_path / "s.db")
        port = int(model.base_url.split(":")[2].split("/")[0])
    spans, events = came()
    root = next(each for each in spans if each.name == "workbench.run")
    assert root.attributes["workbench.run.id"] == done.id
    calls = [each for each in spans if each is not root]
    assert len(calls) == 5 and {each.name for each in calls} == {"chat m"}
    assert {each.context.trace_id for each in spans} == {root.context.trace_id}
    answers_alone = [each for each in calls if each.parent.span_id == root.context.span_id]
    [first] = [each for each in answers_alone if each.attributes["workbench.example"] == "e0"]
    told = dict(first.attributes)
    assert {name: told[name] for name in told if name.startswith(("gen_ai", "server"))} == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "127.0.0.1",
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.0,
        "gen_ai.request.max_tokens": 50,
        "gen_ai.response.model": "m",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": done.columns["prompt_tokens"][0],
        "gen_ai.usage.output_tokens": done.columns["completion_tokens"][0],
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    assert first.kind.name == "CLIENT" and first.end_time >= first.start_time >= root.start_time
    said_of = [dict(each.attributes) for each in events if each.span_id == first.context.span_id]
    assert sorted(said_of, key=lambda each: each["gen_ai.evaluation.name"]) == [
        {"gen_ai.evaluation.name": name, SCORED: 1.0, "gen_ai.evaluation.score.label": "yes"}
        for name in ("good", "length")
    ]
    assert {each.event_name for each in events} == {"gen_ai.evaluation.result"}
    assert len(events) == 4  # of two answers; one failed


async def test_a_call_that_failed_is_an_error_and_nothing_says_why(prompt, tmp_path, traced):
    start, came = traced
    start()
    with testing.serve(answers) as server:
        await run(prompt(), examples(3), server.model(), store=tmp_path / "s.db")
    [failed] = [each for each in came()[0] if not each.status.is_ok]
    assert failed.attributes["error.type"] == "400" and failed.status.description is None


async def test_neither_text_nor_key_is_told_unless_text_is_asked_for(
    prompt, critic, tmp_path, traced, monkeypatch
):
    start, came = traced
    monkeypatch.setenv("SECRET_API_KEY", KEY)
    with testing.serve(answers) as server:
        model = server.model(api_key_env="SECRET_API_KEY")
        given = (prompt(), examples(3), model, [critic(model)])
        start()
        await run(*given, store=tmp_path / "a.db")
        quiet = json.dumps([each.to_json() for each in came()[0]] + [str(came()[1])])
        start(content=True)
        await run(*given, store=tmp_path / "b.db")
    loud = json.dumps([each.to_json() for each in came()[0]] + [str(came()[1])])
    assert not any(word in quiet for word in ("note 0", "You are", "CRITIC", "too long", KEY))
    assert "note 0" in loud and "You are v1" in loud and KEY not in loud


async def test_what_the_store_answered_is_no_call(prompt, tmp_path, traced):
    start, came = traced
    with testing.serve(talk) as server:
        await run(prompt(), examples(3), server.model(), store=tmp_path / "s.db")
        start()
        await run(prompt(), examples(4), server.model(), [wb.Length()], store=tmp_path / "s.db")
    spans, events = came()
    assert [each.name for each in spans] == ["chat model", "workbench.run"]
    assert len(events) == 1
    assert len(watchers) >= 1


def made(endpoint: str, **given) -> Made:
    request = {
        "model": "m",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}],
    }
    return Made(b"", b"", 0.0, endpoint, request, Completion("b", **given))


@pytest.mark.parametrize(
    ("endpoint", "provider"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://mine.openai.azure.com/openai/v1", "azure.ai.openai"),
        ("https://api.mistral.ai/v1", "mistral_ai"),
        ("https://notx.ai/v1", "notx.ai"),
        ("vllm:Qwen/Qwen3-8B", "vllm"),
    ],
)
def test_a_provider_is_known_by_its_host(endpoint, provider):
    told = of_call(made(endpoint))
    assert told["gen_ai.provider.name"] == provider
    assert ("server.address" in told) == endpoint.startswith("https")


def test_what_was_said_has_the_parts_of_the_conventions():
    told = said(made("vllm:m", thinking="hm", finish_reason="stop"))
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "a"}]}
    ]
    assert json.loads(told["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [
                {"type": "reasoning", "content": "hm"}, {"type": "text", "content": "b"},
            ],
            "finish_reason": "stop",
        }
    ]  # fmt: skip


def test_an_unscored_verdict_is_an_error_and_its_reason_is_told_where_asked_for():
    stored = [None, "", "could not be read", "", None, []]
    assert evaluated("good", stored, explained=False) == {
        "gen_ai.evaluation.name": "good", "error.type": "unscored",
    }  # fmt: skip
    assert evaluated("good", stored, explained=True)["gen_ai.evaluation.explanation"]
