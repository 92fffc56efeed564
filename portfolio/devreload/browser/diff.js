// Brings the live page from what the server sent before to what it sends now. Where both are equal the
// live page is left alone, whatever scripts or people made of it: only what an edit changed is touched.
import { isFragment } from "./fragments.js";

// The debug toolbar stands in some answers and not in others, and blanks between elements come and go.
const counts = (node) => node.id !== "djDebugRoot" && (node.nodeType !== 3 || node.nodeValue.trim());
const nodesOf = (element) => [...element.childNodes].filter(counts);
const same = (a, b) => a.nodeName === b.nodeName && (a.nodeType !== 1 || a.id === b.id);
const corresponds = (a, b) => a.length === b.length && a.every((node, i) => same(node, b[i]));

/** False where only a reload helps: scripts were added or taken away. */
export async function apply(old, next, live) {
  const scripts = (root) => [...root.querySelectorAll("script")].map((s) => s.src || s.textContent).join("\n");
  if (scripts(old) !== scripts(next)) return false;
  await patch(old, next, live);
  return true;
}

async function patch(old, next, live) {
  if (old.isEqualNode(next)) return;
  if (live.nodeType !== 1) {
    live.nodeValue = next.nodeValue;
    return;
  }
  patchAttributes(old, next, live);
  if (isFragment(live)) return;
  const [olds, nexts, lives] = [old, next, live].map(nodesOf);
  // Extensions of the browser add nodes at the end. Anything else that scripts changed in the structure
  // leaves no telling which of these nodes came from where.
  if (!corresponds(olds, lives.slice(0, olds.length))) return morph(next, live);
  await patchChildren(olds, nexts, lives.slice(0, olds.length), next, live);
}

async function patchChildren(olds, nexts, lives, next, live) {
  const most = Math.min(olds.length, nexts.length);
  let start = 0;
  while (start < most && olds[start].isEqualNode(nexts[start])) start++;
  let end = 0;
  while (end < most - start && olds.at(-1 - end).isEqualNode(nexts.at(-1 - end))) end++;
  const middle = (list) => list.slice(start, list.length - end);
  const [before, after, here] = [middle(olds), middle(nexts), middle(lives)];
  if (corresponds(before, after)) {
    for (const [index, node] of before.entries()) await patch(node, after[index], here[index]);
  } else if (!before.length) {
    insert(after, live, lives[start] ?? lives.at(-1)?.nextSibling ?? null);
  } else if (!after.length) {
    for (const node of here) node.remove();
  } else await morph(next, live);
}

function insert(nodes, parent, before) {
  for (const node of nodes) {
    const copy = document.importNode(node, true);
    parent.insertBefore(copy, before);
    if (copy.nodeType === 1) window.htmx?.process(copy);
  }
  parent.dispatchEvent(new CustomEvent("htmx:after:swap", { bubbles: true, detail: { ctx: {} } }));
}

function patchAttributes(old, next, live) {
  for (const { name, value } of next.attributes) {
    if (old.getAttribute(name) !== value) live.setAttribute(name, value);
  }
  for (const { name } of old.attributes) if (!next.hasAttribute(name)) live.removeAttribute(name);
}

/** Node by node with htmx where the page has it; focus and text are given back in either case. */
async function morph(next, live) {
  if (window.htmx?.swap) return window.htmx.swap({ target: live, swap: "innerMorph", text: next.innerHTML });
  live.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
}

const plainUrl = (url) => url && new URL(url, location.href).pathname;

/** Style sheets come and go without a reload; another script or setting of htmx needs one. */
export async function applyHead(old, next) {
  const others = (head) => [...head.querySelectorAll("script, meta")].map((e) => e.outerHTML).join("\n");
  if (others(old) !== others(next)) return false;
  const sheets = (head) => [...head.querySelectorAll('link[rel="stylesheet"]')].map((e) => plainUrl(e.getAttribute("href")));
  const [had, has] = [sheets(old), sheets(next)];
  for (const link of document.head.querySelectorAll('link[rel="stylesheet"]')) {
    const path = plainUrl(link.href);
    if (had.includes(path) && !has.includes(path)) link.remove();
  }
  await Promise.all(has.filter((path) => !had.includes(path)).map(addSheet));
  return true;
}

const addSheet = (path) =>
  new Promise((resolve) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href: path });
    link.onload = link.onerror = resolve;
    document.head.append(link);
  });
