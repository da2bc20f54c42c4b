"""Avatar Server: a face goes in over WebRTC, an avatar comes out over the same connection."""

__version__ = "0.1.0"
