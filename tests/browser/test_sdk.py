"""The SDK's own arithmetic, in the browser, and its types, by the TypeScript compiler."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from avatar_server.builtin import builtin_folder
from avatar_server.expression import ARKIT_52
from avatar_server.rtc.expression_packet import pack_expression
from avatar_server.types import Expression

OpenPage = Callable[..., Page]

WEB_CLIENT = builtin_folder("web_client")

INTEGRATOR = """
import { AvatarError, AvatarSession, coefficient, openCamera } from "avatar-server-client";
import { AvatarCall } from "avatar-server-client/avatar-call";

export async function run(video: HTMLVideoElement): Promise<string> {
  const session = new AvatarSession();
  session.addEventListener("stream", ({ detail }) => { video.srcObject = detail; });
  session.addEventListener("expression", ({ detail }) => {
    const open: number = coefficient(detail, "jawOpen");
    // @ts-expect-error there is no such coefficient
    coefficient(detail, "jawShut");
    video.style.opacity = String(open);
  });
  session.addEventListener("error", ({ detail }) => console.warn(detail.fix));
  const call = document.querySelector<AvatarCall>("avatar-call");
  call?.session?.setAvatar("rudi");
  call?.session?.setAvatar("mine", { iAm: "author" });
  try {
    await session.connect({ avatar: "ani", stream: await openCamera() });
  } catch (error) {
    if (error instanceof AvatarError && error.code === "server_full") return error.title;
    throw error;
  }
  call?.addEventListener("avatar-expression", (event) => console.log(event));
  await new AvatarSession().connect({ avatar: "ani", performance: "hello", expressions: true });
  await new AvatarSession().connect({ avatar: "mine", iAm: "licensed", performance: "hello" });
  // @ts-expect-error nobody is that
  await new AvatarSession().connect({ avatar: "mine", iAm: "nobody", performance: "hello" });
  // @ts-expect-error an avatar must be named
  await session.connect({});
  return session.state.phase;
}
"""


@pytest.fixture(scope="module")
def compiler() -> list[str]:
    """The TypeScript compiler that package.json names."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed, so there is no TypeScript compiler")
    wanted = json.loads((WEB_CLIENT / "package.json").read_text())["devDependencies"]["typescript"]
    # Not in web_client: what lies there goes into the wheel.
    folder = Path(__file__).parents[2] / ".cache" / "typescript"
    binary = folder / "node_modules" / ".bin" / "tsc"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        install = subprocess.run(
            [npm, "install", "--prefix", str(folder), "--no-audit", f"typescript@{wanted}"],
            capture_output=True,
        )
        if install.returncode != 0:
            pytest.skip("npm cannot fetch the TypeScript compiler")
    return [str(binary)]


def test_sources_are_typed(compiler: list[str]) -> None:
    check(compiler, "--project", str(WEB_CLIENT / "tsconfig.json"))


