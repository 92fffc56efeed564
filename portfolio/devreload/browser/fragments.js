// Pieces of the page that htmx fetched after loading. The page's own URL does not bring them, so their
// URLs are remembered: when a template changes they are fetched again, and after a reload put back.
import { address, alsoKeep } from "./state.js";

const loaded = new Map(); // address of the target -> { url, text }
// Differs in every answer and means nothing here.
const withoutTokens = (text) => text.replace(/[A-Za-z0-9]{64}/g, "");
const PLAIN = /^(innerHTML|innerMorph|outerMorph|textContent)/;

export function followFragments(swaps) {
  swaps.splice(0).forEach(note);
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => note(ctx));
  alsoKeep(() => [...loaded].map(([path, { url, swap }]) => [path, url, swap]));
}

function note(ctx) {
  const request = ctx.request;
  const target = typeof ctx.target === "string" ? document.querySelector(ctx.target) : (ctx.target ?? ctx.sourceElement);
  if (!request || !target?.isConnected) return;
  const path = address(target);
  const isPage = ctx.push && ctx.push !== "false"; // then the page's URL brings it
  if (request.method?.toUpperCase() !== "GET" || isPage || !PLAIN.test(ctx.swap ?? "innerHTML")) {
    loaded.delete(path);
  } else {
    const url = new URL(ctx.response?.raw?.url || request.action, location.href).href;
    loaded.set(path, { url, swap: ctx.swap ?? "innerHTML", text: withoutTokens(ctx.text ?? "") });
  }
}

const fetchPiece = (url, headers = {}) =>
  fetch(url, { headers: { "HX-Request": "true", ...headers }, cache: "no-store" });

/** Before a comparison of pages: where not to look. */
export const isFragment = (element) => loaded.has(address(element));

export async function refreshFragments(headers, showError, description) {
  await Promise.all(
    [...loaded].map(async ([path, piece]) => {
      const target = document.querySelector(path);
      if (!target) return loaded.delete(path);
      const response = await fetchPiece(piece.url, headers);
      if (response.status >= 500) return showError(await description(response));
      const text = await response.text();
      if (!response.ok || withoutTokens(text) === piece.text) return;
      piece.text = withoutTokens(text);
      await window.htmx.swap({ target, swap: piece.swap.startsWith("outer") ? "outerMorph" : "innerMorph", text });
    }),
  );
}

export async function restoreFragments(pieces) {
  for (const [path, url, swap] of pieces) {
    const target = document.querySelector(path);
    if (!target || !window.htmx) continue;
    const response = await fetchPiece(url);
    if (!response.ok) continue;
    const text = await response.text();
    await window.htmx.swap({ target, swap, text });
    loaded.set(address(target), { url, swap, text: withoutTokens(text) });
  }
}
