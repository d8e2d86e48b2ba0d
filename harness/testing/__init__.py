"""Tests of one's own with the harness: claims as pytest items, and simulators for one's own client."""
