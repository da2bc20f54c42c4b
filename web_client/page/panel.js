// @ts-check

/** The panel beside the picture: character, actions, feeling, background, performance. */

import { byId, icon, make, portrait, readable } from "./dom.js";
import { mayWear, statementOf } from "./licence.js";

/** Order of `avatar_server.expression.EMOTIONS`; "neutral" takes the others away. */
const EMOTIONS = ["neutral", "joy", "sorrow", "anger", "surprise", "fear", "disgust", "contempt"];
const EMOTION_WEIGHT = 0.85;

/** @typedef {import("../sdk/index.js").AvatarEntry} AvatarEntry */
/** @typedef {import("../avatar-call.js").AvatarCall} AvatarCall */

export class Panel {
  #stage;
  #who = byId("who", HTMLElement);
  #emotion = "neutral";
  /** @type {readonly AvatarEntry[]} */
  #avatars = [];

  /** @param {AvatarCall} stage */
  constructor(stage) {
    this.#stage = stage;
    this.#drawEmotions();
  }

  /** @param {readonly AvatarEntry[]} avatars */
  setAvatars(avatars) {
    this.#avatars = avatars;
    this.#who.replaceChildren(
      ...avatars.map((avatar) => {
        const { id, name, thumbnail } = avatar;
        const button = make(
          "button",
          { type: "button", class: "face", "aria-pressed": "false", "data-avatar": id },
          portrait(name, thumbnail),
          name,
        );
        button.addEventListener("click", () => void this.#become(avatar));
        return button;
      }),
    );
  }

  /**
   * What the server says is shown now.
   *
   * @param {string} id
   * @param {readonly string[]} [names] its actions, where the list of avatars does not tell them
   */
  showAvatar(id, names = []) {
    press(this.#who, (button) => button.dataset["avatar"] === id);
    const listed = this.#avatars.find((avatar) => avatar.id === id)?.actions ?? [];
    const actions = listed.length > 0 ? listed : names.map((name) => ({ name, title: "" }));
    byId("actions-section", HTMLElement).hidden = actions.length === 0;
    byId("actions", HTMLElement).replaceChildren(
      ...actions.map(({ name, title }) =>
        this.#chip(title || readable(name), () => this.#stage.session?.startAction(name)),
      ),
    );
  }

  /** @param {{name: string, title: string}[]} backgrounds */
  setBackgrounds(backgrounds) {
    const group = byId("backgrounds", HTMLElement);
    group.replaceChildren(
      ...backgrounds.map(({ name, title }, index) => {
        const chip = this.#chip(title, () => {
          this.#stage.session?.setBackground(name);
          press(group, (button) => button === chip);
        });
        chip.setAttribute("aria-pressed", String(index === 0));
        return chip;
      }),
    );
  }

  /** @param {string[]} names */
  setPerformances(names) {
    const group = byId("performances", HTMLElement);
    group.replaceChildren(
      ...names.map((name) => {
        const chip = this.#chip(readable(name), () => {
          this.#stage.session?.setPerformance(name);
          this.showPerformance(name);
        });
        chip.dataset["performance"] = name;
        return chip;
      }),
    );
  }

  /** @param {string | null} name null: there is a camera */
  showPerformance(name) {
    byId("performances-section", HTMLElement).hidden = name === null;
    press(byId("performances", HTMLElement), (button) => button.dataset["performance"] === name);
  }

  /** Back to how a new call begins. */
  reset() {
    this.#showEmotion("neutral");
    const group = byId("backgrounds", HTMLElement);
    press(group, (button) => button === group.firstElementChild);
  }

  /** @param {AvatarEntry} avatar */
  async #become(avatar) {
    if (await mayWear(avatar)) this.#stage.session?.setAvatar(avatar.id, { iAm: statementOf(avatar.id) });
  }

  #drawEmotions() {
    byId("emotions", HTMLElement).replaceChildren(
      ...EMOTIONS.map((name) => {
        const button = make(
          "button",
          { type: "button", class: "feeling", "aria-pressed": "false", "data-emotion": name },
          icon(name),
          readable(name),
        );
        button.addEventListener("click", () => this.#feel(name === this.#emotion ? "neutral" : name));
        return button;
      }),
    );
    this.#showEmotion("neutral");
  }

  /** @param {string} emotion */
  #feel(emotion) {
    const session = this.#stage.session;
    if (this.#emotion !== "neutral") session?.setEmotion(this.#emotion, 0);
    if (emotion !== "neutral") session?.setEmotion(emotion, EMOTION_WEIGHT);
    this.#showEmotion(emotion);
  }

  /** @param {string} emotion */
  #showEmotion(emotion) {
    this.#emotion = emotion;
    press(byId("emotions", HTMLElement), (button) => button.dataset["emotion"] === emotion);
  }

  /** @param {string} title @param {() => void} act @returns {HTMLButtonElement} */
  #chip(title, act) {
    const chip = make("button", { type: "button", class: "chip" }, title);
    chip.addEventListener("click", act);
    return chip;
  }
}

/** @param {HTMLElement} group @param {(button: HTMLElement) => boolean} isPressed */
function press(group, isPressed) {
  for (const button of group.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(isPressed(button)));
  }
}
