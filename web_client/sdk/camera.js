// @ts-check

import { AvatarError } from "./errors.js";

/**
 * Throws what keeps this page from making a call at all: an old browser, or an origin on which
 * browsers give no camera.
 *
 * @param {{camera: boolean}} needs
 */
export function checkBrowser({ camera }) {
  if (typeof RTCPeerConnection === "undefined") {
    throw new AvatarError("unsupported_browser", {
      title: "This browser cannot make video calls.",
      detail: "It has no WebRTC.",
      fix: "Open this page in a current Chrome, Edge, Firefox or Safari.",
    });
  }
  if (!camera) return;
  if (!globalThis.isSecureContext) {
    throw new AvatarError("insecure_origin", {
      title: "Browsers give a camera only to secure pages.",
      detail: `This page came over ${location.protocol}//${location.host}, without encryption.`,
      fix: "Open it by https://, or by http://localhost on the server's own machine. The demo works without a camera.",
    });
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new AvatarError("unsupported_browser", {
      title: "This browser gives no camera to pages.",
      fix: "Open this page in a current Chrome, Edge, Firefox or Safari, outside of in-app browsers.",
    });
  }
}

/**
 * What each failure of `getUserMedia` means (W3C Media Capture and Streams, 10.3).
 *
 * @type {Record<string, {code: import("./errors.js").AvatarErrorCode, title: string, fix: string}>}
 */
const CAMERA_WORDS = {
  NotAllowedError: {
    code: "camera_refused",
    title: "The camera was refused.",
    fix: "Press the camera sign beside the address, allow the camera for this page, then try again. On a Mac or Windows also look in the system's privacy settings.",
  },
  NotFoundError: {
    code: "camera_missing",
    title: "There is no camera.",
    fix: "Plug one in, or open the lid or shutter, then try again. You can also watch the demo, which needs none.",
  },
  NotReadableError: {
    code: "camera_busy",
    title: "The camera is busy.",
    fix: "Another program is using it. Close other calls and camera programs, then try again.",
  },
};

/**
 * Opens the camera: 640 x 480 at 30 frames a second is what the face tracker wants, more only
 * costs bandwidth.
 *
 * @param {MediaTrackConstraints} [constraints] added to the defaults
 * @returns {Promise<MediaStream>}
 * @throws {AvatarError}
 */
export async function openCamera(constraints = {}) {
  checkBrowser({ camera: true });
  try {
    return await navigator.mediaDevices.getUserMedia({
      video: {
        width: { ideal: 640 },
        height: { ideal: 480 },
        frameRate: { ideal: 30, max: 30 },
        facingMode: "user",
        ...constraints,
      },
      audio: false,
    });
  } catch (cause) {
    throw errorOfCamera(cause);
  }
}

/** @param {unknown} cause @returns {AvatarError} */
function errorOfCamera(cause) {
  const name = cause instanceof DOMException ? cause.name : "";
  const message = cause instanceof Error ? cause.message : String(cause);
  const alias = { SecurityError: "NotAllowedError", AbortError: "NotReadableError" }[name] ?? name;
  const words = CAMERA_WORDS[alias];
  if (words) return new AvatarError(words.code, { ...words, cause });
  return new AvatarError("camera_failed", {
    title: "The camera did not start.",
    detail: message,
    fix: "Unplug it and plug it in again, or choose another camera in the browser's settings.",
    cause,
  });
}

/**
 * Opens the microphone.
 *
 * @returns {Promise<MediaStreamTrack>}
 * @throws {AvatarError}
 */
export async function openMicrophone() {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const [track] = stream.getAudioTracks();
    if (track) return track;
    throw new DOMException("The stream has no audio track.", "NotFoundError");
  } catch (cause) {
    throw new AvatarError("microphone_refused", {
      title: "The microphone did not open.",
      detail: cause instanceof Error ? cause.message : "",
      fix: "Press the microphone sign beside the address and allow it. The picture goes on without sound.",
      cause,
    });
  }
}
