// @azure-rest/ai-inference: its own api-version and paths.
import ModelClient, { isUnexpected } from "@azure-rest/ai-inference";
import { AzureKeyCredential } from "@azure/core-auth";
import { createSseStream } from "@azure/core-sse";
import { collect, ENDPOINT, KEY, MESSAGES, run, TOOL } from "./trying.mjs";

const client = ModelClient(`${ENDPOINT}/models`, new AzureKeyCredential(KEY));

async function post(path, body) {
  const response = await client.path(path).post({ body });
  if (isUnexpected(response)) throw new Error(JSON.stringify(response.body));
  return response.body;
}

await run({
  async chat() {
    const answer = await post("/chat/completions", { model: "my-model", messages: MESSAGES });
    return answer.choices[0].message.content;
  },
  async streamed_chat() {
    const response = await client
      .path("/chat/completions")
      .post({ body: { model: "my-model", messages: MESSAGES, stream: true } })
      .asNodeStream();
    if (response.status !== "200") throw new Error(`status ${response.status}`);
    return collect(createSseStream(response.body), (event) =>
      event.data === "[DONE]" ? "" : JSON.parse(event.data).choices[0]?.delta?.content,
    );
  },
  async tool_call() {
    const body = { model: "my-model", messages: MESSAGES, tools: [TOOL], tool_choice: "required" };
    const answer = await post("/chat/completions", body);
    return answer.choices[0].message.tool_calls.map((each) => [each.function.name, each.function.arguments]);
  },
  async embeddings() {
    const answer = await post("/embeddings", { model: "my-embedding", input: ["one", "two"] });
    return answer.data.map((each) => each.embedding);
  },
});
