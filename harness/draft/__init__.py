"""A first contract from a provider's own OpenAPI document: the files of a folder under ``specs/``, ready for review.

The document is read by the same reader as for ``harness diff``; here it is written down in our own format, with what
that needs besides: which operations make up a job, an example of every field, what the status words mean. All of it is
data, and what had to be guessed or could not be known is listed for whoever reviews it.
"""

from harness.draft.contract import Draft, draft
from harness.draft.notes import Unknown
from harness.draft.repairs import Repair
from harness.draft.review import inventory, review

__all__ = ["Draft", "Repair", "Unknown", "draft", "inventory", "review"]
