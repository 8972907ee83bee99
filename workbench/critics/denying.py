"""What words before an answer deny, suppose or have another say."""

import re

from workbench.critics import tongues

_NEGATED = (
    r"\b(?:not|never|cannot|nobody|no one|far from|anything but|without (?:the|that|those|its)"
    r"|(?:refus|hesitat|declin|fail)\w* to"
    rf"|{tongues.NEGATED})\b|n['’]t\b|不是|不会|不能|没有|并非"
)
_SUPPOSED = (
    r"\b(?:could|might|tempted|first thought|at first|initially|previously|would (?:make|need"
    r"|require|take|have)|(?:perfect|ideal|flawless|complete|model) \w+ (?:would|should|must)"
    r"|with (?:more|better|fewer|some|additional)|(?:consider(?:ed|ing)?|thought of) (?:giv|rat"
    r"|scor|award|an?\b)\w*)\b"
)
_REPORTED = (
    r"\b(?:says|said|asks|asked|claims?|demands?|wants?|tells?|told|instructs?|begs?|insists?"
    r"|requests?|contains?|itself"
    r"|others|confidence|(?:expected|correct|reference|human|previous|initial|other|another|better"
    r"|highest|best|lowest|stricter|worst|top|max\w*|min\w*) (?:possible )?"
    r"(?:scor|rat|grad|answer|response|summar|critic|judge|review|evaluat|annotat)\w*)\b"
)
_BREAK = (
    r"[.!?;—–(<>|]|(?<![:\n])\n|,(?!\d)|\s-\s|\b(?:and|but|so|because|yet|therefore|thus|hence)\b"
)
_DENIED = (
    re.compile(  # in the same clause, but for a parenthesis: 'I would not, however, give it a 5'
        rf"\b(?:if|unless)\b[^.!?\n]*$|(?:{_NEGATED}|{_SUPPOSED}|{_REPORTED})"
        rf"(?:,[^,.!?;\n]{{0,40}},|\s*\([^()\n]{{0,40}}\))?(?:(?!{_BREAK})[\s\S])*$",
        re.I,
    )
)


def denied(left: str) -> bool:
    """Whether what follows `left` is denied, supposed or said by another."""
    return bool(_DENIED.search(left[-160:]))
