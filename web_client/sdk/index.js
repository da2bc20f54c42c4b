// @ts-check

export { ARKIT_52, ARKIT_INDEX } from "./arkit.js";
export { checkBrowser, openCamera, openMicrophone } from "./camera.js";
export { STAGES } from "./control.js";
export { AvatarError } from "./errors.js";
export {
  coefficient,
  EXPRESSION_PACKET_BYTES,
  isNewer,
  parseExpressionPacket,
} from "./expression-packet.js";
export { AvatarServer } from "./server.js";
export { AvatarSession } from "./session.js";

/**
 * @typedef {import("./arkit.js").ArkitName} ArkitName
 * @typedef {import("./control.js").FaceState} FaceState
 * @typedef {import("./control.js").Stage} Stage
 * @typedef {import("./control.js").Timings} Timings
 * @typedef {import("./errors.js").AvatarErrorCode} AvatarErrorCode
 * @typedef {import("./expression-packet.js").ExpressionFrame} ExpressionFrame
 * @typedef {import("./server.js").AvatarEntry} AvatarEntry
 * @typedef {import("./server.js").ModelMeta} ModelMeta
 * @typedef {import("./server.js").Wearer} Wearer
 * @typedef {import("./server.js").WearingTerms} WearingTerms
 * @typedef {import("./session-types.js").ConnectOptions} ConnectOptions
 * @typedef {import("./session-types.js").AvatarSessionEvents} AvatarSessionEvents
 * @typedef {import("./session-types.js").SessionState} SessionState
 * @typedef {import("./stats.js").CallStats} CallStats
 */
