// A new style sheet takes the place of the old one only when it has arrived, so that nothing flashes.

export function swapStyleSheet(path) {
  const links = [...document.querySelectorAll('link[rel="stylesheet"]')];
  const named = links.filter((link) => new URL(link.href).pathname.endsWith(`/${path}`));
  // It may be imported by another one.
  for (const link of named.length ? named : links) replace(link);
}

function replace(link) {
  if (link.dataset.leaving) return;
  const url = new URL(link.href);
  url.searchParams.set("v", Date.now());
  const next = link.cloneNode();
  next.href = url;
  link.dataset.leaving = "1";
  next.onload = () => link.remove();
  next.onerror = () => {
    next.remove();
    delete link.dataset.leaving;
  };
  link.after(next);
}
