// @ts-check

/** The page: choose who to be, and be it. */

import { AvatarCall } from "../avatar-call.js";
import { AvatarError, AvatarServer, checkBrowser, openMicrophone } from "../sdk/index.js";
import { Cast } from "./cast.js";
import { byId, toast } from "./dom.js";
import { LatencyOverlay } from "./latency.js";
import { mayWear, statementOf } from "./licence.js";
import { Panel } from "./panel.js";

const server = new AvatarServer();
const stage = byId("stage", AvatarCall);
const cast = new Cast(server);
const panel = new Panel(stage);
const overlay = new LatencyOverlay(byId("latency", HTMLElement));
const become = byId("become", HTMLButtonElement);
const demo = byId("demo", HTMLButtonElement);
const self = byId("self", HTMLElement);
const selfVideo = byId("self-video", HTMLVideoElement);
/** @type {string[]} */
let performances = [];
/** @type {MediaStreamTrack | null} */
let microphone = null;
let showsSelf = true;

/** @param {"start" | "call"} view */
function show(view) {
  document.body.dataset["view"] = view;
  byId("start", HTMLElement).hidden = view !== "start";
  byId("call", HTMLElement).hidden = view !== "call";
  scrollTo({ top: 0 });
}

/** Tells the stage whom it shows, and what was said to be let wear it. @param {string} id */
function cue(id) {
  const iAm = statementOf(id);
  if (iAm) stage.setAttribute("i-am", iAm);
  else stage.removeAttribute("i-am");
  stage.setAttribute("avatar", id);
}

/** @param {string | null} performance null: the camera */
async function start(performance) {
  const avatar = cast.chosen;
  if (!avatar || !(await mayWear(avatar))) return;
  cue(avatar.id);
  if (performance === null) stage.removeAttribute("performance");
  else stage.setAttribute("performance", performance);
  // One looks at oneself as into a mirror. What is sent out is never mirrored.
  stage.toggleAttribute("mirror", performance === null);
  for (const element of document.querySelectorAll(".camera-only")) {
    /** @type {HTMLElement} */ (element).hidden = performance !== null;
  }
  panel.reset();
  panel.showAvatar(avatar.id);
  panel.showPerformance(performance);
  overlay.clear();
  show("call");
  byId("call", HTMLElement).focus({ preventScroll: true });
  // What fails is told by the element, in words, where the picture would be.
  await stage.start().catch(() => undefined);
}

async function end() {
  await setMicrophone(false);
  await stage.stop();
  show("start");
  become.focus({ preventScroll: true });
}

/** @param {boolean} on */
async function setMicrophone(on) {
  const button = byId("mic", HTMLButtonElement);
  if (on) {
    try {
      microphone = await openMicrophone();
      await stage.session?.setMicrophone(microphone);
    } catch (error) {
      if (error instanceof AvatarError) toast(`${error.title} ${error.fix}`);
      return;
    }
  } else {
    await stage.session?.setMicrophone(null);
    microphone?.stop();
    microphone = null;
  }
  button.setAttribute("aria-pressed", String(on));
  button.querySelector("use")?.setAttribute("href", `page/icons.svg#${on ? "mic" : "mic-off"}`);
  const label = button.querySelector("span");
  if (label) label.textContent = on ? "Mic on" : "Mic off";
}

function showSelf() {
  const shown = showsSelf && stage.camera !== null;
  self.hidden = !shown;
  selfVideo.srcObject = shown ? stage.camera : null;
  byId("self-toggle", HTMLElement).setAttribute("aria-pressed", String(showsSelf));
}

/** @param {boolean} shown */
function showLatency(shown) {
  overlay.shown = shown;
  byId("latency-toggle", HTMLElement).setAttribute("aria-pressed", String(shown));
}

/** @param {MediaStream | null} stream for the clean view, which reads it from its opener */
function offerCleanView(stream) {
  /** @type {{avatarStream?: MediaStream | null}} */ (window).avatarStream = stream;
}

