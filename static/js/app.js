// What every page has beyond htmx. Pages work without it.

const root = document.documentElement;

/** The theme buttons: they exist only here, because without JavaScript they could do nothing. */
function setUpThemes(switcher) {
  switcher.hidden = false;
  const show = () => {
    for (const button of switcher.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === (root.dataset.theme ?? "system")));
    }
  };
  switcher.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.value === "system") delete root.dataset.theme;
    else root.dataset.theme = button.value;
    try {
      if (button.value === "system") localStorage.removeItem("theme");
      else localStorage.setItem("theme", button.value);
    } catch {
      // Storage is forbidden: the choice lasts for this page.
    }
    show();
  });
  show();
}

/** On phones the rows of table.cards become cards: each cell then needs the name of its column, and
    roles, because a table that is displayed as blocks is no table to assistive technology. */
function labelCells(table) {
  const names = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
  table.setAttribute("role", "table");
  table.querySelectorAll("thead, tbody, tfoot").forEach((part) => part.setAttribute("role", "rowgroup"));
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    let column = 0;
    for (const cell of row.cells) {
      const heading = cell.tagName === "TH" && (cell.scope === "row" ? "rowheader" : "columnheader");
      cell.setAttribute("role", heading || "cell");
      // What goes across several columns has the name of none.
      const name = cell.colSpan > 1 ? "" : names[column];
      if (cell.closest("tbody, tfoot")) cell.dataset.label = name ?? "";
      column += cell.colSpan;
    }
  }
}

/** On phones the navigation scrolls; where one is should be in view. */
function showCurrent() {
  const current = document.querySelector(".site-nav [aria-current]");
  if (!current) return;
  const nav = current.parentElement;
  nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

function enhance(container) {
  container.querySelectorAll("table.cards").forEach(labelCells);
  container.querySelectorAll("[data-theme-switcher]").forEach(setUpThemes);
}

enhance(document);
showCurrent();
document.addEventListener("htmx:after:swap", () =>
  document.querySelectorAll("table.cards").forEach(labelCells),
);

// Menus close like menus: by Escape, and by a click elsewhere.
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", ({ target }) => {
  for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("keydown", ({ key }) => {
  if (key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
