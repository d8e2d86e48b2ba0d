"""Conformance and contract tests for video-generation providers."""

__version__ = "0.1.0"
