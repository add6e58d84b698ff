"""`make chaos`: the bank under load while everything around it and inside its postings fails; and nobody is told a lie.

A seed makes the plan: which faults, in which order, and mixes of them in the time that is left. After each fault the
bank must be ready, customers paying and deeds booked again, without a hand, within RECOVERY_SECONDS; and everything
that was acknowledged until then must be there. At the end whatever was unknown must be known, and the books must be
exactly what everybody was told. Exit status 1 where anything isn't so.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import click
from chaos.disk import Disk, NoDisk
from chaos.faults import Fault, NotReached
from chaos.house import House, open_house
from chaos.judge import Judge
from chaos.plan import short_plan, whole_plan

RECOVERY_SECONDS = 30
"""Without a hand: what the loss of a database node may cost. Twice that beside other tests on the same processors."""

SETTLING_SECONDS = 60
"""How long customers may need at the end until everything is known."""

CUSTOMERS, CUSTOMERS_OF_SHORT = 8, 5


@dataclass
class Report:
    """What the run shows."""

    patience: float
    happened: Counter[str] = field(default_factory=Counter)
    unreached: list[str] = field(default_factory=list)
    longest: tuple[float, str] = (0.0, "")
    left_out: int = 0
    violations: list[str] = field(default_factory=list)


@click.command()
@click.option("--minutes", type=float, default=5, show_default=True, help="How long to attack.")
@click.option("--seed", type=int, default=None, help="Makes the plan; any, where none is given.")
@click.option("--short", is_flag=True, help="Every kind of fault once, as `make test` has it.")
@click.option("--keep", is_flag=True, help="Leave the logs in their folder.")
def main(minutes: float, seed: int | None, short: bool, keep: bool) -> None:
    """Attack, and tell."""
    seed = random.randrange(10**6) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="dega-chaos-"))
    (folder / "disk").mkdir(mode=0o700)
    disk = _disk(folder / "disk")
    click.echo(f"seed {seed}")
    try:
        report, house = asyncio.run(attack(folder, disk, seed, minutes, short=short))
    finally:
        if keep:
            click.echo(f"logs: {folder}")
        else:
            shutil.rmtree(folder / "disk", ignore_errors=True)
            shutil.rmtree(folder, ignore_errors=True)
    show(report, house)
    sys.exit(1 if report.violations else 0)


def _disk(folder: Path) -> Disk | None:
    try:
        return Disk(folder)
    except NoDisk as why:
        click.echo(f"no disk will be full: {why}")
        return None


async def attack(folder: Path, disk: Disk | None, seed: int, minutes: float, *, short: bool) -> tuple[Report, House]:
    """The whole run; what there is to tell."""
    report, chance = Report(RECOVERY_SECONDS * (2 if short else 1)), random.Random(seed)
    async with open_house(folder, seed, CUSTOMERS_OF_SHORT if short else CUSTOMERS) as house:
        judge = Judge(house)
        await judge.open()
        house.begin()
        await _recover(house, "the start", report)
        click.echo(f"{'lasted':>6} {'healed':>6}  seconds")
        ends = time.monotonic() + minutes * 60
        plan = short_plan(disk, chance) if short else whole_plan(disk, chance)
        for place, faults in enumerate(plan):
            if not short and time.monotonic() > ends:
                report.left_out = len(plan) - place
                break
            await _one(house, judge, faults, chance, report)
        while not short and time.monotonic() < ends:
            faults = [fault for group in chance.sample(plan, chance.choice((1, 2, 2, 3))) for fault in group]
            await _one(house, judge, faults, chance, report, is_mix=True)
        await _settle(house, report)
        await judge.end()
        report.violations += judge.violations
        house.lines.read()
    return report, house


async def _one(
    house: House, judge: Judge, faults: list[Fault], chance: random.Random, report: Report, *, is_mix: bool = False
) -> None:
    """These faults at the same moment, and what follows. In a mix one may leave nothing for the other to fail at."""
    name = " + ".join(fault.name for fault in faults)
    begun = time.monotonic()
    outcomes = await asyncio.gather(*(fault.happen(house, chance) for fault in faults), return_exceptions=True)
    for fault, outcome in zip(faults, outcomes, strict=True):
        if isinstance(outcome, NotReached):
            (report.unreached if is_mix else report.violations).append(f"{fault.name}: {outcome}")
            continue
        if outcome is not None:
            raise outcome
        report.happened[fault.kind] += 1
    lasted = time.monotonic() - begun
    healed, last = await _recover(house, name, report)
    click.echo(f"{lasted:6.1f} {healed:6.1f}  {name}" + (f" (last: {last})" if healed > 2 else ""))
    await judge.look(name)


async def _recover(house: House, after: str, report: Report) -> tuple[float, str]:
    """Wait until the bank is ready, a customer has paid and a deed was booked; the seconds that it took, and what was
    last."""
    begun = time.monotonic()
    paid, booked = house.notes.acknowledged, _booked(house)
    missing, last = {"ready", "a payment", "a deed"}, ""
    while missing and time.monotonic() - begun < report.patience:
        last = ", ".join(sorted(missing))
        if "ready" in missing and await house.ready():
            missing.discard("ready")
        if house.notes.acknowledged > paid:
            missing.discard("a payment")
        if "a deed" in missing and _booked(house) > booked:
            missing.discard("a deed")
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - begun
    if missing:
        report.violations.append(
            f"{report.patience} s after {after} there is still missing: {', '.join(sorted(missing))}"
        )
    if after != "the start":
        report.longest = max(report.longest, (seconds, after))
    return seconds, last


def _booked(house: House) -> int:
    return sum(1 for deed in house.lines.read().values() if deed.movement)


async def _settle(house: House, report: Report) -> None:
    """No new payments; everything that is open is brought to its end."""
    house.stopping.set()
    _, waiting = await asyncio.wait(house.customers, timeout=SETTLING_SECONDS)
    for task in house.customers:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
    if waiting:
        report.violations.append(f"{len(waiting)} customers don't know after {SETTLING_SECONDS} s what became of it")
    await house.counter.stop()


def show(report: Report, house: House) -> None:
    """The table."""
    tellings, deeds = house.notes.tellings, house.lines.deeds.values()
    by_pages = Counter(telling.standing for telling in tellings)
    rows: list[tuple[str, object]] = [
        ("acknowledged on pages", by_pages["acknowledged"]),
        ("acknowledged at the counter", sum(1 for deed in deeds if deed.movement)),
        ("unknown, then known (pages)", sum(1 for telling in tellings if telling.was_unknown)),
        ("  of them “po verifikohet”", sum(1 for telling in tellings if telling.was_pending)),
        ("unknown, then known (counter)", sum(1 for deed in deeds if deed.was_unknown)),
        ("told “nuk u krye”", sum(telling.told_unmade for telling in tellings)),
        ("given up on pages", by_pages["given up"]),
        ("given up at the counter", sum(1 for deed in deeds if deed.said == "dropped")),
        ("blocks lifted by telephone", house.notes.unlocked),
        *((f"faults: {kind}", count) for kind, count in sorted(report.happened.items())),
        ("faults of mixes not reached", len(report.unreached)),
        ("faults left out for want of time", report.left_out),
        ("longest recovery", f"{report.longest[0]:.1f} s after {report.longest[1]}"),
        ("longest wait of a customer", f"{house.notes.longest_wait:.1f} s"),
        ("violations", len(report.violations)),
    ]
    click.echo("")
    for name, value in rows:
        click.echo(f"{name:<34} {value}")
    for line in (*report.unreached, *report.violations[:50]):
        click.echo(f"  {line}")


if __name__ == "__main__":
    main()
