"""The protocol that a Triton answers in (KServe v2), for models of text in, text out.

What a call asks goes into the inputs that the model's configuration declares, and what has no input
is refused by name.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workbench.errors import ModelError

HEADER = "Inference-Header-Content-Length"  # bytes of JSON before the tensors
TEXT, ANSWER = "text_input", "text_output"  # as NVIDIA's backends call them
SAMPLING = "sampling_parameters"  # an input of vLLM's backend: one JSON for all of them
OTHER_NAMES = {  # of a parameter, as inputs are called
    "max_completion_tokens": ("max_tokens",),
    "stop": ("stop_words",),
    "seed": ("random_seed",),
}
# what a chat endpoint does with a request, which no sampling of tokens does
OF_CHATS = frozenset({
    "response_format", "logprobs", "top_logprobs", "tools", "tool_choice", "parallel_tool_calls",
    "stream", "stream_options", "n", "reasoning_effort", "grammar", "structured_outputs",
})  # fmt: skip
FIXED = {  # inputs that are set where a model has them: one whole answer, and how it came about
    "stream": False,
    "exclude_input_in_output": True,
    "return_finish_reason": True,
    "return_num_input_tokens": True,
    "return_num_output_tokens": True,
}
_UNREADABLE = (AttributeError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output as a model's configuration declares it; a size of -1 is any."""

    name: str
    datatype: str  # as the protocol spells it: BYTES, INT32, ...
    sizes: tuple[int, ...]
    optional: bool = False


@dataclass(frozen=True, slots=True)
class TextModel:
    """What a Triton says of a model: its inputs, and which of them takes the text."""

    inputs: Mapping[str, Tensor]
    text: str
    answer: str  # the output that holds the reply
    in_batches: bool  # each tensor begins with the size of a batch
    decoupled: bool  # it answers as often as it likes, so not to /infer


def read_config(config: Any, where: str) -> TextModel:
    """A model's configuration; ModelError where it is not one of text in, text out."""
    if not isinstance(config, dict) or "input" not in config:
        raise ModelError(f"{where} tells no configuration: is a Triton at its base_url?")
    inputs = [_tensor(each) for each in config["input"]]
    model = TextModel(
        {each.name: each for each in inputs},
        _only_text(inputs, TEXT, "input", where),
        _only_text(map(_tensor, config.get("output", ())), ANSWER, "output", where),
        int(config.get("max_batch_size", 0)) > 0,
        bool(config.get("model_transaction_policy", {}).get("decoupled")),
    )
    if not model.decoupled:
        _client()  # now: to import it takes half a second, which is no latency of a call
    return model


def _tensor(declared: Mapping[str, Any]) -> Tensor:
    kind = str(declared["data_type"]).removeprefix("TYPE_")
    return Tensor(
        str(declared["name"]),
        "BYTES" if kind == "STRING" else kind,
        tuple(map(int, declared.get("dims", ()))),  # whole numbers come as texts, too
        bool(declared.get("optional")),
    )


def _only_text(tensors: Iterable[Tensor], usual: str, side: str, where: str) -> str:
    """The tensor that holds the text: by its usual name, else the only one, those first that must
    be given.
    """
    texts = [each for each in tensors if each.datatype == "BYTES"]
    named = [each for each in texts if each.name == usual]
    needed = [each for each in texts if not each.optional]
    for found in (named, needed, texts):
        if len(found) == 1:
            return found[0].name
    names = ", ".join(each.name for each in texts) or "none"
    raise ModelError(
        f"{where} has no one {side} of text: call it {usual} (its {side}s of text are {names})"
    )


def refused(model: TextModel, body: Mapping[str, Any]) -> list[str]:
    """The fields of a chat completion's body that the model has no input for."""
    asked = body.keys() - {"model", "messages"}
    return sorted(name for name in asked if _input_of(model, name) is None)


def _input_of(model: TextModel, parameter: str) -> str | None:
    """The input that takes a parameter."""
    if parameter in OF_CHATS:
        return None
    names = (parameter, *OTHER_NAMES.get(parameter, ()))
    declared = (name for name in (*names, SAMPLING) if name in model.inputs)
    return next(declared, None)


def prompt_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """The messages as one text, a blank line between them; ValueError for what is no text, or a
    conversation.
    """
    for message in messages:
        if message.get("role") not in ("system", "user"):
            raise ValueError(f"it takes a text, no conversation with a turn of {message['role']}")
        if not isinstance(message.get("content"), str):
            raise ValueError("it takes a text, no images")
    return "\n\n".join(message["content"] for message in messages)


