// @ts-check

/**
 * `<avatar-call>`: a whole call in one element.
 *
 *     <script type="module" src="https://avatars.example/avatar-call.js"></script>
 *     <avatar-call server="https://avatars.example" avatar="ani"></avatar-call>
 *
 * Attributes: `server` (default: where the page came from), `avatar`, `i-am` ("author" or "licensed",
 * for an avatar that not everybody may wear), `performance` (play a recorded one, no camera), `autoplay`
 * (start at once), `audio` (negotiate sound),
 * `background`, `codec`, `mirror` (show it as a mirror does), `token` (where the server asks for
 * one), `expressions` (tell `avatar-expression` to listeners farther out).
 *
 * Events, all bubbling out of the shadow tree with the SDK's details: `avatar-state`,
 * `avatar-stream`, `avatar-stats`, `avatar-timings`, `avatar-expression`, `avatar-error`,
 * `avatar-ended`. `avatar-expression` comes once the element itself has a listener for it, or
 * with the attribute `expressions`: the server does not send what nobody reads.
 *
 * Parts: `video`, `credit` (shown where the avatar's licence wants it), `start`, `message`, `face`, `title`, `detail`,
 * `fix`, `retry`. Slots: `start` (the
 * words on the button), `overlay` (laid over the picture), `idle` (shown before and after a call),
 * `failure` (more ways out, below the words of a failure). While words are shown the attribute
 * `says` is "line", "busy" or "failure".
 */

import { STYLE, TEMPLATE } from "./avatar-call-view.js";
import { AvatarError, AvatarSession, openCamera } from "./sdk/index.js";

const WARNING_MS = 6000;

/** What is told while a call runs and the face is not seen. @type {Record<string, [string, string]>} */
const FACE_WORDS = {
  no_face: ["No face found", "Sit in front of the camera, with light on your face."],
  black: ["The picture is black", "Open the camera's shutter, or turn on a light."],
};

/** The element. */
export class AvatarCall extends HTMLElement {
  static observedAttributes = ["avatar", "background", "expressions"];

  /** @type {AvatarSession | null} */
  #session = null;
  /** @type {MediaStream | null} */
  #camera = null;
  #ownsCamera = false;
  #tellsExpressions = false;
  /** The call whose expressions are told. @type {AvatarSession | null} */
  #expressive = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #countdown;
  #root = this.attachShadow({ mode: "open" });

