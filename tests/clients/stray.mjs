// Tries to leave the loopback by address and by name; prints what stopped it. The names and addresses are nobody's.
import https from "node:https";
import net from "node:net";

const ways = [
  () => net.connect({ host: "192.0.2.1", port: 443 }),
  () => new Promise((resolve, reject) => https.get("https://provider.example/", resolve).on("error", reject)),
  () => fetch("https://provider.example/"),
];
const stopped = [];
for (const leave of ways) {
  try {
    await leave();
    stopped.push("left");
  } catch (error) {
    stopped.push(String((error.cause ?? error).message).split(":")[0]);
  }
}
console.log(JSON.stringify(stopped));
