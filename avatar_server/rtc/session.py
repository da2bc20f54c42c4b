"""One caller's peer connection, from the offer to the goodbye."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiortc import (
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import SessionDescription
from pydantic import BaseModel

from avatar_server.errors import OfferError
from avatar_server.rtc.aiortc_seam import dtls_transport
from avatar_server.rtc.answer import limit_video
from avatar_server.rtc.channels import SessionChannels
from avatar_server.rtc.control import ControlMessage
from avatar_server.rtc.offer import Offer, parse_offer
from avatar_server.rtc.options import RtcOptions
from avatar_server.rtc.session_state import SessionState
from avatar_server.rtc.statistics import RtcStatistics
from avatar_server.rtc.streams import SessionStreams
from avatar_server.rtc.trickle import parse_candidate, parse_sdp_fragment
from avatar_server.rtc.video_sender import OnSent
from avatar_server.types import Expression, VideoFrame

logger = logging.getLogger(__name__)

_WATCH_INTERVAL_S: Final = 1.0
_CLOSE_TIMEOUT_S: Final = 5.0


class RtcSession:
    """A caller.

    Make it in a running event loop. The callbacks:

    * ``on_frame`` gets each camera frame that is not yet late, in the session's decoder thread.
      It must return at once: hand the frame over and go. The planes are read-only views on the
      decoder's memory and stay valid as long as they are held.
    * ``on_control`` gets each valid message of the data channel ``control``, in the event loop.
    * ``on_closed`` gets the reason, once, in the event loop, when everything has been let go.
    * ``on_sent`` gets the times of each sent frame up to ``Stage.SEND`` and its RTP timestamp,
      in the event loop. The timestamp is that of the camera frame it was made from.
    * ``on_channel`` gets the label of a data channel that the client opened, in the event loop.
    * ``on_live`` is called once, in the event loop, when media can flow.
    """

    def __init__(
        self,
        session_id: str,
        *,
        on_frame: Callable[[VideoFrame], None],
        on_control: Callable[[ControlMessage], None],
        on_closed: Callable[[str], None],
        options: RtcOptions | None = None,
        on_sent: OnSent | None = None,
        on_live: Callable[[], None] | None = None,
        on_channel: Callable[[str], None] | None = None,
    ) -> None:
        self.session_id = session_id
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._on_sent = on_sent
        self._on_live = on_live
        self._on_channel = on_channel
        self._options = options or RtcOptions()
        self._loop = asyncio.get_running_loop()
        self._state = SessionState.NEW
        self._closed = asyncio.Event()
        self._ending: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._channels = SessionChannels(on_control)
        self._connection: RTCPeerConnection | None = None
        self._streams: SessionStreams | None = None
        self._answered_s = 0.0

    # What a session is asked for

    @property
    def state(self) -> SessionState:
        return self._state

    async def answer(self, offer_sdp: str) -> str:
        """The answer to the caller's offer, with this side's candidates in it. Once a session.

        Raises:
            OfferError: the offer cannot be answered. The session is then closed.
        """
        if self._state is not SessionState.NEW:
            raise OfferError("This session has been answered already. Make a new one.")
        self._enter(SessionState.CONNECTING)
        try:
            offer = parse_offer(offer_sdp, self._options)
            answer = await self._negotiate(offer)
        except BaseException as error:
            await self.close("the offer was refused")
            if isinstance(error, OfferError) or not isinstance(error, Exception):
                raise
            logger.info("An offer could not be applied", exc_info=True)
            raise OfferError(
                f"The offer cannot be applied ({error or type(error).__name__}). "
                "Send the offer of a current browser as it is."
            ) from error
        self._answered_s = time.monotonic()
        self._run(self._watch())
        if offer.late_candidates:
            self._run(self._add_late_candidates(offer.late_candidates))
        return answer

    async def add_candidate(self, sdp_fragment: str) -> None:
        """Takes trickled candidates: a body of ``application/trickle-ice-sdpfrag`` (RFC 8840).

        Raises:
            OfferError: malformed, for another connection (an ICE restart), or too early.
        """
        if self._connection is None or self._streams is None:
            raise OfferError("There is no answered offer to add candidates to. Post one first.")
        fragment = parse_sdp_fragment(sdp_fragment)
        if fragment.username_fragment not in (None, self._remote_username_fragment()):
            raise OfferError(
                "The candidates belong to another ICE generation. ICE restarts are not followed: "
                "end this session and post a new offer."
            )
        ice_transport = dtls_transport(self._connection).transport
        for candidate in fragment.candidates:
            if candidate.ip.endswith(".local"):
                self._run(self._add_candidate_quietly(candidate))
            else:
                await ice_transport.addRemoteCandidate(candidate)

    def send_picture(self, picture: VideoFrame) -> None:
        """Sends ``picture`` next, in place of one that still waits. From any thread. Dropped
        unless the session is live and the caller takes video."""
        if self._streams is not None and self._state is SessionState.LIVE:
            self._streams.sender.offer(picture)

    def send_expression(self, expression: Expression, rtp_time: int) -> None:
        """Sends the coefficients of a frame over the data channel ``expression``; ``rtp_time``
        is the video frame's RTP timestamp. From any thread; dropped where nobody listens."""
        if self._channels.wants_expressions:
            self._in_loop(self._channels.send_expression, expression, rtp_time)

    def send_message(self, message: Mapping[str, Any] | BaseModel) -> None:
        """Sends a message over the data channel ``control``. From any thread; dropped where the
        channel is not open."""
        self._in_loop(self._channels.send_message, message)

    def request_keyframe(self) -> None:
        """Lets the next picture be a keyframe."""
        if self._streams is not None:
            self._streams.sender.want_keyframe()

    async def close(self, reason: str = "closed by the server") -> None:
        """Ends the session and waits until all it held has been let go."""
        if self._state not in (SessionState.CLOSING, SessionState.CLOSED):
            self._enter(SessionState.CLOSING)
            # A task of its own: who asked for the end may be cancelled, the end may not.
            self._ending = self._loop.create_task(self._end(reason))
        await self._closed.wait()

    async def wait_closed(self) -> None:
        """Returns when the session has ended."""
        await self._closed.wait()

    def statistics(self) -> RtcStatistics:
        """Totals up to now."""
        return self._streams.statistics() if self._streams is not None else RtcStatistics()

    # Negotiation

    async def _negotiate(self, offer: Offer) -> str:
        servers = [
            RTCIceServer(urls=s.url, username=s.username, credential=s.credential)
            for s in self._options.ice_servers
        ]
        connection = self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        connection.on("connectionstatechange", self._follow_connection)
        connection.on("datachannel", self._adopt_channel)
        await connection.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
        self._streams = SessionStreams(
            connection,
            offer.description,
            self.session_id,
            self._options,
            self._on_frame,
            self._report_sent,
        )
        await connection.setLocalDescription()
        return limit_video(connection.localDescription.sdp, self._options.camera_bitrate)

    def _remote_username_fragment(self) -> str | None:
        assert self._connection is not None
        remote = SessionDescription.parse(self._connection.remoteDescription.sdp)
        return remote.media[0].ice.usernameFragment if remote.media[0].ice else None

    async def _add_late_candidates(self, values: tuple[str, ...]) -> None:
        for value in values:
            await self._add_candidate_quietly(parse_candidate(value))

    async def _add_candidate_quietly(self, candidate: Any) -> None:
        """A name that cannot be looked up is no fault of the session: the peer's own checks
        reach this side all the same."""
        assert self._connection is not None
        try:
            await dtls_transport(self._connection).transport.addRemoteCandidate(candidate)
        except (OSError, ValueError) as error:
            logger.debug("A candidate was not used: %s", error)

    # Life

    def _enter(self, state: SessionState) -> None:
        """The only place where the state changes; it never goes back."""
        if state.comes_after(self._state):
            logger.debug("session %s: %s to %s", self.session_id, self._state, state)
            self._state = state

    def _follow_connection(self) -> None:
        assert self._connection is not None
        state = self._connection.connectionState
        if state == "connected" and self._state is SessionState.CONNECTING:
            self._enter(SessionState.LIVE)
            assert self._streams is not None
            self._streams.start_reports()
            if self._on_live is not None:
                self._on_live()
        elif state == "failed":
            self._run(self.close("the connection failed"))
        elif state == "closed":
            self._run(self.close("the client ended the call"))

    def _adopt_channel(self, channel: RTCDataChannel) -> None:
        self._channels.adopt(channel)
        if self._on_channel is not None:
            self._on_channel(channel.label)

    async def _watch(self) -> None:
        """Ends a session whose peer never came or has vanished without a goodbye."""
        while self._state in (SessionState.CONNECTING, SessionState.LIVE):
            await asyncio.sleep(_WATCH_INTERVAL_S)
            now = time.monotonic()
            assert self._streams is not None
            if self._state is SessionState.CONNECTING:
                if now - self._answered_s > self._options.connect_timeout_s:
                    self._run(self.close("no connection could be made in time"))
                    return
            elif now - self._streams.ice.last_heard_s > self._options.silence_timeout_s:
                self._run(self.close("the client has vanished"))
                return

    def _report_sent(self, times: Any, timestamp: int) -> None:
        if self._on_sent is not None:
            self._on_sent(times, timestamp)

    def _in_loop(self, call: Callable[..., object], *arguments: object) -> None:
        if self._state is SessionState.LIVE and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call, *arguments)

    def _run(self, coroutine: Any) -> None:
        """Runs a task of this session, and holds it so that it is not collected."""
        task: asyncio.Task[None] = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _end(self, reason: str) -> None:
        try:
            await self._let_go()
        finally:
            self._enter(SessionState.CLOSED)
            self._closed.set()
            self._on_closed(reason)

    async def _let_go(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._streams is not None:
            await self._streams.close()
        if self._connection is not None:
            try:
                await asyncio.wait_for(self._connection.close(), _CLOSE_TIMEOUT_S)
            except TimeoutError:
                logger.warning("session %s: the connection did not close", self.session_id)
