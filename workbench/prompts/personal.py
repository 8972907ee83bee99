"""Personal data that a pattern can find, with checksums where there are any.

What is found is said by its kind and place; names, addresses and the like are not found.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from workbench.key_shapes import KEY_VALUE
from workbench.prompts.invisible import NO_WIDTH, as_ascii
from workbench.prompts.personal_kinds import KINDS
from workbench.prompts.telephones import telephones

Finder = Callable[[str], Iterator[tuple[int, int]]]  # of the spans in a text


class Found(NamedTuple):
    """Where personal data of a kind stands in a text; it holds none of it."""

    kind: str
    start: int
    end: int


def personal(text: str, kinds: tuple[str, ...] = KINDS, region: str = "") -> list[Found]:
    """Personal data in a text, in order; where two kinds overlap, that which stands first in KINDS.
    With a country as `region` ("DE") telephone numbers are found as they are written there, too.

    A random number of 16 digits passes for a card's about one time in thirty.
    """
    plain, places = (text, None) if text.isascii() else _plainly(text)
    if not _ANY.search(plain):
        return []
    found = sorted(_found(plain, kinds, region), key=lambda each: each.start)
    if places is None:
        return found
    return [Found(each.kind, places[each.start], places[each.end - 1] + 1) for each in found]


def _found(text: str, kinds: tuple[str, ...], region: str) -> Iterator[Found]:
    """Personal data in a plain text, that which stands first in KINDS first."""
    taken = bytearray(len(text))
    for kind in (each for each in KINDS if each in kinds):
        for start, end in _spans_of(kind, text, region):
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                yield Found(kind, start, end)


def _spans_of(kind: str, text: str, region: str) -> Iterator[tuple[int, int]]:
    if kind == "phone":
        return _phones(text, region) if region or _DIGITS.search(text) else iter(())
    hint, find = _FINDERS[kind]
    return find(text) if hint.search(text) else iter(())


_DRESSED = re.compile(rf"[^\w\x00-\x7f]|(?![0-9])\d|[{NO_WIDTH}\uff21-\uff5a]")


def _plainly(text: str) -> tuple[str, list[int] | None]:
    """The text with digits of every script, full-width forms, blanks and dashes as ASCII has them,
    and without what has no width; and where each of its characters stood, where some are gone.
    """
    plain = _DRESSED.sub(lambda found: _plain_character(found[0]), text)
    if len(plain) == len(text):
        return plain, None
    kept = [(place, _plain_character(each)) for place, each in enumerate(text)]
    return plain, [place for place, each in kept if each]


@cache
def _plain_character(character: str) -> str:
    if plain := as_ascii(character):
        return plain
    kind = unicodedata.category(character)
    return {"Cf": "", "Zs": " ", "Pd": "-"}.get(kind, character)


def mask_personal(text: str, kinds: tuple[str, ...] = KINDS, region: str = "") -> str:
    """The text with `[EMAIL]`, `[CARD]` and so on where personal data stood."""
    parts, last = [], 0
    for kind, start, end in personal(text, kinds, region):
        parts += [text[last:start], f"[{kind.upper()}]"]
        last = end
    return "".join([*parts, text[last:]])


_ANY = re.compile(r"@|\d{2}|-----BEGIN|(?<![\w-])[\w-]{13}|://|\d\.\d")
# Letters that stand beside others without a blank: of Thai, Lao, Burmese, Khmer, Chinese, Japanese,
# and of Korean, whose particles follow a word at once. A word of another script ends there.
_UNPARTED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3"
_START, _END = rf"(?<![^\W{_UNPARTED}])", rf"(?![^\W{_UNPARTED}])"
# after these words a number is no card, security number or address
_NOT_OF_PEOPLE = re.compile(
    rf"(?:{_START}(?:v|ver|version|versions|release|build|invoice|order|ref|reference|ticket|tracking"
    r"|sku|part|model|serial|isbn|ean|batch|parcel|shipment|id|pin|code|contract|policy|(?:bestell|rechnungs|auftrags|artikel|vorgangs)(?:nr|nummer)"
    r"|commande|facture|pedido|factura|fatura|ordine|fattura|zamówienie|заказа?|договора|счет|счёт)"
    rf"(?:{_END}|_)[\s.:#_]*(?:no|nr|number|num|id|is|n[°º]|№)?(?<=[\w\s.:#°º№])[\s.:#=_-]*"
    r"|(?:订单|订單|注文|주문)(?:号|號|番号|번호)?[\s:：]*|[\d.]\.)$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d(?:\W{0,3}\d){6}", re.ASCII)  # as many as the shortest number has
NEAR = 40  # characters before a number in which a word for it may stand


def _after_other_number_word(text: str, start: int) -> bool:
    return bool(_NOT_OF_PEOPLE.search(text, max(0, start - NEAR), start))


def _beside(word: re.Pattern[str], text: str, start: int, end: int) -> bool:
    """Whether a word stands shortly before a span, or right after it."""
    return bool(word.search(text, max(0, start - NEAR), start) or word.search(text, end, end + 12))


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    return (found.span() for found in pattern.finditer(text))


def _keys(text: str) -> Iterator[tuple[int, int]]:
    return _spans(KEY_VALUE, text)


_EMAIL = (
    r"(?<![\w.+%'-])(?!git@[\w.]+:)[\w+%'][\w.+%'-]{0,63}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,5}"
    r"(?!(?:png|jpe?g|gif|svg|webp|css|html?|js|json)\b)[^\W\d_]{2,24}(?![\w@])"
)
# in ASCII first: letters of another script right beside it are no part of such an address
_EMAILS = (re.compile(_EMAIL, re.ASCII), re.compile(_EMAIL))


def _emails(text: str) -> Iterator[tuple[int, int]]:
    patterns = _EMAILS[: 1 if text.isascii() else 2]
    return (span for pattern in patterns for span in _spans(pattern, text))


_IBAN = re.compile(
    r"(?:(?<![A-Za-z0-9])|(?<=IBAN))[A-Za-z]{2}\d{2}(?:[\s-]?[A-Za-z0-9]){11,30}(?![A-Za-z0-9])"
)
_APART = re.compile(r"[\s-]+")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "BI": 27, "DJ": 27, "FK": 18, "HN": 28, "MN": 20, "NI": 28, "OM": 23, "RU": 33, "SO": 23,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28,
    "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20, "YE": 30, "IR": 26,
}  # fmt: skip


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """International account numbers: letters of a country, its length, and the remainder by 97."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[0][:2].upper(), 0)
        if length and (end := _end_of(found[0], length)) and is_iban(found[0][:end]):
            yield found.start(), found.start() + end


