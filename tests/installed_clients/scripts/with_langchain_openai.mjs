// @langchain/openai: AzureChatOpenAI and AzureOpenAIEmbeddings, which require an api-version.
import { AzureChatOpenAI, AzureOpenAIEmbeddings } from "@langchain/openai";
import { collect, ENDPOINT, KEY, QUESTION, run, TOOL } from "./trying.mjs";

const azure = {
  azureOpenAIEndpoint: ENDPOINT,
  azureOpenAIApiKey: KEY,
  azureOpenAIApiVersion: "2024-10-21",
};
const model = new AzureChatOpenAI({ ...azure, azureOpenAIApiDeploymentName: "my-gpt" });

await run({
  async chat() {
    return (await model.invoke(QUESTION)).content;
  },
  async streamed_chat() {
    return collect(await model.stream(QUESTION), (chunk) => chunk.content);
  },
  async tool_call() {
    const answer = await model.bindTools([TOOL], { tool_choice: "required" }).invoke(QUESTION);
    return answer.tool_calls.map((each) => [each.name, each.args]);
  },
  async embeddings() {
    const vectors = new AzureOpenAIEmbeddings({
      ...azure,
      azureOpenAIBasePath: `${ENDPOINT}/openai/deployments`,
      azureOpenAIApiEmbeddingsDeploymentName: "my-embedding",
    });
    return vectors.embedDocuments(["one", "two"]);
  },
});
