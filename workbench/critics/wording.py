"""What the words around a number make of it: a rating of the whole, of a part, or none.

A number counts only where the words around it make it a rating: behind a label or a verb that
rates, over the top of the scale, in stars, or alone. The surest kind found decides. Of labels of
the whole the last counts, for critics revise; of anything less sure, two different numbers are
none.

Of the 632 recorded replies of `critic_replies_A.jsonl` (GPT-3.5, GPT-4, Llama 2) 630 are read as
two parsers agree, none otherwise, and two are unscored, whose record is wrong; both replies without
a rating give none. Without any one of these patterns a recorded reply, or one of those in the
tests, is misread.
"""

import math
import re
from typing import NamedTuple

from workbench.critics import tongues
from workbench.critics.denying import denied

# how sure a number is to be the rating; below NONE, a rating that speaks against another
FINAL, LABEL, ALONE, GIVEN, PART, NONE, DENIED, REVISED = range(5, -3, -1)

MOST_NUMBERS = 200  # of a reply, a millisecond each
WINDOW = 160  # characters around a number that are looked at: some patterns take their square

_HAN = "二三四五六七八九"  # not 一 and 十, which begin other words
_WORDS = {name: float(value) for value, name in enumerate(tongues.NUMBERS)}
_WORDS |= {name: float(value) for value, name in enumerate(_HAN, start=2)}
_NUMBER = r"(?:\d+(?:\.\d+|,\d{1,2})?|" + "|".join(tongues.NUMBERS) + r")"
_HALF = r"(?:[\s-]+and[\s-]+a[\s-]+half\b|\s+1/2|\s?½)"
_STARS = "★⭐🌟"
_GLYPHS = r"(?:[★⭐🌟]\ufe0f?){2,}|★(?=☆)"  # a lone star is an ornament
_ORNAMENTS = r"←-⓿─-◿☀-⯿\U0001f000-\U0001faff\ufe0f\u200d"
# what may stand before a number: emphasis, quotes, brackets
_DRESS = r"[\s*_`\"'(\[{#$<>]*(?:\\boxed\{)?"
_SIZE = (
    r"(?:(?:an?|just|only|about|around|approximately|solid|strong|full|perfect|clear|low|high|mere"
    r"|simply|probably|definitely|therefore|thus)[^\S\n]+|~\s*){0,3}"
)
_BEFORE = rf"\s*{_DRESS}{_SIZE}{_DRESS}$"
_FILL = r"[^.!?;\n\d]{0,60}?"
_NOUN = (
    r"(?:scor(?:e|ing)|rating|grade|marks?|stars?|verdict|evaluation|assessment|judge?ment"
    rf"|{tongues.RATING})"
)
_VERB = (
    r"(?:rat(?:e[sd]?|ing)|grad(?:e[sd]?|ing)|scor(?:es?|ed|ing)(?: (?:it|this|that|the)\b)?"
    r"|giv(?:en?|ing)|gave"
    r"|award(?:s|ed|ing)?|assign(?:s|ed|ing)?|deserv(?:e[sd]?|ing)|earn(?:s|ed|ing)?"
    r"|receiv(?:e[sd]?|ing)|gets?|got|merits?|warrants?|say|choose|pick|conclude)"
)
_LINK = r"(?:[:=→>–—-]|\b(?:is|of|as|at|be|was|an?|it|this|to))"
_ASIDE = r" *(?:\([^()\n]{0,40}\) *)?"
_TO = rf"(?:-|–|—|→|~|\.\.+|\b(?:to|or|through)\b|{tongues.TO})>?\s*(?:an? )?"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.I)


