// ai with @ai-sdk/azure, whose default API is Responses; on hosts outside Azure its address includes /v1.
import { createAzure } from "@ai-sdk/azure";
import { embedMany, generateText, jsonSchema, streamText, tool } from "ai";
import { collect, ENDPOINT, KEY, QUESTION, run, TOOL_SCHEMA } from "./trying.mjs";

const azure = createAzure({ baseURL: `${ENDPOINT}/openai/v1`, apiKey: KEY });
const prompt = QUESTION;
const tools = {
  get_weather: tool({ description: "Get the weather of a city.", inputSchema: jsonSchema(TOOL_SCHEMA) }),
};

await run({
  async chat() {
    return (await generateText({ model: azure.chat("my-gpt"), prompt })).text;
  },
  async streamed_chat() {
    return collect(streamText({ model: azure.chat("my-gpt"), prompt }).textStream, (each) => each);
  },
  async tool_call() {
    const answer = await generateText({ model: azure.chat("my-gpt"), prompt, tools, toolChoice: "required" });
    return answer.toolCalls.map((each) => [each.toolName, each.input]);
  },
  async embeddings() {
    const model = azure.textEmbeddingModel("my-embedding");
    return (await embedMany({ model, values: ["one", "two"] })).embeddings;
  },
  async chat_with_the_responses_api() {
    return (await generateText({ model: azure("my-gpt"), prompt })).text;
  },
  async streamed_chat_with_the_responses_api() {
    return collect(streamText({ model: azure("my-gpt"), prompt }).textStream, (each) => each);
  },
  async tool_call_with_the_responses_api() {
    const answer = await generateText({ model: azure("my-gpt"), prompt, tools, toolChoice: "required" });
    return answer.toolCalls.map((each) => [each.toolName, each.input]);
  },
});
