"""Inputs made ready before a prompt reads them: normalised, without invisible characters, personal
data masked, long texts cut in their middle. `prepare:` in a prompt's metadata asks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench import words
from workbench.printing import printed
from workbench.prompts.cutting import cut
from workbench.prompts.invisible import normalise, strip_invisible
from workbench.prompts.personal_kinds import KINDS, NAMES
from workbench.turns import Turn

HEAD = 0.75  # of a text that is cut, where only its length is said


class PrepareFault(ValueError):
    """What `prepare:` may not say; `key` is the word that is wrong."""

    def __init__(self, key: str, fault: str) -> None:
        super().__init__(f"prepare: {fault}")
        self.key = key


@printed
@dataclass(frozen=True)
class Preparation:
    """What is done to every text that an input holds, in this order."""

    strip_invisible: bool = False
    normalise: bool = False
    mask: tuple[str, ...] = ()
    keep: tuple[int, int] | None = None  # characters of the head and the tail of a longer text

    def __repr__(self) -> str:
        return f"Preparation: {self.sentence}"

    @property
    def plain(self) -> dict[str, Any]:
        """As it stands in fingerprints."""
        steps = {
            "strip_invisible": self.strip_invisible,
            "normalise": self.normalise,
            "mask": list(self.mask),
            "keep": list(self.keep or ()),
        }
        return {name: step for name, step in steps.items() if step}

    @property
    def sentence(self) -> str:
        """What is done, in words."""
        masked = words.listed([NAMES[kind] for kind in self.mask])
        done = [
            "invisible characters are stripped" if self.strip_invisible else "",
            "blanks, ends of lines and full-width letters are normalised" if self.normalise else "",
            f"{masked} are masked" if masked else "",
            self._kept,
        ]
        return f"Before the prompt reads an input: {'; '.join(filter(None, done))}."

    @property
    def _kept(self) -> str:
        if self.keep is None:
            return ""
        head, tail = self.keep
        ends = f"the first {head:,} and the last {tail:,}" if tail else f"the first {head:,}"
        return f"of a text above {head + tail:,} characters {ends} are kept"

    def text(self, text: str) -> str:
        """A text as the prompt reads it."""
        if self.strip_invisible:
            text = strip_invisible(text)
        if self.normalise:
            text = normalise(text)
        if self.mask:  # before the cut, which could hide half of what is found
            from workbench.prompts.personal import mask_personal

            text = mask_personal(text, self.mask)
        return cut(text, *self.keep) if self.keep else text

    def value(self, value: Any) -> Any:
        """An input with every text in it prepared, those of turns, lists and mappings too."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Turn):
            return value._replace(parts=tuple(map(self.value, value.parts)))
        if isinstance(value, list | tuple):
            return type(value)(map(self.value, value))
        if isinstance(value, Mapping):
            return {name: self.value(each) for name, each in value.items()}
        return value


def read_preparation(given: Any) -> Preparation | None:
    """What `prepare:` in a prompt's metadata asks for; None where nothing is. PrepareFault names
    what it may not say.
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise PrepareFault("prepare", "must be `name: value` lines")
    for key in given:
        if key not in _READ:
            raise PrepareFault(str(key), f"it knows no {key!r}: it takes {', '.join(_READ)}")
    read = {key: _READ[key](key, value) for key, value in given.items()}
    asked = Preparation(
        strip_invisible=read.get("strip_invisible", False),
        normalise=read.get("normalise", False),
        mask=read.get("mask", ()),
        keep=read.get("cap"),
    )
    return asked if asked.plain else None


def _switch(key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise PrepareFault(key, f"{key} is true or false, not {value!r}")
    return value


def _mask(key: str, value: Any) -> tuple[str, ...]:
    """The kinds to mask, in one order; true is all of them."""
    if isinstance(value, bool):
        return KINDS if value else ()
    kinds = value if isinstance(value, list | tuple) else [value]
    for kind in kinds:
        if kind not in KINDS:
            raise PrepareFault(key, f"mask knows no {kind!r}: true, or some of {', '.join(KINDS)}")
    return tuple(kind for kind in KINDS if kind in kinds)


def _keep(key: str, value: Any) -> tuple[int, int]:
    """The characters of head and tail: as a number of both, or each by its name."""
    parts = dict(value) if isinstance(value, Mapping) else {"characters": value}
    known = parts.keys() in ({"characters"}, {"head"}, {"head", "tail"})
    if not known or any(type(part) is not int or part < 1 for part in parts.values()):
        raise PrepareFault(
            key, "cap is a number of characters such as 4000, or {head: 3000, tail: 1000}"
        )
    if "head" in parts:
        return parts["head"], parts.get("tail", 0)
    head = max(1, round(HEAD * parts["characters"]))
    return head, parts["characters"] - head


_READ = {"strip_invisible": _switch, "normalise": _switch, "mask": _mask, "cap": _keep}
