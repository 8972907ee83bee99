"""Calls and verdicts under the names of OpenTelemetry's GenAI conventions."""

import json
import re
from collections.abc import Mapping
from typing import Any

from yarl import URL

from workbench.models.servers import SERVERS
from workbench.runs import Run
from workbench.store.made import Made

# hosts, by their ends, and what the conventions call them
_PROVIDERS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "amazonaws.com": "aws.bedrock",
    "cohere.com": "cohere",
    "cohere.ai": "cohere",
    "deepseek.com": "deepseek",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "perplexity.ai": "perplexity",
    "x.ai": "x_ai",
}
_SENT = {  # field of a request's body: attribute and kind
    "temperature": ("gen_ai.request.temperature", float),
    "top_p": ("gen_ai.request.top_p", float),
    "top_k": ("gen_ai.request.top_k", float),
    "frequency_penalty": ("gen_ai.request.frequency_penalty", float),
    "presence_penalty": ("gen_ai.request.presence_penalty", float),
    "max_tokens": ("gen_ai.request.max_tokens", int),
    "max_completion_tokens": ("gen_ai.request.max_tokens", int),
    "seed": ("gen_ai.request.seed", int),
    "stream": ("gen_ai.request.stream", bool),
}
_NOT_ANSWERED = ("error", "timeout")


def of_run(run: Run) -> dict[str, Any]:
    """What a run is of, and what it came to."""
    counts = {name: run.counts[name] for name in ("rows", "calls", "requests", "cached", "failed")}
    named = {"run.id": run.id, "dataset": run.meta.dataset.name, **counts}
    return {f"workbench.{name}": value for name, value in named.items()}


def of_call(made: Made) -> dict[str, Any]:
    """A call's attributes, but for what it says."""
    done = made.completion
    told = {
        "gen_ai.operation.name": "chat",
        **_server(made.endpoint),
        "gen_ai.request.model": made.request.get("model"),
        "gen_ai.response.model": done.model or None,
        "gen_ai.response.finish_reasons": [done.finish_reason] if done.finish_reason else None,
        "gen_ai.response.time_to_first_chunk": done.first_token_seconds,
        "gen_ai.usage.input_tokens": done.prompt_tokens,
        "gen_ai.usage.output_tokens": done.completion_tokens,
        "gen_ai.usage.reasoning.output_tokens": done.thinking_tokens,
        "gen_ai.usage.cache_read.input_tokens": done.cached_tokens,
        "error.type": _error(done.status, done.error),
        "workbench.status": done.status,
        "workbench.attempts": done.attempts,
        "workbench.queue_seconds": done.queue_seconds,
    }
    return {name: value for name, value in told.items() if _is_known(value)}


def _is_known(value: Any) -> bool:
    """NaN and -1 stand for what an endpoint did not say."""
    return value is not None and value == value and value != -1


def _server(endpoint: str) -> dict[str, Any]:
    """Who answers, and where."""
    kind = endpoint.partition(":")[0]
    if kind in SERVERS:
        return {"gen_ai.provider.name": kind}
    url = URL(endpoint)
    host = url.host or ""
    known = (name for end, name in _PROVIDERS.items() if f".{host}".endswith(f".{end}"))
    at = {"server.address": host, "server.port": url.port}
    return {"gen_ai.provider.name": next(known, host or "unknown"), **at}


def _error(status: str, error: str) -> str | None:
    """The class of an error: an HTTP status, a timeout, or another."""
    if status not in _NOT_ANSWERED:
        return None
    found = re.search(r"\bHTTP (\d{3})\b", error)
    return found[1] if found else "timeout" if status == "timeout" else "_OTHER"


def parameters(request: Mapping[str, Any]) -> dict[str, Any]:
    """What a request's body asks beside its messages."""
    found = {
        name: kind(request[field])
        for field, (name, kind) in _SENT.items()
        if isinstance(request.get(field), int | float)
    }
    stop = request.get("stop")
    if stop:
        found["gen_ai.request.stop_sequences"] = [stop] if isinstance(stop, str) else list(stop)
    if request.get("response_format"):
        found["gen_ai.output.type"] = "json"
    return found


def said(made: Made) -> dict[str, str]:
    """What was sent and what came back, as JSON."""
    done = made.completion
    answer = _message({"role": "assistant", "content": done.text})
    if done.thinking:
        answer["parts"].insert(0, {"type": "reasoning", "content": done.thinking})
    answer["finish_reason"] = done.finish_reason
    messages = [_message(each) for each in made.request.get("messages", ())]
    return {
        "gen_ai.input.messages": json.dumps(messages),
        "gen_ai.output.messages": json.dumps([answer]),
    }


def _message(message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
    return {"role": message.get("role", ""), "parts": [_part(each) for each in parts]}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A part of a message; of an image only that there is one."""
    if part.get("type") == "text":
        return {"type": "text", "content": part.get("text", "")}
    return {"type": str(part.get("type", ""))}


def evaluated(critic: str, stored: list[Any], *, explained: bool) -> dict[str, Any]:
    """A verdict's attributes, from the form in which it is stored; its reason, which a model may
    have written, where it is to be `explained`.
    """
    score, label, reason, *_ = stored
    told = {
        "gen_ai.evaluation.name": critic,
        "gen_ai.evaluation.score.value": score,
        "gen_ai.evaluation.score.label": label or None,
        "gen_ai.evaluation.explanation": reason if explained and reason else None,
        "error.type": "unscored" if score is None else None,
    }
    return {name: value for name, value in told.items() if value is not None}
