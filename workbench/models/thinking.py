# pyright: strict
"""Thinking, told apart from the answer in whichever way an endpoint sends it: in fields and parts
of its own, or between marks that the answer begins with.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from workbench.json_values import mapping

# where a message carries its thinking; some endpoints send the same text in two of them
_FIELDS = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_text",
    "thought",
    "reasoning_details",
    "thinking_blocks",
)
_NAMES = frozenset(_FIELDS)
_TEXTS = (
    "text",
    "thinking",
    "reasoning",
    "summary",
    "content",
    "value",
)  # of a part, whichever it has
DEEPEST = 6  # levels of parts within parts

_NAME = r"(?:(?:\w{1,20}[:_])?think(?:ing)?|(?:\w{1,20}:)?(?:thoughts?|reason(?:ing)?))"
_BEGIN = (
    rf"<[|｜]?(?:begin_of_|start_of_|start_)?{_NAME}(?:\s[^<>]{{0,80}})?[|｜]?>|\[think\]|◁think▷"
    r"|<\|channel>thought\b|<unused94>thought\b|<\|inner_prefix\|>"  # Gemma, MedGemma, Apertus
)
_END = (
    rf"<[|｜]?(?:/|end_of_|end_){_NAME}\s?[|｜]?>|\[/think\]|◁/think▷"
    r"|<channel\|>|<unused95>|<\|inner_suffix\|>"
)
_BEGINS = re.compile(_BEGIN, re.IGNORECASE)
_LEADS = re.compile(rf"\s*(?:{_BEGIN})", re.IGNORECASE)
# what stands in quotation marks is talk about a mark
_ENDS = re.compile(rf"(?<![\"'`“‘«])(?:{_END})|(?:{_END})(?![\"'`”’»])", re.IGNORECASE)
# an answer's own marks: Cohere's, OpenThinker's, GLM's; Granite's and ERNIE's behind thinking
_FRAMED = re.compile(
    r"\s*<\|(?:start_response|begin_of_solution|begin_of_box)\|>(.*?)"
    r"(?:<\|(?:end_response|end_of_solution|end_of_box)\|>\s*)?"
    r"|\s*<response>(.*?)(?:</response>\s*)?",
    re.DOTALL | re.IGNORECASE,
)
# a template's marks of the end, which some servers leave in the text
_END_MARKS = (
    "<|im_end|>", "<|eot_id|>", "<|eom_id|>", "<|end|>", "<|endoftext|>", "<|end_of_text|>",
    "<|end_of_turn|>", "<|return|>", "<end_of_turn>", "<eos>", "</s>", "<｜end▁of▁sentence｜>",
)  # fmt: skip
_IN_WORDS = re.compile(  # Granite 3.2
    r"\s*Here(?:'s| is) my thought process:(.*?)\n\s*Here(?:'s| is) my response:(.*)", re.DOTALL
)
_OPENS = "<[◁"  # every mark begins with one of these, but for words:
_WORDS = re.compile(r"analysis|\s*+Here")
_HARMONY = re.compile(r"\s*(?:<\|start\|>\w*)?<\|channel\|>")
_CHANNEL = re.compile(
    r"<\|channel\|>\s*(\w+).{0,200}?<\|message\|>(.*?)(?=<\|(?:end|return|call|start|channel)\|>|\Z)",
    re.DOTALL,
)
_BARE_HARMONY = re.compile(r"analysis(.*?)assistantfinal(.*)", re.DOTALL)  # its marks taken off


class Said(NamedTuple):
    """A message's thinking, and its text (None: it has none)."""

    thinking: str
    text: str | None


def read_message(message: Mapping[str, Any]) -> Said:
    """What a message thinks and says."""
    said = read_delta(message)
    thinking, text = said
    if text is None:
        return said
    marked, answer = apart(text, alone=not thinking)
    answer = without_end(answer)
    if answer is text:
        return said
    both = f"{thinking}\n{marked}" if thinking and marked else thinking or marked
    return Said(both, answer)


def read_delta(delta: Mapping[str, Any]) -> Said:
    """What a piece of a streamed message thinks and says; marks may be cut in two there."""
    given, said = _thinking_of(delta), read_content(delta.get("content"))
    return Said(given, said.text) if given else said


