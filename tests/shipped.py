"""The shipped policies, each read once in a process: policies are values, whoever has them."""

from functools import cache

import policylang


@cache
def policy_of(name: str) -> policylang.Policy:
    return policylang.load(name)