  constructor() {
    super();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.innerHTML = TEMPLATE;
    this.#part("start").addEventListener("click", () => void this.start().catch(() => undefined));
    this.#part("retry").addEventListener("click", () => void this.start().catch(() => undefined));
    this.video.addEventListener("playing", () => {
      this.video.toggleAttribute("data-playing", true);
      if (this.#session) this.#showState(this.#session.state);
    });
  }

  connectedCallback() {
    this.video.setAttribute("aria-label", "Your avatar");
    if (this.hasAttribute("autoplay")) void this.start().catch(() => undefined);
  }

  disconnectedCallback() {
    void this.stop();
  }

  /** @param {string} name @param {string | null} before @param {string | null} now */
  attributeChangedCallback(name, before, now) {
    if (before === now || now === null || !this.#session) return;
    if (name === "avatar" && now !== this.#session.state.avatar) {
      this.#session.setAvatar(now, { iAm: this.#iAm() });
    }
    if (name === "background") this.#session.setBackground(now);
    if (name === "expressions") this.#forwardExpressions(this.#session);
  }

  /**
   * The first listener of "avatar-expression" has the expressions sent.
   *
   * @template {keyof HTMLElementEventMap} Name
   * @overload
   * @param {Name} type
   * @param {(this: HTMLElement, event: HTMLElementEventMap[Name]) => any} listener
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
   * @param {string} type
   * @param {any} listener
   * @param {boolean | AddEventListenerOptions} [options]
   */
  addEventListener(type, listener, options) {
    super.addEventListener(type, listener, options);
    if (type !== "avatar-expression" || !listener) return;
    this.#tellsExpressions = true;
    if (this.#session) this.#forwardExpressions(this.#session);
  }

  /** The video element that shows the avatar. @returns {HTMLVideoElement} */
  get video() {
    return /** @type {HTMLVideoElement} */ (this.#part("video"));
  }

  /** The running call, or null. */
  get session() {
    return this.#session;
  }

  /** The camera's own picture, while it is open; it never leaves but for the server. */
  get camera() {
    return this.#camera;
  }

  /**
   * Opens the camera, unless a performance is to be played, and starts the call. Failures are
   * shown in words and told by an `avatar-error` event, and reject.
   *
   * @param {{stream?: MediaStream}} [options] a camera stream of your own; it is not stopped by us
   */
  async start({ stream } = {}) {
    if (this.#session) return;
    clearInterval(this.#countdown);
    this.#idle.hidden = true;
    const session = new AvatarSession();
    this.#session = session;
    this.#forward(session);
    try {
      const performance = this.getAttribute("performance") ?? undefined;
      if (!performance) {
        this.#ownsCamera = !stream;
        if (!stream) this.#say("Opening your camera…", { detail: "Your browser may ask you to allow it.", look: "busy" });
        const camera = stream ?? (await openCamera());
        if (this.#session !== session) {
          if (!stream) stopTracks(camera);
          throw new AvatarError("aborted", { title: "Stopped." });
        }
        this.#camera = camera;
      }
      await session.connect({
        url: this.getAttribute("server") ?? undefined,
        avatar: this.getAttribute("avatar") ?? "ani",
        iAm: this.#iAm(),
        stream: this.#camera ?? undefined,
        performance,
        audio: this.hasAttribute("audio"),
        background: this.getAttribute("background") ?? undefined,
        codec: this.#codec(),
        token: this.getAttribute("token") ?? undefined,
      });
    } catch (error) {
      if (this.#session === session) {
        this.#release();
        this.#failed(/** @type {AvatarError} */ (error));
      }
      throw error;
    }
  }

  /** Ends the call and closes the camera. */
  async stop() {
    const session = this.#session;
    clearInterval(this.#countdown);
    this.#release();
    this.#hush();
    this.#idle.hidden = false;
    await session?.close();
  }

  #release() {
    this.#session = null;
    if (this.#camera && this.#ownsCamera) stopTracks(this.#camera);
    this.#camera = null;
    this.video.removeAttribute("data-playing");
    this.video.srcObject = null;
    this.#part("credit").hidden = true;
  }

  #iAm() {
    const said = this.getAttribute("i-am");
    return said === "author" || said === "licensed" ? said : undefined;
  }

  #codec() {
    const codec = this.getAttribute("codec");
    return codec === "vp8" || codec === "h264" ? codec : undefined;
  }

  /** @param {AvatarSession} session */
  #forward(session) {
    session.addEventListener("stream", ({ detail }) => {
      this.video.srcObject = detail;
    });
    session.addEventListener("state", ({ detail }) => {
      if (this.#session === session && detail.phase !== "ended") this.#showState(detail);
    });
    session.addEventListener("error", ({ detail }) => {
      if (session.state.phase === "connected") this.#warn(session, detail);
      else this.#failed(detail, false);
    });
    session.addEventListener("ended", ({ detail }) => {
      if (this.#session === session) this.#release();
      this.#tell("ended", detail);
    });
    for (const type of /** @type {const} */ (["state", "stream", "stats", "timings", "error"])) {
      session.addEventListener(type, ({ detail }) => this.#tell(type, detail));
    }
    if (this.#tellsExpressions || this.hasAttribute("expressions")) this.#forwardExpressions(session);
  }

  /** @param {AvatarSession} session */
  #forwardExpressions(session) {
    if (this.#expressive === session) return;
    this.#expressive = session;
    session.addEventListener("expression", ({ detail }) => this.#tell("expression", detail));
  }

  /** @param {import("./sdk/session-types.js").SessionState} state */
  #showState({ phase, face, credit }) {
    const words = FACE_WORDS[face];
    this.#part("credit").textContent = credit;
    this.#part("credit").hidden = credit === "" || !this.video.hasAttribute("data-playing");
    if (phase === "reconnecting") {
      this.#say("Reconnecting…", { detail: "The network was interrupted." });
    } else if (phase === "connecting" || !this.video.hasAttribute("data-playing")) {
      this.#say("Connecting…", { look: "busy" });
    } else if (words) {
      this.#say(words[0], { detail: words[1] });
    } else {
      this.#hush();
    }
  }

  /**
   * Words over the picture: a line at its foot, or all over it.
   *
   * @param {string} title
   * @param {{detail?: string, fix?: string, look?: "line" | "busy" | "failure"}} [more]
   */
  #say(title, { detail = "", fix = "", look = "line" } = {}) {
    const message = this.#part("message");
    for (const [name, text] of Object.entries({ title, detail, fix })) {
      this.#part(name).textContent = text;
      this.#part(name).hidden = text === "";
    }
    message.hidden = false;
    this.setAttribute("says", look);
    for (const way of message.querySelectorAll("button, slot")) {
      /** @type {HTMLElement} */ (way).hidden = look !== "failure";
    }
  }

  #hush() {
    this.#part("message").hidden = true;
    this.removeAttribute("says");
  }

  /** A failure that the call survives. @param {AvatarSession} session @param {AvatarError} error */
  #warn(session, error) {
    this.#say(error.title, error);
    setTimeout(() => {
      if (this.#session === session) this.#showState(session.state);
    }, WARNING_MS);
  }

  /** @param {AvatarError} error @param {boolean} [tell] */
  #failed(error, tell = true) {
    if (error.code === "aborted") return;
    this.#say(error.title, { detail: error.detail, fix: error.fix, look: "failure" });
    this.#part("retry").textContent = "Try again";
    if (error.retryAfterSeconds) this.#count(error.retryAfterSeconds);
    if (tell) this.#tell("error", error);
  }

  /** Counts down on the button, then tries again. @param {number} seconds */
  #count(seconds) {
    const button = this.#part("retry");
    const end = Date.now() + 1000 * seconds;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      button.textContent = left > 0 ? `Try again (${left} s)` : "Try again";
      if (left > 0) return;
      clearInterval(this.#countdown);
      void this.start().catch(() => undefined);
    };
    this.#countdown = setInterval(tick, 500);
    tick();
  }

  /** @param {string} type @param {unknown} detail */
  #tell(type, detail) {
    this.dispatchEvent(
      new CustomEvent(`avatar-${type}`, { detail, bubbles: true, composed: true }),
    );
  }

  /** @param {string} name @returns {HTMLElement} */
  #part(name) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(`[part="${name}"]`));
  }

  get #idle() {
    return /** @type {HTMLElement} */ (this.#root.querySelector(".idle"));
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

if (!customElements.get("avatar-call")) customElements.define("avatar-call", AvatarCall);
