"""Policies of a given size: structured ones, random clauses, the hardest clauses, sums of numbers."""

from __future__ import annotations

from collections.abc import Callable
import random

LEVELS = ["low", "medium", "high", "critical"]
SHARED = 4  # fields that all groups of a structured policy share
GROUP = 5  # fields of a group of their own
ADJUSTABLE = 8  # levels of which `check` asks whether a rise and a fall can both permit


class Writer:
    """Writes atoms over fields of each kind, in turn: three levels, a bool and a number of five."""

    def __init__(self, source: random.Random, fields: int) -> None:
        self.source = source
        self.names = [f"f{i}" for i in range(fields)]
        self.shared = [f"g{i}" for i in range(SHARED)]
        self.kinds = {name: "LLLBN"[int(name[1:]) % GROUP] for name in (*self.shared, *self.names)}

    def atom(self, name: str) -> str:
        """Return a condition on one field."""
        match self.kinds[name]:
            case "L":
                level = self.source.choice(LEVELS[1:])
                return f"{name} {self.source.choice(['>=', '<', '='])} {level}"
            case "B":
                return self.source.choice([name, f"not {name}"])
            case _:
                return f"{name} {self.source.choice(['>=', '<'])} {self.source.choice([1, 2.5, 4])}"

    def head(self) -> list[str]:
        """Return the declarations."""
        types = {"L": "L", "B": "bool", "N": "number"}
        adjustable = [name for name, kind in self.kinds.items() if kind == "L"][:ADJUSTABLE]
        fields = "\n".join(
            f"  {name}: {types[kind]}{' adjustable' if name in adjustable else ''}"
            for name, kind in self.kinds.items()
        )
        return [
            f"scale L: {' < '.join(LEVELS)}",
            f"record {{\n{fields}\n}}",
            "action deploy, develop: permitted unless forbidden",
            "action open: forbidden unless permitted",
        ]


def structured(rules: int, fields: int, seed: int) -> list[str]:
    """Return a policy as an organisation writes one: each rule reads a few fields of one group."""
    source = random.Random(f"structured {rules} {fields} {seed}")
    writer = Writer(source, fields)
    groups = [writer.names[i : i + GROUP] for i in range(0, fields, GROUP)]
    lines = writer.head()
    for place in range(rules):
        group = source.choice(groups)
        many = min(source.choice([2, 2, 3]), len(group))
        chosen = [*source.sample(group, many), *source.sample(writer.shared, source.choice([0, 1]))]
        atoms = [writer.atom(name) for name in chosen]
        condition = " and ".join(atoms)
        if place % 7 == 3:
            condition = f"({' or '.join(atoms[:2])})" + "".join(f" and {one}" for one in atoms[2:])
        if place % 11 == 5:
            condition = f"{chosen[0]} is missing and {atoms[1]}"
        lines.append(f"rule r{place}: {condition} -> {effect(source, writer, group, place)}")
    return lines


def effect(source: random.Random, writer: Writer, group: list[str], place: int) -> str:
    """Return what a rule does: most forbid; none that asks for an absence permits."""
    action = source.choice(["deploy", "develop"])
    if place % 11 != 5:
        if place % 9 == 4:
            return "permit open"
        if place % 13 == 6:
            return f"require {writer.atom(source.choice(group))} for {action}"
    if place % 8 == 2:
        return f"forbid {action} unless {writer.atom(source.choice(writer.shared))}"
    return f"forbid {source.choice([action, action, f'{action} and open'])}"


def clauses(rules: int, fields: int, seed: int) -> list[str]:
    """Return a policy without any structure: each condition four clauses of three atoms."""
    source = random.Random(f"clauses {rules} {fields} {seed}")
    writer = Writer(source, fields)
    lines = writer.head()
    for place in range(rules):
        parts = [source.sample([*writer.names, *writer.shared], 3) for _ in range(4)]
        condition = " and ".join(f"({' or '.join(map(writer.atom, part))})" for part in parts)
        lines.append(f"rule r{place}: {condition} -> {'permit open' if place % 9 == 4 else 'forbid deploy'}")
    return lines


def threshold(rules: int, fields: int, seed: int) -> list[str]:
    """Return random conjunctions of three Booleans; with 4.26 rules a field no questions are harder."""
    source = random.Random(f"threshold {rules} {fields} {seed}")
    names = [f"b{i}" for i in range(fields)]
    lines = [f"record {{ {', '.join(f'{name}: bool' for name in names)} }}"]
    lines.append("action deploy: permitted unless forbidden")
    for place in range(rules):
        atoms = [source.choice(["", "not "]) + name for name in source.sample(names, 3)]
        lines.append(f"rule r{place}: {' and '.join(atoms)} -> forbid deploy")
    return lines


def sums(rules: int, atoms: int, seed: int, numbers: int = 20) -> list[str]:
    """Return a policy over some numbers, with so many conditions on sums of two or three of them."""
    source = random.Random(f"sums {rules} {atoms} {seed}")
    names = [f"n{i}" for i in range(numbers)]
    lines = [f"record {{ {', '.join(f'{name}: number' for name in names)} }}"]
    lines.append("action deploy, develop: permitted unless forbidden")
    linear = []
    for _ in range(atoms):
        first, *rest = source.sample(names, source.choice([2, 3]))
        terms = "".join(f" {source.choice('+-')} {source.choice(['', '2 * '])}{name}" for name in rest)
        linear.append(f"{first}{terms} {source.choice(['>=', '>', '<'])} {source.choice([0, 1, 2.5, 7])}")
    for place in range(rules):
        single = [f"{name} {source.choice(['>=', '<'])} {source.choice([0, 1, 3])}" for name in names]
        chosen = [source.choice(linear), *source.sample(single, source.choice([1, 2]))]
        action = source.choice(["deploy", "develop"])
        lines.append(f"rule r{place}: {' and '.join(chosen)} -> forbid {action}")
    return lines


def mutant(lines: list[str], seed: int) -> list[str]:
    """Return a policy with one rule dropped, turned, said again of fewer records, or given an exception."""
    source = random.Random(f"mutant {seed}")
    first = next(place for place, line in enumerate(lines) if line.startswith("rule "))
    place = source.randrange(first, len(lines))
    line = lines[place]
    kinds: list[Callable[[], list[str]]] = [
        lambda: [],
        lambda: [line.replace(">=", "<", 1) if ">=" in line else line.replace("<", ">=", 1)],
        lambda: [line, narrowed(lines, line)],
        lambda: [line if " unless " in line or "forbid" not in line else f"{line} unless {exception(lines)}"],
    ]
    return [*lines[:place], *source.choice(kinds)(), *lines[place + 1 :]]


def narrowed(lines: list[str], line: str) -> str:
    """Return a rule that says what another one does, of fewer records: it changes nothing."""
    name, rest = line.split(": ", 1)
    condition, effect = rest.split(" -> ")
    return f"{name}_again: ({condition}) and ({exception(lines)}) -> {effect}"


def exception(lines: list[str]) -> str:
    """Return a condition that the record type has."""
    return "g3" if any("  g3: bool" in line for line in lines) else "false"
