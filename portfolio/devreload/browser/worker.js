// One connection for all tabs: over HTTP/1.1 a browser opens six to a host, so that the seventh tab
// would wait for ever. A shared worker is not slowed down either when its tabs are in the background.
import { listen } from "./events.js";

const ports = new Set();
let lastHello;

addEventListener("connect", ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = () => ports.delete(port); // the tab says goodbye
  port.start();
  if (lastHello) port.postMessage(lastHello);
});

listen((message) => {
  if (message.kind === "hello") lastHello = message;
  if (message.kind === "lost") lastHello = undefined;
  for (const port of ports) port.postMessage(message);
});
