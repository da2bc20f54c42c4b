// @ts-check

/** What an avatar's licence allows, in words, and the question whom it lets wear it. */

import { byId, make } from "./dom.js";

/** @typedef {import("../sdk/index.js").AvatarEntry} AvatarEntry */
/** @typedef {import("../sdk/index.js").Wearer} Wearer */

/** Of VRM's `avatarPermission`. @type {Record<string, string>} */
const WEARERS = {
  onlyAuthor: "Only its author may wear it. ",
  onlySeparatelyLicensedPerson: "Only its author and licensed people may wear it. ",
};

/** What a value of one of VRM's permissions forbids. @type {[string, string, string][]} */
const FORBIDDEN = [
  ["commercialUsage", "personalNonProfit", "commercial use"],
  ["commercialUsage", "personalProfit", "use by companies"],
  ["allowRedistribution", "false", "passing on"],
  ["modification", "prohibited", "modification"],
  ["allowExcessivelyViolentUsage", "false", "excessive violence"],
  ["allowExcessivelySexualUsage", "false", "sexual content"],
  ["allowPoliticalOrReligiousUsage", "false", "politics or religion"],
  ["allowAntisocialOrHateUsage", "false", "hate"],
];

const WORDS_OF_WEARER = { author: "I am its author.", licensed: "I have a licence from its author." };

/**
 * By whom the avatar is and what may be done with it, as its manifest and its file say.
 *
 * @param {AvatarEntry} avatar
 * @returns {(Node | string)[]}
 */
export function describeLicence({ name, licence, credits = [], permissions = {}, format = "", credit }) {
  const by = credits.length > 0 ? ` by ${credits.join(", ")}` : "";
  const url = licence?.url ?? "";
  const label = (licence?.spdx ?? "").replace(/^LicenseRef-(.*)$/, (_, words) => words.replaceAll("-", " ")) || url;
  /** @type {(Node | string)[]} */
  const parts = [`${name}${by}${format ? ` (${format})` : ""}. `];
  parts.push(...(label ? ["Licence: ", linked(url, label), ". "] : ["It states no licence. "]));
  parts.push(WEARERS[permissions["avatarPermission"] ?? ""] ?? "");
  const forbidden = FORBIDDEN.filter(([key, value]) => permissions[key] === value).map(([, , words]) => words);
  if (forbidden.length > 0) parts.push(`Not for: ${forbidden.join(", ")}. `);
  if (credit) parts.push("Its credit is shown with it. ");
  for (const key of ["otherLicenseUrl", "otherPermissionUrl"]) {
    const more = permissions[key];
    if (more && more !== url) parts.push("More terms: ", linked(more, more), ". ");
  }
  return parts;
}

/** What was said of whom since the page was opened. @type {Map<string, Wearer>} */
const said = new Map();

/** @param {string} id of an avatar @returns {Wearer | undefined} */
export function statementOf(id) {
  return said.get(id);
}

/**
 * Whether the avatar may be worn; asks, once, who somebody is of one that not everybody may wear. The answer
 * is `statementOf` it.
 *
 * @param {AvatarEntry} avatar
 */
export async function mayWear({ id, name, credits = [], wearing }) {
  if (!wearing || said.has(id)) return true;
  const wearer = await askWearer(name, credits, wearing);
  if (wearer) said.set(id, wearer);
  return wearer !== null;
}

/**
 * @param {string} name
 * @param {string[]} authors
 * @param {import("../sdk/index.js").WearingTerms} wearing
 * @returns {Promise<Wearer | null>} null: they do not say
 */
function askWearer(name, authors, { needs, permission, value }) {
  const dialog = byId("wearer-dialog", HTMLDialogElement);
  const wear = byId("wearer-wear", HTMLButtonElement);
  const answers = byId("wearer-answers", HTMLElement);
  const others = needs.includes("licensed") ? " and licensed people" : "";
  byId("wearer-title", HTMLElement).textContent = `Is ${name} yours to wear?`;
  byId("wearer-why", HTMLElement).textContent =
    `Its licence lets only its author${others} be ${name}` +
    (authors.length > 0 ? `. The author it names: ${authors.join(", ")}.` : ".");
  byId("wearer-field", HTMLElement).textContent = `${permission}: ${value}`;
  wear.disabled = true;
  answers.replaceChildren(
    ...needs.map((wearer) => {
      const type = needs.length > 1 ? "radio" : "checkbox";
      const input = make("input", { type, name: "wearer", value: wearer });
      input.addEventListener("change", () => {
        wear.disabled = !answers.querySelector(":checked");
      });
      return make("label", {}, input, WORDS_OF_WEARER[wearer]);
    }),
  );
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        const chosen = answers.querySelector("input:checked");
        const stated = dialog.returnValue === "wear" && chosen instanceof HTMLInputElement;
        resolve(stated ? /** @type {Wearer} */ (chosen.value) : null);
      },
      { once: true },
    );
  });
}

/** A link where `url`, which a stranger's file says, may be one's target. @param {string} url @param {string} label */
function linked(url, label) {
  if (!/^https?:\/\//i.test(url)) return label;
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, label);
}
