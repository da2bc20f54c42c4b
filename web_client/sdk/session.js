// @ts-check

import { checkBrowser } from "./camera.js";
import { parseTimings } from "./control.js";
import { asSentence, AvatarError, connectionLost } from "./errors.js";
import { isNewer } from "./expression-packet.js";
import { Peer } from "./peer.js";
import { AvatarServer } from "./server.js";

const STATS_INTERVAL_MS = 1000;
const RECONNECT_BASE_MS = 500;
/** A call that held this long has earned another attempt to reconnect. */
const STABLE_AFTER_MS = 10000;

/**
 * @typedef {import("./server.js").Wearer} Wearer
 * @typedef {import("./session-types.js").ConnectOptions} ConnectOptions
 * @typedef {import("./session-types.js").SessionState} SessionState
 * @typedef {import("./session-types.js").AvatarSessionEvents} AvatarSessionEvents
 */

/**
 * One call: a camera (or a recorded performance) in, an avatar out.
 *
 *     const session = new AvatarSession();
 *     session.addEventListener("stream", ({ detail }) => { video.srcObject = detail; });
 *     await session.connect({ avatar: "ani", stream: await openCamera() });
 */
export class AvatarSession extends EventTarget {
  /** @type {SessionState} */
  #state = { phase: "idle", face: "waiting", avatar: "", credit: "", actions: [] };
  /** @type {ConnectOptions | null} */
  #options = null;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {AbortController} */
  #abort = new AbortController();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #statsTimer;
  #lastSequence = -1;
  #wantsExpressions = false;
  #mayReconnect = true;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #stableTimer;
  /** What was asked for in mid-call, to be asked for again after a reconnect. @type {Map<string, import("./control.js").ControlRequest>} */
  #wishes = new Map();
  /** What the caller said to be of an avatar, to be said again after a reconnect. @type {Map<string, Wearer | undefined>} */
  #statements = new Map();
  /** @type {MediaStreamTrack | null} */
  #microphone = null;

  /** What is known of the call now. */
  get state() {
    return this.#state;
  }

  /** The avatar's picture, once there is a call. */
  get stream() {
    return this.#peer?.stream ?? null;
  }

  /** Address of this session on the server, for its `events` WebSocket. */
  get resourceUrl() {
    return this.#peer?.resourceUrl ?? null;
  }

