"""How probable the verdict of a reply was, and what else could have stood where it is spelled."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from workbench.critics.answer_text import answer_start, plain
from workbench.critics.finding import Answer
from workbench.critics.tongues import NUMBERS
from workbench.models.completion import Token

MOST_TOGETHER = 1.05  # probability of a token's alternatives, as some round
_MARK = re.compile(r"<[^<>\s]*>|")  # begin and end of text, which are no text
_MARKS = re.compile(r"(?:<[^<>\s]*>|\s)*")
_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>|\\x([0-9A-Fa-f]{2})")
_LEFT = " \t\n\"'“‘*_`([{:#$▁Ġ"  # what may stand before an answer in its first token
_ENDED = re.compile(r"(?![\w'’]|[.,]\d|-\w)")  # what may follow an answer that is whole


@dataclass(slots=True)
class Weights:
    """Probability of each answer where the verdict stands; `open` is that of beginnings that more
    than one answer shares.
    """

    masses: dict[str, float] = field(default_factory=dict)
    open: float = 0.0

    @property
    def total(self) -> float:
        return sum(self.masses.values())

    @property
    def missing(self) -> float:
        """The probability of what begins no answer."""
        return max(0.0, 1 - self.total - self.open)

    def mean(self, values: Mapping[str, float]) -> float:
        """The expected score of what was counted for an answer."""
        return sum(values[label] * mass for label, mass in self.masses.items()) / self.total

    def add(self, labels: set[str], mass: float) -> None:
        """Credit the answers that a text may become: one, several or none."""
        if len(labels) == 1:
            label = next(iter(labels))
            self.masses[label] = self.masses.get(label, 0.0) + mass
        elif labels:
            self.open += mass


def weigh(
    answer: Answer, tokens: Sequence[Token], reply: str, values: Mapping[str, float]
) -> Weights | None:
    """The probabilities at the tokens that spell `answer`, which stands in `reply`.

    None where they cannot be had: the tokens do not join to the reply, another text is spelled, or
    some are no probabilities.
    """
    unknown = any(math.isnan(token.logprob) or _is_no_chance(token) for token in tokens)
    if answer.start < 0 or answer.label not in values or unknown:
        return None
    spelled = _spelled(tokens, reply, answer)
    weights = _weighed(answer, spelled, _spellings(tuple(values), reply[answer.start].isupper()))
    alternatives = any(token.top for token in tokens)
    return weights if weights and (alternatives or weights.missing < 0.5) else None


def _is_no_chance(token: Token) -> bool:
    """Whether a token's alternatives are likelier together than can be: some servers send zeros, or
    probabilities where their logarithms belong.
    """
    if sum([_probability(logprob) for _, logprob in token.top]) <= MOST_TOGETHER:
        return False
    return sum(map(_probability, dict(token.top).values())) > MOST_TOGETHER


class _Piece(NamedTuple):
    """A token as text: the rest of it from where the verdict begins, and its alternatives."""

    text: str
    probability: float
    others: tuple[tuple[str, float], ...]


def _spelled(tokens: Sequence[Token], reply: str, answer: Answer) -> Iterator[_Piece]:
    """The tokens from the verdict's first on; none where they do not join to the reply."""
    for read in (_as_it_is, _as_in_a_vocabulary):
        pieces = [read(token.text) for token in tokens]
        joined = b"".join(pieces).decode("utf-8", "replace")
        shift = _shift(joined, reply)
        if shift is not None and "\ufffd" not in joined:
            start = len(joined[: answer.start + shift].encode())
            return _pieces(tokens, pieces, start, read)
    return iter(())


def _as_it_is(token: str) -> bytes:
    return token.encode("utf-8", "replace")


def _as_in_a_vocabulary(token: str) -> bytes:
    """A token as vocabularies write it: `▁` or `Ġ` for a space, `Ċ` for a new line, `<0xE2>` for a
    byte.
    """
    if token and not _BYTE.sub("", token.removeprefix("bytes:")):
        return bytes(int(a or b, 16) for a, b in _BYTE.findall(token))
    spaced = token.translate({ord("▁"): " ", ord("Ġ"): " ", ord("Ċ"): "\n", ord("ĉ"): "\t"})
    return spaced.encode("utf-8", "replace")


def _shift(joined: str, reply: str) -> int | None:
    """How much later the reply's text stands in the joined tokens, which may also hold what was
    thought before it and marks of the end; None where they are another text.
    """
    if joined == reply:
        return 0
    text = reply.strip()
    at = joined.rfind(text) if text else -1
    if at < 0 or not _MARKS.fullmatch(joined[at + len(text) :]):
        return None
    before, begins = joined[:at], answer_start(joined[:at] + ".")
    is_thought = begins <= at and not before[begins:].strip()
    return at - reply.index(text) if is_thought or _MARKS.fullmatch(before) else None


