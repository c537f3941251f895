"""How often the health report says something about healthy trainings: it should be never.

    python benchmarks/false_alarms.py [--runs 200]

Every run draws data, a network, an optimizer and an order of fits from its seed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.training.healthy import alarms


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the seed of the first run")
    given = parser.parse_args()
    found = alarms(range(given.first, given.first + given.runs))
    for seed, trainer, said in found:
        print(f"{seed}: {trainer.model}, {trainer.loss}, {trainer.optimizer}")
        print(f"    losses {[round(loss, 3) for loss in trainer.health.losses[-10:]]}")
        print(*said, sep="\n")
    print(f"{len(found)} false alarms in {given.runs} runs")
    return len(found)


if __name__ == "__main__":
    sys.exit(main() > 0)
