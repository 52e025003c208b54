// What the scripts of Node.js clients share: where the emulator is, and one printed line for each task.
export const ENDPOINT = process.env.AOAI_ENDPOINT;
export const KEY = process.env.AOAI_KEY;
export const QUESTION = "What is the weather in Lisbon?";
export const MESSAGES = [{ role: "user", content: QUESTION }];
export const TOOL_SCHEMA = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
};
export const TOOL = {
  type: "function",
  function: { name: "get_weather", description: "Get the weather of a city.", parameters: TOOL_SCHEMA },
};

/** Call each function and print what the client returned to it, or what went wrong. */
export async function run(tasks) {
  for (const [task, action] of Object.entries(tasks)) {
    let line;
    try {
      line = { task, result: await action() };
    } catch (error) {
      line = { task, error: `${error.name}: ${error.message}`, traceback: String(error.stack) };
    }
    console.log(JSON.stringify(line));
  }
}

/** Collect what a client yields. */
export async function collect(iterable, take) {
  const pieces = [];
  for await (const each of iterable) pieces.push(take(each) ?? "");
  return pieces;
}
