"""Which of a few choices ('yes', 'no'; 'A', 'B', 'tie') the words of an answer give.

A choice is given where it opens the answer, is a sentence or a line of its own, or stands behind a
cue ('Verdict:', 'I would say'); 'no' and 'A' stand in any sentence and are none there. What is
given twice must be the same, but for a final verdict, which decides.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from workbench.critics.wording import denied

Mention = tuple[str, int, int]  # the choice as it is spelled, and where

_CUES = (
    "answer|verdict|choice|option|decision|conclusion|judge?ment|result|winner|output|rating|score|grade|label|class"
    "|category|better (?:one|answer|response|option|summary|candidate)"
    # 'answer' and 'verdict' in the languages that critics are often written in
    "|antwort|urteil|fazit|réponse|verdict|respuesta|veredicto|resposta|veredito|risposta|verdetto|ответ|вердикт"
    "|答案|结论|結論|判断|判定|回答|答え|정답|답|판정"
)  # fmt: skip
_SPEAKING = (
    r"\b(?:i|we)(?:'d| would| will|'ll| must| have to)?(?: \w+ly)? (?:choose|chose|pick|select|prefer|favou?r|vote(?: for)?"
    r"|go (?:with|for)|say|answer|conclude|find (?:it|this)|(?:call|judge|rate|consider|deem) (?:it|this))(?: that)?"
    r"|\b(?:so|thus|therefore|hence|overall|in short)\b,?(?: (?:it|this) is)?"
)
_DRESS = r"[\s*_`\"'“‘(\[{$]*(?:\\boxed\{|\\text\{|\{)*"
_ADVERB = r"(?:(?:an?|the|clearly|definitely|certainly|simply|just|still|therefore|clear|very|completely|fully)\s+){0,2}"
_SIDE = r"(?:(?:option|assistant|response|answer|candidate|summary|text)\s+)?"
_LINK = r"\s*(?:\([^()\n]{0,40}\)\s*)?[*_\"'`|]*\s*(?:[:=|→>]+|[–—-](?=\s)|\b(?:is|would be|as|are)\b|\n|(?=\[\[|\\boxed))"
_SHUT = r"[*_`\"'”’)\]}|$]*"
_AFTER = r"(?=\s*(?:$|[.,;:!\n<|(\[—–]|-\s)|\s+(?:because|since|as|and|but|given|due|although|though|while|so|overall|over)\b)"
_HEDGE = re.compile(
    r"[\s,;:(—–-]*(?:but |and |only |just |though )*(?:partially|partly|mostly|somewhat|largely|in part|sort of|kind of"
    r"|to some extent|maybe|perhaps|possibly|probably|unless|if)\b",
    re.I,
)
_GOOD = r"(?:better|best|superior|stronger|stronges?t|preferable|preferred|winner|more \w+)\b"
_WINS = rf"(?=\s+(?:wins\b|(?:is|was|seems)\s+(?:(?!not\b)\w+\s+){{0,2}}{_GOOD}))"
_IS = r"(?:\b(?:is|are|was|seems|looks|sounds|appears|be)|'s)\s+(?:to be\s+)?"
_INTENSE = r"(?:(?:very|really|clearly|definitely|absolutely|completely|entirely|fully|totally|perfectly|highly|extremely)\s+)??"
_REVISED = r"\b(?:actually|wait|rather|correction|sorry|make that|scratch that|i mean)\b[\s,:—–-]*(?:(?:no|an?|it'?s)[\s,]+){0,2}"
_OUTER = " \t\r\n*_`\"'“”‘’.!()[]"  # around a choice
_LONGEST_SENTENCE = 200
_BETTER = re.compile(rf"\bbetter \w+{_LINK}.*$", re.I)
_NOTHING = re.compile(
    r"\b(?:nothing|none|nobody|neither|hardly|barely|scarcely|anything but|far from)\b[^.!?\n]*$",
    re.I,
)


def choice_in(text: str, choices: Sequence[str]) -> Mention | None:
    """The one choice that a text gives, and where; None for none, or two that differ."""
    if label := exact(text, choices):
        start = len(text) - len(text.lstrip(_OUTER))
        return label, start, start + len(text.strip(_OUTER))
    rules = _Rules.of(tuple(choices))
    echoless = rules.listed.sub(lambda found: "…" * len(found[0]), text)  # 'A or B' gives neither
    final = list(rules.mentions(rules.final, echoless))
    given = final or [each for rule in rules.given for each in rules.mentions(rule, echoless)]
    if not given:
        named = {exact(word, choices) for word in rules.named.findall(text)}
        alone = len(named) == 1 and _is_one_sentence(text)
        given = list(rules.mentions(rules.only, echoless)) if alone else []
    if len({label for label, _, _ in given}) != 1 or not given[0][0]:
        return None
    return max(given, key=lambda mention: mention[1])


def exact(text: str, choices: Sequence[str]) -> str:
    """The choice that a text is, but for its dress; empty for none."""
    bare = _joined(text.strip(_OUTER))
    return next((choice for choice in choices if _joined(choice) == bare), "")


def _joined(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.casefold()) if len(text) > 2 else text.casefold()


def _is_one_sentence(text: str) -> bool:
    stripped = text.strip()
    return len(stripped) <= _LONGEST_SENTENCE and not re.search(r"[.!?;\n](?=\s*\S)", stripped)


class _Rules:
    """The patterns for one set of choices."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        any_case, own_case = _names(choices, letters=True), _names(choices, letters=False)
        name, words = rf"(?P<choice>{own_case})", rf"(?P<choice>{_names(_long(choices), False)})"
        end = rf"(?![\w'’]|-\w|\.\d){_SHUT}"
        sure = rf"{_DRESS}{_ADVERB}{_SIDE}{_DRESS}{name}{end}(?:{_AFTER}|{_WINS})"
        cue = rf"(?<!\w)(?:{_CUES}){_LINK}"
        shown = rf"{_DRESS}(?P<choice>{any_case}){end}(?=\s*(?:$|[.,;!\n<|]))"  # 'Answer: b'
        self.listed = _compiled(
            rf"(?<![\w-])(?:{any_case})(?:(?:\s*[/|]\s*|(?:\s*,\s*|\s+)(?:n?or|and|vs\.?)\s+|,\s+(?=(?:{any_case}),? or\b))"
            rf"(?:{any_case})(?![\w'’-]))+"
        )
        self.final = _compiled(
            rf"(?:(?:final|overall)\s+(?:{_CUES}){_LINK}{sure}"
            rf"|\[\[\s*(?P<marked>{any_case})\s*\]\]|\\boxed\{{(?:\\text\{{)?\s*(?P<boxed>{any_case})\s*\}}"
            rf"|<(?P<tag>{_CUES})>\s*(?P<tagged>{any_case})\s*</(?P=tag)>)"
        )
        self.given = [
            _compiled(rf"{cue}{sure}"),
            _compiled(rf"(?<!\w)(?:{_CUES})\W*[:：=]{shown}"),
            _compiled(rf"(?:{_SPEAKING})[\s,:]+{sure}"),
            _compiled(rf"{_REVISED}{sure}"),
            _compiled(
                rf"(?:\A|(?<=[.!?\n:]))(?:\s*[-•#>*]\s)?{_DRESS}{name}{_SHUT}\s*[.!?]*{_SHUT}\s*(?=\n|\Z)"
            ),
            _compiled(rf"(?:\A|(?<=[.!?]\s)){_DRESS}{words}{end}(?P<open>\?|(?=[.!]))"),
            _compiled(rf"\A{_DRESS}{_SIDE}{name}{end}(?:{_AFTER}|{_WINS})"),
            _compiled(rf"\A{_DRESS}(?P<choice>yes|no){end}(?=\s+(?:it|this|that|i|there)\b)"),
            _compiled(rf"(?:\A|(?<=\n)){_DRESS}{name}[.):](?=\s)"),
            _compiled(rf"(?<![\w-]){name}{end}{_WINS}"),
            _compiled(rf",\s+{name}{end}(?=\s*(?:[.,;!?]|\Z))"),
        ]
        self.named = _compiled(rf"(?<![\w-])({_names(_long(choices), False)})(?![\w'’-])")
        self.only = _compiled(rf"(?:{_IS}|\bas\s+|\A\s*)(?:an?\s+)?{_INTENSE}{words}{end}{_AFTER}")

    @staticmethod
    @lru_cache(maxsize=64)
    def of(choices: tuple[str, ...]) -> "_Rules":
        return _Rules(choices)

    def mentions(self, rule: re.Pattern[str], text: str) -> Iterator[Mention]:
        """Where a rule finds a choice; one that is a question or hedged differs from all others."""
        for found in rule.finditer(text):
            groups = found.groupdict()
            group = next(n for n in ("choice", "marked", "boxed", "tagged") if groups.get(n))
            label = exact(found[group], self.choices)
            left = _BETTER.sub("", text[max(0, found.start() - 160) : found.start(group)])
            if not label or denied(left) or _NOTHING.search(left):
                continue
            after = text[found.end(group) : found.end(group) + 60]
            doubted = "?" in after[:3] or _HEDGE.match(re.sub(rf"^{_SHUT}", "", after))
            yield "" if doubted else label, found.start(group), found.end(group)


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _long(choices: Sequence[str]) -> list[str]:
    return [choice for choice in choices if len(choice) > 1] or ["\0"]


def _names(choices: Sequence[str], letters: bool) -> str:
    """An alternation of the choices, longest first; without `letters`, lone ones are capitals."""
    names = []
    for choice in sorted(choices, key=len, reverse=True):
        name = (
            r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", choice)))
            if len(choice) > 2
            else re.escape(choice)
        )
        lone = len(choice) == 1 and choice.isalpha() and not letters
        names.append(rf"(?-i:{re.escape(choice.upper())})" if lone else name)
    return rf"(?:{'|'.join(names)})"
