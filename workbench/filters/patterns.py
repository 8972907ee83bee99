"""The seven rules: turns of phrase that attacks on instructions use, each with its name."""

import re
from collections.abc import Collection, Iterable
from functools import cache

from workbench.prompts.decoded import View

_GAP = r"[^.!?\n]{0,40}?"  # within a sentence
_DROP = (
    r"(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overlook|skip|overrid(?:e|ing)|bypass(?:ing)?|void"
    r"|drop|dismiss|set aside|pay no attention to|do not follow|don'?t follow|stop following"
    r"|no longer (?:have to |need to )?(?:follow|obey)|ignora|olvida|oublie[zr]?|ignore[zr]|vergiss"
    r"|dimentica|ignoriere|esque[cç]a)"
)
_EARLIER = (
    r"(?:previous|prior|earlier|above|preceding|former|initial|original|existing|past|all|any|every"
    r"|everything|everthing|those|these|your|the|given|anteriores|pr[ée]c[ée]dentes|alle|todas|toutes"
    r"|tutte|before)"
)
_ORDERS = (
    r"(?:instructions?|directi(?:ons?|ves?)|prompts?|rules|orders|guidelines|commands?|constraints"
    r"|programming|context|training|told|instructed|been told|instrucciones|consignes|anweisungen"
    r"|istruzioni|instru[cç][oõ]es|reglas|r[eè]gles|regeln)"
)
_ABROAD = (  # the same in languages of another word order or script
    r"\b(?:про)?игнорируй(?:те)?\b[^.!?\n]{0,40}\b(?:инструкци|указани|правил)"
    r"|\bзабудь(?:те)?\b[^.!?\n]{0,40}\b(?:инструкци|указани|правил)"
    r"|(?:忽略|忽视|无视|無視|忘记|忘記)[^。！？\n]{0,20}(?:指令|指示|规则|規則|提示)"
    r"|(?:指示|命令|ルール|プロンプト)[^。！？\n]{0,12}(?:無視|忘れ)"
    r"|(?:지시|명령|규칙|프롬프트)[^.!?\n]{0,12}(?:무시|잊)"
    r"|(?:تجاهل|انس|انسَ)[^.!?\n]{0,40}(?:التعليمات|الأوامر|القواعد)"
    r"|(?:निर्देशों|निर्देश|नियमों)[^।!?\n]{0,30}(?:अनदेखा|नज़रअंदाज़|भूल)"
    r"|\b(?:z?ignoruj|pomiń|zapomnij)\b[^.!?\n]{0,40}\b(?:instrukcj|polece|zasad)"
    r"|\b(?:talimat|komut|kural)\w*[^.!?\n]{0,30}\b(?:yok say|unut|görmezden gel|dikkate alma)"
    r"|\b(?:negeer|vergeet)\b[^.!?\n]{0,40}\b(?:instructies|opdrachten|regels)"
    r"|\b(?:bỏ qua|phớt lờ|quên)\b[^.!?\n]{0,40}(?:hướng dẫn|chỉ dẫn|lệnh|quy tắc)"
    r"|התעלם[^.!?\n]{0,40}(?:הוראות|ההוראות)"
)
_TELL = (
    r"(?:reveal|show|print|repeat|display|output|leak|disclose|give|tell|share|write|provide|spell"
    r"|recite|expose|dump|confirm|encode|translate|copy|return|what(?:'s| is| are| was| were))"
)
_HIDDEN = (
    r"(?:(?:system|initial|hidden|developer|original|starting|first|secret|internal|pre-?)\s*"
    r"(?:prompts?|instructions?|messages?|configuration|rules|guidelines)"
    r"|your (?:prompt|instructions|rules|programming|configuration)|system\s?prompt)"
)
_SECRET = (
    r"(?:secret (?:key|code|word|phrase)|pass(?:word|phrase|code)|api key|access (?:code|token)"
    r"|credentials)"
)
_FREE = r"(?:restrictions|limits|limitations|filters?|morals?|ethics)"
_RULES = {  # all in lower case, as the texts that they are held against: faster than to ignore it
    "override": rf"\b{_DROP}\b{_GAP}\b{_EARLIER}\b{_GAP}\b{_ORDERS}\b|{_ABROAD}",
    "leak": rf"\b{_TELL}\b{_GAP}\b{_HIDDEN}\b"
    rf"|\b{_TELL}\b (?:\w+ ){{0,4}}(?:text|words|lines?|everything) (?:above|before this)\b"
    r"|\bwhat (?:were|was) you told\b",
    "secret": rf"\b{_TELL}\b (?:\w+ ){{0,3}}(?:your|the|this|its?) (?:\w+ )?{_SECRET}\b"
    rf"|\byour {_SECRET}\b",
    "persona": r"\b(?:you (?:are|will be|must act|will act)|act(?:ing)?|pretend|behave|respond"
    r"|answer|role\s?play|simulate|immerse)\b[^\n]{0,120}?\b"
    r"(?:dan|do anything now|jailbroken|jailbreak|unfiltered|uncensored|unrestricted|amoral"
    rf"|no {_FREE}|without (?:any )?(?:{_FREE}|censorship))\b"
    r"|\bdo anything now\b|\bstay in character\b|\b(?:break|broken|breaks) (?:out of )?character\b"
    r"|\bbroken free (?:of|from)\b",
    "mode": r"\b(?:developer|debug|god|maintenance|admin(?:istrator)?|sudo|root|jailbreak"
    r"|diagnostic|unrestricted|override|system|opposite|evil|dan|dev|law enforcement)\s+"
    r"(?:override\s+)?mode\b|\bmode (?:enabled|activated|on)\b|\[\W?(?:system|admin|jailbreak|🔓)",
    "marks": r"<\|?(?:im_start|im_end|system|endoftext|eot_id)\|?>"
    r"|</(?:system|instructions?|prompt)>|\[/?inst\]|<</?sys>>|^[ \t]*(?:system|developer)[ \t]*:\s"
    r"|^#{2,}\s*(?:system|new|end of)\b|\bend of (?:input|prompt|instructions)\b",
    "limits": r"\b(?:not|never|no longer|isn'?t|aren'?t|without|free (?:of|from)|bypass(?:es|ing)?"
    r"|any)\b[^.\n]{0,60}?\b(?:bound|restricted|limited|constrained|censored|openai"
    r"|content polic(?:y|ies)|ethical (?:guidelines|constraints|limits)"
    r"|moral(?:ity|s)? (?:or|and) ethic)\b"
    r"|\b(?:never|cannot|can't|must not|won't|will not|doesn't|does not) (?:ever )?"
    r"(?:refuse|decline|say (?:no|sorry|that you can|\W?I can))"
    r"|\b(?:never|don'?t|doesn'?t|not) (?:\w+ ){0,3}"
    r"(?:warn|moralize|care about (?:ethic|moral|legal))"
    r"|\billegal\b[^.\n]{0,40}\b(?:immoral|unethical|amoral)\b"
    r"|\b(?:unethical|immoral|amoral)\b[^.\n]{0,40}\b(?:illegal|harmful)\b",
}
NAMES = tuple(_RULES)
SOURCE = tuple(_RULES.values())


@cache  # not when imported: compiling takes 20 ms
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((name, re.compile(rule, re.M)) for name, rule in _RULES.items())


def matched(views: Iterable[View], names: Collection[str] = NAMES) -> list[tuple[str, str]]:
    """Each of the rules that a view matches, with the view's name; each rule once."""
    found: dict[str, str] = {}
    for view in views:
        text = view.text.lower()
        for name, pattern in _compiled():
            if name in names and name not in found and pattern.search(text):
                found[name] = view.name
    return list(found.items())
