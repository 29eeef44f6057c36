"""The format of proofs as an outsider sees it: a checker of its own, corruptions, attacks."""
