"""A second reading of the language reference: it shares nothing with the engine but the words of the law."""
