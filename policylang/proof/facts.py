"""The values that a rule's truth rests on, each beside what the rule asked of it.

"scores.cbrn.post_mitigation is High; the rule allows at most Medium": what a comparison asks is said
by how it bears on the rule. Each predicate below a prohibition helps it to hold or helps to escape
it, and does so alone or with others:

- helps it to hold, alone: ``the rule allows`` the opposite;
- helps it to hold, with others: ``the rule applies`` where the comparison holds;
- helps to escape it, needed: ``the rule requires`` the comparison;
- helps to escape it, as one part of several: ``the rule asks for`` the comparison.

What grants a permission or a release helps to escape; below what helps to escape, the opposite is
asked of what a ``not`` turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

import attrs

from policylang.core.decision import Decision
from policylang.core.evaluator import steps
from policylang.core.predicates import Instance
from policylang.core.record import Steps, path_text
from policylang.core.support import AtHand
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.proof.bounds import MIRRORED, allowed, reach, refused
from policylang.proof.sentences import NOWHERE, Fact, Place
from policylang.proof.words import exact_text, listed, printable, range_text, term_text
from policylang.truth import FALSE, TRUE, UNKNOWN, Truth
from policylang.values import Attestation, Entries, Range, shift


@attrs.frozen
class Bearing:
    """How a predicate bears on a rule; ``who`` asks."""

    holds: bool  # its truth helps the rule to hold; else to escape it
    alone: bool
    is_asked: bool  # the rule asks for it, or for its opposite
    who: str = "the rule"
    exactly: str | None = None  # how a count asks that both too few and too many fail

    def negated(self) -> Bearing:
        return attrs.evolve(self, holds=not self.holds, is_asked=True)

    def within(self, parts: int, is_and: bool) -> Bearing:
        """Return the bearing of one of several parts: alone where it decides the whole."""
        decides = self.alone and (parts == 1 or is_and is not self.holds)
        return attrs.evolve(self, alone=decides)


PROHIBITION = Bearing(holds=True, alone=True, is_asked=False)
PERMISSION = Bearing(holds=False, alone=True, is_asked=True)
RELEASE = attrs.evolve(PERMISSION, who="its release")


class Reading:
    """Finds the facts below the predicates of one decision."""

    def __init__(self, decision: Decision) -> None:
        self.evaluator = decision.evaluator
        self.schema = decision.policy.schema
        self.instances = Counter(one.rule.label for one in decision.policy.predicates.instances)

    def requirement(self, predicate: c.Condition, instance: Instance) -> Iterator[Fact]:
        """Yield what ``active and not C`` of a ``require C`` rests on: what is asked, then the trigger."""
        if not (isinstance(predicate, c.And) and len(predicate.operands) == 2):
            yield from self.facts(predicate, PROHIBITION, instance)
            return
        for node, _, bearing in reversed(list(self._below(predicate, {}, PROHIBITION, instance))):
            alone = node is predicate.operands[1]
            yield from self.facts(node, attrs.evolve(bearing, alone=alone), instance)

    def facts(self, start: c.Condition, bearing: Bearing, instance: Instance) -> Iterator[Fact]:
        """Yield what a truth rests on, in the order written, each predicate once."""
        seen: set[tuple[int, tuple[tuple[str, Steps], ...], Bearing]] = set()
        pending: list[tuple[c.Condition, AtHand, Bearing]] = [(start, {}, bearing)]
        while pending:
            node, at_hand, bearing = pending.pop()
            key = (id(node), tuple(at_hand.items()), bearing)
            if key in seen:
                continue
            seen.add(key)
            if isinstance(node, c.AtLeastEntries):
                yield self._count(node, at_hand, bearing, instance)
            elif isinstance(node, c.Atom) and _reads(node):
                yield self._fact(node, at_hand, bearing)
            pending += reversed(list(self._below(node, at_hand, bearing, instance)))

    def _below(
        self, node: c.Condition, at_hand: AtHand, bearing: Bearing, instance: Instance
    ) -> Iterable[tuple[c.Condition, AtHand, Bearing]]:
        """Return the parts that matter, each with how it bears on the rule."""
        match node:
            case c.Not(operand):
                return [(operand, at_hand, bearing.negated())]
            case c.And((c.Or(parts) | c.AtLeast(_, parts), c.Not(c.AtLeast(more, again)))) if parts == again:
                return [(x, at_hand, _counted_exactly(more - 1, bearing, x)) for x in parts]
            case c.And(operands) | c.Or(operands):
                is_and = isinstance(node, c.And)
                inner = bearing.within(len(operands), is_and)
                cases = [(x, at_hand, inner) for x in operands]
                return self._that_matter(node, at_hand, bearing, cases, FALSE if is_and else TRUE)
            case c.AtLeast(n, operands):
                inner = bearing.within(len(operands) if n > 1 else 1, n == len(operands))
                cases = [(x, at_hand, inner) for x in operands]
                truth = self.evaluator.evaluate(node, at_hand)
                return [x for x in cases if truth is not TRUE or self._truth(x) is TRUE]
            case c.AtLeastEntries(n, path, entry, body):
                where = steps(path, at_hand)
                known = self.evaluator.record[where]
                count = known.count if isinstance(known, Entries) else 0
                inner = attrs.evolve(bearing, alone=bearing.alone and n == 1 and bearing.holds)
                cases = [(body, {**at_hand, entry: (*where, i)}, inner) for i in range(count)]
                truth = self.evaluator.evaluate(node, at_hand)
                return [x for x in cases if self._entry_matters(x, truth, instance)]
            case _:
                return []

    def _truth(self, case: tuple[c.Condition, AtHand, Bearing]) -> Truth:
        return self.evaluator.evaluate(case[0], case[1])

    def _that_matter(
        self,
        node: c.Condition,
        at_hand: AtHand,
        bearing: Bearing,
        cases: list[tuple[c.Condition, AtHand, Bearing]],
        decisive: Truth,
    ) -> list[tuple[c.Condition, AtHand, Bearing]]:
        """Return every part that decides; of what is open the open ones, and those that made it so."""
        truth = self.evaluator.evaluate(node, at_hand)
        if truth is decisive:
            return [x for x in cases if self._truth(x) is decisive]
        if truth is not UNKNOWN:
            return cases
        towards = TRUE if bearing.holds else FALSE
        return [x for x in cases if self._truth(x) in (UNKNOWN, towards)]

    def _entry_matters(
        self, case: tuple[c.Condition, AtHand, Bearing], truth: Truth, instance: Instance
    ) -> bool:
        body, at_hand, _ = case
        own = self._truth(case)
        if truth is TRUE:
            return own is TRUE
        if own is TRUE:
            return False
        # An entry that is about another member than the rule's says nothing of this one.
        parts = body.operands if isinstance(body, c.And) else (body,)
        return not any(
            _names_a_member(part, instance.members) and self.evaluator.evaluate(part, at_hand) is FALSE
            for part in parts
        )

    # --- one fact -------------------------------------------------------------------------------

    def _fact(self, node: c.Atom, at_hand: AtHand, bearing: Bearing) -> Fact:
        if isinstance(node, c.Fixed):
            name = printable(node.unspecified or "")
            value = "is not known: the source names it and never says what it is"
            return Fact(name, name, NOWHERE, value, "", "", "", UNKNOWN)
        node = _turned(node)
        truth = self.evaluator.evaluate(node, at_hand)

        def in_full(path: c.Path) -> str:
            return path_text(steps(path, at_hand))

        def in_general(path: c.Path) -> str:
            return self.general(steps(path, at_hand))[0]

        found = {self.general(steps(path, at_hand))[1] for path in c.paths(node)} - {NOWHERE}
        place = found.pop() if len(found) == 1 else NOWHERE
        subject, value = self._worth(node, at_hand, in_full, truth)
        asked = self._asked(node, at_hand, bearing, in_full)
        general, asked_in_general = subject, asked
        if place is not NOWHERE:
            general, _ = self._worth(node, at_hand, in_general, truth)
            asked_in_general = self._asked(node, at_hand, bearing, in_general)
        return Fact(
            printable(subject),
            printable(general),
            place,
            printable(value),
            bearing.who,
            printable(asked),
            printable(asked_in_general),
            truth,
        )

    def _asked(self, node: c.Atom, at_hand: AtHand, bearing: Bearing, named: Any) -> str:
        if bearing.exactly is not None:
            wanted = (refused if bearing.holds else allowed)(node, at_hand, self.evaluator, named)
            return f"{bearing.exactly} {wanted.text}" if bearing.exactly else ""
        if not bearing.is_asked and not bearing.alone:
            return f"applies {reach(node, at_hand, self.evaluator, named)}"
        wanted = (refused if bearing.holds else allowed)(node, at_hand, self.evaluator, named)
        if not bearing.is_asked and isinstance(node, c.Missing):
            return "forbids its absence"
        if not bearing.is_asked:
            return f"allows {'only ' if wanted.is_exact else ''}{wanted.text}"
        return f"{'requires' if bearing.alone else 'asks for'} {wanted.text}"

    def _worth(self, node: c.Atom, at_hand: AtHand, named: Any, truth: Truth) -> tuple[str, str]:
        """Return what an atom reads, and what that is."""
        match node:
            case c.Compare(_, term, _) | c.OneOf(term):
                return term_text(term, named), self._term_worth(term, at_hand, named, truth)
            case c.Missing(path):
                value = self.evaluator.record[steps(path, at_hand)]
                return named(path), "is absent" if value is None else "is given"
            case c.Holds(path):
                value = self.evaluator.record[steps(path, at_hand)]
                return named(path), self._known(value, types.Bool(), truth)
            case c.Attested(path):
                return named(path), self._word(node, self.evaluator.record[steps(path, at_hand)])
            case c.Fixed():
                return "", ""
            case _:
                assert_never(node)

    def _term_worth(self, term: c.Term, at_hand: AtHand, named: Any, truth: Truth) -> str:
        match term:
            case c.FieldValue(path, type_):
                value = self.evaluator.record[steps(path, at_hand)]
                text = self._known(value, type_, truth)
                if value is not None and self.evaluator.field(value, type_) is None:
                    reason = "today is not given" if self.evaluator.today is None else "that is not past"
                    return f"{text}, but {reason}"
                return text
            case c.Today():
                return f"is {self.evaluator.today}" if self.evaluator.today else "is not given"
            case _:
                value = self.evaluator.range_of(term, at_hand)
                parts = list(dict.fromkeys(self._parts(term, at_hand, named)))
                known = "cannot be known" if value is None else self._known(value, term.type, truth)
                return f"{known} ({listed(parts)})" if parts else known

    def _parts(self, term: c.Term, at_hand: AtHand, named: Any) -> Iterator[str]:
        match term:
            case c.FieldValue(path):
                yield f"{named(path)} {self._term_worth(term, at_hand, named, TRUE)}"
            case c.Sum(parts):
                for _, atom in parts:
                    yield from self._parts(atom, at_hand, named)
            case c.DateSum(base):
                yield from self._parts(base, at_hand, named)
            case c.Graded(subject=subject):
                yield from self._parts(subject, at_hand, named)
            case _:
                pass

    def _known(self, value: object, type_: types.Type, truth: Truth) -> str:
        if not isinstance(value, Range):
            return "is absent"
        text = range_text(value.low, value.high, type_)
        return f"is only known to be {text}" if truth is UNKNOWN and not value.is_exact else f"is {text}"

    def _word(self, node: c.Attested, value: object) -> str:
        """Return what an attestation says, or why it does not count."""
        if not isinstance(value, Attestation):
            return "is absent"
        text = f"is attested {exact_text(value.holds, types.Bool())} by {value.by.strip() or 'nobody'}"
        text += f" ({value.role}) on {value.on}"
        today = self.evaluator.today
        if value.role != node.role or not value.by.strip():
            return f"{text}, which does not count"
        if today is None:
            return f"{text}, but today is not given"
        if value.on > today:
            return f"{text}, but that is not past"
        oldest = shift(today, node.within, -1) if node.within else None
        return f"{text}, which is too old" if oldest and value.on < oldest else text

    def _count(self, node: c.AtLeastEntries, at_hand: AtHand, bearing: Bearing, instance: Instance) -> Fact:
        """Return how many entries of a list count, beside how many must, or may."""
        where = steps(node.list, at_hand)
        known = self.evaluator.record[where]
        subject = printable(path_text(where))
        verb = "match" if bearing.holds else "qualify"
        if bearing.holds and node.n == 1 and isinstance(node.body, c.Not):  # what `every` comes to
            verb = "fail"
        value = "is absent"
        if isinstance(known, Entries):
            cases = ({**at_hand, node.entry: (*where, i)} for i in range(known.count))
            truths = [self.evaluator.evaluate(node.body, case) for case in cases]
            value = _counted_value(known.count, truths.count(TRUE), truths.count(UNKNOWN), verb)
        truth = self.evaluator.evaluate(node, at_hand)
        shown = verb if not isinstance(known, Entries) or known.count == 0 else None
        asked = _asked_number(node.n, bearing, shown)
        place = self.place(instance.rule.label, instance.members)
        return Fact(subject, subject, place, value, bearing.who, asked, asked, truth, True)

    def place(self, rule: str, members: Mapping[str, str]) -> Place:
        """Return the place that an instance of a rule is at."""
        return _member_place(list(members.items()), self.instances[rule]) if members else NOWHERE

    def general(self, where: Steps) -> tuple[str, Place]:
        """Return a path with the names of sets for their members, and the members or entry it is at."""
        last = max((i for i, step in enumerate(where) if isinstance(step, int)), default=None)
        if last is not None:
            known = self.evaluator.record[where[:last]]
            count = known.count if isinstance(known, Entries) else 0
            entry = printable(path_text(where[: last + 1]))
            kinds = (printable(f"entry of {path_text(where[:last])}"),)
            return path_text(where[last + 1 :]), Place(entry, kinds, count)
        pieces, members, count = list(where), [], 1
        fields: tuple[types.Field, ...] = self.schema.fields
        at = 0
        while at < len(where):
            field = types.field_named(fields, str(where[at]))
            if field is None:
                break
            at += 1
            match field.type:
                case types.Group(inner):
                    fields = inner
                case types.Table(over, inner):
                    if at < len(where):
                        members.append((over.name, str(where[at])))
                        count *= len(over.members)
                        pieces[at] = over.name
                    fields, at = inner, at + 1
                case _:
                    break
        return path_text(tuple(pieces)), _member_place(members, count) if members else NOWHERE


def _member_place(members: list[tuple[str, str]], count: int) -> Place:
    """Return the place of members of some sets, one of so many."""
    names = printable(", ".join(member for _, member in members))
    return Place(names, tuple(over for over, _ in members), count)


def _reads(node: c.Atom) -> bool:
    """Return whether an atom says something of the record or of today."""
    if isinstance(node, c.Fixed):
        return node.unspecified is not None
    return bool(c.paths(node)) or any(isinstance(t, c.Today | c.DateSum) for t in c.terms(node))


def _turned(node: c.Atom) -> c.Atom:
    """Return a comparison with what it reads on the left."""
    if isinstance(node, c.Compare) and not c.term_paths(node.left) and c.term_paths(node.right):
        return attrs.evolve(node, op=MIRRORED[node.op], left=node.right, right=node.left)
    return node


def _counted_exactly(n: int, bearing: Bearing, part: c.Condition) -> Bearing:
    """Return the bearing of a part that ``exactly n`` counts; of one made of several it says nothing."""
    is_one = isinstance(part.operand if isinstance(part, c.Not) else part, c.Atom)
    applies = f"applies where exactly {n} {'is' if n == 1 else 'are'}"
    words = (applies if bearing.holds else f"asks that exactly {n} be") if is_one else ""
    return attrs.evolve(bearing, holds=False, alone=False, is_asked=True, exactly=words)


def _names_a_member(node: c.Condition, members: Mapping[str, str]) -> bool:
    """Return whether a predicate compares with the member that its rule instance is at."""
    return any(
        isinstance(t, c.Constant)
        and isinstance(t.type, types.Set)
        and t.value.low == members.get(t.type.name)
        for t in c.terms(node)
    )


def _verb(verb: str, count: int) -> str:
    return verb if count > 1 else {"fail": "fails", "match": "matches", "qualify": "qualifies"}[verb]


def _counted_value(count: int, sure: int, maybe: int, verb: str) -> str:
    """Return how many of so many entries surely do what the verb says, and how many may."""
    if count == 0:
        return "has no entries"
    if count == 1:
        how = _verb(verb, 1) if sure else f"{'may' if maybe else 'does not'} {verb}"
        return f"has 1 entry, which {how}"
    if sure == count:
        return f"has {count} entries, {'both' if count == 2 else 'all'} of which {verb}"
    if maybe and not sure:
        return f"has {count} entries, of which {maybe} may {verb}"
    rest = f" and {maybe} more may" if maybe else ""
    return f"has {count} entries, of which {sure or 'none'} {_verb(verb, sure)}{rest}"


def _asked_number(n: int, bearing: Bearing, verb: str | None) -> str:
    """Return how many entries are asked for, or allowed; without a verb where the sentence has it."""

    def those(number: str, count: int) -> str:
        return f"{number} that {_verb(verb, count)}" if verb else number

    if not bearing.is_asked and not bearing.alone:
        return f"applies when at least {n} {_verb(verb, n) if verb else 'of them do' if n > 1 else 'does'}"
    if bearing.holds:
        most = those("none", 1) if n <= 1 else those(f"at most {n - 1}", n - 1)
        return f"{'allows' if bearing.alone else 'asks for'} {most}"
    return f"{'requires' if bearing.alone else 'asks for'} {those(f'at least {n}', n)}"
