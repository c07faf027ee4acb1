"""The words that the project does not use, and where one of them is right."""

from __future__ import annotations

import re
from typing import Final

# Archaic or rare words and turns of phrase.
ARCHAIC: Final = (
    r"lest",
    r"anew",
    r"alike",
    r"nor",
    r"befall(?:s|en)?|befell",
    r"mend(?:s|ed|ing)?",
    r"but\s+for",
    r"save\s+for",
    r"for\s+want\s+of",
    r"at\s+the\s+(?:most|least)(?!\s+recent)",
    r"in\s+words",
    r"for\s+ever",
    r"of\s+late",
    r"to\s+spare",
    r"unasked",
    r"unheard",
    r"whilst|amongst|betwixt|hitherto|henceforth|thereof|whereof|therein|whereupon|thereupon",
    r"aught|naught|apiece|albeit|forthwith|whence|whither|thither|hath|doth",
    r"no\s+such\s+thing",
    r"so\s+many",
    r"as\s+it\s+were",
    r"be\s+it",
    r"come\s+what\s+may",
)
# Words for which the field has a noun: response, request, query, page, read, check, log.
NOUNS: Final = (
    r"answer(?:s|ed|ing)?",
    r"question(?:s|ed|ing)?",
    r"ask(?:s|ed|ing)?",
    r"look(?:s|ed|ing)?",
    r"told|tell(?:s|ing)?",
)
WORDS: Final = re.compile(rf"\b(?:{'|'.join((*ARCHAIC, *NOUNS))})\b", re.IGNORECASE)

# A docstring says what the code does: Return, Read, Write, Parse, Convert, Raise, Log, Check.
DOCSTRING_STARTS: Final = re.compile(
    r"(?:Say|Says|Tell|Tells|Give|Gives|Let|Lets|Take note|Takes note|Make what|Makes what)\b"
)

# (start of the path, phrase, reason): where a word of the lists is the right one.
ALLOWED: Final[tuple[tuple[str, str, str], ...]] = (
    ("", r"look(?:s|ed|ing)?\s+(?:\w+\s+)?up", "a key is looked up"),
    ("", r"looks?\s+like", "no other verb is as short"),
    ("", r"neither\s[^.;]*?\bnor", "only a nor without neither is archaic"),
    ("", r"question\s+marks?", "the character"),
)