def _thinking_of(message: Mapping[str, Any]) -> str:
    if _NAMES.isdisjoint(message):
        return ""
    for name in _FIELDS:
        if (value := message.get(name)) and (text := _flat(value)):
            return text
    return ""


def read_content(content: Any) -> Said:
    """The thinking and the text of a content, which may be a list of parts."""
    if content is None or isinstance(content, str):
        return Said("", content)
    if not isinstance(content, list):
        return Said("", _of_one_part(content))
    thinking: list[str] = []
    texts: list[str] = []
    for part in cast(list[Any], content):
        kind = str(mapping(part).get("type") or "")
        thinks = "think" in kind or "reason" in kind
        (thinking if thinks else texts).append(_flat(part))
    return Said("".join(thinking), "".join(texts))


def _of_one_part(content: Any) -> str:
    """The text of a content that is one part; JSON that was asked for, and came as such, is it."""
    is_part = isinstance(content, dict) and {"type", "text"} == set(cast(dict[str, Any], content))
    return _flat(content) if is_part else json.dumps(content, ensure_ascii=False)


def _flat(value: Any, depth: int = DEEPEST) -> str:
    """The text of a part, or of parts, of whichever shape."""
    if isinstance(value, str):
        return value
    if depth and isinstance(value, list):
        return "".join(_flat(each, depth - 1) for each in cast(list[Any], value))
    if depth and isinstance(value, dict):
        fields = mapping(value)
        texts = (_flat(fields.get(name), depth - 1) for name in _TEXTS)
        return next(filter(None, texts), "")
    return ""


def may_hold_marks(text: str) -> bool:
    """Whether a mark of thinking can stand in a text: soon said, for most hold none."""
    return any(map(text.__contains__, _OPENS))


def apart(text: str, *, alone: bool = True) -> tuple[str, str]:
    """The thinking that a text begins with, and its rest; thinking that never ends is all of it.

    Templates may open the thinking themselves, so that only its end is seen; not where the endpoint
    gave thinking by itself, and the text does not stand `alone`. Marks further on are quoted.
    """
    if not may_hold_marks(text) and not _WORDS.match(text):
        return "", text
    if _HARMONY.match(text):
        return _channels(text)
    if bare := _BARE_HARMONY.fullmatch(text) or _IN_WORDS.fullmatch(text):
        return bare[1].strip(), bare[2].lstrip()
    thoughts, at = _leading(text)
    if not at and alone and ("/" in text or "<" in text):
        thoughts, at = _begun_before(text)
    thinking = "\n".join(filter(None, (thought.strip() for thought in thoughts)))
    return thinking, _unframed(text, at)


def without_end(text: str) -> str:
    """The text without the marks of its end; one that a text may itself need stays."""
    while (bare := text.rstrip()).endswith(_END_MARKS):
        mark = next(mark for mark in _END_MARKS if bare.endswith(mark))
        if mark == "</s>" and "<s>" in text:
            break
        text = bare.removesuffix(mark).rstrip()
    return text


def _begun_before(text: str) -> tuple[list[str], int]:
    """The thought whose end alone is seen, and where it ends."""
    end = _ENDS.search(text)
    if end and not _BEGINS.search(text, 0, end.start()):
        return [text[: end.start()]], end.end()
    return [], 0


def _unframed(text: str, at: int) -> str:
    """The answer behind the thinking, without marks of its own."""
    framed = _FRAMED.fullmatch(text, at) if at or "<|" in text[:40] else None
    if framed and (at or framed[1]):
        return (framed[1] or framed[2] or "").lstrip()
    return text[at:].lstrip() if at else text


def _leading(text: str) -> tuple[list[str], int]:
    """The marked thoughts that a text begins with, and where they end."""
    thoughts: list[str] = []
    at = 0
    while begin := _LEADS.match(text, at):
        end = _ENDS.search(text, begin.end())
        thoughts.append(text[begin.end() : end.start() if end else len(text)])
        at = end.end() if end else len(text)
    return thoughts, at


def _channels(text: str) -> tuple[str, str]:
    """The channels of gpt-oss: only the final one is the answer."""
    found: list[tuple[str, str]] = _CHANNEL.findall(text)
    thinking = [said.strip() for channel, said in found if channel != "final"]
    answer = [said for channel, said in found if channel == "final"]
    return "\n".join(filter(None, thinking)), "".join(answer)
