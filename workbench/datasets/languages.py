"""Which language a text is in, as far as its script or its commonest words say; else unknown.

No model and no library: a script that one language is written in names it, and in Latin and
Cyrillic letters the small words do. A short text without any stays unknown, and so does one between
two languages.
"""

import re
import unicodedata
from collections import Counter

UNKNOWN = ""
LEAST = 1.0  # weight of small words: one that n languages share weighs 1/n
LEAD = 1.5  # times as much as of the next language
READ = 2000  # characters of a text
SMALL = {
    "en": "i a my if so no any more the is are was were be been have has had do does did "
          "not you your my we they he she it this that these what when where which who how "
          "why can could would should will and or but for with from of to in on at by there "
          "been i'm don't it's i've didn't please thanks",
    "de": "der die das den dem des ein eine einen einem einer ist sind war waren bin habe "
          "hat haben hatte nicht kein keine ich du er sie wir ihr es und oder aber mit von "
          "zu zum zur im am auf für wie was wann wo wer warum kann können mein meine dass "
          "noch schon nur auch bitte danke",
    "fr": "le la les un une des du de est sont était ai a avez avons pas ne je tu il elle "
          "nous vous ils et ou mais avec pour dans sur par que qui quoi quand comment "
          "pourquoi mon ma mes votre ce cette ces c'est j'ai n'est qu'il merci bonjour aux "
          "plus",
    "es": "el la los las un una unos del de es son está están era he ha han hay no yo tú él "
          "ella nosotros y o pero con por para en al que qué cuándo cómo dónde mi mis su se "
          "me lo le muy más ya gracias puedo este esta eso tengo",
    "pt": "a as o os um uma uns do da dos das de é são está estão era foi não eu tu ele ela "
          "nós e ou mas com por para em no na nos nas ao que quando como onde meu minha seu "
          "se me lhe muito mais já obrigado obrigada posso este esta isso tenho você pra",
    "it": "il lo la gli le un una dei del della di è sono era ho ha hanno non io tu lui lei "
          "noi e o ma con per in nel nella che cosa quando come dove mio mia il suo si mi "
          "ci molto più già grazie posso questo questa perché vorrei sul",
    "nl": "de het een van is zijn was waren heb heeft hebben had niet geen ik jij je hij "
          "zij wij we jullie en of maar met voor in op aan bij te om dat die dit wat "
          "wanneer waar hoe waarom kan mijn nog al ook bedankt graag",
    "sv": "en ett den det de är var har hade inte jag du han hon vi ni och eller men med "
          "för på i av till om som att vad när var hur varför kan min mitt mina den här "
          "tack också mycket",
    "da": "en et den det de er var har havde ikke jeg du han hun vi i og eller men med for "
          "på af til om som at hvad når hvor hvordan hvorfor kan min mit mine tak også "
          "meget",
    "pl": "i w na z do nie się jest są był była było to że jak co kiedy gdzie dlaczego ale "
          "lub mój moja moje mam ma czy po za od dla przez już jeszcze bardzo dziękuję "
          "proszę tak ten ta",
    "tr": "bir ve bu da de ne için ile mi mı mu çok daha var yok değil ben sen o biz siz "
          "nasıl neden zaman nerede ama veya gibi kadar olarak teşekkürler lütfen benim "
          "sizin oldu",
    "ru": "и в на с не что это как я ты он она мы вы они у к по из за от для о но или а "
          "когда где почему мой моя моё мне меня уже ещё очень спасибо есть был была было",
    "uk": "і в на з не що це як я ти він вона ми ви вони у до по із за від для про але або "
          "а коли де чому мій моя моє мені мене вже ще дуже дякую є був була було та",
}  # fmt: skip
_SMALL = {
    word: {code for code, words in SMALL.items() if word in words.split()}
    for word in " ".join(SMALL.values()).split()
}
# Letters that of these languages only those have
_OWN = {
    "de": "ß", "es": "ñ¿¡", "pt": "ãõ", "pl": "łąęśżźćń", "tr": "ğış", "uk": "іїєґ", "ru": "ыэё",
    "da": "øæ",
}  # fmt: skip
_SCRIPTS = {
    "GREEK": "el", "HEBREW": "he", "THAI": "th", "HANGUL": "ko", "HIRAGANA": "ja",
    "KATAKANA": "ja", "ARMENIAN": "hy", "GEORGIAN": "ka", "TAMIL": "ta", "TELUGU": "te",
    "BENGALI": "bn", "GUJARATI": "gu", "KHMER": "km", "LAO": "lo",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def language_of(text: str) -> str:
    """The code of a text's language, such as `de`; "" where nothing here is sure of one."""
    read = text[:READ].casefold()
    script = _script(read)
    if script in ("LATIN", "CYRILLIC"):
        return _by_words(read)
    if script == "CJK":
        return "zh"
    return _SCRIPTS.get(script, UNKNOWN)


def _script(text: str) -> str:
    """The script of most letters; that of Japanese where kana stand among Chinese signs."""
    letters = Counter(_named(letter) for letter in text if letter.isalpha())
    if not letters:
        return UNKNOWN
    most = letters.most_common(1)[0][0]
    kana = letters["HIRAGANA"] + letters["KATAKANA"]
    return "HIRAGANA" if most == "CJK" and kana > 0.05 * letters["CJK"] else most


def _named(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _by_words(text: str) -> str:
    """The language that has most of the small words, if it has enough of them and leads."""
    weights = dict.fromkeys(SMALL, 0.0)
    for word in _WORD.findall(text.replace("’", "'")):
        codes = _SMALL.get(word, ())
        for code in codes:
            weights[code] += 1 / len(codes)
    for code, letters in _OWN.items():
        weights[code] += any(letter in text for letter in letters)
    first, second = sorted(weights, key=lambda code: -weights[code])[:2]
    sure = weights[first] >= LEAST and weights[first] >= LEAD * weights[second]
    return first if sure else UNKNOWN