def _pieces(
    tokens: Sequence[Token], pieces: Sequence[bytes], start: int, read: Callable[[str], bytes]
) -> Iterator[_Piece]:
    offset = 0
    for token, piece in zip(tokens, pieces, strict=True):
        begins, offset = offset, offset + len(piece)
        if offset <= start:
            continue
        logprob, others = _parted(token)
        texts = tuple([(_told(text, read), _probability(other)) for text, other in others])
        yield _Piece(_text(piece[max(0, start - begins) :]), _probability(logprob), texts)


def _parted(token: Token) -> tuple[float, list[tuple[str, float]]]:
    """A token's log probability, and its alternatives without itself (some endpoints dress it
    otherwise there).
    """
    others = list(dict.fromkeys(token.top))
    for same in (token.text, token.text.strip(_LEFT)):
        if own := next((each for each in others if each[0] == same), None):
            others.remove(own)
            return own[1], others
    return token.logprob, others


@lru_cache(maxsize=4096)  # alternatives recur from reply to reply
def _told(token: str, read: Callable[[str], bytes]) -> str:
    """The text of a whole token."""
    return _text(read(token))


def _text(piece: bytes) -> str:
    """A token's text; a new line for a mark of the end."""
    text = piece.decode("utf-8", "replace")
    return "\n" if _MARK.fullmatch(text) else text


def _probability(logprob: float) -> float:
    return math.exp(min(logprob, 0.0))


def _weighed(answer: Answer, pieces: Iterable[_Piece], spellings: "_Spellings") -> Weights | None:
    """Credit every alternative along the verdict's tokens with the answers that it may become."""
    weights, spelled, path = Weights(), "", 1.0
    length = answer.end - answer.start
    for piece in pieces:
        for text, probability in piece.others:
            weights.add(spellings.of(spelled + text), path * probability)
        spelled, path = spelled + piece.text, path * piece.probability
        labels = spellings.of(spelled)
        if len(spelled) >= length and len(labels) < 2:
            break
    else:
        labels = spellings.of(spelled + "\n")  # the reply ends here
    weights.add(labels, path)
    return weights if labels == {answer.label} else None


class _Spellings:
    """Which answers a text spells, or may become; lone letters only in the verdict's own case."""

    def __init__(self, labels: Sequence[str], upper: bool) -> None:
        self.upper = upper
        self.labels = {_joined(label): label for label in labels}
        self.words: dict[str, str] = {}  # also spell an answer, as wholes
        if set(labels) == {"no", "yes"}:
            self.words = {"true": "yes", "false": "no"}
        for number, word in enumerate(NUMBERS):
            if str(number) in labels:
                self.words[word] = str(number)
        self.of = lru_cache(maxsize=2000)(self._of)  # alternatives recur from reply to reply

    def _of(self, text: str) -> set[str]:
        bare = text.lstrip(_LEFT)
        joined = _joined(plain(bare))
        whole = [s for s in (*self.labels, *self.words) if self._is_whole(joined, s)]
        found = {self.labels.get(s) or self.words[s] for s in sorted(whole, key=len)[-1:]}
        if joined and joined == joined.rstrip():
            found |= {self.labels[s] for s in self.labels if self._begins(joined, s)}
        own_case = bare[:1].isupper() == self.upper
        return {label for label in found if own_case or len(label) > 1 or label.isdigit()}

    @staticmethod
    def _is_whole(text: str, spelling: str) -> bool:
        return text.startswith(spelling) and bool(_ENDED.match(text[len(spelling) :]))

    @staticmethod
    def _begins(text: str, spelling: str) -> bool:
        """Whether a text of two letters, or of digits, begins a longer spelling."""
        is_long = len(text) > 1 or text.isdigit()
        return is_long and len(text) < len(spelling) and spelling.startswith(text)


@lru_cache(maxsize=64)
def _spellings(labels: tuple[str, ...], upper: bool) -> _Spellings:
    return _Spellings(labels, upper)


def _joined(text: str) -> str:
    """A text in one case, its words joined by one space."""
    folded = (
        re.sub(r"(?<![\s_-])[\s_-]+(?=\S)", " ", text.casefold())
        if len(text) > 2
        else text.casefold()
    )
    return re.sub(r"(?<!\s)\s+$", "\n", folded)
