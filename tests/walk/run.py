"""Walk so many steps from a seed that is told, so that a walk that failed can be taken again."""

import os
import random
from collections import Counter
from zlib import crc32

import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.walk.machine import Walk
from tests.walk.packing import WalkThroughThePackingHouse
from tests.walk.stage import Stage

STEPS_PER_WALK = 150
# The seed of a walk that is to be taken again, as a failed test told it; and whether to spend
# minutes on a shorter walk that fails in the same way.
SEED, SHRINK = "WALK_SEED", "WALK_SHRINK"


def choose_seed(name: str) -> int:
    """The one asked for; in CI one that is the same each time, else a new one."""
    if asked := os.environ.get(SEED):
        return int(asked)
    return crc32(name.encode()) if os.environ.get("CI") else random.SystemRandom().getrandbits(32)


def walk(
    stage: Stage, steps: int, seed: int, machine: type[Walk] = WalkThroughThePackingHouse
) -> Counter[str]:
    """Take at least so many steps; how often what happened. Raises what a walk broke."""
    stage.tally.clear()
    for part in range(steps):
        missing = steps - stage.tally["steps"]
        if missing <= 0:
            break
        _run(stage, -(-missing // STEPS_PER_WALK), seed + part, machine)
    return Counter(stage.tally)


def _run(stage: Stage, walks: int, seed: int, machine: type[Walk]) -> None:
    on_stage = type(machine.__name__, (machine,), {"stage": stage})
    phases = [Phase.generate, *([Phase.shrink] if os.environ.get(SHRINK) else [])]
    options = settings(
        max_examples=walks,
        stateful_step_count=STEPS_PER_WALK,
        deadline=None,
        database=None,
        derandomize=False,
        phases=phases,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(hypothesis.seed(seed)(on_stage), settings=options)
