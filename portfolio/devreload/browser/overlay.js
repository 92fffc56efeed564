// What has to be said lies over the page, in a shadow root: neither side's styles reach the other, and
// style sheets made by script are allowed where the policy forbids inline ones.

const STYLE = `
  :host { position: fixed; inset: auto 0 0 0; z-index: 2147483647; font: 14px/1.5 ui-monospace, monospace; }
  .error, .note { background: #1d1f27; color: #e8e8ee; margin: 0; padding: 1rem 1.5rem; overflow: auto;
    box-shadow: 0 0 2rem rgb(0 0 0 / 40%); }
  .error { border-top: 4px solid #e5484d; max-height: 80vh; white-space: pre-wrap; overflow-wrap: anywhere; }
  .note { border-top: 4px solid #f5a524; padding-block: .5rem; }
  h2 { font-size: 18px; color: #ff8589; margin: 0; }
  h3 { font-size: 14px; color: #9db2ff; margin: 1rem 0 .25rem; }
  .line { display: block; padding-inline: .5rem; color: #a9a9b8; }
  .line[aria-current] { background: #4b1f26; color: #fff; }
  button { position: absolute; inset: .75rem 1rem auto auto; font: inherit; cursor: pointer; }
`;
const hosts = new Map();

export function hideOverlay(name) {
  hosts.get(name)?.remove();
  hosts.delete(name);
}

function open(name, kind) {
  hideOverlay(name);
  // Beside the body, where comparing pages does not look.
  const host = document.createElement("dev-reload-overlay");
  host.dataset.name = name;
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  document.documentElement.append(host);
  hosts.set(name, host);
  const box = add(root, "div", "", { class: kind, role: kind === "error" ? "alert" : "status" });
  add(box, "button", "Hide", { type: "button" }).onclick = () => hideOverlay(name);
  return box;
}

function add(parent, tag, text = "", attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return parent.appendChild(element);
}

export function showNote(name, sentence) {
  add(open(name, "note"), "span", sentence);
}

export function showError({ type, message, frames }) {
  const box = open("error", "error");
  add(box, "h2", type);
  add(box, "div", message);
  for (const { file, line, function: name, lines } of frames) {
    add(box, "h3", `${file}:${line}${name && ` in ${name}`}`);
    for (const [number, code] of lines) {
      add(box, "span", `${String(number).padStart(5)}  ${code}`, {
        class: "line",
        ...(number === line && { "aria-current": "true" }),
      });
    }
  }
}