def _end_of(text: str, length: int) -> int:
    """Where so many characters besides blanks end a word; 0 where they do not."""
    seen = 0
    for at, each in enumerate(text, 1):
        seen += each.isalnum()
        if seen == length:
            return 0 if text[at : at + 1].isalnum() else at
    return 0


def is_iban(number: str) -> bool:
    """Whether an account number's check digits are right (ISO 13616: its remainder by 97 is 1)."""
    plain = _APART.sub("", number).upper()
    turned = plain[4:] + plain[:4]
    return bool(turned) and int("".join(str(int(each, 36)) for each in turned)) % 97 == 1


_BY = r"(?:[\s.-]|\s[\s-]\s?)"  # between the groups of a number
# '_4111...' and '_+49 ...' may be in italics
_BEGIN, _CLOSE = r"(?<![^\W_])(?<![.+-])", r"(?![^\W_]"
_CARD = re.compile(
    rf"{_BEGIN}(?:\d{{12,19}}|\d{{4}}{_BY}\d{{4}}{_BY}\d{{4}}{_BY}\d{{1,7}}"
    rf"|\d{{4}}{_BY}\d{{6}}{_BY}\d{{4,5}}|\d{{8}}{_BY}\d{{8}}){_CLOSE}|-\d|\.\d)",
    re.ASCII,
)
# issuers by their first digits, with the lengths of their numbers
_ISSUERS = (
    (re.compile("4"), (13, 16, 19)),
    (re.compile("5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,)),
    (re.compile("3[47]"), (15,)),
    (re.compile("30[0-5]|3095|36|3[89]"), (14, 16, 19)),
    (re.compile("6011|64[4-9]|65|62"), (16, 17, 18, 19)),
    (re.compile("35(?:2[89]|[3-8])"), (16, 17, 18, 19)),
    (re.compile("2131|1800"), (15,)),
    (re.compile("50|5[6-8]|63|67"), (12, 13, 14, 15, 16, 17, 18, 19)),
    (re.compile("60|8[12]|220[0-4]|9792|8600|9860"), (16,)),  # RuPay, Mir, Troy, UzCard, Humo
)


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(text):
        if is_card(found[0]) and not _after_other_number_word(text, found.start()):
            yield found.span()


def is_card(number: str) -> bool:
    """Whether a number has an issuer's first digits, its length, and the right check digit (Luhn,
    ISO 7812).
    """
    digits = "".join(filter(str.isdigit, number))
    issued = any(issuer.match(digits) and len(digits) in lengths for issuer, lengths in _ISSUERS)
    return issued and _luhn(digits)


def _luhn(digits: str) -> bool:
    doubled = (2 * int(each) for each in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(n - 9 * (n > 9) for n in doubled)) % 10 == 0


_SSN = re.compile(
    rf"{_BEGIN}(?!000|666)\d{{3}}([ -]?)(?!00)\d{{2}}\1(?!0000)\d{{4}}{_CLOSE}|-|\.\d)", re.ASCII
)
_SSN_WORD = re.compile(
    rf"{_START}(?:ssns?|social\s+security|soc\.?\s+sec|seguro\s+social|tax(?:payer)?\s+id"
    rf"|itin){_END}|社会安全|社會安全|사회보장",
    re.IGNORECASE,
)

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IP = re.compile(
    rf"(?<![\w.-]){_OCTET}(?:\.{_OCTET}){{3}}(?![\w-]|\.\d)"
    r"|(?<![\w.:-])(?=[\da-f:]{0,40}::|(?:[\da-f]{1,4}:){7})[\da-f:]{3,39}(?<=[\da-f])(?![\w:])",
    re.IGNORECASE | re.ASCII,
)
_ADDRESS = (
    r"ip(?:v[46])?|addr(?:ess)?(?! book)|adress[ea]n?|direcci[oó]n|indirizzo|endere[cç]o|адрес\w*"
)
_IN_FULL = rf"(?:{_END}|_)|地址|アドレス|주소|عنوان"
_IP_ITSELF = re.compile(rf"(?:{_START}|_)(?:{_ADDRESS}){_IN_FULL}", re.IGNORECASE)
_IP_WORD = re.compile(
    rf"(?:{_START}|_)(?:{_ADDRESS}|host|client|server|visitor|login){_IN_FULL}", re.IGNORECASE
)
_OWN = re.compile(r"127\.|0\.|255\.")  # every machine's
# 'server 8.0.33.1': which beside such words alone is as likely a version
_LIKE_A_VERSION = re.compile(r"(?:[1-9]|1[1-9])(?:\.\d\d?){3}", re.ASCII)

# before such a number it is a version's, or a part's of a text
_OF_A_VERSION = re.compile(
    rf"{_START}(?:python|java|jdk|jre|node(?:\.?js)?|npm|php|ruby|rust|golang|perl|gcc|clang|cuda"
    r"|(?:google )?chrome|chromium|firefox|edge|safari|opera|windows|linux|kernel|android|ios|macos"
    r"|ubuntu|debian|postgres(?:ql)?|mysql|mariadb|redis|mongodb|nginx|apache|tomcat|openssl|openssh"
    r"|docker|kubernetes|k8s|\.?net|driver|firmware|bios|sdk|plug-?in|package|library|patch|rev"
    r"|revision|upgraded? to|downgraded? to|section|chapter|clause|article|appendix"
    r"|§|rfc)\s*[v:=/]?\s*$",
    re.IGNORECASE,
)


def _ips(text: str) -> Iterator[tuple[int, int]]:
    """Addresses on the Internet, beside a word for them; of four numbers no version's, and nobody's
    own.
    """
    for start, end in _named(_IP, _IP_WORD)(text):
        if _OF_A_VERSION.search(text, max(0, start - NEAR), start) or _OWN.match(text, start, end):
            continue
        if not _LIKE_A_VERSION.fullmatch(text, start, end) or _beside(_IP_ITSELF, text, start, end):
            yield start, end


def _named(number: re.Pattern[str], word: re.Pattern[str]) -> Finder:
    """Finds numbers without a checksum, which look like others: beside a word for them."""

    def find(text: str) -> Iterator[tuple[int, int]]:
        for start, end in _spans(number, text):
            if _beside(word, text, start, end) and not _after_other_number_word(text, start):
                yield start, end

    return find


_ABROAD = re.compile(
    rf"{_BEGIN}(?:\+\d{{1,3}}|(?<!\d\s)(?:00|011[\s-])[2-9]\d{{1,2}}[\s()/-])(?:[\s()./-]{{0,3}}\d){{7,12}}"
    rf"{_CLOSE}|[.-]\d)",
    re.ASCII,
)
_AMERICAN = re.compile(
    r"(?<![\w.+-])(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?:x\d{1,5})?(?![\w-]|\.\d)", re.ASCII
)
_LOCAL = re.compile(
    r"(?<![\w.+-])\(?\d(?:[\s()./-]{0,2}\d){6,13}(?:x\d{1,5})?(?![\w-]|\.\d)", re.ASCII
)
_DATE = re.compile(  # a date, years, or a share
    r"\b(?:(?:19|20)\d\d(?:-\d\d-\d\d|[ -](?:19|20)\d\d)|\d{1,2}([./-])\d{1,2}\1(?:19|20)\d\d)\b"
    r"|(?<![.\d])\d+\.\d+\Z"
)
# what is counted is no telephone
_COUNTED = re.compile(
    r"\s?(?:char(?:acter)?s|bytes|words|tokens|won|yen|euros?|dollars|rupees|users|items|people|rows|px|pixels|mm|cm|kg)\b",
    re.IGNORECASE,
)
_MEASURED = re.compile(  # nor what is measured, as in "text size 1024 768"
    r"\s(?:size|length|width|height|depth|limit|count|offset|position|resolution|dimensions?|range"
    r"|index|seed|total|amount|rate|speed|weight|area|volume|duration|budget)s?\b",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(
    rf"{_START}(?:phones?|telephones?|mobile|cell?|tel|fax|ph(?=\s?[:.#])|hp(?=\s?:)|no\.? hp"
    r"|contact|zalo|viber|cellulare|telem[óo]vel|kom[óo]rk\w+|puh|мобільн\w*|desk|call(?:ed|ing)?|text|ring"
    r"|whatsapp|sms|reach(?: me| us| them)?|answering at|messages? to"
    r"|r[üu]ckruf|anruf\w*|handy(?:s|nr|nummer)?|mobil(?:nr|nummer|telefon\w*)?|tel[eéè]f[oóôõ]{1,2}n\w*|telepon"
    r"|t[ée]l(?:[ée]phone\w*)?|tlf|m[óo]vil|celular|portable|n[uú]m[eé]ro|puhelin\w*|cep"
    r"|điện thoại|sđt|тел(?:ефон\w*)?|моб(?:ильн\w*)?|номер\w*|звоните|τηλ(?:έφων\w*)?|κινητό)"
    rf"{_END}|电话|電話|手机|手機|携帯|전화|휴대폰|핸드폰|연락처|هاتف|جوال|موبايل|تلفن|موبایل|فون"
    r"|טלפון|נייד|नंबर|फ़ोन|फोन|मोबाइल|ফোন|মোবাইল|தொலைபேசி|போன்|ఫోన్|โทร|มือถือ",
    re.IGNORECASE,
)


def _phones(text: str, region: str) -> Iterator[tuple[int, int]]:
    """Telephone numbers with a country's code, as Americans write them, or beside a word for
    them.
    """
    for pattern in (_ABROAD, _AMERICAN):
        for start, end in _spans(pattern, text):
            if not _after_other_number_word(text, start):
                yield start, end
    for start, end in _spans(_LOCAL, text):
        named = _PHONE_WORD.search(text, max(0, start - NEAR), start)
        other = _DATE.search(text, start, end) or _COUNTED.match(text, end)
        other = other or (named and _MEASURED.match(text, named.end(), start))
        if named and not other and not _after_other_number_word(text, start):
            yield start, end
    if region:
        yield from telephones(text, region)


_FINDERS: dict[str, tuple[re.Pattern[str], Finder]] = {  # each with what it is not without
    "key": (re.compile(r"(?<![\w-])[\w-]{13}|-----BEGIN|://|AA", re.ASCII), _keys),
    "email": (re.compile("@"), _emails),
    "iban": (re.compile(r"\d\d"), _ibans),
    "card": (_DIGITS, _cards),
    "ssn": (_DIGITS, _named(_SSN, _SSN_WORD)),  # American social security numbers
    # addresses on the Internet, which look like versions
    "ip": (re.compile(r"\d\.\d{1,3}\.\d|:[\da-f]{0,4}:", re.I), _ips),
}
