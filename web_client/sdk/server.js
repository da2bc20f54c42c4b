// @ts-check

import { AvatarError, errorOfFetch, errorOfResponse } from "./errors.js";

/**
 * @typedef {object} AvatarEntry
 * @property {string} id
 * @property {string} name
 * @property {string} [description]
 * @property {string} [thumbnail] absolute URL
 * @property {{spdx?: string, url?: string, name?: string}} [licence]
 * @property {string[]} [credits]
 * @property {string} [credit] the line that its licence wants shown with it
 * @property {string} [format] of its file, for example "VRM 1.0"
 * @property {Record<string, string>} [permissions] what its file allows, in VRM 1.0's words
 * @property {Wearer} [imported_by] what whoever imported it said to be
 * @property {WearingTerms} [wearing] what one has to say with `iAm` to wear it; absent: nothing
 * @property {{name: string, title?: string, rating?: string}[]} [actions]
 * @property {{meta?: ModelMeta, triangles?: number}} [model_info] of an import: what its file says
 */

/**
 * What one is of a model that not everybody may wear.
 *
 * @typedef {"author" | "licensed"} Wearer
 */

/**
 * Who may wear an avatar that not everybody may.
 *
 * @typedef {object} WearingTerms
 * @property {Wearer[]} needs one of these
 * @property {string} permission the field of its file that says so
 * @property {string} value its value there
 */

/**
 * What a VRM says of itself.
 *
 * @typedef {object} ModelMeta
 * @property {string} title
 * @property {string[]} authors
 * @property {string} licence
 * @property {string} licence_url
 * @property {string} copyright
 * @property {string} spec for example "VRM 1.0"
 * @property {Record<string, string>} permissions
 */

/** The HTTP interface of an avatar server, beside the calls themselves. */
export class AvatarServer {
  /** @type {string | undefined} */
  #token;

  /**
   * @param {string | URL} [url] where the server is; default: where this page came from
   * @param {{token?: string}} [options] a bearer token, where the server asks for one
   */
  constructor(url = globalThis.location?.origin ?? "http://localhost:8080", { token } = {}) {
    this.#token = token;
    /** @readonly */
    this.url = new URL(url, globalThis.location?.href);
  }

  /** @param {string} path relative to the server @returns {URL} */
  at(path) {
    const base = this.url.href.endsWith("/") ? this.url : new URL(`${this.url.href}/`);
    return new URL(path, base);
  }

  /** @returns {Promise<AvatarEntry[]>} the avatars to choose from */
  async avatars() {
    return (await this.#list("v1/avatars", "avatars")).map((entry) => this.#avatar(entry));
  }

  /** @param {string} id @returns {Promise<AvatarEntry>} */
  async avatar(id) {
    return this.#avatar(await this.#get(`v1/avatars/${encodeURIComponent(id)}`));
  }

  /** @returns {Promise<string[]>} names of the recorded performances */
  async performances() {
    return this.#list("v1/performances", "performances");
  }

  /** @returns {Promise<{name: string, title: string}[]>} the named backgrounds */
  async backgrounds() {
    return this.#list("v1/backgrounds", "backgrounds");
  }

  /**
   * Imports a VRM or GLB file.
   *
   * XMLHttpRequest, because `fetch` tells nothing of an upload's progress.
   *
   * @param {File} file
   * @param {{onProgress?: (fraction: number) => void, signal?: AbortSignal, iAm?: Wearer}} [options] `iAm` is
   *   kept with the avatar, where its licence does not let everybody wear it; else each call has to say it
   * @returns {Promise<AvatarEntry>}
   * @throws {AvatarError} with code "licence_forbids" where its licence forbids what the server is used for
   */
  async importAvatar(file, { onProgress, signal, iAm } = {}) {
    const url = this.at("v1/avatars");
    url.searchParams.set("name", file.name);
    if (iAm) url.searchParams.set("i_am", iAm);
    const response = await upload(url, file, this.#token, onProgress, signal);
    if (!response.ok) throw await errorOfResponse(response);
    return this.#avatar(await response.json());
  }

  /** @param {string} path @returns {Promise<any>} */
  async #get(path) {
    const response = await fetch(this.at(path), { headers: { accept: "application/json" } }).catch(
      (cause) => {
        throw errorOfFetch(cause, this.url.origin);
      },
    );
    if (!response.ok) throw await errorOfResponse(response);
    return response.json();
  }

  /** @param {string} path @param {string} member @returns {Promise<any[]>} */
  async #list(path, member) {
    return (await this.#get(path))[member];
  }

  /** @param {any} entry @returns {AvatarEntry} */
  #avatar(entry) {
    const thumbnail = entry.thumbnail && this.at(entry.thumbnail.replace(/^\//, "")).href;
    return { ...entry, thumbnail };
  }
}

/**
 * @param {URL} url
 * @param {File} file
 * @param {string | undefined} token
 * @param {((fraction: number) => void) | undefined} onProgress
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<Response>}
 */
function upload(url, file, token, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("content-type", "model/gltf-binary");
    if (token) request.setRequestHeader("authorization", `Bearer ${token}`);
    request.responseType = "blob";
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress?.(loaded / total));
    request.addEventListener("load", () => {
      const type = request.getResponseHeader("content-type") ?? "";
      resolve(
        new Response(request.response, { status: request.status, headers: { "content-type": type } }),
      );
    });
    request.addEventListener("error", () => reject(errorOfFetch(undefined, url.origin)));
    request.addEventListener("abort", () => {
      reject(new AvatarError("aborted", { title: "The upload was stopped." }));
    });
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}
