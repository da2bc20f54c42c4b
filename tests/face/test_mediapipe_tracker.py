"""``mediapipe`` as the second backend, and the proof that its usage reports do not get out."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from avatar_server.face import create_tracker
from tests.face.scenes import frame, picture, yuv_frame

pytest.importorskip("mediapipe")

REPORT_HOST = "play.googleapis.com"

TRACK_ONCE = """
import sys, certifi
certifi.where = lambda: sys.argv[2]
from tests.face.scenes import frame, picture
from avatar_server.face import create_tracker, mediapipe_tracker
if sys.argv[1] == "reporting":
    mediapipe_tracker._MuteBaseOptions = mediapipe_tracker.BaseOptions
tracker = create_tracker("mediapipe")
assert tracker.track(frame(picture((320, 240), 160), 1)) is not None
tracker.close()
"""


def certificate_for(host: str, folder: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


class ReportServer:
    """An HTTPS proxy that claims to be Google's server and notes what is posted to it."""

    def __init__(self, folder: Path) -> None:
        self.certificate, key = certificate_for(REPORT_HOST, folder)
        self.posted = b""
        self.asked_for: list[bytes] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(self.certificate, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                self.asked_for.append(connection.recv(1000).split(b"\r\n")[0])
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                try:
                    with self._tls.wrap_socket(connection, server_side=True) as channel:
                        self.posted += channel.recv(4000)
                except OSError:
                    pass

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


@pytest.mark.parametrize("tracker", ["reporting", "ours"])
def test_usage_reports_do_not_get_out(tmp_path: Path, tracker: str) -> None:
    """Even to a server that mediapipe trusts, which the first case proves it would report to."""
    server = ReportServer(tmp_path)
    try:
        subprocess.run(
            [sys.executable, "-c", TRACK_ONCE, tracker, str(server.certificate)],
            env={**os.environ, "https_proxy": server.address, "no_proxy": ""},
            check=True,
            capture_output=True,
            timeout=120,
        )
    finally:
        server.stop()
    assert any(REPORT_HOST.encode() in request for request in server.asked_for)
    assert server.posted.startswith(b"POST /log") == (tracker == "reporting")
    assert bool(server.posted) == (tracker == "reporting")


def test_planes_give_what_rgb_gives() -> None:
    rgb = picture((321, 241), 200, size=(641, 481))
    faces = []
    for each in (frame(rgb, 1), yuv_frame(rgb, 1), yuv_frame(rgb, 1, full_range=True)):
        tracker = create_tracker("mediapipe")
        faces.append(tracker.track(each))
        tracker.close()
    expected, limited, full = faces
    assert expected is not None
    for face in (limited, full):
        assert face is not None
        assert np.abs(face.scores - expected.scores).mean() < 0.005


def test_follows_the_larger_of_two_faces() -> None:
    tracker = create_tracker("mediapipe", num_faces=2)
    for index in range(10):
        both = picture((450, 240), 190, onto=picture((170, 240), 110))
        face = tracker.track(frame(both, index))
        assert face is not None
        assert face.landmarks[:, 0].mean() > 0.5
    tracker.close()


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (241, 319)])
def test_empty_frames_hold_no_face(shape: tuple[int, int]) -> None:
    tracker = create_tracker("mediapipe")
    for index in range(3):
        assert tracker.track(frame(np.zeros((*shape, 3), np.uint8), index)) is None
        assert tracker.track(yuv_frame(np.zeros((*shape, 3), np.uint8), index)) is None
    tracker.close()


def test_stream_time_that_stands_still_is_no_error() -> None:
    tracker = create_tracker("mediapipe")
    for index in (5, 5, 3, 6):
        assert tracker.track(frame(picture((320, 240), 160), index)) is not None
    tracker.reset()
    assert tracker.track(frame(picture((320, 240), 160), 0)) is not None
    tracker.close()
