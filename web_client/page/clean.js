// @ts-check

/**
 * The clean view: nothing but the avatar's picture, for window capture. It plays the stream of the
 * page that opened it, so there is no second session.
 */

const video = /** @type {HTMLVideoElement} */ (document.getElementById("clean"));
const gone = /** @type {HTMLElement} */ (document.getElementById("gone"));

/** Takes the stream anew whenever the opener has another one: after a reconnect, or a new call. */
function follow() {
  const opener = /** @type {{avatarStream?: MediaStream | null} | null} */ (window.opener);
  const stream = window.opener?.closed ? null : (opener?.avatarStream ?? null);
  if (video.srcObject !== stream) video.srcObject = stream;
  gone.hidden = stream !== null;
}

follow();
setInterval(follow, 500);
