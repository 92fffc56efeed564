// The first script of every page in development: keeps what the server sent, before any other script
// changes it. Later versions of the page are compared with that, not with what has become of it.
{
  const { method, broken } = document.currentScript.dataset;
  const path = new URL(".", document.currentScript.src).pathname;
  const sent = {};
  const swaps = []; // of htmx, until the module that listens has arrived
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => swaps.push(ctx));
  const keep = () => {
    sent.head ??= document.head.cloneNode(true);
    sent.body ??= document.body?.cloneNode(true);
  };
  if (document.readyState === "loading") {
    // Fires before deferred scripts and modules run.
    document.addEventListener("readystatechange", keep, { once: true });
  } else keep();
  import(`${path}main.js`).then(({ start }) => start({ path, method, broken: broken === "true", sent, swaps }));
}
