// @ts-check

/** What goes into a session and what comes out of it. Types only. */

/**
 * @typedef {object} ConnectOptions
 * @property {string | URL} [url] the server; default: where this page came from
 * @property {string} avatar id of the avatar
 * @property {import("./server.js").Wearer} [iAm] what the caller is of the avatar, where its entry has `wearing`
 * @property {MediaStream} [stream] a stream with a camera's video track, see `openCamera()`; its
 *   audio track, if any, is sent too
 * @property {string} [performance] play this recorded performance in place of a camera
 * @property {boolean} [audio] negotiate sound, and have the own voice sent back in time with the
 *   avatar's picture; default false
 * @property {"vp8" | "h264"} [codec] preferred codec
 * @property {string} [token] a bearer token, where the server asks for one
 * @property {string} [background] name of a background or "#rrggbb"
 * @property {boolean} [expressions] have the face's coefficients sent from the start; default: from
 *   the first listener of "expression" on
 */

/**
 * @typedef {object} SessionState
 * @property {"idle" | "connecting" | "connected" | "reconnecting" | "ended"} phase
 * @property {import("./control.js").FaceState} face what the server sees
 * @property {string} avatar id of the avatar that is shown
 * @property {string} credit the line that its licence wants shown with it, "" where it wants none
 * @property {string[]} actions names of what it can do, once the server has told
 */

/**
 * The events of a session, by name; the value is the `detail` of a `CustomEvent`.
 *
 * @typedef {object} AvatarSessionEvents
 * @property {SessionState} state something of the state changed
 * @property {MediaStream} stream the avatar's picture; comes again after a reconnect
 * @property {import("./stats.js").CallStats} stats once a second
 * @property {import("./control.js").Timings} timings milliseconds of each stage on the server
 * @property {import("./expression-packet.js").ExpressionFrame} expression every frame, once
 *   somebody listens
 * @property {import("./errors.js").AvatarError} error something failed in mid-call; for good when "ended" follows. What
 *   keeps a call from starting is what `connect` rejects with
 * @property {{reason: "closed" | "failed"}} ended the call that had begun is over
 */

export {};
