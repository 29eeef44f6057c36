"""Profiles of the property tests: small by default, ``--hypothesis-profile=large`` for more."""

from hypothesis import HealthCheck, settings

# Texts with expectations in them, and a policy to be timed: not policies with tests of their own.
collect_ignore_glob = ["cases/**", "benchmarks/*.policy"]

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("small", max_examples=100, deadline=None, suppress_health_check=QUIET)
settings.register_profile("large", max_examples=5000, deadline=None, suppress_health_check=QUIET)
settings.load_profile("small")