stage.addEventListener("avatar-state", () => {
  const { session } = stage;
  if (!session) return;
  if (session.state.phase === "connected" && session.state.avatar !== stage.getAttribute("avatar")) {
    cue(session.state.avatar);
    panel.showAvatar(session.state.avatar, session.state.actions);
  }
  showSelf();
});
stage.addEventListener("avatar-stream", (event) => offerCleanView(/** @type {CustomEvent} */ (event).detail));
stage.addEventListener("avatar-timings", (event) => overlay.showTimings(/** @type {CustomEvent} */ (event).detail));
stage.addEventListener("avatar-stats", (event) => overlay.showStats(/** @type {CustomEvent} */ (event).detail));
stage.addEventListener("avatar-error", (event) => {
  const { code } = /** @type {CustomEvent<AvatarError>} */ (event).detail;
  // The demo is a way out only where it is the camera that fails.
  const helps = performances.length > 0 && (code.startsWith("camera_") || code === "insecure_origin");
  byId("failure-demo", HTMLElement).hidden = !helps;
});
stage.addEventListener("avatar-ended", () => {
  offerCleanView(null);
  showSelf();
});

become.addEventListener("click", () => void start(null));
demo.addEventListener("click", () => void start(performances[0] ?? null));
byId("failure-demo", HTMLElement).addEventListener("click", () => void start(performances[0] ?? null));
byId("failure-back", HTMLElement).addEventListener("click", () => void end());
byId("end", HTMLElement).addEventListener("click", () => void end());
byId("mic", HTMLElement).addEventListener("click", () => void setMicrophone(microphone === null));
byId("calibrate", HTMLElement).addEventListener("click", () => {
  stage.session?.calibrate();
  toast("Look straight ahead with a calm face for a second.");
});
for (const id of ["self-toggle", "self-hide"]) {
  byId(id, HTMLElement).addEventListener("click", () => {
    showsSelf = !showsSelf;
    showSelf();
  });
}
byId("latency-toggle", HTMLElement).addEventListener("click", () => showLatency(!overlay.shown));
addEventListener("keydown", ({ key, ctrlKey, metaKey, altKey, target }) => {
  const typing = target instanceof HTMLInputElement && target.type === "text";
  if (key.toLowerCase() !== "l" || ctrlKey || metaKey || altKey || typing) return;
  if (document.body.dataset["view"] === "call") showLatency(!overlay.shown);
});

const useDialog = byId("use-dialog", HTMLDialogElement);
byId("use", HTMLElement).addEventListener("click", () => {
  const credit = stage.session?.state.credit ?? "";
  byId("use-credit", HTMLElement).hidden = credit === "";
  byId("use-credit-line", HTMLElement).textContent = credit;
  useDialog.showModal();
});
byId("use-close", HTMLElement).addEventListener("click", () => useDialog.close());
byId("use-open", HTMLElement).addEventListener("click", () => {
  window.open("clean.html", "avatar-clean-view", "popup,width=720,height=720");
  useDialog.close();
});

cast.addEventListener("change", () => {
  become.textContent = cast.chosen ? `Become ${cast.chosen.name}` : "Become someone";
  become.disabled = !cast.chosen;
  demo.disabled = !cast.chosen || performances.length === 0;
  panel.setAvatars(cast.avatars);
});

/** @param {unknown} error */
function failToLoad(error) {
  const line = byId("start-failure", HTMLElement);
  const { title, fix } = error instanceof AvatarError ? error : { title: String(error), fix: "" };
  line.textContent = `${title} ${fix}`;
  line.hidden = false;
}

try {
  checkBrowser({ camera: false });
  performances = await server.performances().catch(() => []);
  panel.setPerformances(performances);
  await cast.load();
  const backgrounds = await server.backgrounds().catch(() => []);
  // WebRTC's video has no transparency; there it would be black.
  panel.setBackgrounds(backgrounds.filter(({ name }) => name !== "transparent"));
} catch (error) {
  failToLoad(error);
}
