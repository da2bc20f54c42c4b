"""What a caller asks for on the control channel, done one after the other beside the running
call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from avatar_server.avatar import Avatar
from avatar_server.errors import AvatarServerError, ControlError
from avatar_server.rtc import ControlMessage, control
from avatar_server.types import Wearer
from avatar_server.workers.library import Library
from avatar_server.workers.live import Costume, LivePipeline
from avatar_server.workers.picture_quality import PictureQuality
from avatar_server.workers.pipeline_thread import PipelineThread

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 32

_Answer = asyncio.Future[None]
Send = Callable[[dict[str, Any]], None]


class CostumeMaker(Protocol):
    """Makes a costume; called on the pipeline thread."""

    def __call__(self, avatar: Avatar, width: int, height: int, background: str) -> Costume: ...


class CallerRequests:
    """Follows requests in their order; ``send`` takes what the caller is told."""

    def __init__(
        self,
        live: LivePipeline,
        thread: PipelineThread,
        library: Library,
        make_costume: CostumeMaker,
        quality: PictureQuality,
        send: Send,
        *,
        background: str,
    ) -> None:
        self._live = live
        self._thread = thread
        self._library = library
        self._make_costume = make_costume
        self._quality = quality
        self._send = send
        self._background = background
        self._waiting: asyncio.Queue[tuple[ControlMessage, _Answer | None]] = asyncio.Queue(
            MAX_WAITING
        )

    def take(self, message: ControlMessage) -> None:
        """A request whose refusal is told through ``send``."""
        if self._waiting.full():
            self._refuse("Too many requests", "Wait until the earlier ones are done.")
            return
        self._waiting.put_nowait((message, None))

    async def ask(self, text: str) -> None:
        """A request, not read yet, that is followed when this returns.

        Raises what it is refused with: ``ControlError``, ``AvatarFileError``, ``LicenceError``,
        ``MediaFileError`` or ``RenderError``.
        """
        try:
            message = control.parse_control(text)
        except control.ControlMessageError as error:
            raise ControlError(error.report.detail) from error
        if self._waiting.full():
            raise ControlError("too many requests wait; send this when the earlier ones are done")
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((message, answer))
        await answer

    async def run(self) -> None:
        """Follow them until cancelled."""
        answer: _Answer | None = None
        try:
            while True:
                message, answer = await self._waiting.get()
                await self._answer(message, answer)
        finally:
            rest = [answer, *(self._waiting.get_nowait()[1] for _ in range(self._waiting.qsize()))]
            for waiting in rest:
                if waiting is not None and not waiting.done():
                    waiting.set_exception(ControlError("the session ended before it was done"))

    async def _answer(self, message: ControlMessage, answer: _Answer | None) -> None:
        try:
            await self._follow(message)
        except Exception as error:
            if not isinstance(error, AvatarServerError):
                logger.exception("a %s request failed", message.type)
                error = ControlError("The server made a mistake; see its log.")
            if answer is None:
                self._refuse("This cannot be done", str(error))
            elif not answer.done():
                answer.set_exception(error)
        else:
            if answer is not None and not answer.done():
                answer.set_result(None)

    async def _follow(self, message: ControlMessage) -> None:
        live, call = self._live, self._thread.call
        match message:
            case control.SwitchAvatar(avatar=avatar_id, i_am=i_am):
                await self._switch(avatar_id, i_am)
            case control.PlayAction(action=None):
                await call(live.costume.character.stop_action)
            case control.PlayAction(action=str(action)):
                await call(live.costume.character.start_action, action)
            case control.SetEmotion(emotion=emotion, weight=weight):
                await call(live.costume.character.set_emotion, emotion, weight)
            case control.Calibrate():
                await call(live.calibrate)
            case control.SetBackground(background=background):
                await call(live.costume.renderer.set_background, background)
                self._background = background
            case control.SetQuality(width=width, height=height, fps=fps):
                await self._quality.ask(width, height, fps)
            case control.PlayPerformance(name=None):
                await call(live.play, None)
            case control.PlayPerformance(name=str(name)):
                await call(live.play, await self._library.performance(name))

    async def _switch(self, avatar_id: str, i_am: Wearer | None) -> None:
        """The new character is read beside the running call and exchanged between two frames."""
        avatar = await self._library.avatar(avatar_id, i_am)

        def exchange() -> None:
            self._live.wear(self._make_costume(avatar, *self._quality.size, self._background))

        await self._thread.call(exchange)
        actions = list(self._live.costume.character.actions)
        self._send({"type": "avatar", "avatar": avatar.id, "actions": actions})

    def _refuse(self, title: str, detail: str) -> None:
        self._send({"type": "error", "title": title, "detail": detail})
