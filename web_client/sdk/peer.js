// @ts-check

import { parseControlEvent } from "./control.js";
import { AvatarError } from "./errors.js";
import { parseExpressionPacket } from "./expression-packet.js";
import { StatsReader } from "./stats.js";
import { sdpFragment, WhipResource } from "./whip.js";

/** How long candidates are gathered into one PATCH. */
const TRICKLE_BATCH_MS = 40;
/** "disconnected" often heals by itself; after this long it is taken for lost. */
const DISCONNECTED_GRACE_MS = 4000;
/** From the offer until media must flow. */
const CONNECT_TIMEOUT_MS = 15000;

/**
 * @typedef {object} PeerEvents what a peer calls while it lives
 * @property {() => void} onConnected
 * @property {(reason: string) => void} onLost the connection broke or the server left; once
 * @property {(event: import("./control.js").ControlEvent) => void} onControl
 * @property {(frame: import("./expression-packet.js").ExpressionFrame) => void} onExpression
 */

/**
 * @typedef {object} PeerOptions
 * @property {URL} endpoint where the offer is posted
 * @property {MediaStreamTrack} [camera] absent: receive only
 * @property {MediaStreamTrack} [microphone]
 * @property {boolean} audio negotiate sound, so that a microphone can be added later
 * @property {"vp8" | "h264"} [codec] the preferred one
 * @property {string} [token]
 * @property {AbortSignal} [signal]
 */

/** One peer connection to the server, from its offer to its end. It is never used again. */
export class Peer {
  #connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  #control = this.#connection.createDataChannel("control");
  /** @type {RTCDataChannel | null} */
  #expression = null;
  #statsReader = new StatsReader();
  /** @type {WhipResource | null} */
  #resource = null;
  /** @type {string[]} */
  #unsent = [];
  /** @type {RTCIceCandidate[]} */
  #candidates = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #trickleTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lossTimer;
  #over = false;
  /** @type {PeerEvents} */
  #events;

  /** The avatar's picture and, where negotiated, sound. @readonly */
  stream = new MediaStream();

