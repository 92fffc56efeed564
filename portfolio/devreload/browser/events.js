// The server's events. It comes back after every restart, so nothing here gives up.
const RETRY_MS = 100;

export function listen(receive) {
  const source = new EventSource(new URL("events", import.meta.url));
  source.onmessage = ({ data }) => receive(JSON.parse(data));
  source.onerror = () => {
    receive({ kind: "lost" });
    // Some errors close the source for good, others it retries by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => listen(receive), RETRY_MS);
  };
}

export function connect(receive) {
  if (!self.SharedWorker) return listen(receive); // on Android
  const worker = new SharedWorker(new URL("worker.js", import.meta.url), {
    type: "module",
    name: "portfolio-reload",
  });
  worker.port.onmessage = ({ data }) => receive(data);
  worker.port.start();
  addEventListener("pagehide", () => worker.port.postMessage("bye"));
  // A page that comes back from the browser's cache has said goodbye: it is old anyway.
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}
