/** How workerd runs the host of the checks. */
const worker = (name: string, date: string): string => `
const ${name} :Workerd.Worker = (
  modules = [
    (name = "worker-host.mjs", esModule = embed "worker-host.mjs"),
    (name = "candlewick/edge.wasm", wasm = embed "edge.wasm"),
  ],
  bindings = [
    (name = "task", json = embed "task.json"),
    (name = "small", data = embed "small.onnx"),
    (name = "sample", data = embed "sample.onnx"),
    (name = "golden", data = embed "golden.f32"),
  ],
  compatibilityDate = "${date}",
);`

const socket = (name: string): string => `(name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}")`

/** The same worker twice: from a date on workerd imitates Node, so that libraries take it for Node. */
export const workerConfig: string = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "plain", worker = .plain), (name = "nodeLike", worker = .nodeLike)],
  sockets = [${socket('plain')}, ${socket('nodeLike')}],
);
${worker('plain', '2026-07-01')}
${worker('nodeLike', '2026-10-01')}
`
