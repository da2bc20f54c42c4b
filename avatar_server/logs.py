"""Log lines on standard error, one format for the gateway and its workers."""

from __future__ import annotations

import logging
import sys


def configure_logs(level: str, process: str) -> None:
    """``process`` names the writer in each line: "gateway", "worker 0"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter(f"%(asctime)s %(levelname)s [{process}] %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # They tell of each packet and each ICE check.
    for chatty in ("aioice", "aiortc", "httpx", "matplotlib", "PIL"):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