_TOKEN = _compiled(
    rf"(?<![^\W_぀-ヿ一-鿿가-힣])(?<!\w_)(?<![.,/$£€#+-])"
    rf"(?:({_NUMBER}|[{_HAN}](?={tongues.COUNTERS}))({_HALF})?(?!(?!{tongues.COUNTERS})\w)(?![.,:]\d)"
    rf"|({_GLYPHS})(☆*)({_HALF})?)"
)
_OVER = _compiled(
    rf"[ *_]*(?:points?|stars?|{tongues.UNITS})?[ *_]*"
    r"(?P<of>/|\(?out of|of|\(?on a scale (?:of|from)(?: \d+ ?(?:to|-|–))?"
    rf"|\(?\b(?:{tongues.OUT_OF})\b)[\s*_]*"
    rf"(?:a (?:possible |maximum (?:of )?|total (?:of )?)?|{tongues.AT_MOST})?"
    rf"(?P<top>{_NUMBER})(?![\w/])|\s*(?P<percent>%|percent\b)"
    rf"| \(?on an? (?P<points>{_NUMBER})[- ]point scale"
)
_OF_ELSEWHERE = _compiled(tongues.OUT_OF)
_UNIT = _compiled(
    rf"[ *_]*-?(?:(stars?|points?(?! [a-z]+ve\b)|{tongues.UNITS})\b|({tongues.COUNTERS})"
    r"|([★⭐🌟])(?!\ufe0f?[★⭐🌟☆]))"
)
_STAR_BEFORE = _compiled(r"(?<![★⭐🌟☆\ufe0f])[★⭐🌟]\ufe0f?\s?$")
_TOP_FIRST = _compiled(rf"(?<![\d.,])(\d+){tongues.TOP_FIRST}\s*$")
_NEAR = (  # '3, maybe 4', '3 leaning 4', 'a high 3, low 4'
    r"[\s,(]{1,4}(?:or (?:maybe|perhaps|possibly)|leaning|bordering|verging|approaching)\s+"
    r"(?:on |towards? |to )?(?:an? )?|,\s+(?:a )?(?:low|high|weak|strong)\s+"
)
_RANGE_RIGHT = _compiled(
    rf"(?:{_ASIDE}{_TO}|{_NEAR}){_NUMBER}\b|,\s+\d+(?=[\s)\]]*$)"
    r"|[ \t]*[;|\s][ \t]*\d+[ \t]*(?:$|\n)"
)
_PERHAPS = _compiled(  # '3, maybe 4', but '4 out of 5, maybe 5' is a rating
    r"[\s,;(–—-]{1,4}(?:maybe|perhaps|possibly|or|vielleicht|eher|peut-être|quizás?|tal vez|talvez"
    rf"|forse)\s+(?:an? )?{_NUMBER}\b"
)
_RANGE_LEFT = _compiled(
    rf"(?<![\w/]){_NUMBER}{_ASIDE}{_TO}$|\bbetween (?:a )?{_NUMBER}\s*(?:and|&)\s*(?:a )?$"
)
_SCALE = _compiled(
    rf"\bscale (?:of|from) {_NUMBER}{_ASIDE}(?:-|–|to)\s*({_NUMBER})\b"
    rf"|\b{_NOUN}\s?\((?:(?:{tongues.RANGING}) )?{_NUMBER}{_ASIDE}{_TO}({_NUMBER})(?!\w)"
    rf"|\((?:out of|of|max\.?|maximum|{tongues.OUT_OF}) (\d+)\)|{tongues.SCALE}"
)
_LEGEND_RIGHT = _compiled(
    r"[ *_]*:[\s*_]*\d"  # the end of a label
    r"|[ *_\"')]*(?:(?:likert )?scale\b|(?:would|could|might|requires?|needs?|(?-i:if|unless))\b"
    # a sum; a question; one of several in a row; 'four point five'
    r"|=(?!\s?\d+\s?%)|\]\]\(|[ *_\"')]*\?|\s*[+×÷^]\s*\d| [*x] \d|(?: \d){4}| point [a-z]+"
    r"|\s+(?:1/[348]|2/3|3/[48])|-ish\b|[+-]+\s*(?:$|[\n.,;)])|/\d+/| in \d"
    r"| or (?:higher|above|more|up|over|better|lower|below|less|under|worse)\b"
    r"| and (?:up|above|over|higher)\b| at (?:most|least|best|worst)\b"
    r"|\s+(?:points? )?(?:deducted|lost|off|missing|short)\b"
    r"|\s+(?-i:[a-z]+ )?(?-i:seconds|minutes|hours|days|weeks|years|problems|issues|errors|mistakes"
    r"|typos|claims|facts|words|sentences|paragraphs|criteria|times|people)\b"
    rf"|\s?(?:{tongues.THINGS})|{tongues.TOP_FIRST}"
    r"|(?:is|being|means?) (?:the )?(?:best|worst|highest|lowest|perfect|maximum|not|too|un\w+)\b)"
)
_LEGEND_LEFT = _compiled(
    r"(?<![\w\"'/=–—-])[<>]=?\s*$|[≤≥]\s*$|\b(?:minus|negative)\s*$"  # '>4', but no '<score>4'
    r"|\b(?:one|two|three|four) point\s$"
    r"|\b(?:out of(?: a)?|scale (?:of|from)|not|than|instead of|short of|below|above|under|over"
    r"|shy of|beyond|least|most|where|until"
    r"|between|for|up to|almost|nearly|hardly|barely|close to|max(?:imum)?(?: of| is)?)"
    r"(?: (?:an?|the|full|perfect|score|rating|of))*[\s*_\"'(]*$"
)
_REVISING = _compiled(
    rf"(?:{tongues.REVISING})[\s,:—–-]*$|"
    r"\b(?:actually|wait|rather|correction|sorry|scratch that|strike that|make (?:that|it)|i mean"
    r"|no(?=,)|(?:revis|adjust|lower|downgrad|upgrad|rais|reduc|chang|correct|increas|decreas|dropp)"
    r"(?:ed?|ing) (?:it |this )?(?:down |up )?to)\b"
    r"[\s,:—–-]*(?:(?:no|it'?s|it is|that'?s|this is|an?|the|i(?:'d| would)? (?:say"
    r"|give it))[\s,]*){0,3}$"
)
_LABELLED = _compiled(
    r"(?:^|[.!?,;:=|()\[{<>\"'\n]|\s[–—-]\s"
    r"|\d\s)[\s*_#`\"'•–-]*(?P<label>[^\W\d_][^\n.!?,;:=|<>\"]{0,60}?)"
    rf"[*_`\"')\]]*(?P<link>\s*(?:[:=→|>–—-]|[是为為])|\n|\s){_BEFORE}"
)
_LINKED = _compiled(r"[:=→|>–—\n-]")
_OWN_LINE = _compiled(r"(?:^|[\n|])[\s*_#•–-]*(?:\d+[.)]\s*)?[a-z][^\n:|]{0,40}[:=|–—-][\s*_]*$")
_GIVEN = _compiled(rf"\b(?:(?:{_NOUN}|final answer)\b{_FILL}{_LINK}|{_VERB}\b{_FILL}){_BEFORE}")
_OF = _compiled(rf"\b{_NOUN} of {_DRESS}$")
_RATED = _compiled(rf"(?:{tongues.RATED}){_FILL}{_BEFORE}")
_SIZED_LEFT = _compiled(r"\b(?:an?|solid|strong|clear|perfect)[ \t*_\"'(]+$")
_SIZED_RIGHT = _compiled(r"[\s*_\"')]*(?:[,;!]|\.(?:\s|$)|$|\bindicat|\bbecause)")
_ENDS = _compiled(  # what may follow a rating: 'scored 4 goals' and '4 of 5 claims' are none
    r"[\s*_`\"')\]}]*(?:$|[.,;:!?(\[\n—–<|]|-(?!\w)|(?:for|because|as|since|due|on|in|which|and"
    r"|but|with|overall|rating|score|given|based|to|is|seems)\b|indicat|reflect|mean|(?-i:[A-Z]))"
)
_STOPS = _compiled(r"[\s*_`\"')\]}]*(?:$|[.,;:!(\n])")
_MARKED = _compiled(r"(?:\[\[|\\boxed\{)\s*$")
_SENTENCE_END = _compiled(
    # but behind 'p.' or 'No.' there is no rating
    r"(?:^|[!?\n)\]\"*]|(?<!\b[a-z])(?<!\bn[or])(?<!\bpp)\.|<[a-z]\w{0,9}>|(?:^|\n)\s*[-•] )"
    rf"[\s*_`\"'(\[#${_ORNAMENTS}]*$"
)
_NOTHING_MORE = _compiled(rf"(?:[\s*_`\"'.)\]}}!$|{_ORNAMENTS}]|</[a-z]\w{{0,9}}>)*(?:\n|$|<[a-z])")
_TAGGED = _compiled(r"<([a-z]\w{0,30})(?:\s[^<>\n]{0,60})?>\s*$")
_OPENING = _compiled(rf"[\s*_`\"'(\[#{_ORNAMENTS}]*$")
_AFTER_OPENING = _compiled(
    r"[*_`\"')\]]*\s*(?:[.:,;)\n–—]|-(?!\s*$|\w+ \d)|\((?!or\b|maybe|perhaps)|because\b"
    r"|since\b|as\b)"
)

