"""Syntax to the checked policy: every problem of names, types, scopes, instances and overrides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


from policylang import messages
from policylang.diagnostics import Label
from policylang.language import checked as c
from policylang.language import schema as types
from policylang.language import syntax as s
from policylang.language.absence import check_absence
from policylang.language.declarations import Declarations, find_cycle
from policylang.language.definitions import check_definitions, check_unused
from policylang.language.examples import check_examples
from policylang.language.formatter import format_condition, format_path
from policylang.language.library import Loaded, all_bases, check_names, in_order
from policylang.language.reach import Reach, path_sets, reach
from policylang.language.losses import NOTHING, Losses
from policylang.language.names import Problems, Scope, Unresolved, written_path
from policylang.language.resolver import Resolver
from policylang.source import Span


def check(loaded: Loaded, problems: Problems, losses: Losses = NOTHING) -> c.CheckedPolicy | None:
    """Return the checked policy: whole when no problems are noted, else what is left of it.

    None when there is nothing to go on from. Names that are lost, with statements that do not
    parse, are taken to be declared.
    """
    files = in_order(loaded)
    for problem in check_names(files) if not losses else ():
        problems.note(problem)
    declarations = Declarations(problems, losses)
    for place, one in enumerate(files):
        declarations.add_file(place, one.file.statements, {files.index(base) for base in all_bases(one)})
    for one in files:
        _check_header(one, problems)
    names = declarations.finish(_field_spans(files))
    check_definitions(names.defines, names.grades, problems)
    # Definitions in a circle, or nested too deep, must not be followed.
    if problems.have("PL221", "PL238"):
        return None
    resolver = Resolver(names, problems)
    rules: list[c.Rule] = []
    claims: list[c.Claim] = []
    examples: list[c.Example] = []
    checker = _Checker(resolver)
    for one in files:
        prefix = "" if one is loaded else f"{one.name}/"
        rules += checker.rules(one.file.statements, prefix)
        claims += checker.claims(one)
        examples += check_examples(resolver, one)
    check_unused(resolver)
    checker.check_overrides(rules)
    if not problems.have("PL221"):
        check_absence(rules, problems)
    header = loaded.file.header
    return c.CheckedPolicy(
        loaded.name,
        tuple((key, _header_text(value)) for key, value in header.clauses) if header else (),
        names.schema,
        tuple(names.actions.values()),
        tuple(rules),
        tuple(claims),
        () if names.losses.has_types else tuple(examples),
        loaded.source.text,
    )


def _check_header(one: Loaded, problems: Problems) -> None:
    seen: set[str] = set()
    for word, value in one.file.header.clauses if one.file.header else ():
        if word in seen:
            problems.add(messages.repeated_clause(word), value.span)
        seen.add(word)


def _header_text(value: s.String | s.DateLiteral) -> str:
    return value.value if isinstance(value, s.String) else value.value.isoformat()


def _field_spans(files: list[Loaded]) -> dict[str, Span]:
    found: dict[str, Span] = {}

    def walk(fields: tuple[s.Field, ...]) -> None:
        for field in fields:
            found.setdefault(field.name.text, field.name.span)
            if isinstance(field.type, s.Group | s.Table | s.List):
                walk(field.type.fields)

    for one in files:
        for node in one.file.statements:
            if isinstance(node, s.Record):
                walk(node.fields)
    return found


# --- rules and claims --------------------------------------------------------------------


class _Checker:
    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.problems = resolver.problems
        self.names = resolver.names
        self.root: Scope = resolver.root
        self.rule_spans: dict[str, Span] = {}
        self.broken_rules: set[str] = set()
        self.override_spans: dict[tuple[str, str], Span] = {}
        self.reaches: dict[int, Reach] = {}
        self._kept: list[c.Condition] = []  # keeps the ids of `reaches` valid

    def condition(self, node: s.Condition | None) -> c.Condition | None:
        """Return the checked condition; None when there is none or it was refused."""
        if node is None:
            return None
        try:
            result = self.resolver.condition(node, self.root)
        except Unresolved:
            return None
        self._kept.append(result)
        return result

    def reach_of(self, *conditions: c.Condition | None) -> Reach:
        return Reach().join(reach(x, self.reaches) for x in conditions if x is not None)

    def ordered(self, names: Iterable[str]) -> tuple[types.Set, ...]:
        wanted = set(names)
        return tuple(set_ for name, set_ in self.names.sets.items() if name in wanted)

    # --- rules ----------------------------------------------------------------------------------

    def rules(self, nodes: Iterable[s.Statement], prefix: str) -> list[c.Rule]:
        results, unnamed = [], 0
        for node in nodes:
            if isinstance(node, s.Rule):
                unnamed += node.name is None
                label = node.name.text if node.name else f"{prefix}rule-{unnamed}"
                rule = self._rule(node, label)
                if rule is not None:
                    results.append(rule)
                else:
                    self.broken_rules.add(label)
        return results

    def _rule(self, node: s.Rule, label: str) -> c.Rule | None:
        before = len(self.problems.found)
        if node.name is not None:
            self._name_rule(node.name)
        clauses = self._clauses(node)
        condition = self.condition(node.condition)
        unless = self.condition(clauses["unless"].condition) if "unless" in clauses else None
        until = self.condition(clauses["until"].condition) if "until" in clauses else None
        effects = [self._effect(effect) for effect in node.effects]
        kinds = {effect.kind for effect in effects if effect is not None}
        if "until" in clauses and None not in effects and not kinds & {"forbid", "require"}:
            self.problems.add(messages.until_without_prohibition(), clauses["until"].span)
        overrides = self._overrides(node, label)
        done = [effect for effect in effects if effect is not None]
        # What is refused, or rests on a name that is lost, would make the rest of the rule say less.
        is_partial = (unless is None) == ("unless" in clauses) or (until is None) == ("until" in clauses)
        if condition is None or is_partial or len(done) < len(effects) or len(self.problems.found) > before:
            return None
        sets = self._instance_sets(node, condition, unless, until, done, clauses)
        if len(self.problems.found) > before:
            return None
        return c.Rule(
            label,
            node.name is not None,
            condition,
            unless,
            until,
            format_condition(clauses["until"].condition) if "until" in clauses else None,
            tuple(overrides),
            tuple(done),
            self.ordered(sets),
            node.title.value if node.title else None,
            clauses["because"].text.value if "because" in clauses else None,
            tuple(x.text.value for x in node.clauses if isinstance(x, s.Cites)),
            span=node.span,
        )

    def _name_rule(self, name: s.Name) -> None:
        if messages.LABEL.fullmatch(name.text):
            self.problems.add(messages.label_as_name(name.text), name.span)
        if name.text in self.rule_spans:
            label = (Label("first declared here", self.rule_spans[name.text]),)
            self.problems.add(messages.declared_twice("rule", name.text), name.span, label)
        self.rule_spans.setdefault(name.text, name.span)

    def _clauses(self, node: s.Rule) -> dict[str, Any]:
        """Return the clauses that stand at most once, by their word."""
        words = {s.Until: "until", s.Unless: "unless", s.Because: "because", s.Waivable: "waivable"}
        found: dict[str, Any] = {}
        for clause in node.clauses:
            word = words.get(type(clause))
            if word is None:
                continue
            if word in found:
                self.problems.add(messages.repeated_clause(word), clause.span)
            found.setdefault(word, clause)
            if isinstance(clause, s.Waivable):
                self.problems.add(messages.not_yet("the clause `waivable by`"), clause.span)
        return found

    def _overrides(self, node: s.Rule, label: str) -> list[str]:
        names: list[str] = []
        for clause in node.clauses:
            if isinstance(clause, s.Overrides):
                for name in clause.rules:
                    if name.text not in names:
                        names.append(name.text)
                    self.override_spans.setdefault((label, name.text), name.span)
        return names

    def _effect(self, node: s.Effect) -> c.Effect | None:
        match node:
            case s.Forbid(names):
                return c.Effect("forbid", self.resolver.actions(names), span=node.span)
            case s.Permit(names):
                return c.Effect("permit", self.resolver.actions(names), span=node.span)
            case s.Require(condition, names):
                checked = self.condition(condition)
                actions = self.resolver.actions(names)
                if checked is None:
                    return None
                return c.Effect("require", actions, checked, span=node.span)
            case s.Oblige(text, within, of):
                path = self._due_path(of) if of else None
                if of and path is None:
                    return None
                duration = within.value if within else None
                return c.Effect("oblige", (), None, text.value, duration, path, span=node.span)
            case s.Warn(text):
                return c.Effect("warn", (), None, text.value, span=node.span)

    def _due_path(self, node: s.Path) -> c.Path | None:
        try:
            place = self.resolver.place(node, self.root)
        except Unresolved:
            return None
        if not isinstance(place.type, types.Date):
            clash = messages.type_clash(types.describe(place.type), "a date")
            self.problems.add(clash, node.span)
            return None
        return place.path

    def _instance_sets(
        self,
        node: s.Rule,
        condition: c.Condition,
        unless: c.Condition | None,
        until: c.Condition | None,
        effects: list[c.Effect],
        clauses: dict[str, Any],
    ) -> frozenset[str]:
        requires = [effect.condition for effect in effects]
        main = self.reach_of(condition, unless, *requires)
        dues = frozenset(name for effect in effects for name in path_sets(effect.of))
        sets = main.fields | dues
        late = self.reach_of(until)
        others = late.fields - main.fields
        if others:
            names = [set_.name for set_ in self.ordered(others)]
            self.problems.add(messages.until_of_other_sets("until", names), clauses["until"].span)
        for name in (main.values | late.values) - sets - others:
            span = _member_span(node, name) or node.span
            self.problems.add(messages.no_member_at_hand(name), span)
        if sets and any(effect.kind == "permit" for effect in effects):
            names = [set_.name for set_ in self.ordered(sets)]
            self.problems.add(messages.permit_with_instances(names), node.condition.span)
        return sets

    def check_overrides(self, rules: list[c.Rule]) -> None:
        """Check overrides over all files: known, no circle, no set or action left uncovered."""
        by_name = {rule.label: rule for rule in rules if rule.is_named}
        for rule in rules:
            for name in rule.overrides:
                span = self.override_spans[(rule.label, name)]
                if name not in by_name:
                    if name not in self.broken_rules and name not in self.names.losses:
                        self.problems.add(messages.unknown_rule(name, by_name), span)
                    continue
                if name not in self.names.losses.names:
                    self._check_override(rule, by_name[name], span)
        graph = {rule.label: {name for name in rule.overrides if name in by_name} for rule in rules}
        circle = find_cycle(graph)
        if circle:
            span = (
                self.override_spans.get((circle[0], circle[1])) or self.override_spans[(circle[1], circle[0])]
            )
            self.problems.add(messages.cycle("rules override each other", circle), span)

    def _check_override(self, rule: c.Rule, other: c.Rule, span: Span) -> None:
        lacking = [set_.name for set_ in rule.sets if set_ not in other.sets]
        if lacking:
            self.problems.add(messages.override_lacks_sets(other.label, lacking), span)
        own = {action for effect in rule.effects for action in effect.actions}
        theirs = {action: None for effect in other.effects for action in effect.actions}
        missing = [action for action in theirs if action not in own]
        if missing:
            self.problems.add(messages.override_lacks_actions(other.label, missing), span)

    # --- claims ---------------------------------------------------------------------------------

    def claims(self, one: Loaded) -> list[c.Claim]:
        results: list[c.Claim] = []
        for node in one.file.statements:
            match node:
                case s.Extends(target, True):
                    name = target.text if isinstance(target, s.Name) else target.value
                    results.append(c.StrengthensClaim(name, f"strengthens {name}", span=node.span))
                case s.AlwaysOutcome(action, outcome, condition):
                    self.resolver.actions((action,))
                    checked = self.condition(condition)
                    if checked is not None:
                        results.append(self._outcome_claim(node, action.text, outcome, checked))
                case s.AlwaysTightens(action, path):
                    self.resolver.actions((action,))
                    claim = self._tightens_claim(node, path)
                    results += [claim] if claim else []
                case _:
                    pass
        return results

    def _outcome_claim(
        self, node: s.AlwaysOutcome, action: str, outcome: str, condition: c.Condition
    ) -> c.OutcomeClaim:
        found = self.reach_of(condition)
        for name in found.values - found.fields:
            span = _member_span(node, name) or node.span
            self.problems.add(messages.no_member_at_hand(name), span)
        text = f"always {action} {outcome} when {format_condition(node.condition)}"
        sets = self.ordered(found.fields)
        return c.OutcomeClaim(action, outcome, condition, sets, text, span=node.span)

    def _tightens_claim(self, node: s.AlwaysTightens, path: s.Path) -> c.TightensClaim | None:
        try:
            place = self.resolver.place(path, self.root)
        except Unresolved:
            return None
        if not isinstance(place.type, types.Scale | types.Number | types.Date):
            self.problems.add(messages.tightens_what(written_path(path)), path.span)
            return None
        way = "rises" if node.rises else "falls"
        text = f"always {node.action.text} tightens as {format_path(path)} {way}"
        return c.TightensClaim(node.action.text, place.path, node.rises, text, span=node.span)


def _member_span(node: s.Node, name: str) -> Span | None:
    """Return where a rule's text names a set."""
    stack: list[s.Node] = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, s.Path) and len(at.steps) == 1 and at.steps[0].text == name:
            return at.span
        stack.extend(s.children(at))
    return None
