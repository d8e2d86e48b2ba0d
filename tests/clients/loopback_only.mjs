// Preloaded with --import, this keeps the process on 127.0.0.1: every other address is refused before it is looked up.
import net from "node:net";

const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...args) {
  const [said] = Array.isArray(args[0]) ? args[0] : args;
  const host = typeof said === "object" ? (said.host ?? said.path) : args[1];
  if (host !== "127.0.0.1") throw new Error(`NotLoopback: ${host} is not 127.0.0.1`);
  return connect.apply(this, args);
};
