// `@openrouter/sdk` from npm: one video from submission to file, and one refusal. Prints what the client made of it.
import { HTTPClient, OpenRouter } from "@openrouter/sdk";
import { recorded } from "./har.mjs";

const [baseUrl, recording] = process.argv.slice(2);
const { fetch, save } = recorded();
const client = new OpenRouter({
  serverURL: `${baseUrl}/api/v1`,
  httpClient: new HTTPClient({ fetcher: fetch }),
  retryConfig: { strategy: "none" },
});
const videos = client.videoGeneration;
const wanted = { model: "google/veo-3.1-lite", prompt: "A paper boat", resolution: "720p", aspectRatio: "16:9" };

const models = (await videos.listVideosModels()).data.length;
let job = await videos.generate({ videoGenerationRequest: { ...wanted, duration: 4 } });
const words = [job.status];
while (["pending", "in_progress"].includes(job.status) && words.length < 10) {
  job = await videos.getGeneration({ jobId: job.id });
  words.push(job.status);
}
const file = (await new Response(await videos.getVideoContent({ jobId: job.id })).arrayBuffer()).byteLength;
let refused;
try {
  await videos.generate({ videoGenerationRequest: { ...wanted, duration: 5 } });
} catch (error) {
  refused = `${error.name}: ${error.message}`;
}
await save(recording);
console.log(JSON.stringify({ models, words, urls: job.unsignedUrls, cost: job.usage.cost, file, refused }));