_NO_RATING = _compiled(
    r"\b(?:max\w*|min\w*|possible|confiden\w+|(?:un)?certain\w+|expected|correct|reference|previous"
    r"|human|number|count|pass(?:ing)?"
    # what is in the plural is counted
    rf"|page|year|{tongues.NOT_OF_THE_ANSWER})\b|\b(?:{tongues.COUNTED})$|^\w+ (?:scale|range)$"
    r"|(?<!s)s$(?<!stars)(?<!marks)"
)
_VERSIONED = _compiled(r"(?-i:[A-Z])\w*(?:[ -]\w+)?[ -]?\d+(?:\.\d+)?")  # 'Llama 3: 8'
_COUNTED_PART = _compiled(
    rf"\b(?:{_NOUN}|criterion|criteria|question|aspect|item|dimension|part|point|step)\b|\b[qc]\d"
)
_OVERALL = _compiled(
    rf"(?:revised|updated|corrected|adjusted) {_NOUN}|(?:\w+ )?(?:final|overall)(?: \w+)?"
    rf"|.*\b(?:final|overall|total)\b.*\b{_NOUN}\b.*|conclusion|{tongues.OVERALL}"
)
_RATING = _compiled(
    rf"(?:(?:my|the|your|its|this|a|numerical|numeric) |我的)?{_NOUN}(?: (?:on an?|out of) .*)?"
)


