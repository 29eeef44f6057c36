"""Laws of evidence: unknown is never safe, what is settled stays so, a worse score never helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import attrs
from hypothesis import strategies as st

from policylang.analysis.pairs import Leaf, leaves
from policylang.core.decision import Decision
from policylang.core.outcomes import Outcome, combine
from policylang.core.evaluator import Evaluator
from policylang.core.predicates import Predicate
from policylang.core.record import Steps, path_text
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.testing.failures import LawBroken, Shown
from policylang.testing.nearby import found_at, placed, places
from policylang.testing.plans import Draw, LeafPlan, Plan, RecordPlan, integers, rising
from policylang.testing.pools import ABSENT
from policylang.testing.strategies import Case, Json, Sampler
from policylang.testing.trials import Trial, law
from policylang.truth import TRUE, UNKNOWN, Truth
from policylang.values import Range

TAKEN = 3  # values that are taken out or blurred in one record


@attrs.frozen
class Pair:
    """A record, and one that says less."""

    more: Json
    less: Json
    today: date | None
    what: str  # was done to the paths


@st.composite
def pairs(draw: Draw, sampler: Sampler) -> Pair:
    """Draw a case, and with it the record with less evidence: values taken out or blurred."""
    more, today = draw(sampler.cases())
    plan = sampler.aims(today).plan
    less, done = more, list[str]()
    for _ in range(draw(integers(1, TAKEN))):
        there = [at for at in places(plan.inner, less, ()) if found_at(less, at[0]) is not None]
        if not there:
            break
        path, at = there[draw(integers(0, len(there) - 1))]
        ways = [ABSENT, *_blurred(plan, at, found_at(less, path))]
        way = ways[draw(integers(0, len(ways) - 1))]
        less = placed(less, path, way)
        done.append(f"{'without' if way is ABSENT else 'less of'} {path_text(path)}")
    return Pair(more, less, today, ", ".join(done) or "unchanged")


def _blurred(plan: RecordPlan, at: Plan, data: Any) -> Iterator[Any]:
    """Yield the bounds of a leaf's pool that leave its value possible."""
    if not isinstance(at, LeafPlan) or plan.complete:
        return
    own = next((choice.value for choice in at.pool.choices if choice.data == data), None)
    if not isinstance(own, Range):
        return
    for choice in at.pool.choices:
        wide = choice.value
        if isinstance(wide, Range) and wide != own and wide.low <= own.low and own.high <= wide.high:
            yield choice.data


@law
def less_evidence_never_permits(trial: Trial) -> None:
    """Taking a value out of a record, or knowing it less closely, never permits what was not permitted.

    An outcome stays as it was or becomes undetermined; it becomes forbidden only by a rule that asks
    whether something is missing.
    """
    policy = trial.policy
    asks_absence = _asks_absence(trial)

    def holds(pair: Pair) -> LawBroken | None:
        before, after = (policy.decide(record, today=pair.today) for record in (pair.more, pair.less))
        for action in policy.actions:
            old, new = before[action], after[action]
            is_worse = new is Outcome.FORBIDDEN and not asks_absence
            if new is not old and new is not Outcome.UNDETERMINED and (is_worse or new is Outcome.PERMITTED):
                return _told(trial, pair, action, f"{action} is {old}, and {new} {pair.what}", old)
        return None

    trial.each(pairs(trial.sampler), holds)


def _asks_absence(trial: Trial) -> bool:
    return bool(trial.sampler.cuts.tested)


def _told(trial: Trial, pair: Pair, action: str, sentence: str, wanted: Outcome) -> LawBroken:
    less = Shown(pair.less, pair.today, (action,), "the record with less evidence", {action: str(wanted)})
    return trial.broken(sentence, Shown(pair.more, pair.today, (action,)), less)


@law
def outcomes_survive_evidence(trial: Trial) -> None:
    """A permitted outcome survives more evidence, and so does a forbidden one that rests on no absence."""
    policy = trial.policy

    def holds(pair: Pair) -> LawBroken | None:
        before, after = (policy.decide(record, today=pair.today) for record in (pair.less, pair.more))
        for action in policy.actions:
            old, new = before[action], after[action]
            if old is Outcome.UNDETERMINED or new is old or _rests_on_absence(before, action):
                continue
            sentence = f"{action} is {old} {pair.what}, and {new} with it"
            return _told(trial, pair, action, sentence, new)
        return None

    trial.each(pairs(trial.sampler), holds)


