// Dropping files onto the form, and the names of what was chosen. Without it the file field does it all.

const MEGABYTE = 1024 * 1024;

function size(bytes) {
  if (bytes < MEGABYTE) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / MEGABYTE).toFixed(1)} MB`;
}

function show(list, files) {
  list.replaceChildren(
    ...[...files].map((file) => {
      const item = document.createElement("li");
      const name = document.createElement("span");
      const detail = document.createElement("small");
      name.textContent = file.name;
      detail.textContent = size(file.size);
      item.append(name, detail);
      return item;
    }),
  );
}

function carriesFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

for (const form of document.querySelectorAll("form[data-upload]")) {
  const zone = form.querySelector("[data-drop-zone]");
  const input = zone.querySelector("input[type=file]");
  const list = zone.querySelector("[data-chosen]");
  zone.classList.add("droppable");
  zone.querySelector("[data-drop-hint]").hidden = false;

  input.addEventListener("change", () => show(list, input.files));
  // Files may be dropped anywhere on the page: missing the zone would open the file instead.
  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone.classList.add("hovered");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("hovered");
  });
  document.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    zone.classList.remove("hovered");
    // Added to what was chosen before, so that files of several folders go together.
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    show(list, input.files);
  });
  form.addEventListener("submit", () => {
    const button = form.querySelector("[type=submit]");
    button.setAttribute("aria-busy", "true");
    // After the form is on its way; a disabled button would not be sent, and back would find it so.
    setTimeout(() => (button.disabled = true));
  });
  // Coming back with the browser's button finds the form as it was left.
  window.addEventListener("pageshow", () => {
    const button = form.querySelector("[type=submit]");
    button.disabled = false;
    button.removeAttribute("aria-busy");
    show(list, input.files);
  });
}
