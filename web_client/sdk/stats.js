// @ts-check

/**
 * What the browser itself measures of the call (W3C webrtc-stats), as differences over the last
 * interval.
 *
 * @typedef {object} CallStats
 * @property {number | null} roundTripMs ICE round trip
 * @property {number | null} fps avatar frames decoded a second
 * @property {number | null} jitterBufferMs mean wait of a frame in the jitter buffer
 * @property {number | null} decodeMs mean time to decode a frame
 * @property {number | null} sentFps camera frames encoded a second
 * @property {number | null} encodeMs mean time to encode a camera frame
 * @property {number | null} receivedKbps
 * @property {number | null} sentKbps
 * @property {number} packetsLost since the start
 * @property {number} framesDecoded since the start
 * @property {number} freezes since the start
 * @property {number} width of the avatar's picture in pixels
 * @property {number} height
 * @property {string} codec for example "VP8"
 */

/**
 * @typedef {Record<string, any>} StatsEntry one dictionary of an RTCStatsReport
 */

/** Turns successive stats reports of one peer connection into `CallStats`. */
export class StatsReader {
  /** @type {Map<string, StatsEntry>} */
  #before = new Map();

  /**
   * @param {RTCStatsReport} report
   * @returns {CallStats}
   */
  read(report) {
    /** @type {StatsEntry[]} */
    const entries = [];
    report.forEach((entry) => entries.push(entry));
    const inbound = entries.find((entry) => entry["type"] === "inbound-rtp" && entry["kind"] === "video");
    const outbound = entries.find((entry) => entry["type"] === "outbound-rtp" && entry["kind"] === "video");
    const pair = entries.find((entry) => entry["type"] === "candidate-pair" && entry["nominated"]);
    const codec = inbound && report.get(inbound["codecId"]);
    const stats = {
      roundTripMs: pair?.["currentRoundTripTime"] === undefined ? null : pair["currentRoundTripTime"] * 1000,
      fps: this.#rate(inbound, "framesDecoded"),
      jitterBufferMs: this.#mean(inbound, "jitterBufferDelay", "jitterBufferEmittedCount"),
      decodeMs: this.#mean(inbound, "totalDecodeTime", "framesDecoded"),
      sentFps: this.#rate(outbound, "framesEncoded"),
      encodeMs: this.#mean(outbound, "totalEncodeTime", "framesEncoded"),
      receivedKbps: kilobits(this.#rate(inbound, "bytesReceived")),
      sentKbps: kilobits(this.#rate(outbound, "bytesSent")),
      packetsLost: inbound?.["packetsLost"] ?? 0,
      framesDecoded: inbound?.["framesDecoded"] ?? 0,
      freezes: inbound?.["freezeCount"] ?? 0,
      width: inbound?.["frameWidth"] ?? 0,
      height: inbound?.["frameHeight"] ?? 0,
      codec: String(codec?.mimeType ?? "").replace(/^video\//i, ""),
    };
    this.#before = new Map(entries.map((entry) => [entry["id"], entry]));
    return stats;
  }

  /** @param {StatsEntry | undefined} now @param {string} field @returns {number | null} a second */
  #rate(now, field) {
    const before = now && this.#before.get(now["id"]);
    if (!now || !before || now["timestamp"] <= before["timestamp"]) return null;
    const change = (now[field] ?? 0) - (before[field] ?? 0);
    return (1000 * change) / (now["timestamp"] - before["timestamp"]);
  }

  /**
   * @param {StatsEntry | undefined} now
   * @param {string} seconds a sum of durations
   * @param {string} count how many were summed
   * @returns {number | null} mean in milliseconds
   */
  #mean(now, seconds, count) {
    const before = now && this.#before.get(now["id"]);
    if (!now || !before) return null;
    const counted = (now[count] ?? 0) - (before[count] ?? 0);
    return counted > 0 ? (1000 * ((now[seconds] ?? 0) - (before[seconds] ?? 0))) / counted : null;
  }
}

/** @param {number | null} bytesPerSecond */
function kilobits(bytesPerSecond) {
  return bytesPerSecond === null ? null : (bytesPerSecond * 8) / 1000;
}