def test_integrators_get_types(compiler: list[str], tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "avatar-server-client"
    shutil.copytree(WEB_CLIENT, package, ignore=shutil.ignore_patterns("node_modules", "types"))
    check(compiler, "--project", str(package / "tsconfig.types.json"))
    (tmp_path / "app.ts").write_text(INTEGRATOR)
    options = ["--strict", "--noEmit", "--module", "esnext", "--moduleResolution", "bundler"]
    libraries = ["--target", "es2022", "--lib", "es2022,dom,dom.iterable"]
    check(compiler, *options, *libraries, "app.ts", folder=tmp_path)


def check(compiler: list[str], *arguments: str, folder: Path | None = None) -> None:
    done = subprocess.run(
        [*compiler, *arguments], cwd=folder, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_expression_packet_is_read_as_the_server_writes_it(open_page: OpenPage) -> None:
    random = np.random.default_rng(5)
    expression = Expression(
        coefficients=random.random(52, np.float32),
        head_rotation=np.array([0.5, -0.5, 0.5, 0.5], np.float32),
        head_translation=np.array([0.01, -0.02, 0.03], np.float32),
        emotion=np.zeros(8, np.float32),
        stream_time_s=0.0,
        tracked=True,
    )
    packet = pack_expression(expression, rtp_time=0xFFFFFF00, sequence=0xFFFE)
    page = open_page("missing")
    frame = page.evaluate(
        """async (text) => {
          const sdk = await import("/sdk/index.js");
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          const frame = sdk.parseExpressionPacket(bytes.buffer);
          return {
            ...frame,
            coefficients: [...frame.coefficients],
            headRotation: [...frame.headRotation],
            headTranslation: [...frame.headTranslation],
            jawOpen: sdk.coefficient(frame, "jawOpen"),
            names: sdk.ARKIT_52,
            short: sdk.parseExpressionPacket(bytes.buffer.slice(1)),
          };
        }""",
        base64.b64encode(packet).decode(),
    )
    assert frame["names"] == list(ARKIT_52)
    assert (frame["tracked"], frame["sequence"], frame["rtpTime"]) == (True, 0xFFFE, 0xFFFFFF00)
    assert frame["coefficients"] == pytest.approx(expression.coefficients.tolist())
    assert frame["headRotation"] == [0.5, -0.5, 0.5, 0.5]
    assert frame["headTranslation"] == pytest.approx([0.01, -0.02, 0.03])
    assert frame["jawOpen"] == pytest.approx(float(expression.coefficients[17]))
    assert frame["short"] is None


def test_expressions_are_sent_only_where_they_are_asked_for(open_page: OpenPage) -> None:
    page = open_page("missing")
    heard = page.evaluate(
        """async () => {
          const { AvatarSession } = await import("/sdk/index.js");
          const call = { avatar: "ani", performance: "hello" };
          const expression = (session) => new Promise((resolve) =>
            session.addEventListener("expression", resolve, { once: true }));
          const timings = (session) => new Promise((resolve) =>
            session.addEventListener("timings", resolve, { once: true }));

          const early = new AvatarSession();
          const first = expression(early);
          await early.connect(call);
          await first;
          await early.close();

          const late = new AvatarSession();
          await late.connect(call);
          await timings(late);
          const before = Object.keys(await messagesReceived());
          const { detail } = await expression(late);
          await late.close();

          const asked = new AvatarSession();
          await asked.connect({ ...call, expressions: true });
          await timings(asked);
          const channels = Object.keys(await messagesReceived());
          await asked.close();
          return { before, sequence: detail.sequence, channels };
        }"""
    )
    assert heard["before"] == ["control"]
    assert heard["sequence"] < 10
    assert sorted(heard["channels"]) == ["control", "expression"]


def test_late_packets_are_told_across_the_wrap(open_page: OpenPage) -> None:
    page = open_page("missing")
    order = page.evaluate(
        """async () => {
          const { isNewer } = await import("/sdk/index.js");
          const pairs = [[5, 4], [4, 5], [4, 4], [1, 65535], [65535, 1]];
          return pairs.map(([sequence, previous]) => isNewer(sequence, previous));
        }"""
    )
    assert order == [True, False, False, True, False]


def test_headers_are_read(open_page: OpenPage) -> None:
    page = open_page("missing")
    servers, waits = page.evaluate(
        """async () => {
          const { parseIceServers } = await import("/sdk/whip.js");
          const { parseRetryAfter } = await import("/sdk/errors.js");
          const link = '<stun:a.test>; rel="ice-server", '
            + '<turn:b.test?transport=udp>; rel="ice-server"; username="u;,1"; credential="p=2"; '
            + 'credential-type="password", </v1/sessions/x/events>; rel="monitor"';
          const now = Date.parse("2030-01-01T00:00:00Z");
          return [
            parseIceServers(link),
            ["7", "Tue, 01 Jan 2030 00:00:09 GMT", "soon", null].map((text) =>
              parseRetryAfter(text, now) ?? "none"),
          ];
        }"""
    )
    assert servers == [
        {"urls": "stun:a.test"},
        {"urls": "turn:b.test?transport=udp", "username": "u;,1", "credential": "p=2"},
    ]
    assert waits == [7, 9, "none", "none"]
