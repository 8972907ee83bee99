"""Bytes of a text file as text: its encoding is found where it is certain, and said."""

import codecs
import re

from workbench.datasets.source import Source

MARKS = (  # longer ones first: one begins like another
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WESTERN = "cp1252"
NEXT = "save the file as UTF-8, or say encoding= (--encoding)"
FOREIGN = (
    "not UTF-8 text, nor of Western Europe by the look of it: say encoding= (--encoding), as "
    "cp1251, koi8-r, cp1250, gb18030, big5, shift_jis, euc-kr, cp1256 or mac-roman, or save it as "
    "UTF-8"
)
SEVEN_BIT = "this looks like ISO-2022: say encoding=, as iso2022_jp, or save the file as UTF-8"
_ESCAPED = re.compile(rb"\x1b\$[@B]|\x1b\$\)[ACG]")  # how ISO-2022 leaves ASCII
MIXED = "text of two encodings, UTF-8 and another: save all of it as UTF-8"

# What cp1252 makes of other encodings: words without an ASCII letter, and signs beside letters. Its
# own words have an accent or two, and its signs stand alone.
_WORD = re.compile(r"(?:[^\W\d_]|[×÷])+")
_SIGN = "[¡¢£¤¥¦§¨©¬®¯°±²³µ¶¸¹¼½¾¿†‡•‰ˆ˜]"
_AMID = re.compile(rf"(?<=[^\W\d_]){_SIGN}(?=[^\W\d_])|(?<=[À-ÿ]){_SIGN}|{_SIGN}(?=[À-ÿ])")
# two kana of Shift-JIS in a row, as in '‚±‚ñ'; Western text has neither sign twice so close
_KANA = re.compile(r"(?:‚[Ÿ\xa0-ñ]|ƒ[@-~€‚„…†‡ˆ‰Š‹ŒŽ‘’“”•–]){2}")
_KANJI = re.compile(r"([A-Za-z]?)[\u3000-\u30ff\u4e00-\u9fff]+([A-Za-z]?)")
# 'Ã¼' and the like before another letter: UTF-8 that was read as cp1252
_TWICE = re.compile(r"[ÂÃ][€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\xa0-\xbf](?=[a-zÃ])|â€[™œ“¦]|\ufffd")


def marked(start: bytes) -> str:
    """The encoding that a file's first bytes name; empty where they name none."""
    return next((name for mark, name in MARKS if start.startswith(mark)), "")


def decoded(source: Source) -> str:
    """The text of a file: as asked, as its first bytes say, else as UTF-8, else as Windows wrote
    it in the West, which is said; DatasetError names the line that is none of these.
    """
    data = source.read()
    if source.asked.encoding or marked(data[:4]):
        return strictly(source)
    if data[:200].count(0) > len(data[:200]) // 4:
        order = "be" if data.startswith(b"\0") else "le"
        source.refuse(f'this looks like UTF-16: say encoding="utf-16-{order}", or save it as UTF-8')
    if found := _ESCAPED.search(data):
        source.fail(line_of(data, found.start()), SEVEN_BIT)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _western(source, data, error.start)
    if not text.isascii() and _TWICE.search(text):
        for number, line in enumerate(text.split("\n"), 1):
            if _TWICE.search(line):
                source.noticed.add("damaged", "", number)
    return text


def strictly(source: Source) -> str:
    """The text of a file: as asked, as its first bytes say, else as UTF-8 and nothing else."""
    data = source.read()
    encoding = source.asked.encoding or marked(data[:4]) or "utf-8"
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        source.fail(line_of(data, error.start), f"not {encoding.upper()} text: {NEXT}")
    except LookupError:
        source.refuse(f"no encoding is called {encoding!r}: use utf-8, cp1252, utf-16, ...")


def _western(source: Source, data: bytes, start: int) -> str:
    """Text of bytes that are no UTF-8; single-byte encodings do not tell themselves apart, so the
    commonest is taken and said.
    """
    number = line_of(data, start)
    try:
        text = data.decode(WESTERN)
    except UnicodeDecodeError:
        source.fail(number, f"not UTF-8 text: {NEXT}")
    if "\0" in text:
        source.fail(number, f"not UTF-8 text: {NEXT}")
    if mixed := _TWICE.search(text):
        source.fail(text.count("\n", 0, mixed.start()) + 1, MIXED)
    if not looks_western(text) or _looks_japanese(data):
        source.fail(number, FOREIGN)
    source.noticed.add("encoding", f"{WESTERN} (Windows, Western Europe)", number)
    return text


def looks_western(text: str) -> bool:
    """Whether text that was read as cp1252 may be of a language that is written in it."""
    accented = [word for word in _WORD.findall(text) if len(word) > 1 and not word.isascii()]
    foreign = sum(re.search("[A-Za-z]", word) is None for word in accented)
    odd = len(_AMID.findall(text))
    if _KANA.search(text):
        return False
    return 2 * foreign <= len(accented) and 5 * odd <= len(accented)


def _looks_japanese(data: bytes) -> bool:
    """Whether bytes are Shift-JIS: all of them can be, and make words that stand apart from Latin
    letters. Western signs and accents would be halves of kanji, within words.
    """
    try:
        words = _KANJI.findall(data.decode("shift_jis"))
    except UnicodeDecodeError:
        return False
    return sum(not before and not behind for before, behind in words) > len(words) / 2


def line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
