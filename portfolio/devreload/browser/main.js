// Decides what a change means for this page: another style sheet, a comparison, or a reload.
import { apply, applyHead } from "./diff.js";
import { connect } from "./events.js";
import { followFragments, refreshFragments, restoreFragments } from "./fragments.js";
import { hideOverlay, showError, showNote } from "./overlay.js";
import { keepForReload, restoreAfterReload, takeState } from "./state.js";
import { swapStyleSheet } from "./styles.js";

const HEADERS = { "X-Dev-Reload": "1" };
const LOST_MS = 1500;
let page;
let version;
let running = null;
let again = false;
let lostTimer;

export async function start(found) {
  page = found;
  followFragments(page.swaps);
  await restoreAfterReload(restoreFragments);
  connect(receive);
}

function receive(message) {
  if (message.kind === "lost") return lost();
  if (message.kind === "hello") return hello(message.version);
  if (message.kind === "template") return refresh();
  const path = message.path;
  if (path.endsWith(".css")) return swapStyleSheet(path);
  // A script that already ran cannot be replaced in place: its listeners would stay.
  if (/\.m?js$/.test(path)) return usesScripts() && reload();
  return refreshImages(path);
}

function hello(current) {
  clearTimeout(lostTimer);
  const isNew = version && version !== current;
  version = current;
  window.devReload = { version }; // for the console, and for tests
  if (isNew) refresh();
  else hideOverlay("lost");
}

function lost() {
  clearTimeout(lostTimer);
  // A restart is shorter than this and needs no words.
  lostTimer = setTimeout(
    () => showNote("lost", "The development server does not answer. If it has not ended, it starts again after the next edit."),
    LOST_MS,
  );
}

const usesScripts = () => document.querySelector(`script[src]:not([src^="${page.path}"])`);

function reload() {
  keepForReload();
  location.reload();
}

function refreshImages(path) {
  for (const image of document.images) {
    if (new URL(image.src).pathname.endsWith(`/${path}`)) image.src = `${image.src.split("?")[0]}?v=${Date.now()}`;
  }
}

/** One at a time; what changes meanwhile is looked at afterwards. */
function refresh() {
  again = Boolean(running);
  running ??= update()
    .catch((problem) => console.debug("The page could not be refreshed:", problem))
    .finally(() => {
      running = null;
      if (again) refresh();
    });
}

async function update() {
  if (page.method !== "GET") {
    return showNote("post", "Something changed. This page answers a form, so it is not fetched again; go on, or send the form again.");
  }
  const response = await fetch(location.href, { headers: HEADERS, cache: "no-store" });
  hideOverlay("lost");
  if (response.status >= 500) return showError(await description(response));
  hideOverlay("error");
  if (page.broken) return location.reload();
  if (!response.ok) return showNote("status", `This page now answers ${response.status}.`);
  hideOverlay("status");
  if (response.redirected && response.url !== location.href) return location.assign(response.url);
  await show(new DOMParser().parseFromString(await response.text(), "text/html"));
}

async function description(response) {
  const isOurs = response.headers.get("Content-Type")?.includes("json");
  if (isOurs) return response.json();
  return { type: `Error ${response.status}`, message: "Reload the page to see it.", frames: [] };
}

async function show(next) {
  const restore = takeState();
  // The server's page knows nothing of the pieces that htmx loaded later: those are fetched anew.
  if (!(await applyHead(page.sent.head, next.head)) || !(await apply(page.sent.body, next.body, document.body))) {
    return reload();
  }
  page.sent = { head: next.head.cloneNode(true), body: next.body.cloneNode(true) };
  document.title = next.title;
  await refreshFragments(HEADERS, showError, description);
  restore();
}
