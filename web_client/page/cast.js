// @ts-check

/** The start screen's cards: who one can be, and the way in for one's own VRM. */

import { AvatarError } from "../sdk/index.js";
import { byId, icon, make, portrait, toast } from "./dom.js";
import { describeLicence } from "./licence.js";
import { OwnAvatars } from "./own-avatars.js";

/** @typedef {import("../sdk/index.js").AvatarEntry} AvatarEntry */

export class Cast extends EventTarget {
  #cards = byId("cards", HTMLElement);
  #about = byId("about", HTMLElement);
  #failure = byId("import-error", HTMLElement);
  #bring = this.#makeBringCard();
  #server;
  /** @type {AvatarEntry[]} */
  #avatars = [];
  #chosen = "";
  #own = new OwnAvatars();

  /** @param {import("../sdk/index.js").AvatarServer} server */
  constructor(server) {
    super();
    this.#server = server;
    this.#cards.addEventListener("change", ({ target }) => {
      if (target instanceof HTMLInputElement && target.type === "radio") this.choose(target.value);
    });
    this.#acceptDrops();
  }

  /** All avatars, the imported ones too. */
  get avatars() {
    return this.#avatars;
  }

  /** The chosen one, once there is any. */
  get chosen() {
    return this.#avatars.find(({ id }) => id === this.#chosen);
  }

  /** Asks the server who there is. */
  async load() {
    const linked = new URLSearchParams(location.search).get("avatar");
    const listed = await this.#server.avatars();
    const unlisted = new Set(linked ? [...this.#own.ids, linked] : this.#own.ids);
    for (const { id } of listed) unlisted.delete(id);
    const found = await Promise.all([...unlisted].map((id) => this.#find(id)));
    this.#avatars = [...listed, ...found.filter((avatar) => avatar !== null)];
    const wanted = this.#chosen || linked || "";
    this.choose(this.#avatars.some(({ id }) => id === wanted) ? wanted : (this.#avatars[0]?.id ?? ""));
  }

  /** @param {string} id @returns {Promise<AvatarEntry | null>} null: it is gone */
  async #find(id) {
    try {
      return await this.#server.avatar(id);
    } catch (error) {
      if (error instanceof AvatarError && error.code === "not_found") this.#own.forget(id);
      return null;
    }
  }

  /** @param {string} id */
  choose(id) {
    this.#chosen = id;
    this.#draw();
    this.dispatchEvent(new Event("change"));
  }

  #draw() {
    const focused = this.#cards.contains(document.activeElement);
    this.#cards.replaceChildren(...this.#avatars.map((avatar) => this.#makeCard(avatar)), this.#bring);
    const checked = this.#cards.querySelector("input:checked");
    if (focused && checked instanceof HTMLElement) checked.focus();
    this.#about.replaceChildren(...(this.chosen ? describeLicence(this.chosen) : []));
  }

  /** @param {AvatarEntry} avatar */
  #makeCard({ id, name, description = "", thumbnail }) {
    const input = make("input", { type: "radio", name: "avatar", value: id });
    input.checked = id === this.#chosen;
    const check = icon("check");
    check.classList.add("check");
    return make(
      "label",
      { class: "card" },
      portrait(name, thumbnail),
      make("span", { class: "words" }, make("b", {}, name), make("small", {}, description)),
      input,
      check,
    );
  }

  #makeBringCard() {
    const input = make("input", { type: "file", accept: ".vrm,.glb", "aria-label": "Bring your own VRM or GLB file" });
    input.addEventListener("change", () => {
      const [file] = input.files ?? [];
      input.value = "";
      if (file) void this.importFile(file);
    });
    return make(
      "label",
      { class: "card bring" },
      icon("plus"),
      make("span", { class: "words" }, make("b", {}, "Bring your own"), make("small", {}, "Choose or drop a VRM or GLB file.")),
      input,
    );
  }

  #acceptDrops() {
    const carriesFile = (/** @type {DragEvent} */ event) =>
      document.body.dataset["view"] === "start" && event.dataTransfer?.types.includes("Files");
    addEventListener("dragover", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    });
    addEventListener("dragleave", ({ relatedTarget }) => {
      if (!relatedTarget) document.body.classList.remove("dropping");
    });
    addEventListener("drop", (event) => {
      document.body.classList.remove("dropping");
      if (!carriesFile(event)) return;
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void this.importFile(file);
    });
  }

  /**
   * Sends a file to the server and chooses what comes of it.
   *
   * @param {File} file
   */
  async importFile(file) {
    const words = /** @type {HTMLElement} */ (this.#bring.querySelector(".words"));
    const before = [...words.childNodes];
    const progress = make("progress", { max: "1", value: "0", "aria-label": `Sending ${file.name}` });
    const note = make("small", {}, `Sending ${file.name}…`);
    words.replaceChildren(note, progress);
    this.#failure.hidden = true;
    try {
      const avatar = await this.#server.importAvatar(file, {
        onProgress: (fraction) => {
          progress.value = fraction;
          if (fraction >= 1) note.textContent = `Reading ${file.name}…`;
        },
      });
      this.#own.remember(avatar.id);
      await this.load();
      this.choose(avatar.id);
      toast(`${avatar.name} is here.`);
    } catch (error) {
      this.#failure.textContent =
        error instanceof AvatarError
          ? [`${file.name}: ${error.title}`, error.detail, error.fix].filter(Boolean).join(" ")
          : String(error);
      this.#failure.hidden = false;
    } finally {
      words.replaceChildren(...before);
    }
  }
}
