// Runs before the first paint, so that a page never flashes in the wrong colours; app.js has the rest.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is forbidden: the system's scheme it is.
}