class Absent(Evaluator):
    """Evaluates as if whatever is missing might be there."""

    def evaluate(self, node: Predicate, at_hand: Mapping[str, Steps] = {}) -> Truth:  # never written
        truth = super().evaluate(node, at_hand)
        return UNKNOWN if isinstance(node, c.Missing) and truth is TRUE else truth


def _rests_on_absence(decision: Decision, action: str) -> bool:
    """Return whether a forbidden action would not be forbidden without what is missing."""
    evaluator = Absent(decision.record, decision.today)
    findings = tuple(
        attrs.evolve(f, active=truth, force=truth)
        for f in decision.findings
        for truth in [evaluator.evaluate(f.effect.predicate)]
    )
    return combine(decision.policy.predicates, findings)[action][3] is UNKNOWN


# --- scores -------------------------------------------------------------------------------------


@attrs.frozen
class Step:
    """A change of one score that permits an action: with the lower or the higher value it is permitted."""

    case: Case
    low: Any
    high: Any
    steps: Steps
    permits_higher: bool

    def shown(self, action: str) -> tuple[Shown, Shown]:
        """Return the two records."""
        record, today = self.case
        low, high = (
            Shown(placed(record, self.steps, value), today, (action,), f"{path_text(self.steps)} = {value}")
            for value in (self.low, self.high)
        )
        return low, high


@law
def scores_have_a_direction(trial: Trial) -> None:
    """Of an adjustable score the higher values are worse for an action, or the lower ones, but not both.

    A rule that compares with `=` where `>=` was meant permits at the highest level what it forbids
    below. Which way is the worse one a claim says: `always ACTION tightens as PATH rises`.
    """
    policy = trial.policy
    scores = [
        leaf
        for leaf in leaves(policy.schema.fields)
        if leaf.adjustable and isinstance(leaf.type, types.Scale | types.Number)
    ]
    if not scores:
        return
    found: dict[tuple[Steps, str, bool], Step] = {}

    def look(drawn: tuple[Case, Leaf]) -> None:
        for action, rises, step in _steps(trial, *drawn):
            found.setdefault((drawn[1].steps, action, rises), step)

    strategy = st.tuples(trial.sampler.cases(), st.sampled_from(scores))
    trial.each(strategy, look)
    for steps, action, rises in list(found):
        if rises and (steps, action, False) in found:
            leaf = next(leaf for leaf in scores if leaf.steps == steps)
            steps_found = [found[steps, action, way] for way in (True, False)]
            told = [shown for step in steps_found for shown in _smallest(trial, leaf, action, step)]
            sentence = f"a higher {path_text(steps)} can permit {action}, and a lower one can too"
            raise trial.broken(sentence, *told)


def _steps(trial: Trial, case: Case, leaf: Leaf) -> Iterator[tuple[str, bool, Step]]:
    """Yield each change of a score to the next value that permits an action, and whether it is a rise."""
    plan = trial.sampler.aims(case[1]).plan.by_path(leaf.steps)
    assert isinstance(plan, LeafPlan)
    values = rising(plan)
    decisions = [trial.policy.decide(placed(case[0], leaf.steps, value), today=case[1]) for value in values]
    for place in range(len(values) - 1):
        for action in trial.policy.actions:
            low, high = (decisions[at][action] is Outcome.PERMITTED for at in (place, place + 1))
            if low != high:
                yield action, high, Step(case, values[place], values[place + 1], leaf.steps, high)


def _smallest(trial: Trial, leaf: Leaf, action: str, step: Step) -> tuple[Shown, Shown]:
    """Return the records of a step, or of a smaller one in the same direction."""
    rises = step.permits_higher

    def holds(case: Case) -> LawBroken | None:
        for found, way, one in _steps(trial, case, leaf):
            if (found, way) == (action, rises):
                return trial.broken("", *one.shown(action))
        return None

    try:
        trial.each(trial.sampler.cases(), holds)
    except LawBroken as broken:
        first, second = broken.shown
        return first, second
    return step.shown(action)
