"""What a policy means.

The third form, *predicates*, is a table of rule instances: it has gained a row for each member, and
has lost `unless`, `require`, `overrides` and every member at hand. The evaluator gives each
predicate a truth on a record, and the decision makes outcomes of the truths.
"""
