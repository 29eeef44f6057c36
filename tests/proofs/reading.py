"""What an outsider reads of a record, and what the language says of truth, from the documents alone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from fractions import Fraction
import math
import re
from typing import Any

Steps = tuple[str | int, ...]
Ends = tuple[Any, Any]  # the least and the greatest of the values that something may have
OPPOSITE = {"true": "false", "false": "true", "unknown": "unknown"}


class Refused(Exception):
    """The proof does not hold."""


def demand(holds: bool, why: str) -> None:
    if not holds:
        raise Refused(why)


def day(text: str) -> date:
    demand(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None, "a date of another form")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("no such date") from None


# --- what a record holds ------------------------------------------------------------------------


def type_of(fields: Any, steps: Steps) -> Any:
    """Return the type of a place; a row and an entry are groups. Refused where there is no such place."""
    at: Any = {"group": fields}
    for step in steps:
        if isinstance(at, dict) and "group" in at and type(step) is str and step in at["group"]:
            at = at["group"][step]["type"]
        elif isinstance(at, dict) and "per" in at and type(step) is str and step in at["per"]["members"]:
            at = {"group": at["fields"]}
        elif isinstance(at, dict) and "list" in at and type(step) is int and step >= 0:
            at = {"group": at["list"]}
        else:
            raise Refused("no place of the record")
    return at


def held(record: Any, steps: Steps) -> Any:
    """Return what stands at a place, None for nothing."""
    for step in steps:
        if record is None or (isinstance(step, int) and step >= len(record)):
            return None
        record = record[step] if isinstance(step, int) else record.get(step)
    return record


def exact(type_: Any, value: Any) -> Any:
    """Return an exact value with its order: a rank, a day, a fraction."""
    if isinstance(type_, dict) and "scale" in type_:
        return type_["scale"].index(value)
    if type_ == "Number":
        return Fraction(repr(float(value)))
    return day(value) if type_ in ("date", "past date") else value


def next_to(type_: Any, value: Any, by: int) -> Any:
    """Return the value right above (1) or below (-1)."""
    if type_ == "Number":
        return Fraction(repr(math.nextafter(float(value), by * math.inf)))
    return date.fromordinal(value.toordinal() + by) if isinstance(value, date) else value + by


def ends(type_: Any, value: Any) -> Ends:
    """Return the least and the greatest value of a leaf."""
    if not isinstance(value, dict):
        return exact(type_, value), exact(type_, value)
    low: Any = -math.inf
    high: Any = math.inf
    if isinstance(type_, dict):
        low, high = 0, len(type_["scale"]) - 1
    elif type_ != "Number":
        low, high = date.min, date.max
    for bound, end in value.items():
        found = exact(type_, end)
        match bound:
            case "at_least":
                low = found
            case "above":
                low = next_to(type_, found, 1)
            case "at_most":
                high = found
            case "below":
                high = next_to(type_, found, -1)
    return low, high


def written(type_: Any, value: Any) -> Any:
    """Return an exact value as a record writes it."""
    if isinstance(type_, dict) and "scale" in type_:
        return type_["scale"][value]
    if type_ == "Number":
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def fact(type_: Any, value: Any) -> Any:
    """Return what a proof says of a value."""
    if value is None:
        return None
    if isinstance(type_, dict):
        if "group" in type_ or "per" in type_:
            return {"present": True}
        if "list" in type_:
            return {"entries": len(value)}
        if "attestation" in type_:
            return {part: value[part] for part in ("holds", "by", "role", "on")}
    low, high = ends(type_, value)
    if low == high:
        return written(type_, low)
    both = (("at_least", low), ("at_most", high))
    return {bound: written(type_, end) for bound, end in both if end not in (-math.inf, math.inf)}


# --- atoms --------------------------------------------------------------------------------------


class NotGiven(Exception):
    """No premise gives a value that is asked for."""


def moved(start: date, duration: Any, sign: int) -> date | None:
    """Return the date so much later or earlier; None outside of the calendar."""
    count, unit = sign * int(duration[0]), duration[1]
    try:
        if unit in ("day", "week"):
            return date.fromordinal(start.toordinal() + count * (7 if unit == "week" else 1))
        months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
        last = monthrange(months // 12, months % 12 + 1)[1]
        return date(months // 12, months % 12 + 1, min(start.day, last))
    except (ValueError, OverflowError):
        return None


class Reading:
    """What the premises of an atom give."""

    def __init__(self, values: dict[Steps, tuple[Any, Any]], today: Any, entries: dict[str, Steps]) -> None:
        self.values, self.given_today, self.entries = values, today, entries
        self.read: set[Any] = set()

    def place(self, place: Any) -> Steps:
        if place["entry"] is None:
            return tuple(place["steps"])
        demand(place["entry"] in self.entries, "an entry is not at hand")
        return (*self.entries[place["entry"]], *place["steps"])

    def at(self, place: Any) -> tuple[Any, Any]:
        """Return the type and what is there."""
        where = self.place(place)
        self.read.add(where)
        if where not in self.values:
            raise NotGiven
        return self.values[where]

    def today(self) -> date | None:
        self.read.add("today")
        if self.given_today == ():
            raise NotGiven
        return day(self.given_today) if self.given_today is not None else None

    def truth(self, atom: Any) -> str:
        match atom:
            case {"fixed": truth}:
                return str(truth)
            case {"missing": place}:
                return "true" if self.at(place)[1] is None else "false"
            case {"holds": place}:
                value = self.at(place)[1]
                return "unknown" if value is None else "true" if value else "false"
            case {"attested": place, "by": role, "within": within}:
                return self.attested([lambda: self.at(place)[1], self.today], role, within)
            case {"op": op, "left": left, "right": right}:
                found = self.all([lambda: self.term(left), lambda: self.term(right)])
                return "unknown" if found is None else compared(op, *found)
            case {"item": item, "in": among}:
                constants = [self.term(one) for one in among]
                found = self.all([lambda: self.term(item)])
                return "unknown" if found is None else member(item, found[0], [c[0] for c in constants if c])
        raise Refused("no atom")

    def all(self, parts: list[Callable[[], Any]]) -> list[Any] | None:
        """Return all parts; None when one is unknown, whether the others are given or not."""
        found, lacking = [], False
        for part in parts:
            try:
                found.append(part())
            except NotGiven:
                lacking = True
        if None in found:
            return None
        if lacking:
            raise NotGiven
        return found

    def attested(self, parts: list[Callable[[], Any]], role: str, within: Any) -> str:
        found = self.all(parts)
        if found is None:
            return "unknown"
        word, today = found
        oldest = moved(today, within, -1) if within else date.min
        if oldest is None or word["role"] != role or not word["by"].strip():
            return "unknown"
        if not oldest <= day(word["on"]) <= today:
            return "unknown"
        return "true" if word["holds"] else "false"

    def term(self, term: Any) -> Ends | None:
        """Return the least and the greatest of its values; None when it is unknown."""
        match term:
            case "today":
                today = self.today()
                return None if today is None else (today, today)
            case {"value": value, "type": type_}:
                found = Fraction(value) if type_ == "Number" else value
                found = day(value) if type_ in ("date", "past date") else found
                return found, found
            case {"field": place, "type": "past date"}:
                return self.past(place)
            case {"field": place}:
                type_, value = self.at(place)
                return None if value is None else ends(type_, value)
            case {"sum": parts}:
                atoms = self.all([lambda x=x: self.term(x) for _, x in parts])  # type: ignore[misc]
                return None if atoms is None else added([Fraction(k) for k, _ in parts], atoms)
            case {"date": base, "shifts": shifts}:
                return self.shifted(self.term(base), shifts)
            case {"grade": subject, "bounds": bounds}:
                number = self.term(subject)
                steps = [(Fraction(bound), rank) for bound, rank in bounds]
                return number and (graded(number[0], steps), graded(number[1], steps))
        raise Refused("no term")

    def past(self, place: Any) -> Ends | None:
        found = self.all([lambda: self.at(place)[1], self.today])
        if found is None:
            return None
        low, high = ends("past date", found[0])
        return (low, high) if high <= found[1] else None

    def shifted(self, base: Ends | None, shifts: Any) -> Ends | None:
        for sign, duration in shifts:
            if base is None:
                return None
            low, high = (moved(end, duration, sign) for end in base)
            base = None if low is None or high is None else (low, high)
        return base


def added(factors: list[Fraction], values: list[Ends]) -> Ends:
    low: Any = Fraction(0)
    high: Any = Fraction(0)
    for factor, (least, most) in zip(factors, values, strict=True):
        if factor:  # nothing times an open end is nothing
            a, b = (
                (end * (1 if factor > 0 else -1) if end in (-math.inf, math.inf) else factor * end)
                for end in (least, most)
            )
            low, high = low + min(a, b), high + max(a, b)
    return low, high


def graded(number: Any, bounds: list[tuple[Fraction, int]]) -> int:
    return max([rank for bound, rank in bounds if number >= bound], default=0)


def compared(op: str, a: Ends, b: Ends) -> str:
    """Return true when it holds for all values of both, false when for none."""
    match op:
        case ">=":
            return "true" if a[0] >= b[1] else "false" if a[1] < b[0] else "unknown"
        case ">":
            return "true" if a[0] > b[1] else "false" if a[1] <= b[0] else "unknown"
        case "<=" | "<":
            return compared(op.replace("<", ">"), b, a)
        case "=":
            apart = a[1] < b[0] or b[1] < a[0] if a[0] != a[1] or b[0] != b[1] else a != b
            alike = a[0] == a[1] == b[0] == b[1]
            return "true" if alike else "false" if apart else "unknown"
        case "!=":
            return OPPOSITE[compared("=", a, b)]
    raise Refused("no comparison")


def member(item: Any, value: Ends, among: list[Any]) -> str:
    low, high = value
    if low == high:
        return "true" if low in among else "false"
    if not any(low <= one <= high for one in among):
        return "false"
    if "sum" in item or {low, high} & {-math.inf, math.inf}:
        return "unknown"  # there are more numbers between the ends than are listed
    type_ = item.get("type", "date")
    while low in among and low != high:
        low = next_to(type_, low, 1)
    return "true" if low == high and low in among else "unknown"
