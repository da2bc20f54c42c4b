"""The probe: calls a server as browsers do, and reports what a caller gets."""

from avatar_server.probe.options import ClientRecord, Impairment, ProbeOptions, parse_impairment

__all__ = ["ClientRecord", "Impairment", "ProbeOptions", "parse_impairment"]
