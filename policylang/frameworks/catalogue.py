"""Which shipped policies encode published frameworks, by publisher, in order of publication."""

from __future__ import annotations

PUBLISHERS: dict[str, tuple[str, ...]] = {
    "Amazon": ("amazon_fmsf",),
    "Anthropic": ("anthropic_rsp_1", "anthropic_rsp_2_0", "anthropic_rsp_2_2", "anthropic_rsp_3"),
    "European Union": ("eu_gpai_code_safety",),
    "Google DeepMind": ("gdm_fsf_1", "gdm_fsf_2", "gdm_fsf_3", "gdm_fsf_3_1"),
    "Meta": ("meta_faf_1_1", "meta_aasf_2"),
    "Microsoft": ("microsoft_fgf", "microsoft_fgf_2026"),
    "NVIDIA": ("nvidia_frontier_risk",),
    "OpenAI": ("preparedness_beta", "openai_preparedness_2", "openai_fgf"),
    "xAI": ("xai_rmf_draft", "xai_rmf", "xai_faif_2025", "xai_faif_2026"),
}


def names() -> tuple[str, ...]:
    """Return the policies of all frameworks."""
    return tuple(name for versions in PUBLISHERS.values() for name in versions)


def publisher_of(name: str) -> str:
    """Return who published a framework; KeyError for a policy that encodes none."""
    return {name: publisher for publisher, versions in PUBLISHERS.items() for name in versions}[name]


def versions_of(name: str) -> tuple[str, ...]:
    """Return all frameworks of the publisher of one."""
    return PUBLISHERS[publisher_of(name)]
