"""`./dev sim`: a campaign, one life again, or the sabotages; the last line of standard output is one JSON object."""

import argparse
import json
import sys
from typing import Final

from tests.sim import campaign
from tests.sim.life import lived
from tests.sim.sabotage import SABOTAGES
from tests.sim.shrink import shrunk

SHORTENED: Final = 3
"""Of so many lives that break a promise a shorter list of steps is looked for."""


def main() -> int:
    """Run what the words ask for; 1 if a promise was broken or a sabotage missed."""
    words = argparse.ArgumentParser(prog="./dev sim")
    words.add_argument("--histories", type=int, default=2_000, metavar="N")
    words.add_argument("--seed", type=int, default=1, metavar="S")
    words.add_argument("--sabotage", choices=[*SABOTAGES, "all"], metavar="NAME")
    words.add_argument("--real", action="store_true", help="every life with the real cryptography")
    args = words.parse_args()
    if args.sabotage is None:
        return _campaign(args.seed, args.histories, real=args.real)
    names = list(SABOTAGES) if args.sabotage == "all" else [args.sabotage]
    return _sabotages(names, args.seed, args.histories)


def _campaign(seed: int, histories: int, *, real: bool) -> int:
    done = campaign.run(seed, histories, _progress, real=real)
    for number, life in enumerate(done.failing):
        _say(f"seed {life.seed} breaks: {'; '.join(life.violations)}")
        if number < SHORTENED:
            _show_short(life.seed, life.seed - seed, real=real)
    print(json.dumps(done.summary()))
    return 1 if done.failing else 0


def _show_short(seed: int, number: int, *, real: bool) -> None:
    with campaign.templates() as template:
        short = shrunk(campaign.plan_of(seed, number, real=real), template)
        broken = lived(short, template).violations
    _say(f"  in {len(short.steps)} steps: {'; '.join(broken)}")
    for step in short.steps:
        _say(f"    {step.kind} device={step.device} seed={step.seed} {step.fault}")


def _sabotages(names: list[str], seed: int, histories: int) -> int:
    caught, missed = {}, []
    for name in names:
        done = campaign.caught(name, seed, histories)
        if done.failing:
            caught[name] = len(done.lives)
            _say(f"{name}: caught after {caught[name]}: {done.failing[0].violations[0]}")
        else:
            missed.append(name)
            _say(f"{name}: MISSED in {histories}")
    print(json.dumps({"caught": caught, "missed": missed}))
    return 1 if missed else 0


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rhistories: {done} of {of}   " + ("\n" if done == of else ""))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
