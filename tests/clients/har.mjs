// Records what goes through fetch as HAR 1.2, as a browser would export it; harness judges it.
import { writeFile } from "node:fs/promises";

const listed = (headers) => [...headers].map(([name, value]) => ({ name, value }));

export function recorded(fetch = globalThis.fetch) {
  const entries = [];
  const recording = async (input, init) => {
    const request = new Request(input, init);
    const startedDateTime = new Date().toISOString();
    const sent = Buffer.from(await request.clone().arrayBuffer());
    const response = await fetch(request);
    const body = Buffer.from(await response.clone().arrayBuffer());
    entries.push({
      startedDateTime,
      time: Date.now() - Date.parse(startedDateTime),
      request: {
        method: request.method,
        url: request.url,
        httpVersion: "HTTP/1.1",
        headers: listed(request.headers),
        ...(sent.length && { postData: { mimeType: request.headers.get("content-type"), text: sent.toString("utf8") } }),
      },
      response: {
        status: response.status,
        statusText: response.statusText,
        httpVersion: "HTTP/1.1",
        headers: listed(response.headers),
        content: {
          size: body.length,
          mimeType: response.headers.get("content-type"),
          text: body.toString("base64"),
          encoding: "base64",
        },
      },
    });
    return response;
  };
  const save = (path) =>
    writeFile(
      path,
      JSON.stringify({ log: { version: "1.2", creator: { name: "tests/clients/har.mjs", version: "1" }, entries } }),
    );
  return { fetch: recording, save };
}
