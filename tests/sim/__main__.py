"""`./dev sim`: a campaign, one life again, or the sabotages; the last line of standard output is one JSON object."""

import argparse
import json
import sys

from tests.sim import campaign
from tests.sim.life import lived
from tests.sim.sabotage import SABOTAGES
from tests.sim.shrink import shrunk


def main() -> int:
    """Run what the words ask for; 1 if a promise was broken or a sabotage missed."""
    words = argparse.ArgumentParser(prog="./dev sim")
    words.add_argument("--histories", type=int, default=2_000, metavar="N")
    words.add_argument("--seed", type=int, default=1, metavar="S")
    words.add_argument("--sabotage", choices=[*SABOTAGES, "all"], metavar="NAME")
    args = words.parse_args()
    if args.sabotage is None:
        return _campaign(args.seed, args.histories)
    names = list(SABOTAGES) if args.sabotage == "all" else [args.sabotage]
    return _sabotages(names, args.seed, args.histories)


def _campaign(seed: int, histories: int) -> int:
    done = campaign.run(seed, histories, _progress)
    for life in done.failing[:3]:
        number = life.seed - seed
        _say(f"seed {life.seed} breaks: {'; '.join(life.violations)}")
        _show_short(life.seed, number)
    print(json.dumps(done.summary()))
    return 1 if done.failing else 0


def _show_short(seed: int, number: int) -> None:
    with campaign.templates() as template:
        short = shrunk(campaign.plan_of(seed, number), template)
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
