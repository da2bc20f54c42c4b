// @ts-check

/** The looks of `<avatar-call>`: its shadow tree and the style sheet of that. */

export const STYLE = `
:host {
  display: block; position: relative; overflow: hidden; aspect-ratio: 1; min-inline-size: 10rem;
  background: var(--avatar-call-background, #e8e6f0); color: #1d1b26;
  font: 1rem/1.45 system-ui, sans-serif;
}
:host([hidden]), [hidden] { display: none !important; }
:host([says="failure"]) { aspect-ratio: auto; display: grid; min-block-size: 20rem; }
@media (prefers-color-scheme: dark) {
  :host { background: var(--avatar-call-background, #1b1924); color: #f3f1fa; }
}

video {
  position: absolute; inset: 0; inline-size: 100%; block-size: 100%;
  object-fit: cover; border-radius: inherit;
}
:host([mirror]) video { scale: -1 1; }
video:not([data-playing]) { visibility: hidden; }

.overlay { position: absolute; inset: 0; pointer-events: none; }
.overlay ::slotted(*) { pointer-events: auto; }

.credit {
  position: absolute; inset: auto .75rem .75rem auto; max-inline-size: min(30rem, 66%); padding: .2rem .65rem;
  border-radius: .8rem; background: #15121e99; color: #fff; font-size: .7rem; line-height: 1.4;
  text-align: end; text-wrap: balance; overflow-wrap: anywhere; pointer-events: none;
}

.idle, .message {
  display: grid; place-content: center; justify-items: center; gap: .5rem;
  padding: 1.5rem; text-align: center; border-radius: inherit;
}
.idle, :host([says="busy"]) .message { position: absolute; inset: 0; }
:host(:is([says="busy"], [says="failure"])) .message { z-index: 1; background: inherit; }
:host([says="line"]) .message {
  position: absolute; inset: .8rem .8rem auto; inline-size: fit-content; margin-inline: auto;
  gap: .1rem; padding: .7rem 1.3rem; border-radius: 1.2rem; background: #15121ee6; color: #fff;
}
:host([says="busy"]) .message::before {
  content: ""; inline-size: 2rem; block-size: 2rem; border-radius: 50%;
  border: 3px solid color-mix(in srgb, currentColor 20%, transparent);
  border-block-start-color: var(--avatar-call-accent, #5b3fd6); animation: turn 1s linear infinite;
}
@keyframes turn { to { rotate: 1turn; } }
@media (prefers-reduced-motion: reduce) {
  :host([says="busy"]) .message::before { animation-duration: 6s; }
}

p { margin: 0; max-inline-size: 34rem; text-wrap: pretty; }
[part="title"] { font-weight: 650; }
[part="face"] {
  display: none; inline-size: 3.5rem; block-size: 3.5rem; fill: none; stroke-width: 3;
  stroke: var(--avatar-call-accent, #5b3fd6); stroke-linecap: round;
}
:host([says="failure"]) [part="face"] { display: block; }

button {
  font: inherit; font-weight: 600; color: #fff; background: var(--avatar-call-accent, #5b3fd6);
  border: 0; border-radius: 999px; padding: .65em 1.4em; cursor: pointer;
}
button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
`;

export const TEMPLATE = `
<video part="video" playsinline autoplay muted></video>
<p class="credit" part="credit" hidden></p>
<div class="overlay"><slot name="overlay"></slot></div>
<div class="idle"><slot name="idle"></slot>
  <button part="start" type="button"><slot name="start">Start</slot></button></div>
<div class="message" part="message" role="status" aria-live="polite" hidden>
  <svg part="face" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="20"/>
    <path d="M17 20v.01M31 20v.01M17 33q7-6 14 0"/></svg>
  <p part="title"></p><p part="detail"></p><p part="fix"></p>
  <button part="retry" type="button">Try again</button><slot name="failure"></slot></div>`;
