"""Decisions in the forms that others read."""