  /**
   * @template {keyof AvatarSessionEvents} Name
   * @overload
   * @param {Name} type
   * @param {(event: CustomEvent<AvatarSessionEvents[Name]>) => void} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * @overload
   * @param {string} type
   * @param {EventListenerOrEventListenerObject | null} listener
   * @param {boolean | AddEventListenerOptions} [options]
   * @returns {void}
   */
  /**
   * The first listener of "expression", before or in mid-call, opens the data channel of that name.
   *
   * @param {string} type
   * @param {any} listener
   * @param {boolean | AddEventListenerOptions} [options]
   */
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
    if (type !== "expression" || !listener) return;
    this.#wantsExpressions = true;
    this.#peer?.openExpressions();
  }

  /**
   * Starts the call. Resolves when the server has answered; the picture follows with the "stream"
   * event.
   *
   * @param {ConnectOptions} options
   * @returns {Promise<MediaStream>} the avatar's stream
   * @throws {AvatarError} with code "licence_forbids" where the avatar's licence is in the way; its `problem` names
   *   the `permission`, and where saying `iAm` helps, what is `accepted`
   */
  async connect(options) {
    if (this.#state.phase !== "idle") {
      throw new AvatarError("bad_request", {
        title: "This session was used already.",
        fix: "Make a new AvatarSession for every call.",
      });
    }
    const camera = options.stream?.getVideoTracks()[0];
    if (!camera && !options.performance) {
      throw new AvatarError("bad_request", {
        title: "There is nothing to drive the avatar.",
        fix: "Give `stream` with a camera's video track, or the name of a `performance`.",
      });
    }
    checkBrowser({ camera: false });
    if (camera && camera.contentHint === "") camera.contentHint = "motion";
    this.#options = options;
    this.#statements.set(options.avatar, options.iAm);
    if (options.expressions) this.#wantsExpressions = true;
    this.#microphone = options.stream?.getAudioTracks()[0] ?? null;
    this.#change({ phase: "connecting", avatar: options.avatar });
    globalThis.addEventListener("pagehide", this.#leave);
    try {
      return await this.#open();
    } catch (error) {
      this.#finish();
      throw error;
    }
  }

  /**
   * Shows another avatar, without renegotiation.
   *
   * @param {string} avatar
   * @param {{iAm?: Wearer | undefined}} [options] what the caller is of it, where its entry has `wearing`
   */
  setAvatar(avatar, { iAm } = {}) {
    this.#statements.set(avatar, iAm);
    this.#wish({ type: "avatar", avatar, i_am: iAm });
  }

  /** Plays one of the avatar's actions; null stops it. @param {string | null} action */
  startAction(action) {
    this.#peer?.send({ type: "action", action });
  }

  /** Lays an emotion over the face. @param {string} emotion @param {number} [weight] 0 to 1 */
  setEmotion(emotion, weight = 1) {
    this.#wish({ type: "emotion", emotion, weight });
  }

  /** @param {string} background a name or "#rrggbb" */
  setBackground(background) {
    this.#wish({ type: "background", background });
  }

  /** Takes the face of the next second for the neutral one. */
  calibrate() {
    this.#peer?.send({ type: "calibrate" });
  }

  /** Asks for another picture. @param {{width?: number, height?: number, fps?: number}} quality */
  setQuality(quality) {
    this.#wish({ type: "quality", ...quality });
  }

  /** Plays another recorded performance, or with null the camera. @param {string | null} name */
  setPerformance(name) {
    this.#wish({ type: "performance", name });
  }

  /**
   * Sends this microphone, or none. Needs `audio: true` at `connect`; no renegotiation.
   *
   * @param {MediaStreamTrack | null} track
   * @returns {Promise<boolean>} false when the call has no sound
   */
  async setMicrophone(track) {
    this.#microphone = track;
    return (await this.#peer?.replaceMicrophone(track)) ?? false;
  }

  /** Ends the call, here and on the server. */
  async close() {
    const peer = this.#peer;
    this.#end("closed");
    await peer?.close();
  }

  async #open() {
    const { url, avatar, stream, performance, audio, codec, background, token } =
      /** @type {ConnectOptions} */ (this.#options);
    const peer = new Peer({
      onConnected: () => this.#connected(),
      onLost: (reason) => void this.#lost(reason),
      onControl: (event) => this.#controlled(event),
      onExpression: (frame) => this.#expressed(frame),
    });
    this.#peer = peer;
    this.#lastSequence = -1;
    if (this.#wantsExpressions) peer.openExpressions();
    const endpoint = new AvatarServer(url).at("v1/sessions");
    const shown = this.#state.avatar || avatar;
    const iAm = this.#statements.get(shown);
    endpoint.searchParams.set("avatar", shown);
    if (iAm) endpoint.searchParams.set("i_am", iAm);
    if (performance) endpoint.searchParams.set("performance", performance);
    if (audio) endpoint.searchParams.set("echo_audio", "1");
    try {
      await peer.open({
        endpoint,
        camera: performance ? undefined : stream?.getVideoTracks()[0],
        microphone: this.#microphone ?? undefined,
        audio: Boolean(audio || this.#microphone),
        codec,
        token,
        signal: this.#abort.signal,
      });
    } catch (error) {
      await peer.close();
      throw error;
    }
    if (background && !this.#wishes.has("background")) this.setBackground(background);
    else for (const wish of this.#wishes.values()) peer.send(wish);
    this.#emit("stream", peer.stream);
    return peer.stream;
  }

  #connected() {
    clearTimeout(this.#stableTimer);
    this.#stableTimer = setTimeout(() => {
      this.#mayReconnect = true;
    }, STABLE_AFTER_MS);
    this.#change({ phase: "connected" });
    clearInterval(this.#statsTimer);
    this.#statsTimer = setInterval(() => void this.#report(), STATS_INTERVAL_MS);
    void this.#report();
  }

  async #report() {
    const stats = await this.#peer?.stats().catch(() => null);
    if (stats && this.#state.phase === "connected") this.#emit("stats", stats);
  }

  /** One new attempt, after a pause that keeps a crowd from coming back in the same moment. */
  async #lost(/** @type {string} */ reason) {
    clearInterval(this.#statsTimer);
    clearTimeout(this.#stableTimer);
    void this.#peer?.close();
    if (!this.#mayReconnect) {
      this.#fail(connectionLost(reason));
      return;
    }
    this.#mayReconnect = false;
    this.#change({ phase: "reconnecting", face: "waiting" });
    await pause(RECONNECT_BASE_MS * (1 + Math.random()), this.#abort.signal);
    if (this.#state.phase !== "reconnecting") return;
    try {
      await this.#open();
    } catch (error) {
      if (this.#state.phase !== "reconnecting") return;
      this.#fail(error instanceof AvatarError ? error : connectionLost(reason));
    }
  }

  /** @param {import("./control.js").ControlEvent} event */
  #controlled(event) {
    if (event.type === "state") {
      const { state, avatar = this.#state.avatar, credit = "" } = event;
      this.#change({ face: state, avatar, credit });
    } else if (event.type === "avatar") {
      this.#change({ avatar: event.avatar, actions: event.actions ?? this.#state.actions });
    } else if (event.type === "timings") {
      this.#emit("timings", parseTimings(event));
    } else if (event.type === "error") {
      const { title, detail = "", fix } = event;
      const words = { title: asSentence(title), detail: detail && asSentence(detail), fix };
      this.#emit("error", new AvatarError("server_error", words));
    }
  }

  /** @param {import("./expression-packet.js").ExpressionFrame} frame */
  #expressed(frame) {
    if (this.#lastSequence >= 0 && !isNewer(frame.sequence, this.#lastSequence)) return;
    this.#lastSequence = frame.sequence;
    this.#emit("expression", frame);
  }

  /** @param {import("./control.js").ControlRequest} request */
  #wish(request) {
    this.#wishes.set(request.type, request);
    this.#peer?.send(request);
  }

  /** @param {Partial<SessionState>} changes */
  #change(changes) {
    this.#state = { ...this.#state, ...changes };
    this.#emit("state", this.#state);
  }

  /** @param {AvatarError} error */
  #fail(error) {
    this.#emit("error", error);
    this.#end("failed");
  }

  /** @param {"closed" | "failed"} reason */
  #end(reason) {
    if (this.#finish()) this.#emit("ended", { reason });
  }

  /** Lets go of everything. @returns {boolean} false when there was nothing */
  #finish() {
    if (this.#state.phase === "ended" || this.#state.phase === "idle") return false;
    clearInterval(this.#statsTimer);
    clearTimeout(this.#stableTimer);
    globalThis.removeEventListener("pagehide", this.#leave);
    this.#abort.abort();
    this.#change({ phase: "ended" });
    return true;
  }

  #leave = () => void this.close();

  /**
   * @template {keyof AvatarSessionEvents} Name
   * @param {Name} type
   * @param {AvatarSessionEvents[Name]} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {number} milliseconds @param {AbortSignal} signal @returns {Promise<void>} */
function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