  /** @param {PeerEvents} events */
  constructor(events) {
    this.#events = events;
    const connection = this.#connection;
    connection.addEventListener("track", ({ track, receiver }) => {
      // The least delay that the network allows: an avatar that lags is worse than one that skips.
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      this.stream.addTrack(track);
    });
    connection.addEventListener("connectionstatechange", () => this.#watch());
    connection.addEventListener("icecandidate", ({ candidate }) => this.#gather(candidate));
    this.#control.addEventListener("open", () => {
      for (const message of this.#unsent.splice(0)) this.#control.send(message);
    });
    this.#control.addEventListener("message", ({ data }) => {
      const event = parseControlEvent(data);
      if (event) this.#events.onControl(event);
    });
    this.#control.addEventListener("close", () => this.#lose("The server ended the call."));
  }

  /** Where the session lives on the server, once it does. */
  get resourceUrl() {
    return this.#resource?.url ?? null;
  }

  /**
   * Posts the offer and takes the answer. The local description is set only after the answer, so
   * that gathering already uses the ICE servers of its Link header (RFC 9725, 4.6).
   *
   * @param {PeerOptions} options
   * @throws {AvatarError}
   */
  async open({ endpoint, camera, microphone, audio, codec, token, signal }) {
    const connection = this.#connection;
    const video = connection.addTransceiver(camera ?? "video", {
      direction: camera ? "sendrecv" : "recvonly",
    });
    if (codec) preferCodec(video, codec);
    if (audio) connection.addTransceiver(microphone ?? "audio", { direction: "sendrecv" });
    const offer = await connection.createOffer();
    this.#resource = await WhipResource.create(endpoint, offer.sdp ?? "", { token, signal });
    if (this.#over) {
      await this.#resource.end();
      throw new AvatarError("aborted", { title: "Stopped." });
    }
    const { answer, iceServers } = this.#resource;
    if (iceServers.length > 0) connection.setConfiguration({ bundlePolicy: "max-bundle", iceServers });
    await connection.setLocalDescription(offer);
    await connection.setRemoteDescription({ type: "answer", sdp: answer });
    this.#lossTimer = setTimeout(() => this.#lose("No path through the network was found."), CONNECT_TIMEOUT_MS);
  }

  /** @param {import("./control.js").ControlRequest} request kept until the channel is open */
  send(request) {
    const message = JSON.stringify(request);
    if (this.#control.readyState === "open") this.#control.send(message);
    else if (this.#control.readyState === "connecting") this.#unsent.push(message);
  }

  /**
   * Has the coefficients of every frame sent from now on. Each message costs the server time, so
   * nobody should ask who does not read. Needs no renegotiation: `control` has negotiated SCTP.
   */
  openExpressions() {
    if (this.#expression || this.#over) return;
    this.#expression = this.#connection.createDataChannel("expression", {
      ordered: false,
      maxRetransmits: 0,
    });
    this.#expression.binaryType = "arraybuffer";
    this.#expression.addEventListener("message", ({ data }) => {
      const frame = parseExpressionPacket(data);
      if (frame) this.#events.onExpression(frame);
    });
  }

  /** @param {MediaStreamTrack | null} track @returns {Promise<boolean>} false: no sound negotiated */
  async replaceMicrophone(track) {
    const transceiver = this.#connection
      .getTransceivers()
      .find(({ receiver }) => receiver.track.kind === "audio");
    if (!transceiver) return false;
    await transceiver.sender.replaceTrack(track);
    return true;
  }

  /** @param {MediaStreamTrack} track */
  async replaceCamera(track) {
    const sender = this.#connection.getSenders().find(({ track: sent }) => sent?.kind === "video");
    await sender?.replaceTrack(track);
  }

  async stats() {
    return this.#statsReader.read(await this.#connection.getStats());
  }

  /** Ends the session here and on the server. */
  async close() {
    const resource = this.#resource;
    if (this.#over && this.#connection.signalingState === "closed") return;
    this.#over = true;
    clearTimeout(this.#trickleTimer);
    clearTimeout(this.#lossTimer);
    // The request goes out first: while a page is being closed nothing after this line is certain.
    const ended = resource?.end();
    this.#connection.close();
    for (const track of this.stream.getTracks()) track.stop();
    await ended;
  }

  #watch() {
    const state = this.#connection.connectionState;
    if (state === "connected") {
      clearTimeout(this.#lossTimer);
      if (!this.#over) this.#events.onConnected();
    } else if (state === "disconnected") {
      clearTimeout(this.#lossTimer);
      this.#lossTimer = setTimeout(
        () => this.#lose("The network connection was interrupted."),
        DISCONNECTED_GRACE_MS,
      );
    } else if (state === "failed") {
      this.#lose("No path through the network was found.");
    }
  }

  /** @param {string} reason */
  #lose(reason) {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#lossTimer);
    this.#events.onLost(reason);
  }

  /** @param {RTCIceCandidate | null} candidate null: gathering is complete */
  #gather(candidate) {
    const complete = !candidate || candidate.candidate === "";
    if (candidate && !complete) this.#candidates.push(candidate);
    clearTimeout(this.#trickleTimer);
    if (complete) this.#trickle(true);
    else this.#trickleTimer = setTimeout(() => this.#trickle(false), TRICKLE_BATCH_MS);
  }

  /** @param {boolean} complete */
  #trickle(complete) {
    const sdp = this.#connection.localDescription?.sdp;
    if (!sdp || this.#over) return;
    void this.#resource?.trickle(sdpFragment(sdp, this.#candidates.splice(0), complete));
  }
}

/**
 * Puts one codec first, where this browser has it.
 *
 * @param {RTCRtpTransceiver} transceiver
 * @param {"vp8" | "h264"} codec
 */
function preferCodec(transceiver, codec) {
  const all = RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
  const wanted = all.filter(({ mimeType }) => mimeType.toLowerCase() === `video/${codec}`);
  if (wanted.length === 0) return;
  transceiver.setCodecPreferences([...wanted, ...all.filter((other) => !wanted.includes(other))]);
}
