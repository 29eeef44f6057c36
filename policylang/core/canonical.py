"""Canonical JSON (RFC 8785) and digests of meaning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from fractions import Fraction
import hashlib
import json
import re
from typing import Any

import rfc8785

from policylang.language import checked as c
from policylang.language import schema as types
from policylang.values import Duration, Range


# The numbers that RFC 8785 writes in a way of its own: fractions, exponents, 16 digits and more. What
# looks so inside of a text is none, but a digest does not look so.
SPECIAL_NUMBER = re.compile(r"(?:^|[\[:,])-?(?:[0-9]+[.e][0-9.e+-]+|[0-9]{16,})(?:$|[\],}])")


def canonical(value: Any) -> bytes:
    """Return the canonical JSON (RFC 8785) of a JSON value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    # Of plain text and small integers the standard library writes just that, many times faster.
    if text.isascii() and not SPECIAL_NUMBER.search(text):
        return text.encode()
    return rfc8785.dumps(value)


def digest(value: Any) -> str:
    """Return ``sha256:…`` of the canonical JSON of a JSON value."""
    return "sha256:" + hashlib.sha256(canonical(value)).hexdigest()


MAX_EXACT = 2**53  # below it every integer is a double


def plain(value: Any) -> Any:
    """Return a record's value as plain JSON: dates as text, integers as the doubles they mean."""
    match value:
        case str():
            return str(value)
        case bool() | None:
            return value
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case date():
            return value.isoformat()
        case int() | float():
            # One number, one form: 3 and 3.0 are the same, and large integers the doubles they mean.
            return int(value) if value == int(value) and abs(value) < MAX_EXACT else float(value)
        case _:
            return value


def exact_json(value: Any) -> Any:
    """Return an exact value so that equal values, and only they, look alike."""
    match value:
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case date():
            return value.isoformat()
        case Duration(count, unit):
            return [str(count), unit]
        case _:
            return value


def path_json(path: c.Path | None) -> Any:
    if path is None:
        return None
    steps = [{"at_hand": s.over} if isinstance(s, c.AtHand) else s for s in path.steps]
    return {"entry": path.entry, "steps": steps}


def type_json(type_: types.Type) -> Any:
    """Return a type; the names of scales and entries are labels and say nothing."""
    match type_:
        case types.Scale(levels=levels):
            return {"scale": list(levels)}
        case types.Set(name, members):
            return {"set": name, "members": sorted(members)}
        case types.Date(past):
            return "past date" if past else "date"
        case types.Attestation(role, within):
            return {"attestation": role, "within": exact_json(within)}
        case types.Group(fields):
            return {"group": fields_json(fields)}
        case types.Table(over, fields):
            return {"per": type_json(over), "fields": fields_json(fields)}
        case types.List(fields=fields):
            return {"list": fields_json(fields)}
        case _:
            return type(type_).__name__


def fields_json(fields: tuple[types.Field, ...]) -> Any:
    return {
        field.name: {"type": type_json(field.type), "key": field.key, "adjustable": field.adjustable}
        for field in fields
    }


def term_json(term: c.Term) -> Any:
    match term:
        case c.Constant(Range(low, _), type_):
            return {"value": exact_json(low), "type": type_json(type_)}
        case c.FieldValue(path, type_):
            return {"field": path_json(path), "type": type_json(type_)}
        case c.MemberValue(member, type_):
            return {"member": member.over, "type": type_json(type_)}
        case c.Today():
            return "today"
        case c.Sum(parts):
            return {"sum": unordered([exact_json(k), term_json(atom)] for k, atom in parts)}
        case c.DateSum(base, shifts):
            return {"date": term_json(base), "shifts": [[sign, exact_json(d)] for sign, d in shifts]}
        case c.Graded(_, subject, bounds, type_):
            pairs = [[exact_json(bound), rank] for bound, rank in bounds]
            return {"grade": term_json(subject), "bounds": pairs, "type": type_json(type_)}


def unordered(values: Iterable[Any]) -> list[Any]:
    """Return the values in the order of their digests, for what has no order of its own."""
    return sorted(values, key=digest)


class Digester:
    """Digests of conditions, each object looked at once, so that shared parts cost nothing.

    A condition's digest is over its shallow JSON, in which the conditions below stand as their
    digests (a Merkle tree): whoever knows the digest can check any part that is shown.
    """

    def __init__(self) -> None:
        self._memo: dict[int, tuple[str, c.Condition]] = {}
        self.conditions: dict[str, c.Condition] = {}
        self.shallow: dict[str, Any] = {}

    def of(self, condition: c.Condition | None) -> str | None:
        return None if condition is None else self.digest_of(condition)

    def digest_of(self, condition: c.Condition) -> str:
        key = id(condition)
        if key not in self._memo:
            shallow = self._json(condition)
            found = digest(shallow)
            self.shallow[found] = shallow
            self.conditions.setdefault(found, condition)
            self._memo[key] = (found, condition)
        return self._memo[key][0]

    def digests(self) -> dict[int, str]:
        """Return the digest of every condition seen, by its identity."""
        return {key: found for key, (found, _) in self._memo.items()}

    def _all(self, conditions: tuple[c.Condition, ...]) -> list[str]:
        return sorted(self.digest_of(x) for x in conditions)

    def _json(self, node: c.Condition) -> Any:
        match node:
            case c.Fixed(truth, unspecified):
                return {"fixed": str(truth), "unspecified": unspecified}
            case c.Compare(op, left, right):
                return {"op": op, "left": term_json(left), "right": term_json(right)}
            case c.OneOf(item, values):
                return {"item": term_json(item), "in": unordered(term_json(v) for v in values)}
            case c.Missing(path):
                return {"missing": path_json(path)}
            case c.Holds(path):
                return {"holds": path_json(path)}
            case c.Attested(path, role, within):
                return {"attested": path_json(path), "by": role, "within": exact_json(within)}
            case c.Not(operand):
                return {"not": self.of(operand)}
            case c.And(operands):
                return {"and": self._all(operands)}
            case c.Or(operands):
                return {"or": self._all(operands)}
            case c.AtLeast(n, operands):
                return {"at_least": str(n), "of": self._all(operands)}
            case c.AtLeastEntries(n, path, entry, body):
                return {"at_least": str(n), "list": path_json(path), "entry": entry, "body": self.of(body)}
            case c.AtLeastMembers(n, over, body):
                return {"at_least": str(n), "over": type_json(over), "body": self.of(body)}
