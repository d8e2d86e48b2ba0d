"""What a provider documents, as claims that can be checked against its behaviour."""

from harness.contract.families import Family, families
from harness.contract.load import load, load_all, providers
from harness.contract.model import (
    Answer,
    Capability,
    Contract,
    Document,
    Job,
    Model,
    Operation,
    Result,
    Role,
    State,
    Stated,
)

__all__ = [
    "Answer",
    "Capability",
    "Contract",
    "Document",
    "Family",
    "Job",
    "Model",
    "Operation",
    "Result",
    "Role",
    "State",
    "Stated",
    "families",
    "load",
    "load_all",
    "providers",
]
