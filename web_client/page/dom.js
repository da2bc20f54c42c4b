// @ts-check

/**
 * The element with this id. Every id is in index.html, so a missing one is a mistake there.
 *
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`);
  return element;
}

/**
 * Makes an element: `make("button", { type: "button", class: "chip" }, "Wave")`.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** One of the pictures of icons.svg. @param {string} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `page/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

/**
 * An avatar's picture, or the first letter of its name where it has none.
 *
 * @param {string} name
 * @param {string | undefined} thumbnail
 */
export function portrait(name, thumbnail) {
  return thumbnail
    ? make("img", { src: thumbnail, alt: "", width: "256", height: "256" })
    : make("span", { class: "initial", "aria-hidden": "true" }, name.charAt(0));
}

/** "blow_kiss" → "Blow kiss". @param {string} name */
export function readable(name) {
  const words = name.replaceAll(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A short message at the foot of the page. @param {string} text */
export function toast(text) {
  const element = byId("toast", HTMLElement);
  element.textContent = text;
  element.classList.add("shown");
  setTimeout(() => {
    if (element.textContent === text) element.classList.remove("shown");
  }, 3500);
}
