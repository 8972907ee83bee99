"""Which of a few choices ('yes', 'no'; 'A', 'B', 'tie') the words of an answer give.

A choice is given where it opens the answer, is a sentence or a line of its own, or stands behind a
cue ('Verdict:', 'I would say'); 'no' and 'A' stand in any sentence and are none there. What is
given twice must be the same, but for a final verdict, which decides. Repetitions are bounded: a
reply of one million spaces takes no longer to refuse than another.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from workbench.critics.denying import denied

Mention = tuple[str, int, int]  # the choice as it is spelled, and where

_CUES = (
    "answer|verdict|choice|option|decision|conclusion|judge?ment|result|winner|output|rating|score"
    "|overall"
    "|grade|label|class|category|better (?:one|answer|response|option|summary|candidate)"
    # 'answer' and 'verdict' in the languages that critics are often written in
    "|antwort|urteil|fazit|réponse|respuesta|veredicto|resposta|veredito|risposta|verdetto|ответ"
    "|antwoord|oordeel|svar|odpowiedź|werdykt|cevap|karar|вердикт|الإجابة|الحكم|תשובה|उत्तर|答案|结论|結論|判断|判定|回答|答え|정답|답|판정"
)
_SPEAKING = (
    r"\b(?:i|we)(?:'d| would| will|'ll| must| have to)?(?: \w+ly)? (?:choose|chose|pick|select"
    r"|prefer|favou?r|vote(?: for)?|go (?:with|for)|say|answer|conclude|find (?:it|this)"
    r"|(?:call|judge|rate|consider|deem) (?:it|this))(?: that)?"
    r"|\b(?:so|thus|therefore|hence|overall|in short)\b,?(?: (?:it|this) is)?"
)
_SPACE = r"\s{0,9}"
_DRESS = r"[\s*_`\"'“‘(\[{$✅❌✓✔☑👍👎\ufe0f]{0,9}(?:\\boxed\{|\\text\{|\{){0,2}"
_ADVERB = (
    r"(?:(?:an?|the|clearly|definitely|certainly|simply|just|still|therefore|clear|very|completely"
    r"|fully)\s+){0,2}"
)
_SIDE = r"(?:(?:option|assistant|response|answer|candidate|summary|text|output)\s+)?"
_LINK = (
    rf"{_SPACE}(?:\([^()\n]{{0,40}}\){_SPACE})?[*_\"'`|]{{0,9}}{_SPACE}"
    r"(?:[:=|→>]+|[–—-](?=\s)|\b(?:is|would be|as|are)\b|\n|(?=\[\[|\\boxed))"
)
_SHUT = r"[*_`\"'”’)\]}|$✅❌✔☑👍👎]{0,9}"
_AFTER = (
    rf"(?={_SPACE}(?:$|[.,;!\n|(\[—–]|<(?=[/|]|br\b)|:(?!\s*\d)|-\s)"
    r"|\s{1,9}(?:because|since|as|and|but|given|due|although|though|while|so|overall|over)\b)"
)
_WINS = (
    r"(?=\s{1,9}(?:wins\b|(?:is|was|seems)\s+(?:(?!not\b)\w+\s+){0,2}"
    r"(?:better|best|superior|stronge(?:r|st)|preferable|preferred|winner|more \w+)\b))"
)
_IS = r"(?:(?:\b(?:is|are|was|seems|looks|sounds|appears)|'s)\s+(?:to be\s+)?|\bas\s+|\A)"
_INTENSE = (
    r"(?:(?:very|really|clearly|definitely|absolutely|completely|entirely|fully|totally|perfectly"
    r"|highly|extremely|definite|resounding|clear|firm|hard)\s+)??"
)
_REVISED = (
    r"\b(?:actually|wait|rather|correction|sorry|make that|scratch that|i mean)\b[\s,:—–-]{0,9}"
    r"(?:(?:no|an?|it'?s)[\s,]+){0,2}"
)
_OUTER = " \t\r\n*_`\"'“”‘’.!()[]"  # around a choice
_LONGEST_SENTENCE = 200

_HEDGE = re.compile(
    r"[\s,;:(—–-]*(?:but |and |only |just |though )*(?:partially|partly|mostly|somewhat|largely"
    r"|in part|as far as|conditional(?:ly)?|sort of|kind of|to some extent|maybe|perhaps|possibly"
    r"|probably|unless|if|provided"
    r"|assuming|as long as|depending|except"
    r"|with (?:\w+ )?(?:reservations?|caveats?|exceptions?))\b",
    re.I,
)
# 'No, I cannot judge that.', 'Yes, I can help!': the reply's own yes or no, and no verdict
_ASIDE = re.compile(
    r"[\s,.!;—–-]*(?:but |sorry,? )?(?:i|we)(?:'m|’m| am| are)? (?:sorry\b|unable\b|not able\b"
    r"|(?:happy|glad) to|understand\b|refuse\b|see[.!]"
    r"|(?:can|will)(?: gladly)? (?:help|assist|do that)\b"
    r"|(?:can(?:not|'t|’t| not)|could ?n[o'’]t|wo ?n['’]t|will not)"
    r" (?:really |fairly |reliably |in good faith )?(?:judge|answer|say|tell|determine|decide|help"
    r"|assist|evaluate|rate|assess|comply|provide|give)\b)",
    re.I,
)
# 'rude: no': what is said of a choice, and no choice
_UNTRUE = re.compile(
    r"[\s*_`\"'”’]*(?:[:=|(–—]|-(?=\s))[\s*_`\"'“]*"
    r"(?:no|none|false|not(?: at all)?|never|absent|0(?:\.0)?)"
    r"[\s*_`\"'”)\]}|]*(?:$|[\n,;.])",
    re.I,
)
_NUMBERED = re.compile(r"\.? \d+\W*$")  # 'No. 1'
# before another choice
_BOTH = re.compile(r"[\s,;]*(?:but|and|yet|although|however),?(?: also)?\s+$", re.I)
_ASPECT = re.compile(  # behind each of two choices: 'yes (accuracy), no (tone)'
    r"\s*(?:[(\[][^()\[\]\n]{1,40}[)\]]|[–—-]\s\w[\w ]{0,29})[\s.,;/|&]+"
)
_SHARE = re.compile(r"\d\s?(?:of|out of|/)\s?\d+\b[^.\n]{0,30}:\s*$", re.I)  # '3 of 4: yes'
# before a label that makes a choice the one that was not chosen, or somebody else's
_LESSER = re.compile(
    r"\b(?:worse|worst|weaker|weakest|poorer|poorest|losing|loser|lesser|least|less|inferior|wrong"
    r"|incorrect|reject(?:ed)?|eliminated?|discard(?:ed)?|lower|flawed|faulty|erroneous|biased|harmful"
    r"|toxic|dangerous|misleading|second|runner[- ]up|expected|reference|previous|initial"
    r"|original|other)(?:[- ](?!the\b|so\b|my\b)\w+){0,2}[\s*_\"'`]*(?:[:=–—-]|is\b|was\b)?"
    r"[\s*_\"'`(\[]*$",
    re.I,
)
# 'The model's answer: yes' is what was judged
_ECHOED = re.compile(
    r"\b(?:candidate|student|model|user|customer|assistant|agent|system|bot|predicted|submitted|given"
    r"|its|their|his|her)(?:['’]?s)?[ _](?:answer|output|response|reply|conclusion|prediction"
    r"|verdict|label)[\s*_\"'`]*(?:[:=–—-]|is\b|was\b)[\s*_\"'`(\[]*$|\bexpected:.*,[^\n]*$",
    re.I,
)
_CROSS = re.compile("[❌✗✘👎☒]")  # beside a favourable choice
_FAVOURABLE = re.compile(
    r"(?:yes|pass|correct|true|good|safe|ok|accept(?:ed)?|approved?|supported|relevant|helpful)\Z"
)
_OPEN = re.compile(
    r"\b(?:(?:i|we) doubt|doubtful|unclear|unsure|uncertain|whether|wonder\w*|unlikely)\b"
    r"[^.!?\n:]*$",
    re.I,
)
_BETTER = re.compile(rf"\bbetter \w+{_LINK}.*$", re.I)  # of the two, and not than both
_NOTHING = re.compile(
    r"\b(?:nothing|none|nobody|neither|hardly|barely|scarcely|anything but|far from)\b[^.!?\n]*$",
    re.I,
)


def choice_in(text: str, choices: Sequence[str]) -> Mention | None:
    """The one choice that a text gives, and where; None for none, or two that differ."""
    if label := exact(text, choices):
        start = len(text) - len(text.lstrip(_OUTER))
        return label, start, start + len(text.strip(_OUTER))
    before = len(text) - len(text.lstrip())
    given = _given(text.strip(), _rules(tuple(choices)))
    if len({label for label, _, _ in given}) != 1 or not given[0][0]:
        return None
    label, start, end = max(given, key=lambda mention: mention[1])
    return label, start + before, end + before


def names_lesser(label: str) -> bool:
    """Whether a label (or a JSON key) names what was not chosen: `loser`, `worse_answer`."""
    return bool(_LESSER.search(f"{label.replace('_', ' ')}: "))


def exact(text: str, choices: Sequence[str]) -> str:
    """The choice that a text is, but for its dress; empty for none."""
    bare = _joined(text.strip(_OUTER))
    return next((choice for choice in choices if _joined(choice) == bare), "")


def _joined(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.casefold()) if len(text) > 2 else text.casefold()


def _given(text: str, rules: "_Rules") -> list[Mention]:
    """Every mention that makes a choice the verdict, by the surest rules that find any."""
    echoless = rules.listed.sub(lambda found: "…" * len(found[0]), text)  # 'A or B' gives neither
    final = list(rules.mentions(rules.final, echoless))
    given = final or [each for rule in rules.given for each in rules.mentions(rule, echoless)]
    if given and not final:
        given += rules.mentions(rules.aside, echoless)
    is_short = len(text) <= _LONGEST_SENTENCE and not re.search(r"[.!?;\n].", text.rstrip(), re.S)
    if given or not is_short:
        return given
    named = {exact(word, rules.choices) for word in rules.named.findall(text)}
    return list(rules.mentions(rules.only, echoless)) if len(named) == 1 else []


class _Rules:
    """The patterns for one set of choices; `choice` is the group that each finds."""

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.any_case, self.own_case = _names(choices), _names(choices, lone=str.upper)
        long = [choice for choice in choices if len(choice) > 1] or ["\0"]
        self.words = _names(long)
        self.listed = self._listed()
        self.final = self._final()
        self.given = [*map(_compiled, (*self._cued(), *self._alone()))]
        self.aside = _compiled(rf"(?<=:\s){_DRESS}{self._name}(?=[,;]\s)")  # 'tone: no, ...'
        self.named = _compiled(rf"(?<![\w-])({self.words})(?![\w'’-])")
        words = rf"(?P<choice>{self.words})(?![\w'’]|-\w|\.\d){_SHUT}"
        self.only = _compiled(rf"{_IS}{_SPACE}(?:an?\s+)?{_INTENSE}{words}{_AFTER}")

    @property
    def _name(self) -> str:
        """A choice as a whole word."""
        return rf"(?P<choice>{self.own_case})(?![\w'’]|-\w|\.\d){_SHUT}"

    @property
    def _sure(self) -> str:
        """A choice in its dress, with nothing behind it that would make it another's attribute."""
        return rf"{_DRESS}{_ADVERB}{_SIDE}{_DRESS}{self._name}(?:{_AFTER}|{_WINS})"

    def _listed(self) -> re.Pattern[str]:
        """Several choices in a row: 'yes/no', 'A, B or tie', 'neither yes nor no'."""
        aside = r"(?:\s\([^()\n]{1,20}\))?"
        quoted = rf"[\"'`*],{_SPACE}[\"'`*]"
        links = (
            rf"{_SPACE}[/|]{_SPACE}|{quoted}|{aside}(?:{_SPACE},{_SPACE}|\s+)(?:n?or|and|vs\.?)\s+"
        )
        comma = rf",\s+(?=(?:{self.any_case}),? or\b)"
        letters = (
            "".join(each for each in self.choices if len(each) == 1 and each.isupper()) or "\0"
        )
        row = rf"(?-i:[{letters}](?:[^\S\n]+[{letters}])+(?!\w))"  # 'Answer: A B'
        more = rf"(?:(?:{links}|{comma})(?:{self.any_case})(?![\w'’-]))+"
        return _compiled(rf"(?<![\w-])(?:{row}|(?:{self.any_case}){more})")

    def _final(self) -> re.Pattern[str]:
        marked = (
            rf"\[\[\s*(?P<marked>{self.any_case})\s*\]\]",
            rf"\\boxed\{{(?:\\text\{{)?\s*(?P<boxed>{self.any_case})\s*\}}",
            rf"<(?P<tag>{_CUES})>\s*(?P<tagged>{self.any_case})\s*</(?P=tag)>",
        )
        named = rf"(?:final|overall)\s+(?:{_CUES}){_LINK}{self._sure}"
        return _compiled("|".join((named, *marked)))

    def _cued(self) -> Iterator[str]:
        """Behind words that announce a verdict, or before words that say which is better."""
        yield rf"(?<!\w)(?:{_CUES}){_LINK}{self._sure}"
        ends = rf"(?![\w'’]|-\w){_SHUT}(?={_SPACE}(?:$|[.,;!\n<|]))"  # 'Answer: b', not 'a bit'
        yield rf"(?<!\w)(?:{_CUES})[*_ ]{{0,9}}[:=]{_DRESS}(?P<choice>{self.any_case}){ends}"
        yield rf"(?:{_SPEAKING})[\s,:]{{1,9}}{self._sure}"
        yield rf"{_REVISED}{self._sure}"
        yield rf"(?<![\w-]){self._name}{_WINS}"

    def _alone(self) -> Iterator[str]:
        """A line, a sentence, the opening, or what a comma parts from the rest."""
        ends = rf"{_SPACE}[.!?]{{0,9}}{_SHUT}{_SPACE}(?=\n|\Z)"
        yield rf"(?:\A|(?<=[.!?\n:]))(?:{_SPACE}[-•#>*]\s)?{_DRESS}{self._name}{ends}"
        word = rf"(?P<choice>{self.words})(?![\w'’]|-\w){_SHUT}"
        yield rf"(?:\A|(?<=[.!?]\s)){_DRESS}{word}(?=[.!?](?!\d))"
        yield rf"\A{_DRESS}{_SIDE}{self._name}(?:{_AFTER}|{_WINS})"
        yield rf"\A{_DRESS}(?P<choice>yes|no)(?=\s+(?:it|this|that|i|there)\b)"
        yield rf"(?:\A|(?<=\n)|(?<=[.;]\s)){_DRESS}{_SIDE}{self._name}[.):](?=\s)(?!\s*\d)"
        yield rf"[,;]\s+{self._name}(?={_SPACE}(?:[.,;!?]|\Z))"

    def mentions(self, rule: re.Pattern[str], text: str) -> Iterator[Mention]:
        """Where a rule finds a choice; one that is asked or hedged differs from all others."""
        for found in rule.finditer(text):
            groups = found.groupdict()
            group = next(n for n in ("choice", "marked", "boxed", "tagged") if groups.get(n))
            label = exact(found[group], self.choices)
            start, end = found.span(group)
            left = text[max(0, found.start() - 160) : start]
            if label and not denied(_BETTER.sub("", left)) and not _NOTHING.search(left):
                after = text[end : end + 60]
                doubted = _is_doubted(after) or self._is_taken_back(label, left, after)
                yield "" if doubted else label, start, end

    def _is_taken_back(self, label: str, left: str, after: str) -> bool:
        """Whether the words around a choice make it open, another's, or one of two."""
        if _ASIDE.match(after) or _OPEN.search(left) or _SHARE.search(left):
            return True
        if _LESSER.search(left.replace("_", " ")) or _ECHOED.search(left):
            return True
        if _FAVOURABLE.match(label) and _CROSS.search(left[-3:] + after[:3]):
            return True
        other = self.named.search(after)
        if other is None:
            return False
        rest = after[other.end() :]
        if _ASPECT.fullmatch(after[: other.start()]) and _ASPECT.match(f"{rest},"):
            return exact(other[0], self.choices) != label
        if not _BOTH.fullmatch(after[: other.start()]):
            return False
        return bool(re.match(r"\s*(?:[.!;]|\Z|(?:for|on|in|as to)\b)", rest))


@lru_cache(maxsize=64)
def _rules(choices: tuple[str, ...]) -> _Rules:
    return _Rules(choices)


def _is_doubted(after: str) -> bool:
    """Whether a choice is a question, or taken back in part."""
    if "?" in after[:3] or _UNTRUE.match(after) or _NUMBERED.match(after):
        return True
    return bool(_HEDGE.match(re.sub(rf"^{_SHUT}", "", after)))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


def _names(choices: Sequence[str], lone: Callable[[str], str] | None = None) -> str:
    """An alternation of the choices, longest first; `lone` turns letters that must stand so."""
    return "|".join(_name(choice, lone) for choice in sorted(choices, key=len, reverse=True))


def _name(choice: str, lone: Callable[[str], str] | None) -> str:
    if len(choice) > 2:
        return r"[\s_-]{1,9}".join(map(re.escape, re.split(r"[\s_-]+", choice)))
    if lone and len(choice) == 1 and choice.isalpha():
        return rf"(?-i:{re.escape(lone(choice))})"
    return re.escape(choice)