def rank(label: str) -> int:
    """What a label (or a JSON key) says of the number behind it: FINAL, LABEL (of the whole), PART
    or NONE.
    """
    label = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", label)
    label = re.sub(
        r"\s*[(\[][^()\[\]]*[)\]]?|[\s*_`'#()\[\]-]+|\b(?:is|was)\s*$", " ", label
    ).strip()
    if _RATING.fullmatch(label):
        return LABEL
    named = _VERSIONED.fullmatch(label) and not _COUNTED_PART.search(label)
    return (
        NONE if named or _NO_RATING.search(label) else FINAL if _OVERALL.fullmatch(label) else PART
    )


class Stated(NamedTuple):
    """A rating that a text states: how surely, which, and where its number stands."""

    kind: int
    rating: float
    start: int = -1
    end: int = -1

    def moved(self, by: int) -> "Stated":
        """The same in a text that begins `by` characters earlier."""
        return self if self.start < 0 else self._replace(start=self.start + by, end=self.end + by)


class _Number(NamedTuple):
    """A number in its surroundings: the top it is over ('4/5'), its unit ('stars'), the text on
    either side.
    """

    word: str
    left: str
    right: str
    top: float | None
    over: str  # how the top is written: '/', 'of', 'out of'
    unit: str


def rating_in(text: str, high: float) -> Stated:
    """The rating that `text` states most surely; NaN for a range, another scale, or ratings that
    disagree.
    """
    found = _numbers(text, high)
    surest = max((each.kind for each in found), default=NONE)
    if surest <= NONE or _other_scale(text, high):
        return Stated(NONE, math.nan)
    alike = [each for each in found if each.kind == surest]
    chosen = alike[-1] if surest >= LABEL else alike[0]
    against = [each for each in found if each.kind == REVISED and each.start > chosen.start]
    if surest < LABEL:
        against += [each for each in found if each.kind == GIVEN]
        against += alike + [each for each in found if each.kind == DENIED]
    agreed = all(each.rating == chosen.rating for each in against)
    return chosen if agreed else Stated(surest, math.nan)


def _numbers(text: str, high: float) -> list[Stated]:
    """The numbers of a text as ratings: the last ones where there are more than any reply has."""
    found: list[Stated] = []
    is_rated = False
    token = _TOKEN.search(text, _begin(text))
    while token:
        number, end = _number_at(token, text)
        rating = math.nan if _is_range(number) else _value(token)
        kind = _kind(number) or _alone(number, token, text)
        if denied(number.left):  # 'with sources it would be a 5/5' is a rating, but not the one
            kind = DENIED if number.top == high and number.over != "of" else NONE
        elif number.top not in (None, high) or _explains(number):
            kind = NONE
        elif kind < LABEL and is_rated and _REVISING.search(number.left):
            kind = REVISED
        is_rated = is_rated or kind > NONE
        found.append(Stated(kind, rating, token.start(), token.end()))
        token = _TOKEN.search(text, end)
    return found


def _begin(text: str) -> int:
    """Where the numbers begin that are looked at."""
    if len(text) < 2 * MOST_NUMBERS:
        return 0
    starts = [each.start() for each in _TOKEN.finditer(text)]
    return starts[-MOST_NUMBERS] if len(starts) > MOST_NUMBERS else 0


def _is_range(number: _Number) -> bool:
    perhaps = number.top is None and _PERHAPS.match(number.right)
    return bool(perhaps or _RANGE_RIGHT.match(number.right))


def _other_scale(text: str, high: float) -> bool:
    tops = (next(filter(None, scale.groups())) for scale in _SCALE.finditer(text))
    return any(_as_number(top) != high for top in tops)


