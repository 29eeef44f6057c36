"""The exact analysis of many rules against loading them, and comparisons against decisions."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
import random
import sys
from tempfile import TemporaryDirectory

import policylang
from policylang.analysis import Baseline, check

from ratios import Ratio, ratio
from starting import process

sys.path.append(str(Path(__file__).parents[1] / "analysis"))  # policies made there, and z3's opinion
import generated

LEVELS = ["medium", "high", "critical"]
MUTANTS = 8  # that are new in each round
WORDS = {"structured": "rules", "clauses": "random conditions", "threshold": "hardest conditions"}


def rules(size: int) -> list[str]:
    """Return rules over groups of five fields and four that all groups share, and the declarations."""
    source = random.Random(1)
    fields = [f"f{i}" for i in range(size)]
    shared = [f"g{i}" for i in range(4)]
    is_level = {name: int(name[1:]) % 5 < 3 for name in (*fields, *shared)}
    groups = [fields[i : i + 5] for i in range(0, size, 5)]

    def atom(name: str) -> str:
        if is_level[name]:
            return f"{name} {source.choice(['>=', '<'])} {source.choice(LEVELS)}"
        return source.choice([name, f"not {name}"])

    types = "\n".join(f"{name}: {'L' if level else 'bool'}" for name, level in is_level.items())
    head = f"scale L: low < medium < high < critical\nrecord {{\n{types}\n}}"
    found = [head, "action deploy, develop: permitted unless forbidden"]
    for place in range(size):
        chosen = source.sample([*source.choice(groups), source.choice(shared)], source.choice([2, 3]))
        action = source.choice(["deploy", "develop"])
        found.append(f"rule r{place}: {' and '.join(map(atom, chosen))} -> forbid {action}")
    return found


def beside_z3(kind: str, size: int, fields: int) -> Ratio:
    """Return how `check` compares with z3, which is asked a part of its questions and shows no records."""
    from opinions import Opinion, Reading, Z3

    policy = policylang.loads("\n".join(getattr(generated, kind)(size, fields, 1)))

    def ours() -> None:
        check(policy, time_limit=None)

    def theirs() -> None:
        Opinion(Reading(Z3(), (policy,)), policy).findings()

    return Ratio(f"check {size} {WORDS[kind]} over {fields} fields / z3", ratio(ours, theirs, 1), 1)


def of_twelve_categories(rounds: int) -> Iterator[Ratio]:
    """Yield how long a check of a framework with twelve categories takes, at hand and as a command."""
    text = policylang.load("preparedness_beta").text
    four = "cybersecurity, cbrn, persuasion, model_autonomy"
    assert four in text
    text = text.replace(four, ", ".join((four, *(f"category_{i}" for i in range(8)))))
    policy = policylang.loads(text)
    yield Ratio(
        "check 12 categories / load them",
        ratio(lambda: check(policy), lambda: policylang.loads(text), rounds),
        1,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "twelve.policy"
        path.write_text(text, encoding="utf-8")
        loading = process("-c", "import policylang, sys; policylang.load(sys.argv[1])", str(path))
        command = process("-m", "policylang", "check", "--format", "json", str(path))
        yield Ratio(
            "check 12 categories as a command / load them in Python", ratio(command, loading, rounds), 3
        )


def of_mutants(size: int, rounds: int) -> Ratio:
    """Return how a baseline compares with z3, which judges the same mutants in one solver."""
    import comparisons

    lines = generated.structured(size, size, 0)
    judged = comparisons.Judged(comparisons.policy_of(lines))
    batches = [
        [comparisons.policy_of(generated.mutant(lines, MUTANTS * place + i)) for i in range(MUTANTS)]
        for place in range(rounds + 1)
    ]
    for_us, for_them = iter(batches), iter(batches)

    def ours() -> None:
        for new in next(for_us):
            judged.baseline.compare(new, time_limit=None, fewest=False)

    def theirs() -> None:
        for new in next(for_them):
            judged.opinion(new)

    return Ratio(f"compare with mutants of {size} rules / z3", ratio(ours, theirs, rounds), 0.5)


def counted(size: int, fields: int) -> Ratio:
    """Return how counting what a mutant changes compares with OxiDD, which has diagrams of the policy."""
    import comparisons
    import generated
    from opinions import Opinion, changes

    from policylang.analysis.count import counts
    from policylang.analysis.outcomes import Outcomes, space_of

    lines = generated.structured(size, fields, 0)
    old, new = (policylang.loads("\n".join(x)) for x in (lines, generated.mutant(lines, 4)))
    space = space_of(old.predicates, new.predicates)
    before, after = (Outcomes(space, one.predicates).may for one in (old, new))
    diagrams = comparisons.Counted(old)

    def ours() -> None:
        for action in old.actions:
            if before[action] != after[action]:
                counts(space, before[action], after[action], None)

    def theirs() -> None:
        opinion = Opinion(diagrams.reading, new)
        for action in old.actions:
            for change in changes(diagrams.before, opinion, action):
                diagrams.diagrams.count(change)

    what = f"count what a mutant of {size} rules over {fields} fields changes / OxiDD"
    return Ratio(what, ratio(ours, theirs, 3), 1)


def ratios(size: int, rounds: int) -> Iterator[Ratio]:
    lines = rules(size)
    text = "\n".join(lines)
    policy = policylang.loads(text)
    mutants = [policylang.loads("\n".join([*lines[:place], *lines[place + 1 :]])) for place in range(2, 12)]
    baseline = Baseline(policy)
    record = policy.record({})

    def checked() -> None:
        check(policy, time_limit=None)

    def loaded() -> None:
        policylang.loads(text)

    def compared() -> None:
        for mutant in mutants:
            baseline.compare(mutant, time_limit=None, fewest=False)

    def decided() -> None:
        for mutant in mutants:
            assert policy.decide(record).outcomes and mutant.decide(record).outcomes

    if find_spec("z3") is not None:
        yield beside_z3("structured", 5 * size, size)
        yield beside_z3("clauses", size, size)
        yield beside_z3("threshold", size * 426 // 200, size // 2)
        yield of_mutants(size, rounds)
    if find_spec("oxidd") is not None:
        yield counted(size // 2, size)
    yield from of_twelve_categories(rounds)
    yield Ratio(f"check {size} rules / load them", ratio(checked, loaded, rounds), 1)
    yield Ratio(
        f"compare with a mutant of {size} rules / decide by both", ratio(compared, decided, rounds), 20
    )
