"""Train the injection model and write its weights: python benchmarks/train_injection.py.

The same rows give the same weights. Their data card is workbench/filters/injection.md.
"""

from collections import Counter
from pathlib import Path

import grammar
from injection_rows import TRAINED, rows, trained

WEIGHTS = Path(__file__).resolve().parents[1] / "workbench" / "filters" / "injection.npz"


def main() -> None:
    given = rows()
    trained(given).save(WEIGHTS)
    used = Counter(row.source for row in given if row.source in TRAINED)
    print(", ".join(f"{source} {count}" for source, count in sorted(used.items())))
    print(f"own grammar {len(grammar.attacks())} + {len(grammar.harmless())}")
    print(f"{WEIGHTS.name}: {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
