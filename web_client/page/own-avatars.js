// @ts-check

const KEY = "avatar-server:own-avatars";

/**
 * Ids of the avatars that were brought from this browser. Those that only their author or licensed
 * people may wear are listed by no server: who knows the id has the key.
 */
export class OwnAvatars {
  /** @type {Set<string>} */
  #ids = new Set();

  constructor() {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      if (Array.isArray(stored)) this.#ids = new Set(stored.filter((id) => typeof id === "string"));
    } catch {
      // No storage, or not ours: the page begins with none.
    }
  }

  /** @returns {string[]} */
  get ids() {
    return [...this.#ids];
  }

  /** @param {string} id */
  remember(id) {
    this.#ids.add(id);
    this.#store();
  }

  /** @param {string} id */
  forget(id) {
    if (this.#ids.delete(id)) this.#store();
  }

  #store() {
    try {
      localStorage.setItem(KEY, JSON.stringify(this.ids));
    } catch {
      // Without storage they are here until the page is left.
    }
  }
}
