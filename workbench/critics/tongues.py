"""Words of critics: numbers, and what other languages than English say around a rating, as parts of
patterns.
"""

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
)  # fmt: skip
# '4 von 5'
OUT_OF = (
    "von|sur|de|di|su|sobre|van|uit|av|af|из|з|z|ze|na|dari|daripada|trên|στα|จาก|เต็ม|از|من|מתוך"
)
AT_MOST = r"(?:un m[áa]xim[oa] (?:de |di )?|maximal |maximum )"  # '4 von maximal 10'
# '5点満点中4点', '5 üzerinden 4': the top stands first
TOP_FIRST = (
    r"(?:点満点(?:中|で|の)|点中|分中的?|점 ?(?:만점(?:에|중|에서)|중(?:에서?)?)|:st[äa]\b"
    r"| ?(?:üzerinden|में से))"
)
# '3 bis 4'
TO = (
    r"\b(?:bis|oder|à|ou|(?-i:al?|o)|tot|до|или|do|lub|nebo|til|eller|hingga|sampai|ile|hoặc|đến)\b"
    r"|(?:至|到|或|から|〜|ถึง|หรือ|से)"
)
RANGING = "von|de|del|da|du|от|od|van"  # '(von 1 bis 5)'
SCALE = (
    r"[满滿]分(?:[是为為:]|\s)*(\d+)|(?<!\d)(\d+)(?:点満点|段階)|(?<!\d)(\d+)점 ?만점"
    r"|\b(?:skal[aię]\w?|échelle|escala|scala|шкал\w+|schaal|stupnici|ölçek\w*)\b"
    r"[^\d\n]{1,20}\d+[^\d\n]{1,12}(\d+)"
    r"|\b(\d+)er-skala\b|\b(\d+)-punkte-skala\b"
)
RATING = (
    "bewertung|wertung|punktzahl|puntuación|calificación|valoración|avaliação|pontuação|nota"
    "|valutazione|punteggio|voto|beoordeling|ocena|puan|betyg|hodnocení|điểm|βαθμολογία|értékelés"
    "|arvosana|skor|nilai|امتیاز|оценка|оцінка|балл?|рейтинг|التقييم|تقييم|الدرجة|דירוג|ציון|रेटिंग|अंक|मूल्यांकन|คะแนน"
    "|评分|得分|分数|评级|評分|評価|スコア|点数|점수|평점|평가"
)
OVERALL = (
    r"(?:ins)?gesamt\w*|(?:gesamt\w*|abschließende|endgültige) (?:note|bewertung|wertung)"
    r"|note (?:globale|finale|générale)"
    r"|(?:puntuación|calificación|nota|valoración) (?:general|total|final|global)"
    r"|(?:nota|pontuação|avaliação) (?:final|geral|total)"
    r"|(?:punteggio|voto|valutazione) (?:complessiv|final|total|general)[oea]"
    r"|(?:общая|итоговая) оценка|итого?|ocena (?:końcowa|ogólna)|genel (?:puan|not)|toplam puan"
    r"|totaal\w*|eindscore|总[分评]|总体(?:评分|得分)?|综合(?:评分|得分)|最终(?:评分|得分)"
    r"|総合(?:評価|点|スコア)?|最終(?:評価|スコア)|총점|종합(?: ?(?:점수|평가))?"
    r"|최종 ?(?:점수|평가)"
)
NOT_OF_THE_ANSWER = (
    r"konfidenz|vertrauen|zuversicht|sicherheit|confiance|confianza|confiança|fiducia|zekerheid|pewność"
    r"|уверенность|置信度?|信心|確信度|신뢰도|확신도|güven"
    # what is counted, and the ends or the pass mark of a scale
    r"|nombre|número|numero|aantal|antal|liczba|количество|число|jumlah"
    r"|m[áa]xim\w*|m[íi]nim\w*|passage|проходн\w*"
)
# at a label's end: what is counted, or where something stands
COUNTED = (
    r"count|paragraph|section|sentence|line|row|column|step|turn|item|example|question|criterion"
    r"|version|rank|position|index|id|weight|threshold|target|temperature|date|latency|attempt|iteration|round|found|lost|missing|penalty|deduction|difference|error|used"
    r"|fehler|anzahl|fehler(?:an)?zahl|seite|absatz|satz|schritt|zeile|frage|beispiel|abzug"
    r"|erreur|étape|paragraphe|exemple|página|paso|párrafo|pregunta|ejemplo|ошибк\w|错误数?|エラー数?"
)
# a verb that rates; the number ends its clause
RATED = (
    r"\b(?:(?:ver)?geb(?:e|en)|gäbe|bewerte|benote|donne(?:rais)?|mets|attribue|doy|daría|pongo"
    r"|otorgo|califico|dou|daria|atribuo|assegno|darei|ставлю|даю|поставил[аи]?|оцениваю|geef"
    r"|beoordeel|ger|giver|gir|daję|oceniam|dávám|beri|memberi)\b|أعطي\w*|[给給打]"
)
UNITS = (
    r"punkte?n?|sternen?|étoiles?|estrellas?|estrelas?|stell[ae]|sterren|puntos?|pontos?|punt[oi]"
    r"|балл\w*|зв[её]зд[аы]?|yıldız|puan|pistettä|bintang|gwiazdki|gwiazdek"
)
COUNTERS = r"(?:[分点점]|[颗顆]?星)(?:です|입니다)?(?!\w)"
# what is counted, and rates nothing
THINGS = (
    r"fehlern?|probleme?n?|hinweisen?|beispielen?|quellen|aussagen|kriterien|sätzen?|wörtern?"
    r"|jahren?|tagen?|stunden|minuten|sekunden|erreurs|fautes|problèmes|errores|fallos|problemas"
    r"|erros|falhas|errori|problemi|fouten|ошиб\w+|проблем\w*|[个個处處つ件]"
)
NEGATED = (
    r"pas|jamais|nicht|kein\w*|niemals|niet|geen|nooit|nunca|jamás|não|не|никогда"
    r"|no (?:l[eoa]s?|se|es|doy|daría|merece|vale|llega)"
)
# before a number that replaces the one before it: '4, nein, 3'
REVISING = (
    r"\b(?:(?:nein|non|nee|нет)(?=,)|korrektur|besser gesagt|vielmehr|plutôt|mejor dicho|más bien"
    r"|anzi|aliás|ou melhor|точнее|вернее|поправка)\b|应该是|更正为?|いや|訂正|아니"
)
# labels of what is not how good an answer is: of what is wrong with it, or of the task
OTHER_QUALITIES = (
    r"schwere(?:grad)?|schwierigkeit(?:sgrad)?|risiko|dringlichkeit|toxizität|schulnote"
    r"|gravité|sévérité|risque|difficulté|urgence|gravedad|severidad|riesgo|dificultad|gravità"
    r"|rischio|difficoltà|gravidade|risco|dificuldade|тяжесть|серь[её]зность|риск|сложность"
    r"|严重(?:程度|性)|风险|难度|重大度|深刻度|リスク|難易度|심각도|위험도?|난이도|الخطورة"
)