def values(model: TextModel, body: Mapping[str, Any]) -> dict[str, Any]:
    """What goes into which input; ValueError for messages that it cannot take."""
    given: dict[str, Any] = {name: each for name, each in FIXED.items() if name in model.inputs}
    given[model.text] = prompt_text(body["messages"])
    sampling: dict[str, Any] = {}
    for name in body.keys() - {"model", "messages"}:
        into = _input_of(model, name)
        if into == SAMPLING:
            sampling["max_tokens" if name == "max_completion_tokens" else name] = body[name]
        elif into:
            given[into] = body[name]
    return given | ({SAMPLING: orjson.dumps(sampling).decode()} if sampling else {})


def encode(model: TextModel, given: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    """The body of a request to /infer with these values, and the headers that go with it;
    ValueError for a value that its input cannot hold.
    """
    client = _client()
    inputs = []
    for name, value in given.items():
        array = _array(model, model.inputs[name], value)
        tensor = client.http.InferInput(name, list(array.shape), model.inputs[name].datatype)
        inputs.append(tensor.set_data_from_numpy(array))
    body, length = client.http.InferenceServerClient.generate_request_body(inputs)
    headers = {} if length is None else {HEADER: str(length)}
    return body, {"Content-Type": "application/octet-stream", **headers}


def _array(model: TextModel, tensor: Tensor, value: Any) -> Any:
    """A value, or each of a list, in the shape that its input declares."""
    import numpy as np  # here: it is slow to import

    each = value if isinstance(value, list) else [value]
    kind = _client().utils.triton_to_np_dtype(tensor.datatype)
    if kind is None or not all(type(one) in _fitting(tensor.datatype) for one in each):
        raise ValueError(f"its input {tensor.name} is {tensor.datatype}")
    try:
        held = [one.encode() if isinstance(one, str) else one for one in each]
        flat = np.array(held, dtype=kind)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"its input {tensor.name} is {tensor.datatype}: {error}") from error
    ones = max(len(tensor.sizes) + model.in_batches - 1, 0)
    return flat.reshape((1,) * ones + (flat.size,))


def _fitting(datatype: str) -> tuple[type, ...]:
    """What a value must be for a kind of tensor: numpy would bend others to fit."""
    if datatype in ("BYTES", "BOOL"):
        return (str,) if datatype == "BYTES" else (bool,)
    return (int,) if "INT" in datatype else (int, float)


def decode(headers: Mapping[str, str], body: bytes) -> dict[str, Any] | None:
    """The outputs of an answer of /infer by name, each its first value, with the model's name and
    version; None for what is no such answer.
    """
    client, length = _client(), headers.get(HEADER)
    try:
        result = client.http.InferenceServerClient.parse_response_body(
            body, header_length=None if length is None else int(length)
        )
        told = result.get_response()
        arrays = {each["name"]: result.as_numpy(each["name"]) for each in told["outputs"]}
    except (client.utils.InferenceServerException, struct.error, LookupError, *_UNREADABLE):
        return None
    held = {name: each for name, each in arrays.items() if each is not None and each.size}
    named = {part: told.get(part) for part in ("model_name", "model_version")}
    return named | {name: each.flat[0] for name, each in held.items()}


def _client() -> Any:
    try:
        import tritonclient.http  # pyright: ignore[reportMissingImports]  an extra
    except (ImportError, RuntimeError):  # the latter where its part for HTTP is not installed
        raise ModelError(
            "`server: triton` needs the package tritonclient: run "
            "`pip install 'prompt-workbench[triton]'`"
        ) from None
    return tritonclient


def completion(model: TextModel, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs as the document of a chat completion; why it ended, and its tokens, where the
    model says so.
    """
    text, finish = outputs.get(model.answer), outputs.get("finish_reason")
    message = {"role": "assistant", "content": _text(text)}
    counts = {
        kind: int(outputs[name])
        for kind, name in (
            ("prompt_tokens", "num_input_tokens"),
            ("completion_tokens", "num_output_tokens"),
        )
        if name in outputs
    }
    names = (str(outputs.get(part) or "") for part in ("model_name", "model_version"))
    choice = {"message": message, "finish_reason": _text(finish) or None}
    return {"model": " ".join(filter(None, names)), "choices": [choice], "usage": counts}


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
