"""Numbers that a workbook shows with leading zeros, as postcodes and order numbers are: 00123,
D-01067, 001-23-4567.
"""

import re
import zipfile
from xml.etree import ElementTree

from workbench.datasets.source import Source

# A country's code may stand before; then zeros and what is written between them as it stands.
_ZEROS = re.compile(r"""(?:\[\$[^\[\]]*\])?((?:0|"[^"]+"|\\.|[- ():+])+)(?:;@)?""")
_PIECE = re.compile(r"""0|"([^"]+)"|\\(.)|(.)""")
MOST_DIGITS = 20
MOST_BYTES = 20_000_000  # of all styles; Excel admits 65,490
Zeros = tuple[str, ...]  # a digit where a piece is "", else what stands there


def with_zeros(source: Source) -> dict[str, Zeros]:
    """The styles of cells that show whole numbers with two digits at least, by their names."""
    try:
        with source.open() as file, zipfile.ZipFile(file) as book:
            with book.open("xl/styles.xml") as part:
                text = part.read(MOST_BYTES + 1)
            xml = ElementTree.fromstring(text if len(text) <= MOST_BYTES else b"")
    except (KeyError, ElementTree.ParseError):
        return {}
    formats = {
        each.get("numFmtId", ""): _zeros(each.get("formatCode", ""))
        for each in xml.iter()
        if each.tag.endswith("}numFmt")
    }
    listed = next((each for each in xml if each.tag.endswith("}cellXfs")), ())
    styles = {str(at): formats.get(each.get("numFmtId", "")) for at, each in enumerate(listed)}
    return {name: zeros for name, zeros in styles.items() if zeros}


def _zeros(code: str) -> Zeros:
    """A format in pieces; none where it shows no leading zeros."""
    found = _ZEROS.fullmatch(code)
    pieces = tuple("".join(each) for each in _PIECE.findall(found[1] if found else ""))
    return pieces if 1 < pieces.count("") < MOST_DIGITS else ()


def as_shown(value: object, pieces: Zeros) -> object:
    """A whole number as its cell shows it; anything else as it is."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return value
    places = pieces.count("")
    digits = str(value).zfill(places)
    more = len(digits) - places + 1  # what the first place takes
    left = iter((digits[:more], *digits[more:]))
    return "".join(piece or next(left) for piece in pieces)
