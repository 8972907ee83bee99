"""Numbers as people read them: points, intervals in words, money, time."""

import math
from collections.abc import Iterable, Sequence

MINUS, NARROW = "−", "\u202f"
FINEST = 4  # decimals of a percentage that is near none or all


def points(value: float) -> str:
    """A share as hundredths with one decimal: 0.875 is 87.5."""
    return (
        "" if math.isnan(value) else f"{100 * value:.1f}".replace("-0.0", "0.0").replace("-", MINUS)
    )


def whole_points(value: float) -> str:
    """A share as hundredths, with a decimal only where it has one: 5, 2.5."""
    return points(value).removesuffix(".0")


def signed(value: float) -> str:
    """A difference of shares in points with its sign: +9.8, −0.9, 0.0."""
    text = points(value)
    return f"+{text}" if text and text[0] != MINUS and text != "0.0" else text


def between(low: float, high: float) -> str:
    """An interval of shares in points: 1.9 to 17.6; "open" where it holds all that can be."""
    if says_nothing(low, high):
        return "open"
    return f"{points(low)} to {points(high)}"


def difference(interval: Iterable[float], unit: str = " points", level: float | None = None) -> str:
    """A difference of shares with its limits: +9.8 points (1.9 to 17.6); with what those are worth
    where a level is given: +9.8 points (95 % interval 1.9 to 17.6).
    """
    estimate, low, high = interval
    worth = "" if level is None else f"{surely(level)} interval "
    return f"{signed(estimate)}{unit} ({worth}{between(low, high)})"


def says_nothing(low: float, high: float) -> bool:
    """Whether an interval of a difference of shares holds all of them, from -1 to 1."""
    return low <= -0.9995 and high >= 0.9995


def percent(share: float, decimals: int = 0) -> str:
    """A share of rows, cost or time: 0.4 %; 99.96 % where it is not quite all."""
    return f"{_not_quite(100 * share, decimals)}{NARROW}%"


def _not_quite(value: float, decimals: int) -> str:
    """Hundredths that never round to none or all of what is neither."""
    shown = f"{value:.{decimals}f}"
    if not 0 < value < 100 or float(shown) not in (0, 100):
        return shown
    if decimals == FINEST:
        return "under 0.0001" if value < 50 else "over 99.9999"
    return _not_quite(value, decimals + 1)


def surely(level: float) -> str:
    """A level of confidence, never rounded to certainty: 95 %, 99.9 %."""
    return f"{100 * level:.10g}{NARROW}%"


def hundredths(value: float) -> str:
    """A share as hundredths with one decimal where it says something, under 1 % two digits."""
    percent = 100 * value
    digits = f"{percent:.2g}" if percent < 1 else _not_quite(percent, 1).removesuffix(".0")
    return f"{digits}{NARROW}%"


def money(dollars: float) -> str:
    """$0.24, $1,205; under one cent two significant digits; empty when unknown."""
    if math.isnan(dollars):
        return ""
    if dollars < 0:
        return MINUS + money(-dollars)
    if dollars == 0 or dollars >= 0.01:
        return f"${dollars:,.0f}" if dollars >= 1000 else f"${dollars:,.2f}"
    return f"${dollars:.{1 - math.floor(math.log10(dollars))}f}"


def spending(dollars: float, unpriced: int) -> str:
    """$0.24; $0.24 plus 3 rows unknown; empty when nothing of it is known."""
    known = money(dollars)
    return f"{known} plus {count(unpriced, 'row')} unknown" if known and unpriced else known


def seconds(value: float) -> str:
    """81 ms, 0.84 s, 1 min 12 s, 2 h 5 min; empty when unknown."""
    if math.isnan(value):
        return ""
    if value < 0.1:
        return f"{1000 * value:.0f} ms"
    if value < 60:
        return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, rest = divmod(round(value / 60), 60)
    return f"{hours:,} h {rest} min"


def a_second(rate: float) -> str:
    """Requests or tokens a second, two digits, whole from ten on: 0.47, 1.0, 12, 1,200."""
    return f"{rate:,.0f}" if rate >= 9.95 else f"{rate:.1f}" if rate >= 1 else f"{rate:#.2g}"


def count(number: int, noun: str) -> str:
    """1 message, 1,046 messages."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def spanned(low: str, high: str) -> str:
    """Two ends of an interval as said, with their unit once and no plus: 1.01 to 1.19 s."""
    low, high = _with_decimals(low.removeprefix("+"), high.removeprefix("+"))
    bare = low.removesuffix(high.lstrip(f"{MINUS}0123456789.,"))
    is_number = not bare.strip(f"{MINUS}0123456789.,")
    return f"{bare if is_number else low} to {high}"


def _with_decimals(*shares: str) -> list[str]:
    """Shares with a decimal each where one has one, but for nothing and all: 42.0 % and 76.2 %."""
    if not any("." in share for share in shares):
        return list(shares)
    whole = f"{NARROW}%"
    exact = {f"0{whole}", f"100{whole}"}
    return [
        share if "." in share or share in exact else share.replace(whole, f".0{whole}")
        for share in shares
    ]


def brief(text: object, most: int = 60) -> str:
    """The beginning of a text on one line."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def measured(interval: Iterable[float]) -> str:
    """An estimate with its limits, in the unit that it has: 0.88 (0.80 to 0.92)."""
    estimate, low, high = interval
    return "no score" if math.isnan(estimate) else f"{estimate:.2f} ({low:.2f} to {high:.2f})"


def listed(names: Sequence[str]) -> str:
    """v1, v2 and v3."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def capital(title: str) -> str:
    """A title as a line begins; p95, and a name such as right_queue, stay as they are."""
    first = title.split(" ", 1)[0]
    is_name = first[1:2].isdigit() or "_" in first
    return title if is_name else title[:1].upper() + title[1:]
