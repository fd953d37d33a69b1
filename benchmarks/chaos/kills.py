"""Kills commands, and Neo4j under them, and looks whether the next try makes it good."""

import random
import sys
import time

from benchmarks.chaos.scenario import Scenario
from benchmarks.chaos.world import Program, await_gone

# Of being killed, whenever it is seen to write.
_CHANCE = 0.3


def catch(scenario: Scenario, program: Program, draw: random.Random) -> bool:
    """Waits for one of its writes, whichever chance takes. False when it ended before."""
    while program.alive():
        if scenario.at_work(program) and draw.random() < _CHANCE:
            return True
        time.sleep(0.015)
    return False


def kill_command(scenario: Scenario, draw: random.Random) -> bool:
    """Kills the command once at work. Whether it must be called again: it did not end by itself."""
    world, program = scenario.world, scenario.begin_to_be_killed()
    writing = alive = False
    try:
        writing = alive = catch(scenario, program, draw)
        # Half of the kills come a moment later: in another write, or between two.
        if alive and draw.random() < 1 / 2:
            time.sleep(draw.uniform(0, 0.1))
            writing, alive = scenario.at_work(program), program.alive()
    finally:
        program.kill()
        code, _ = program.end()
    await_gone(world, program)
    world.pass_time()
    counted = alive and (writing or scenario.things() not in (scenario.before, scenario.after))
    scenario.kills += counted
    scenario.idle += not counted
    return code != 0


def kill_server(scenario: Scenario, draw: random.Random) -> bool:
    """Kills Neo4j while the command is at work, and starts it again at once.

    Whether the command must be called again.
    """
    world, program = scenario.world, scenario.begin()
    try:
        alive = catch(scenario, program, draw)
        world.server.kill()
        world.server.restart()
        code, said = program.end()
    finally:
        program.kill()
    noticed = alive and (code != 0 or "will be tried again" in said)
    scenario.server_kills += noticed
    scenario.idle += not noticed
    scenario.carried += noticed and code == 0
    return code != 0


def make_good(scenario: Scenario, again: bool = True) -> None:
    """Calls the command again, and compares what it leaves with what it should."""
    world, wrong = scenario.world, []
    if again:
        scenario.reruns += 1
        world.pass_time()
        code, said = scenario.begin().end()
        wrong = [f"exit {code}: {said.strip().splitlines()[-1:]}"] if code else []
    things = scenario.things()
    for text, one, other in (
        ("missing", scenario.after, things),
        ("too many", things, scenario.after),
    ):
        if found := one - other:
            wrong.append(f"{found.total()} {text}, as {next(iter(found))[:200]}")
    if (sums := world.sums()) != scenario.sums:
        wrong.append(f"counters {sums}, not {scenario.sums}")
    wrong += [f"left: {what}" for what in world.left()]
    for line in wrong:
        print(f"  {scenario.name}: {line}", file=sys.stderr, flush=True)
    scenario.wrong += wrong


def disturb(scenario: Scenario, draw: random.Random, server: bool, again: float = 1 / 3) -> None:
    """One time from the beginning: one or more kills, and then in peace.

    again: the chance of a further kill of the same command.
    """
    scenario.put_back()
    unfinished = kill_server(scenario, draw) if server else kill_command(scenario, draw)
    while unfinished and not server and draw.random() < again:
        unfinished = kill_command(scenario, draw)
    make_good(scenario, unfinished)
