// `ai` with `@openrouter/ai-sdk-provider` from npm: the same video with the client's own download, and with two of ours.
// Prints what came of each.
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { experimental_generateVideo } from "ai";
import { recorded } from "./har.mjs";

const [baseUrl, recording] = process.argv.slice(2);
const { fetch, save } = recorded();
const provider = createOpenRouter({ baseURL: `${baseUrl}/api/v1`, fetch });
const model = provider.videoModel("google/veo-3.1-lite", { pollIntervalMs: 10 });

async function generated(wanted) {
  try {
    const made = await experimental_generateVideo({ model, prompt: "A paper boat", maxRetries: 0, ...wanted });
    return { file: made.video.uint8Array.length, type: made.video.mediaType, told: made.providerMetadata.openrouter };
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

const downloading = (headers) => async ({ url }) => {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return { data: new Uint8Array(await answer.arrayBuffer()), mediaType: answer.headers.get("content-type") };
};
const wanted = { duration: 4, aspectRatio: "16:9", resolution: "1280x720" };
const seen = {
  own: await generated(wanted),
  keyless: await generated({ ...wanted, download: downloading({}) }),
  keyed: await generated({
    ...wanted,
    download: downloading({ authorization: `Bearer ${process.env.OPENROUTER_API_KEY}` }),
  }),
  refused: await generated({ ...wanted, duration: 5 }),
};
await save(recording);
console.log(JSON.stringify(seen));
