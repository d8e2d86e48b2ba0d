"""Words that others may put into an answer or a document, and what of them nobody may be shown."""

from __future__ import annotations

import re

HOSTILE = (
    "<script>alert(1)</script></pre></style><img src=x onerror=alert(2)>\"'` \x1b[2J\x1b]0;title\x07\x1b\x9b31m"
    "\x00\x07\u202eevil\u2066\u200b \ud800 \r\n {{ 7*7 }} {% raw %} ]]>"
)
MARKUP = [
    "@octocat",
    "#1 GH-1 octo/repo#1",
    "[text](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "https://evil.example www.evil.example mail@evil.example",
    "```\n# heading\n```",
    "`` ` ``",
    "`",
    "\\",
    "| a | b |",
    "</code></summary></details><h1>out</h1>",
    "-->",
    "]]>&amp;&#64;octocat",
    "::error::mine%0A::warning::two\n::error::three",
    "##[error]mine",
    "{0} {name} [a](1)",
    HOSTILE,
]
#: What no terminal, editor or browser should be given; a line feed ends a line of ours.
UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
