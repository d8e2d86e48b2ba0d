"""What a provider documents, as claims that can be held against its behaviour."""

from harness.contract.files import data_folder
from harness.contract.load import load, load_all, providers
from harness.contract.model import Answer, Capability, Contract, Document, Job, Model, Operation, Result, Role, State

__all__ = [
    "Answer",
    "Capability",
    "Contract",
    "Document",
    "Job",
    "Model",
    "Operation",
    "Result",
    "Role",
    "State",
    "data_folder",
    "load",
    "load_all",
    "providers",
]
