"""Runs: theory files, the plan, the ledger and processes brought together: checks, sweeps, replays."""
