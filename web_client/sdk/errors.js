// @ts-check

/**
 * What can go wrong. Stable names, meant to be compared with.
 *
 * @typedef {"insecure_origin" | "unsupported_browser" | "camera_refused" | "camera_missing"
 *   | "camera_busy" | "camera_failed" | "microphone_refused" | "server_full" | "server_unreachable"
 *   | "server_error" | "licence_forbids" | "not_found" | "bad_request" | "connection_lost" | "aborted"} AvatarErrorCode
 */

/**
 * A failure in words: `title` says what is wrong, `detail` tells more, `fix` says what to do.
 */
export class AvatarError extends Error {
  /**
   * @param {AvatarErrorCode} code
   * @param {{title: string, detail?: string, fix?: string, status?: number,
   *   retryAfterSeconds?: number, problem?: Record<string, unknown>, cause?: unknown}} words
   */
  constructor(code, { title, detail = "", fix = "", status, retryAfterSeconds, problem = {}, cause }) {
    super(detail ? `${title} ${detail}` : title, { cause });
    this.name = "AvatarError";
    /** @readonly */
    this.code = code;
    /** @readonly */
    this.title = title;
    /** @readonly */
    this.detail = detail;
    /** @readonly */
    this.fix = fix;
    /** HTTP status, where the server answered. @readonly */
    this.status = status;
    /** Seconds after which it is worth trying again, where the server said so. @readonly */
    this.retryAfterSeconds = retryAfterSeconds;
    /** The members of the server's problem document (RFC 9457), where it sent one. @readonly */
    this.problem = problem;
  }
}

/**
 * Seconds from a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3).
 *
 * @param {string | null} header
 * @param {number} [now] milliseconds since the epoch
 * @returns {number | undefined}
 */
export function parseRetryAfter(header, now = Date.now()) {
  if (!header) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, (date - now) / 1000);
}

/** @param {number} status @returns {AvatarErrorCode} */
function codeOfStatus(status) {
  if (status === 503 || status === 429) return "server_full";
  if (status === 404 || status === 410) return "not_found";
  return status < 500 ? "bad_request" : "server_error";
}

/** @type {Partial<Record<AvatarErrorCode, {title: string, fix: string}>>} */
const WORDS_OF_CODE = {
  server_full: {
    title: "All places are taken.",
    fix: "Somebody will leave soon. We try again when the time is up, or you can try now.",
  },
  not_found: {
    title: "The server does not know this.",
    fix: "Reload the page and choose again.",
  },
  bad_request: {
    title: "The server did not accept this.",
    fix: "Reload the page and try again.",
  },
  server_error: {
    title: "Something broke on the server.",
    fix: "Try again. If it stays, tell whoever runs this server; its log knows more.",
  },
};

/** "it is so" → "It is so." @param {string} text */
export function asSentence(text) {
  const end = /[.!?…]$/.test(text) ? "" : ".";
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

/**
 * The error that an HTTP answer tells of: problem+json (RFC 9457) where it is that, with its
 * members `title`, `detail` and (our extension) `fix`.
 *
 * @param {Response} response
 * @returns {Promise<AvatarError>}
 */
export async function errorOfResponse(response) {
  /** @type {Record<string, unknown>} */
  let problem = {};
  if ((response.headers.get("content-type") ?? "").includes("json")) {
    problem = await response.json().catch(() => ({}));
  }
  const code = problem["permission"] ? "licence_forbids" : codeOfStatus(response.status);
  const text = (/** @type {string} */ name) => {
    const value = problem[name];
    return typeof value === "string" ? value : undefined;
  };
  const words = WORDS_OF_CODE[code];
  const detail = text("detail");
  return new AvatarError(code, {
    title: asSentence(text("title") ?? words?.title ?? ""),
    detail: detail && asSentence(detail),
    // The server's own details say what to do.
    fix: text("fix") ?? (detail ? "" : words?.fix),
    status: response.status,
    retryAfterSeconds: parseRetryAfter(response.headers.get("retry-after")),
    problem,
  });
}

/**
 * The error for a `fetch` that got no answer at all.
 *
 * @param {unknown} cause
 * @param {string} server
 * @returns {AvatarError}
 */
export function errorOfFetch(cause, server) {
  if (cause instanceof DOMException && cause.name === "AbortError") {
    return new AvatarError("aborted", { title: "Stopped.", cause });
  }
  return new AvatarError("server_unreachable", {
    title: "The server does not answer.",
    detail: `Nothing came back from ${server}.`,
    fix: "Check your network. If other pages load, the server may be down: try again in a minute.",
    cause,
  });
}

/**
 * The error for a call that broke and could not be mended.
 *
 * @param {string} reason
 */
export function connectionLost(reason) {
  return new AvatarError("connection_lost", {
    title: "The connection is gone.",
    detail: reason,
    fix: "Check your network, then start again. Some company networks block video calls.",
  });
}
