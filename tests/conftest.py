"""Profiles of the property tests: small by default, ``--hypothesis-profile=large`` for more."""

from hypothesis import HealthCheck, settings

# Texts with expectations in them, and a policy to be timed: not policies with tests of their own.
collect_ignore_glob = ["cases/**", "benchmarks/*.policy"]

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
# The same examples in every run: a failure is the change's, and nobody else's to shrink for minutes.
settings.register_profile(
    "small", max_examples=30, derandomize=True, deadline=None, suppress_health_check=QUIET
)
settings.register_profile("large", max_examples=5000, deadline=None, suppress_health_check=QUIET)
settings.load_profile("small")
