// What a person has done to the page and the server does not know: text, choices, focus, scrolling,
// what is folded open. Taken before a change, given back after it, across a reload too.

const KEY = "dev-reload";
const FIELDS = "input:not([type=file], [type=password], [type=hidden]), textarea, select";

/** The place of an element among others of its kind. */
function address(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const parent = element.parentElement;
  if (!parent || element === document.body) return element.localName;
  const same = [...parent.children].filter((child) => child.localName === element.localName);
  return `${address(parent)} > ${element.localName}:nth-of-type(${same.indexOf(element) + 1})`;
}

/** What finds the element again in another version of the page: its name if it has one, or its place. */
function mark(element) {
  const value = element.getAttribute("value");
  const choice = /^(radio|checkbox)$/.test(element.type) && value ? `[value="${CSS.escape(value)}"]` : "";
  return {
    path: address(element),
    name: element.name && `${element.localName}[name="${CSS.escape(element.name)}"]${choice}`,
    summary: element.querySelector?.(":scope > summary")?.textContent.trim(),
  };
}

function find({ path, name, summary }) {
  const named = name ? [...document.querySelectorAll(name)] : [];
  if (named.length === 1) return named[0];
  const folded = summary ? [...document.querySelectorAll("details")] : [];
  const titled = folded.filter((d) => d.querySelector(":scope > summary")?.textContent.trim() === summary);
  return titled.length === 1 ? titled[0] : document.querySelector(path);
}

function fieldState(field) {
  if (field instanceof HTMLSelectElement) return { chosen: [...field.options].map((option) => option.selected) };
  return /^(radio|checkbox)$/.test(field.type) ? { checked: field.checked } : { value: field.value };
}

function wasTouched(field) {
  if (field instanceof HTMLSelectElement) {
    const options = [...field.options];
    const named = options.filter((option) => option.defaultSelected);
    // Where none is named, a menu begins with its first option and a list with none.
    const initial = named.length || field.multiple ? named : options.slice(0, 1);
    return options.some((option) => option.selected !== initial.includes(option));
  }
  if (/^(radio|checkbox)$/.test(field.type)) return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

function caret(field) {
  try {
    return [field.selectionStart, field.selectionEnd, field.selectionDirection];
  } catch {
    return null; // numbers and dates have no caret that scripts can see
  }
}

const scrolled = () => [...document.querySelectorAll("*")].filter((e) => e.scrollTop || e.scrollLeft);

export function snapshot() {
  const active = document.activeElement;
  return {
    fields: [...document.querySelectorAll(FIELDS)].filter(wasTouched).map((f) => [mark(f), fieldState(f)]),
    details: [...document.querySelectorAll("details")].map((d) => [mark(d), d.open]),
    scrolls: scrolled().map((e) => [mark(e), e.scrollLeft, e.scrollTop]),
    focus: active && active !== document.body ? [mark(active), caret(active)] : null,
  };
}

export function giveBack({ fields, details, scrolls, focus }, edited = new Set()) {
  for (const [path, open] of details) {
    const element = find(path);
    if (element && !edited.has(element)) element.open = open;
  }
  for (const [path, state] of fields) {
    const field = find(path);
    if (!edited.has(field)) giveBackField(field, state);
  }
  if (focus) giveBackFocus(find(focus[0]), focus[1]);
  for (const [path, left, top] of scrolls) find(path)?.scrollTo({ left, top, behavior: "instant" });
}

function giveBackField(field, { value, checked, chosen }) {
  if (!field) return;
  if (value !== undefined && field.value !== value) field.value = value;
  if (checked !== undefined) field.checked = checked;
  if (chosen?.length === field.options?.length) chosen?.forEach((on, i) => (field.options[i].selected = on));
}

function giveBackFocus(element, position) {
  // Whoever has gone elsewhere meanwhile stays there.
  if (!element || document.activeElement !== document.body) return;
  element.focus({ preventScroll: true });
  if (position && position[0] !== null) element.setSelectionRange(...position);
}

export function takeState() {
  const taken = snapshot();
  // People go on typing while the page is fetched, and what they typed last is what counts.
  const edited = new Set();
  const note = ({ type, target }) => edited.add(type === "click" ? target.closest("details") : target);
  for (const type of ["input", "click"]) document.addEventListener(type, note, true);
  return () => {
    for (const type of ["input", "click"]) document.removeEventListener(type, note, true);
    giveBack(taken, edited);
  };
}

let fragments = () => [];
export const alsoKeep = (list) => (fragments = list);

export function keepForReload() {
  const kept = { url: location.href, fragments: fragments(), ...snapshot() };
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

export async function restoreAfterReload(restoreFragments) {
  const text = sessionStorage.getItem(KEY);
  if (!text) return;
  sessionStorage.removeItem(KEY);
  const kept = JSON.parse(text);
  if (kept.url !== location.href) return;
  if (document.readyState === "loading") {
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  }
  await restoreFragments(kept.fragments);
  giveBack(kept);
}

export { address };
