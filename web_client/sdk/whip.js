// @ts-check

/**
 * Signalling over HTTP in the manners of WHIP (RFC 9725): POST the offer, PATCH candidates,
 * DELETE to end.
 */

import { AvatarError, errorOfFetch, errorOfResponse } from "./errors.js";

/**
 * ICE servers from a Link header: `<turn:host>; rel="ice-server"; username="u"; credential="c"`
 * (RFC 9725, 4.6; syntax RFC 8288).
 *
 * @param {string | null} header
 * @returns {RTCIceServer[]}
 */
export function parseIceServers(header) {
  if (!header) return [];
  /** @type {RTCIceServer[]} */
  const servers = [];
  const links = header.matchAll(/<([^>]*)>((?:\s*;\s*[\w-]+\s*=\s*(?:"[^"]*"|[^\s;,"]+))*)/g);
  for (const [, urls = "", rest = ""] of links) {
    const parameters = Object.fromEntries(
      [...rest.matchAll(/;\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/g)].map(
        ([, name = "", quoted, bare]) => [name.toLowerCase(), quoted ?? bare ?? ""],
      ),
    );
    if (parameters["rel"] !== "ice-server") continue;
    const { username, credential } = parameters;
    servers.push(username === undefined ? { urls } : { urls, username, credential });
  }
  return servers;
}

/**
 * The `application/trickle-ice-sdpfrag` body (RFC 8840) for candidates of the offer `sdp`. All
 * media are bundled on the first m-line, so that is the only one named.
 *
 * @param {string} sdp the local description
 * @param {readonly RTCIceCandidate[]} candidates
 * @param {boolean} complete no candidate comes after these
 * @returns {string}
 */
export function sdpFragment(sdp, candidates, complete) {
  const line = (/** @type {RegExp} */ pattern) => sdp.match(pattern)?.[0];
  const lines = [
    line(/^a=ice-ufrag:.*$/m),
    line(/^a=ice-pwd:.*$/m),
    line(/^a=group:BUNDLE.*$/m),
    line(/^m=.*$/m),
    line(/^a=mid:.*$/m),
    ...candidates.map(({ candidate }) => `a=${candidate}`),
    complete ? "a=end-of-candidates" : undefined,
  ];
  return lines.filter((text) => text !== undefined).map((text) => `${text.trim()}\r\n`).join("");
}

/** One session on the server: what the Location header of the answer names. */
export class WhipResource {
  /**
   * @param {string} url
   * @param {{answer: string, etag: string | null, iceServers: RTCIceServer[]}} answered
   */
  constructor(url, { answer, etag, iceServers }) {
    /** @readonly */
    this.url = url;
    /** @readonly */
    this.answer = answer;
    /** @readonly */
    this.iceServers = iceServers;
    this.#etag = etag;
  }

  /** @type {string | null} */
  #etag;

  /**
   * Posts an offer.
   *
   * @param {URL} endpoint
   * @param {string} offer
   * @param {{token?: string, signal?: AbortSignal}} [options]
   * @returns {Promise<WhipResource>}
   * @throws {AvatarError}
   */
  static async create(endpoint, offer, { token, signal } = {}) {
    /** @type {Record<string, string>} */
    const headers = { "content-type": "application/sdp", accept: "application/sdp" };
    if (token) headers["authorization"] = `Bearer ${token}`;
    const response = await fetch(endpoint, {
      method: "POST",
      headers,
      body: offer,
      signal,
    }).catch((cause) => {
      throw errorOfFetch(cause, endpoint.origin);
    });
    if (!response.ok) throw await errorOfResponse(response);
    const location = response.headers.get("location");
    if (!location) {
      throw new AvatarError("server_error", {
        title: "The server answered without an address for the session.",
        detail: "The Location header is missing, or this origin may not read it.",
        fix: "A proxy or CORS rule must let Location, Link and ETag through.",
      });
    }
    return new WhipResource(new URL(location, endpoint).href, {
      answer: await response.text(),
      etag: response.headers.get("etag"),
      iceServers: parseIceServers(response.headers.get("link")),
    });
  }

  /**
   * Sends candidates. A lost one is no failure: the server also learns ours from the checks that
   * it receives.
   *
   * @param {string} fragment
   */
  async trickle(fragment) {
    /** @type {Record<string, string>} */
    const headers = { "content-type": "application/trickle-ice-sdpfrag" };
    if (this.#etag) headers["if-match"] = this.#etag;
    await fetch(this.url, { method: "PATCH", headers, body: fragment }).catch(() => undefined);
  }

  /** Ends the session on the server. Works while the page goes away, too. */
  async end() {
    await fetch(this.url, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }
}
