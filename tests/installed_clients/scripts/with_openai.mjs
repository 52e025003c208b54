// openai for Node.js: AzureOpenAI, which requires an api-version, and OpenAI at the v1 API.
import OpenAI, { AzureOpenAI } from "openai";
import { collect, ENDPOINT, KEY, MESSAGES, run, TOOL } from "./trying.mjs";

const azure = new AzureOpenAI({ endpoint: ENDPOINT, apiKey: KEY, apiVersion: "2024-10-21" });
const plain = new OpenAI({ baseURL: `${ENDPOINT}/openai/v1/`, apiKey: KEY });

async function call(client) {
  const answer = await client.chat.completions.create({
    model: "my-gpt", messages: MESSAGES, tools: [TOOL], tool_choice: "required",
  });
  return answer.choices[0].message.tool_calls.map((each) => [each.function.name, each.function.arguments]);
}

async function chat(client) {
  const answer = await client.chat.completions.create({ model: "my-gpt", messages: MESSAGES });
  return answer.choices[0].message.content;
}

async function stream(client) {
  const chunks = await client.chat.completions.create({ model: "my-gpt", messages: MESSAGES, stream: true });
  return collect(chunks, (chunk) => chunk.choices[0]?.delta?.content);
}

async function embed(client) {
  const answer = await client.embeddings.create({ model: "my-embedding", input: ["one", "two"] });
  return answer.data.map((each) => each.embedding);
}

const FUNCTION = { type: "function", ...TOOL.function, strict: false };
const asked = { model: "my-gpt", input: MESSAGES[0].content };

async function respond(client) {
  return (await client.responses.create(asked)).output_text;
}

async function streamResponse(client) {
  const deltas = [];
  for await (const event of client.responses.stream(asked)) {
    if (event.type === "response.output_text.delta") deltas.push(event.delta);
  }
  return deltas;
}

async function callInResponse(client) {
  const answer = await client.responses.create({ ...asked, tools: [FUNCTION], tool_choice: "required" });
  return answer.output.filter((each) => each.type === "function_call").map((each) => [each.name, each.arguments]);
}

const azureV1 = new AzureOpenAI({ baseURL: `${ENDPOINT}/openai/v1/`, apiKey: KEY, apiVersion: "preview" });

await run({
  chat: () => chat(azure),
  streamed_chat: () => stream(azure),
  tool_call: () => call(azure),
  embeddings: () => embed(azure),
  chat_of_the_v1_api: () => chat(plain),
  streamed_chat_of_the_v1_api: () => stream(plain),
  tool_call_of_the_v1_api: () => call(plain),
  embeddings_of_the_v1_api: () => embed(plain),
  chat_with_the_responses_api: () => respond(plain),
  streamed_chat_with_the_responses_api: () => streamResponse(plain),
  tool_call_with_the_responses_api: () => callInResponse(plain),
  chat_of_azure_with_the_responses_api: () => respond(azureV1),
});
