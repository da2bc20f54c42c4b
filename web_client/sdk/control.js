// @ts-check

/**
 * The messages of the `control` data channel: reliable, one JSON object each. The server publishes
 * their schema at `/v1/schemas/control`.
 */

/**
 * What a client asks for.
 *
 * @typedef {{type: "avatar", avatar: string, i_am?: import("./server.js").Wearer | undefined}
 *   | {type: "action", action: string | null}
 *   | {type: "emotion", emotion: string, weight: number}
 *   | {type: "calibrate"}
 *   | {type: "background", background: string}
 *   | {type: "quality", width?: number, height?: number, fps?: number}
 *   | {type: "performance", name: string | null}} ControlRequest
 */

/**
 * What the server sees of the face: nothing yet, a face, none, a black picture; or that it plays a
 * recorded performance.
 *
 * @typedef {"waiting" | "tracking" | "no_face" | "black" | "performance"} FaceState
 */

/**
 * What the server tells.
 *
 * @typedef {{type: "state", state: FaceState, avatar?: string, credit?: string}
 *   | {type: "avatar", avatar: string, actions?: string[]}
 *   | {type: "error", title: string, detail?: string, fix?: string}
 *   | {type: "timings", [field: string]: unknown}} ControlEvent
 */

/** The stages of one frame on the server, in the order in which it passes them. */
export const STAGES = Object.freeze(/** @type {const} */ ([
  "receive",
  "decode",
  "queue",
  "track",
  "map",
  "pose",
  "draw",
  "encode",
  "send",
]));

/** @typedef {(typeof STAGES)[number]} Stage */

/**
 * Where the frames of the last half second spent their time on the server.
 *
 * @typedef {object} Timings
 * @property {Partial<Record<Stage, number>>} stages mean milliseconds; a stage that did not run is
 *   absent
 * @property {number} totalMs their sum
 * @property {number | null} fps avatar frames drawn a second
 * @property {number} skipped camera frames passed over since the last report, because newer came
 */

/**
 * @param {unknown} data what came over the channel
 * @returns {ControlEvent | null} null when it is not one of ours
 */
export function parseControlEvent(data) {
  if (typeof data !== "string") return null;
  try {
    const message = JSON.parse(data);
    const ours = message !== null && typeof message === "object" && typeof message.type === "string";
    return ours ? message : null;
  } catch {
    return null;
  }
}

/**
 * @param {Record<string, unknown>} message
 * @returns {Timings}
 */
export function parseTimings(message) {
  const table = /** @type {Record<string, unknown>} */ (message["stages_ms"] ?? {});
  /** @type {Timings["stages"]} */
  const stages = {};
  for (const stage of STAGES) {
    const milliseconds = number(table[stage]);
    if (milliseconds !== null) stages[stage] = milliseconds;
  }
  return {
    stages,
    totalMs: Object.values(stages).reduce((sum, value) => sum + value, 0),
    fps: number(message["fps"]),
    skipped: number(message["skipped"]) ?? 0,
  };
}

/** @param {unknown} value @returns {number | null} */
function number(value) {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