def _number_at(token: re.Match[str], text: str) -> tuple[_Number, int]:
    """A number in its surroundings, and where it ends with its top and its unit."""
    over = _OVER.match(text, token.end(), token.end() + WINDOW)
    unit = _UNIT.match(text, over.end() if over else token.end())
    end = (unit or over or token).end()
    left, right = text[max(0, token.start() - WINDOW) : token.start()], text[end : end + 80]
    top = _top(over, token)
    if not over and (first := _TOP_FIRST.search(left)):
        left, top = left[: first.start()], float(first[1])
    counted = "star" if token[3] else _unit(unit, left)
    return _Number(token[0].lower(), left, right, top, _over(over), counted), end


def _over(over: re.Match[str] | None) -> str:
    """How a top is written; 'of' in any language may as well count things."""
    written = (over["of"] or "").lower().lstrip("(") if over else ""
    return "of" if _OF_ELSEWHERE.fullmatch(written) else written


def _unit(unit: re.Match[str] | None, left: str) -> str:
    """What is counted: `star` for a star that is drawn beside the number."""
    if _STAR_BEFORE.search(left) or (unit and unit[3]):
        return "star"
    return (unit[1] or unit[2]).lower() if unit else ""


def _top(over: re.Match[str] | None, token: re.Match[str]) -> float | None:
    """What a number is over; full and empty stars together are as many as there can be."""
    if over is None:
        return float(_stars(token[3]) + len(token[4])) if token[4] else None
    return 100.0 if over["percent"] else _as_number(over["top"] or over["points"])


def _value(token: re.Match[str]) -> float:
    number, half, glyphs, _, glyphs_half = token.groups()
    whole = _as_number(number) if number else float(_stars(glyphs))
    return whole + 0.5 * bool(half or glyphs_half)


def _stars(glyphs: str) -> int:
    return sum(glyph in _STARS for glyph in glyphs)


def _as_number(word: str) -> float:
    word = word.lower()
    return _WORDS[word] if word in _WORDS else float(word.replace(",", "."))


def _explains(number: _Number) -> bool:
    """Whether a number belongs to a range or a comparison, or names a point of the scale."""
    left = number.left[-80:]
    aside = left.endswith("(") and _RANGE_RIGHT.match(number.right)
    return bool(
        aside
        or _RANGE_LEFT.search(left)
        or _LEGEND_LEFT.search(left)
        or _LEGEND_RIGHT.match(number.right)
    )


def _kind(number: _Number) -> int:
    if _MARKED.search(number.left):
        return LABEL
    ends = number.word[0] in _STARS or bool(_ENDS.match(number.right))
    if not ends and not _LINKED.search(number.left[-20:]):
        return NONE
    label = _LABELLED.search(number.left[-90:])
    kind = rank(label["label"]) if label else NONE
    named = bool(label and label["link"].strip())
    if kind >= LABEL and (named or ends):
        return kind
    if not ends or (named and kind == NONE):
        return NONE
    if _is_given(number, named):
        return GIVEN
    own_line = _OWN_LINE.search(number.left) and _NOTHING_MORE.match(number.right)
    return PART if named and (number.top or own_line) else NONE


def _is_given(number: _Number, named: bool) -> bool:
    if number.unit.startswith("star") or (
        number.over not in ("", "of") and not named and not number.unit
    ):
        return True
    sized = bool(_SIZED_LEFT.search(number.left))
    if number.word == "one" and not (number.top or number.unit or sized or _OF.search(number.left)):
        return False  # a pronoun: 'it deserves one'
    if _RATED.search(number.left) and _STOPS.match(number.right):
        return True
    return bool(_GIVEN.search(number.left) or (sized and _SIZED_RIGHT.match(number.right)))


def _alone(number: _Number, token: re.Match[str], text: str) -> int:
    """ALONE for a number on a line of its own, or one that the reply opens with and that begins no
    list.
    """
    tag = _TAGGED.search(number.left)
    if tag and rank(tag[1]) == NONE:
        return NONE  # '<errors>3</errors>'
    if _SENTENCE_END.search(number.left) and _NOTHING_MORE.match(number.right):
        return ALONE
    opens = (
        token.start() == len(number.left)
        and _OPENING.fullmatch(number.left)
        and _AFTER_OPENING.match(number.right)
    )
    if not opens or re.search(rf"\n[ \t*_]*{_value(token) + 1:g}[.):]\s", text):
        return NONE
    return (
        PART if re.match(r"1[.)]\s", number.word + number.right) else ALONE
    )  # '1. It is short.': a list of one?
