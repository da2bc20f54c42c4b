// @ts-check

/**
 * The packets of the `expression` data channel: what the server saw in one camera frame.
 *
 * Little-endian, 244 bytes:
 *
 *     u8   version, 1
 *     u8   flags, bit 0: a face was seen in this frame
 *     u16  sequence number, wraps
 *     u32  RTP timestamp of the avatar frame (90 kHz), wraps
 *     f32  52 ARKit coefficients in [0, 1]
 *     f32  4, head rotation as a quaternion (x, y, z, w)
 *     f32  3, head translation in metres
 */

import { ARKIT_52, ARKIT_INDEX } from "./arkit.js";

export const EXPRESSION_PACKET_BYTES = 244;
const VERSION = 1;
const FLAG_TRACKED = 0x01;
const HEADER_BYTES = 8;
const SEQUENCE_RANGE = 0x10000;

/**
 * @typedef {object} ExpressionFrame
 * @property {boolean} tracked a face was seen; false while the avatar holds or eases to rest
 * @property {number} sequence 0..65535, wraps
 * @property {number} rtpTime RTP timestamp of the avatar frame, 90 kHz, wraps
 * @property {Float32Array} coefficients 52 values in [0, 1], order of `ARKIT_52`
 * @property {Float32Array} headRotation quaternion (x, y, z, w), rest pose to now
 * @property {Float32Array} headTranslation (x, y, z) in metres
 */

/**
 * Reads one packet.
 *
 * @param {ArrayBuffer} buffer
 * @returns {ExpressionFrame | null} null when the packet is of another version or size
 */
export function parseExpressionPacket(buffer) {
  if (buffer.byteLength !== EXPRESSION_PACKET_BYTES) return null;
  const view = new DataView(buffer);
  if (view.getUint8(0) !== VERSION) return null;
  const read = (/** @type {number} */ first, /** @type {number} */ count) => {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 1) {
      values[i] = view.getFloat32(HEADER_BYTES + 4 * (first + i), true);
    }
    return values;
  };
  return {
    tracked: (view.getUint8(1) & FLAG_TRACKED) !== 0,
    sequence: view.getUint16(2, true),
    rtpTime: view.getUint32(4, true),
    coefficients: read(0, ARKIT_52.length),
    headRotation: read(ARKIT_52.length, 4),
    headTranslation: read(ARKIT_52.length + 4, 3),
  };
}

/**
 * Whether `sequence` comes after `previous`, counting across the wrap (RFC 1982, serial number
 * arithmetic). The channel is unordered, so older packets can arrive late.
 *
 * @param {number} sequence
 * @param {number} previous
 */
export function isNewer(sequence, previous) {
  const ahead = (sequence - previous + SEQUENCE_RANGE) % SEQUENCE_RANGE;
  return ahead !== 0 && ahead < SEQUENCE_RANGE / 2;
}

/**
 * One coefficient by name.
 *
 * @param {ExpressionFrame} frame
 * @param {import("./arkit.js").ArkitName} name
 * @returns {number}
 */
export function coefficient(frame, name) {
  return frame.coefficients[ARKIT_INDEX[name]] ?? 0;
}
