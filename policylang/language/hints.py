"""Where a text stops being grammatical: what to say there, and what was meant where that is sure."""

from __future__ import annotations

import difflib
import re

import attrs

from policylang import messages
from policylang.diagnostics import suggestion
from policylang.language.grammar import Failure
from policylang.language.lexical import END_OF_WORD, NAME, NUMBER, RESERVED, STRING, UNIT, WORD, Chunk
from policylang.messages import Message
from policylang.source import Source, Span

MAX_SHOWN = 40  # characters of a text in a message
NEARBY = 200  # characters before a place and behind it that a hint looks at
TOKEN = re.compile(rf"{STRING}|{WORD}|[0-9][\w.%-]*|->|[<>!=]=|=>|\|\||&&|\S")

ARROW, STATEMENT, PRESENCE = "`->`", "a statement", "`missing` or `known`"
EFFECT, HEADER_CLAUSE = "an effect such as `forbid deploy`", "a clause such as `title`"
CHOICES = {
    EFFECT: ("forbid", "permit", "require", "oblige", "warn"),
    HEADER_CLAUSE: ("title", "version", "source", "effective"),
}
SWAPPED = {"=>": ">=", "=<": "<=", "<>": "!="}


@attrs.frozen
class Stop:
    """A place where a text stops being grammatical, and what stands around it."""

    source: Source
    start: int  # offset of the token at the place
    written: str  # that token, "" at the end of the text
    expected: str
    here: str  # the token and what follows it on its line
    before: str  # what stands before it, also before its statement
    own: str  # the part of ``before`` that belongs to its statement
    follows_rule: bool
    is_next: bool  # the token begins another statement

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.start + len(self.written.split("\n")[0]))

    @property
    def last_word(self) -> re.Match[str] | None:
        """The name that stands just before the place in its statement."""
        return re.search(rf"(?<![\w.\-]){NAME}(?=\s+\Z)", self.own)


def stop_at(chunk: Chunk, failure: Failure, *, follows_rule: bool) -> Stop:
    """Return the place at which the grammar stopped: the next token behind blanks and comments."""
    text = chunk.source.text
    start = chunk.base + failure.offset
    while start < len(text) and (text[start].isspace() or text[start] == "#"):
        if text[start] == "#":
            line_end = text.find("\n", start)
            start = len(text) if line_end < 0 else line_end
        else:
            start += 1
    if start == len(text):
        start = chunk.base + len(chunk.rstrip())
    token = TOKEN.match(text, start)
    written = token.group() if token else ""
    if failure.expected == "a value" and text[start - 1 : start + 1] in SWAPPED:
        start -= 1
        written = text[start : start + 2]
    line = re.split(r"[\n#]", text[start + len(written) : start + NEARBY], maxsplit=1)[0]
    at = start - chunk.base
    return Stop(
        chunk.source,
        start,
        written,
        failure.expected,
        written[:NEARBY] + line,
        chunk[max(0, at - NEARBY) : at],
        chunk[max(failure.start, at - NEARBY) : at],
        follows_rule,
        at >= len(chunk),
    )


# --- words that are misspelt --------------------------------------------------------------------

# What stands behind the word that begins a statement or a clause: with it a misspelt one is sure.
STATEMENTS = {
    "policy": rf"{NAME}\s*(?:$|title|version|source|effective)",
    "extends": rf"(?:{NAME}|{STRING})\s*$",
    "strengthens": rf"(?:{NAME}|{STRING})\s*$",
    "scale": rf"{NAME}\s*:",
    "set": rf"{NAME}\s*:",
    "role": rf"{NAME}\s*(?:,|$)",
    "record": r"\{",
    "action": rf"{NAME}(?:\s*,\s*{NAME})*\s*(?:widens\s|:)",
    "define": rf"{NAME}\s*=",
    "grade": rf"{NAME}\s*:",
    "rule": rf"{NAME}\s*(?:{STRING}\s*)?:",
    "always": rf"{NAME}\s+(?:permitted|forbidden|undetermined|not|tightens){END_OF_WORD}",
    "example": STRING,
}
CLAUSES = {
    "until": r"[\w(]",
    "unless": r"[\w(]",
    "because": STRING,
    "cites": STRING,
    "overrides": NAME,
    "waivable": r"by\b",
    "within": r"[0-9]",
}
QUANTIFIERS = {"all": "every", "each": "every", "some": "any", "none": "no"}
COUNTS = {"atleast": "at least", "atmost": "at most", "morethan": "more than", "fewerthan": "fewer than"}


