"""Sampling parameters: their names in a prompt file and on the wire, and what they may hold."""

from typing import Any

OPTIONS = {  # Prompty's names under model.options, the names on the wire, and what they hold
    "temperature": ("temperature", (int, float)),
    "topP": ("top_p", (int, float)),
    "topK": ("top_k", (int,)),
    "seed": ("seed", (int,)),
    "maxOutputTokens": ("max_tokens", (int,)),
    "stopSequences": ("stop", (list,)),
    "reasoningEffort": ("reasoning_effort", (str,)),
    "frequencyPenalty": ("frequency_penalty", (int, float)),
    "presencePenalty": ("presence_penalty", (int, float)),
}
WIRE = {wire: (option, kinds) for option, (wire, kinds) in OPTIONS.items()}
NOT_PARAMETERS = {"model", "messages", "stream", "stream_options", "tools", "tool_choice"}
OF_THE_MODEL = {"service_tier"}  # whose price goes by it
COUNTS = {"max_tokens", "max_completion_tokens"}
MANY = {"n", "best_of", "num_return_sequences"}  # replies to one call, each of them billed
MOST_TOKENS = 1_000_000_000


def parameter_fault(name: Any, value: Any) -> str:
    """What is wrong with a parameter under its wire name, or an empty string."""
    if not isinstance(name, str):
        return "its name must be text"
    if name in COUNTS:
        fits = type(value) is int and 0 < value <= MOST_TOKENS
        return "" if fits else f"it must be a whole number from 1 to {MOST_TOKENS:,}"
    if name in MANY and value != 1:
        return "only the first reply of a call is read: repeats= asks for more"
    kinds = WIRE[name][1] if name in WIRE else (object,)
    if isinstance(value, kinds) and not (name in WIRE and isinstance(value, bool)):
        return ""
    wanted = {
        list: "a list of texts",
        str: "text",
        int: "a whole number" if kinds == (int,) else "a number",
    }
    return f"it must be {wanted[kinds[0]]}"