def misspelt(stop: Stop) -> str | None:
    """Return the word of the grammar that the name before the place was surely meant to be."""
    last = stop.last_word
    if last is None or stop.expected not in (ARROW, "`)`", "`for`"):
        return None
    said = last.group().casefold()
    words: dict[str, str] = {}
    if stop.expected == ARROW and stop.own.strip() == last.group():
        words = {**STATEMENTS, **CLAUSES} if stop.follows_rule else STATEMENTS
    fitting = [word for word, behind in words.items() if re.match(behind, stop.here)]
    if re.match(rf"{NAME}\s*(?:\(|where{END_OF_WORD})", stop.here):
        fitting += ["any", "every", "no"]
        if said in QUANTIFIERS:
            return QUANTIFIERS[said]
    if re.match(rf"{NUMBER}\s+{NAME}", stop.here):
        fitting.append("exactly")
        if said in COUNTS:
            return COUNTS[said]
    return next(iter(difflib.get_close_matches(said, fitting, n=1, cutoff=0.7)), None)


# --- what was meant -----------------------------------------------------------------------------

VALUE = rf"(?:(?:true|false){END_OF_WORD}|{NAME}{END_OF_WORD}|{STRING}|-?{NUMBER})"
ACTION = rf"\b(?:forbid|permit|for|and)\s+(?P<a>{NAME})"
SYNONYMS = {
    EFFECT: {
        **dict.fromkeys(("deny", "block", "prohibit", "ban", "disallow", "reject", "refuse"), "forbid"),
        **dict.fromkeys(("allow", "approve", "grant"), "permit"),
        **dict.fromkeys(("need", "needs", "demand"), "require"),
    },
    ARROW: {"then": "->", "=>": "->", "equals": "=", "&&": "and", "&": "and", "||": "or", "|": "or"},
    "a value": {"!": "not", **SWAPPED},
    "a condition": {"!": "not"},
    STATEMENT: {"!": "not"},
    "a whole number": {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"},
}


@attrs.frozen
class Meant:
    """What was surely meant where something is expected (None: anything), by what stands around it."""

    expected: str | None
    before: str
    here: str
    hint: str

    def at(self, stop: Stop) -> str | None:
        if self.expected not in (None, stop.expected):
            return None
        before, here = re.search(rf"(?:{self.before})\Z", stop.before), re.match(self.here, stop.here)
        return self.hint.format(**before.groupdict(), **here.groupdict()) if before and here else None


MEANT = (
    Meant(
        STATEMENT,
        r"\A\s*",
        r"[{\[]",
        "this looks like JSON; a policy is text such as `x >= High -> forbid deploy`",
    ),
    Meant(STATEMENT, "", r";", "statements end without a sign"),
    Meant(
        ARROW,
        rf"\boblige\s+(?:{STRING})\s+of\s+",
        rf"(?P<b>{NAME})",
        "a date that is counted from stands behind a duration: `within 30 days of {b}`",
    ),
    # x is High, x is not missing, x not in {…}
    Meant(PRESENCE, "", r"not\s+missing\b", "write `is known`"),
    Meant(PRESENCE, "", r"not\s+known\b", "write `is missing`"),
    Meant(PRESENCE, "", rf"in{END_OF_WORD}", "write `in` instead of `is in`"),
    Meant(PRESENCE, "", r"(?P<b>at\s+least)\b", "write `>=` instead of `is {b}`"),
    Meant(PRESENCE, "", r"(?P<b>at\s+most)\b", "write `<=` instead of `is {b}`"),
    Meant(PRESENCE, "", r"(?P<b>above|(?:more|greater|higher)\s+than)\b", "write `>` instead of `is {b}`"),
    Meant(PRESENCE, "", r"(?P<b>below|(?:less|fewer|lower)\s+than)\b", "write `<` instead of `is {b}`"),
    Meant(PRESENCE, "", rf"not\s+{VALUE}", "write `!=` instead of `is not`"),
    Meant(PRESENCE, "", VALUE, "write `=` instead of `is`"),
    Meant(ARROW, "", r"not\s+missing\b", "write `is known`"),
    Meant(ARROW, rf"(?P<a>{NAME})\s+", r"not\s+in\b", "write `not` first, as in `not {a} in {{…}}`"),
    # if x then …, forbid deploy when x, forbid a, b
    Meant(ARROW, r"\b(?P<a>if|when)\s+", "", "a rule is written `condition -> effect`, without `{a}`"),
    Meant(ARROW, "", r"(?P<b>forbid|permit|require|oblige|warn)\b", "write `-> {b}`"),
    Meant(
        EFFECT,
        rf"{ACTION}\s*,\s*",
        rf"(?P<b>{NAME}){END_OF_WORD}(?!\s*\"|\s+{NAME})",
        "join actions with `and`: `{a} and {b}`",
    ),
    Meant(STATEMENT, rf"{ACTION}\s+", r"or\b", "join actions with `and`"),
    Meant(
        STATEMENT,
        rf"(?:{ACTION}|\bwarn\s+{STRING})\s+",
        r"(?:forbid|permit|require|oblige|warn)\b",
        "put a `,` between two effects",
    ),
    Meant(
        STATEMENT,
        "",
        r"(?:forbid|permit|require)\b",
        "the condition comes first, `x >= High -> forbid deploy`",
    ),
    # brackets and names
    Meant("`(`", r"\bwhere\s+", "", "the condition behind `where` stands in parentheses"),
    Meant("`(`", rf"(?:\b(?:any|every|no)|[0-9])\s+{NAME}\s+", "", "its condition stands in parentheses"),
    Meant("a name", r"\brule\s+", '"', 'the name comes before the title, as in `rule gate "…":`'),
    Meant("a name", r"\brule\s*", ":", "a rule without a name begins with its condition"),
    Meant(
        None,
        rf"\b(?:rule|scale|set|action|define|grade)\s+(?P<a>{WORD})\s+",
        rf"(?P<b>{WORD})\s*(?:{STRING}\s*)?(?:[:=]|widens\b)",
        "a name is one word, for instance `{a}-{b}`",
    ),
    Meant(
        None,
        rf"\brole\s+(?:[^:]*,\s*)?(?P<a>{WORD})\s+",
        rf"(?P<b>{WORD})\s*(?:,|$)",
        "a name is one word, for instance `{a}-{b}`",
    ),
    Meant(
        None,
        rf"\bscale\s+{WORD}\s*:(?:[^:]*<)?\s*(?P<a>{WORD})\s+",
        rf"(?P<b>{WORD})\s*(?:<(?!=)|$)",
        'write `"{a} {b}"`, in quotes',
    ),
    Meant(
        None,
        rf"\bset\s+{WORD}\s*:(?:[^:]*,)?\s*(?P<a>{WORD})\s+",
        rf"(?P<b>{WORD})\s*(?:,|$)",
        'write `"{a} {b}"`, in quotes',
    ),
    Meant(
        "`<` or the next statement",
        rf"[:<]\s*(?P<a>{WORD})",
        r"(?P<b>[^\s\w<]\S*)",
        'write `"{a}{b}"`, in quotes',
    ),
    Meant(
        "`,` or the next statement",
        rf"\bset\s+{WORD}\s*:(?:[^:]*,)?\s*(?P<a>{WORD})",
        r"(?P<b>[^\s\w,;][^\s,]*)",
        'write `"{a}{b}"`, in quotes',
    ),
    Meant("a value", r"=\s*", rf"no{END_OF_WORD}", 'write `false`, or `"no"` for a text or level'),
    # numbers, dates, quotes, comments
    Meant(None, "", r"\.(?P<b>[0-9]+)", "write `0.{b}`"),
    Meant(None, "", r"(?P<b>[0-9]+)(?P<c>(?:day|week|month|year)s?)\b", "write `{b} {c}`, with a blank"),
    Meant(
        None,
        r"\b(?P<a>[A-Za-z_]\w*)-(?P<n>[0-9]+)\s+",
        rf"(?P<b>{UNIT.replace('(', '(?:', 1)})",
        "write `{a} - {n} {b}`, with blanks around the minus",
    ),
    Meant(None, rf"(?P<a>{NUMBER})\s+", "%", "write `{a}%`, without a blank"),
    Meant(ARROW, r"(?<![0-9,.])(?P<a>[0-9]{1,3})", r",(?P<b>[0-9]{3})(?![0-9])", "write `{a}_{b}`"),
    Meant(None, r"[0-9]", r"/[0-9]{1,2}/[0-9]", "dates are written `2026-01-31`"),
    Meant(None, "", r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}", "dates are written `2026-01-31`"),
    Meant(None, "", "['\u2018\u2019\u201c\u201d\u201e\u00ab]", 'strings stand between `"`'),
    Meant(None, "", r"//|/\*", "a comment begins with `#`"),
)


def hint(stop: Stop) -> str | None:
    """Return what would help at the place, None when nothing is sure to."""
    synonym = SYNONYMS.get(stop.expected, {}).get(stop.written)
    if synonym is not None:
        return f"write `{synonym}`"
    sure = (meant.at(stop) for meant in MEANT)
    return _choice(stop) or next((text for text in sure if text), None) or _reserved(stop)


def _reserved(stop: Stop) -> str | None:
    if stop.written in RESERVED and not stop.is_next:
        match stop.expected:
            case "a name":
                return f"`{stop.written}` is a reserved word, choose another name"
            case "a level or member":
                return f'`{stop.written}` is a reserved word, write `"{stop.written}"`'
            case "a value" | "a condition" | "a path":
                return f"`{stop.written}` is a reserved word, write the field as `record.{stop.written}`"
    return None


def _choice(stop: Stop) -> str | None:
    """Return the word that is asked for, where what is written is close to one."""
    words = CHOICES.get(stop.expected) or re.findall(r"`([a-z]+)`", stop.expected)
    close = difflib.get_close_matches(stop.written[:MAX_SHOWN].casefold(), words, n=1, cutoff=0.7)
    return f"did you mean `{close[0]}`?" if close else None


# --- sentences ----------------------------------------------------------------------------------


def explain(stop: Stop, is_fatal: bool) -> tuple[Message, Span]:
    """Return the sentence for a place where the grammar stopped, and the text that is at fault."""
    meant = misspelt(stop)
    if meant is not None and stop.last_word is not None:
        kind = "a statement" if meant in STATEMENTS else "a clause" if meant in CLAUSES else "a condition"
        start = stop.start - len(stop.own) + stop.last_word.start()
        word = stop.last_word.group()
        span = stop.source.span(start, start + len(word))
        return messages.unexpected(kind, f"`{word}`", f"did you mean `{meant}`?"), span
    long = len(stop.written) > MAX_SHOWN
    shown = stop.written[: MAX_SHOWN - 1] + "…" if long else stop.written
    if is_fatal:
        return _fatal(stop.expected, shown), stop.span
    found = f"`{shown}`" if shown else "the end of the text"
    return messages.unexpected(stop.expected, found, hint(stop)), stop.span


def _fatal(kind: str, written: str) -> Message:
    """Return the sentence for a token that says nothing, by its kind."""
    match kind:
        case "number":
            return messages.bad_number(written)
        case "date":
            return messages.no_such_date(written)
        case "string":
            return messages.bad_string(written)
        case "mixed":
            return messages.mixed_connectives(written)
        case "header":
            words = CHOICES[HEADER_CLAUSE]
            shown = "`title`, `version`, `source` or `effective`"
            return messages.unexpected(shown, f"`{written}`", suggestion(written, words))
        case "path":
            return messages.only_paths_are_missing()
        case _:
            found = f"`{written}`" if written else "the end of the text"
            return messages.unexpected("a comparison such as `>=`", found, None)
